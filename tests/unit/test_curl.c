/* Requests as curl lines: through a real shell and a real curl's own argument parser they mean the same again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/curl.h"

#define TARGET "http://127.0.0.1:${PORT}"

static struct request made(const char *method, const char *url, const char *body, size_t length)
{
    struct request request = {.method = xstrdup(method), .url = xstrdup(url)};
    request.body_length = length;
    request.body = length > 0 ? (unsigned char *)xmalloc(length) : NULL;
    if (length > 0)
        memcpy(request.body, body, length);
    return request;
}

/* What a shell makes of the line, each word of curl's on a line of its own, then what comes on standard input. */
static char *as_words(const char *line)
{
    char *script = xasprintf(
        "PORT=8080; curl() { printf '<%%s>\\n' \"$@\"; case \"$*\" in *'@-'*) od -An -tx1;; esac; }; %s",
        line);
    char path[] = "/tmp/seep-curl-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    FILE *file = fdopen(fd, "w");
    fputs(script, file);
    fclose(file);
    char *command = xasprintf("sh %s", path);
    FILE *pipe = popen(command, "r");
    struct text out = TEXT_EMPTY;
    char part[4096];
    size_t got;
    while ((got = fread(part, 1, sizeof part, pipe)) > 0)
        text_add(&out, part, got);
    assert_int_equal(pclose(pipe), 0);
    remove(path);
    free(command);
    free(script);
    return text_take(&out);
}

static void means(struct request *request, const struct headers *own, const char *expected)
{
    char *line = curl_line(request, TARGET, own), *words = as_words(line);
    assert_string_equal(words, expected);
    assert_null(strchr(line, '\n'));
    free(words);
    free(line);
    request_release(request);
}

static void a_get(void **state)
{
    (void)state;
    struct request request = made("GET", "/quote/7?currency=JPY&name=o'hara $(id) `id` \"x\"", NULL, 0);
    headers_add(&request.headers, "Accept", "*/*");
    headers_add(&request.headers, "Host", "shop.example");
    headers_add(&request.headers, "Connection", "keep-alive");
    means(&request, NULL,
          "<-sS>\n<-H>\n<Accept: */*>\n<http://127.0.0.1:8080/quote/7?currency=JPY&name=o'hara $(id) `id` "
          "\"x\">\n");
    request = made("HEAD", "/", NULL, 0);
    means(&request, NULL, "<-sS>\n<--head>\n<http://127.0.0.1:8080/>\n");
}

static void bodies(void **state)
{
    (void)state;
    struct request request = made("POST", "/a", "{\"n\":\"it's\"}", 12);
    headers_add(&request.headers, "Content-Type", "application/json");
    means(&request, NULL,
          "<-sS>\n<-X>\n<POST>\n<-H>\n<Content-Type: application/json>\n<--data-binary>\n<{\"n\":\"it's\"}>\n"
          "<http://127.0.0.1:8080/a>\n");
    request = made("PUT", "/a", "@/etc/passwd", 12); /* curl would read that file */
    means(&request, NULL,
          "<-sS>\n<-X>\n<PUT>\n<-H>\n<Content-Type:>\n<--data-binary>\n<@->\n<http://127.0.0.1:8080/a>\n"
          " 40 2f 65 74 63 2f 70 61 73 73 77 64\n");
    request = made("PUT", "/a", "\x00%\\'\n\xff", 6);
    means(&request, NULL,
          "<-sS>\n<-X>\n<PUT>\n<-H>\n<Content-Type:>\n<--data-binary>\n<@->\n<http://127.0.0.1:8080/a>\n"
          " 00 25 5c 27 0a ff\n");
}

static void nothing_secret(void **state)
{
    (void)state;
    struct headers own = {0};
    struct request request = made("POST", "/login?token=s3cret-value", "password=hunter2hunter2", 23);
    headers_add(&own, "X-Api-Key", "k-999999");
    headers_add(&request.headers, "Authorization", "Bearer abcdef");
    headers_add(&request.headers, "X-Api-Key", "k-123456");
    headers_add(&request.headers, "Content-Type", "application/x-www-form-urlencoded");
    char *line = curl_line(&request, TARGET, &own);
    assert_null(strstr(line, "s3cret"));
    assert_null(strstr(line, "hunter2"));
    assert_null(strstr(line, "abcdef"));
    assert_null(strstr(line, "k-123456"));
    assert_null(strstr(line, "k-999999"));
    assert_non_null(strstr(line, "-H 'X-Api-Key: ...'"));
    assert_non_null(strstr(line, "/login?token="));
    free(line);
    request_release(&request);
    headers_release(&own);
}

static void a_long_body_is_left_to_whoever_has_the_file(void **state)
{
    (void)state;
    char body[CURL_BODY_MOST + 1];
    memset(body, 'x', sizeof body);
    struct request request = made("POST", "/a", body, sizeof body);
    char *line = curl_line(&request, TARGET, NULL);
    assert_non_null(strstr(line, "--data-binary @-"));
    assert_null(strstr(line, "xxxx"));
    free(line);
    request_release(&request);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_get),
        cmocka_unit_test(bodies),
        cmocka_unit_test(nothing_secret),
        cmocka_unit_test(a_long_body_is_left_to_whoever_has_the_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Requests without recorded times: vegeta's HTTP targets and JSON targets, after the README of vegeta 12.8; h2load's timing
 * scripts, after h2load(1) of nghttp2 1.52. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>
#include <unistd.h>

#include "collect.h"

static struct collected collect_text(const char *format, const char *text)
{
    return collect("x", format, text, strlen(text));
}

static void targets(void **state)
{
    (void)state;
    struct collected got = collect_text(NULL, "# get a dragon ball\n"
                                              "GET http://goku:9090/path/to/dragon?item=ball\n"
                                              "\n"
                                              "GET http://user:password@goku:9090/path/to\n"
                                              "HEAD http://goku:9090/path/to/success\r\n"
                                              "\r\n"
                                              "POST http://goku:9090/things\n"
                                              "X-Account-ID: 8675309\n"
                                              "# between\n"
                                              "x-Lower:  a: b \n"
                                              "\n\n"
                                              "DELETE /things/1");
    const struct request *items = got.requests.requests;
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 5);
    assert_int_equal(got.skip_count, 0);
    assert_string_equal(items[0].url, "/path/to/dragon?item=ball");
    assert_string_equal(headers_find(&items[0].headers, "Host"), "goku:9090");
    assert_string_equal(items[1].url, "/path/to");
    assert_string_equal(items[2].method, "HEAD"); /* no empty line in front */
    assert_string_equal(headers_find(&items[3].headers, "X-Account-ID"), "8675309");
    assert_string_equal(items[3].headers.items[2].name, "x-Lower"); /* as written */
    assert_string_equal(items[3].headers.items[2].value, "a: b");
    assert_string_equal(items[4].url, "/things/1");
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(items[i].t_us, (int64_t)(i + 1) * UNTIMED_STEP_US);
    assert_int_equal(got.notes.count, 1);
    assert_string_equal(got.notes.items[0], "no times recorded: requests stand 10 ms apart");
    collected_release(&got);
}

/* Bodies lie beside the targets, wherever we are. */
static void bodies(void **state)
{
    (void)state;
    char *body = collect_file("body.json", "{\"x\":1}", 7);
    const char *directory = strndup(body, (size_t)(strrchr(body, '/') - body));
    char *text =
        xasprintf("POST http://h/a\nContent-Type: application/json\n@body.json\nPUT http://h/b\n@%s\n"
                  "PUT http://h/none\n@none\nPUT http://h/folder\n@.\nPUT http://h/empty\n@\n"
                  "PUT http://h/input\n@-\nPUT http://h/twice\n@body.json\n@body.json\n"
                  "PUT http://h/elsewhere\n@/etc/passwd\nPUT http://h/up\n@../../../../../../etc/passwd\n"
                  "PUT http://h/hidden\n@.hidden\nPUT http://h/link\n@link\n",
                  body);
    char *hidden = xasprintf("%s/.hidden", directory), *link = xasprintf("%s/link", directory);
    FILE *kept = fopen(hidden, "we");
    assert_non_null(kept);
    fclose(kept);
    assert_int_equal(symlink("/etc/passwd", link), 0);
    char *path = xasprintf("%s/targets", directory);
    FILE *file = fopen(path, "we");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    struct collected got = {.result = -1};
    const struct sink sink = {SINK_MAGIC, &got, collect_each, collect_skip, collect_note};
    struct input input;
    assert_int_equal(input_open(&input, path, &got.err), 0);
    assert_int_equal(vegeta_read(&input, NULL, &sink, &got.err), 0);
    input_close(&input);
    assert_int_equal(got.requests.count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(got.requests.requests[i].body_length, 7);
        assert_memory_equal(got.requests.requests[i].body, "{\"x\":1}", 7);
    }
    assert_int_equal(got.skipped[SKIP_BODY], 9);
    assert_string_equal(got.last_text, "PUT http://h/link");
    assert_int_equal(got.last_number, 23); /* its line */
    collected_release(&got);
    unlink(path);
    unlink(hidden);
    unlink(link);
    free(hidden);
    free(link);
    collect_remove(body);
    free(path);
    free(text);
    free((void *)(uintptr_t)directory);
}

static void targets_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum skip_reason reason;
    } rows[] = {{"BREW http://h/pot\n", SKIP_METHOD},
                {"get http://h/\n", SKIP_GRAMMAR},
                {"GET\n", SKIP_GRAMMAR},
                {"GET relative\nA: b\n", SKIP_TARGET},
                {"GET http://h/\nno header\nA: b\n", SKIP_HEADER},
                {"GET http://h/\nA:\n", SKIP_HEADER},
                {"GET http://h/\n: b\n", SKIP_HEADER},
                {"GET http://h/a b\n", SKIP_UNSAFE}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = collect_text("vegeta", rows[i].text);
        if (got.skipped[rows[i].reason] != 1 || got.skip_count != 1 || got.requests.count != 0)
            fail_msg("not '%s': %s", skip_reason_name(rows[i].reason), rows[i].text);
        collected_release(&got);
    }
}

/* As its README makes them with jq. */
static void json_targets(void **state)
{
    (void)state;
    struct collected got = collect_text(
        NULL,
        "{\"method\":\"GET\",\"url\":\"http://goku\",\"body\":\"UHVuY2gh\",\"header\":{\"Content-Type\":"
        "[\"text/plain\"]}}\n{\"method\":\"POST\",\"url\":\"http://:6060\",\"body\":\"eyJpZCI6MX0=\"}\n");
    const struct request *items = got.requests.requests;
    assert_int_equal(got.requests.count, 2);
    assert_string_equal(items[0].url, "/");
    assert_int_equal(items[0].body_length, 6);
    assert_memory_equal(items[0].body, "Punch!", 6);
    assert_string_equal(headers_find(&items[0].headers, "Content-Type"), "text/plain");
    assert_string_equal(items[1].url, "/");
    assert_string_equal(got.notes.items[0], "no times recorded: requests stand 10 ms apart");
    collected_release(&got);
}

static void timing_scripts(void **state)
{
    (void)state;
    struct collected got = collect_text(
        NULL, "0.0\thttp://127.0.0.1:3000/?q=1\n12.25\t/second\r\n100\thttps://h\n\n-1\t/a\n"
              "x\t/a\n1.2.3\t/a\n1e3\t/a\n5 /a\n7\trelative\n99999999999999999999\t/a\n6\t/last");
    const struct request *items = got.requests.requests;
    assert_int_equal(got.requests.count, 4);
    assert_string_equal(items[0].method, "GET");
    assert_string_equal(items[0].url, "/?q=1");
    assert_string_equal(headers_find(&items[0].headers, "Host"), "127.0.0.1:3000");
    assert_int_equal(items[1].t_us - items[0].t_us, 12250);
    assert_string_equal(items[2].url, "/");
    assert_int_equal(items[2].t_us - items[0].t_us, 100000);
    assert_string_equal(items[3].url, "/last");
    assert_int_equal(got.skipped[SKIP_EMPTY], 1);
    assert_int_equal(got.skipped[SKIP_TIME], 5);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 1);
    assert_int_equal(got.skipped[SKIP_TARGET], 1);
    assert_int_equal(got.skip_count, 8);
    assert_string_equal(got.notes.items[0], "times count from the start of the script");
    collected_release(&got);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(targets),
        cmocka_unit_test(bodies),
        cmocka_unit_test(targets_that_are_none),
        cmocka_unit_test(json_targets),
        cmocka_unit_test(timing_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

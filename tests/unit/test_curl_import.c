/* curl command lines. What they mean is curl's own word: tests/cli/streams.t asks a real curl. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "collect.h"
#include "traffic/curl.h"
#include "traffic/shell_words.h"

static struct collected collect_text(const char *text)
{
    return collect("x", "curl", text, strlen(text));
}

/* As bash has them (`printf '<%s>' WORDS`, bash 5.2). */
static void words(void **state)
{
    (void)state;
    static const struct {
        const char *line, *words;
    } rows[] = {
        {"a  b\tc", "<a><b><c>"},
        {"'a b'c\"d e\"", "<a bcd e>"},
        {"a'' '' \"\"", "<a><><>"},
        {"a\\ b \\'c\\\"", "<a b><'c\">"},
        {"\"a\\\"b\\$c\\\\d\\e\"", "<a\"b$c\\d\\e>"},
        {"'a\\b'\\''c'", "<a\\b'c>"},
        {"$'a\\nb\\t\\'\\x41\\u00e9\\101\\\\\\q'", "<a\nb\t'A\xc3\xa9"
                                                   "A\\\\q>"},
        {"$'\\u20ac\\U0001f648'", "<\xe2\x82\xac\xf0\x9f\x99\x88>"},
        {"a # b", "<a>"},
        {"a#b", "<a#b>"},
        {"a >b 2>/dev/null c 2>&1 >>d &>e", "<a><c>"},
        {"http://h/?a=1", "<http://h/?a=1>"},
        {"$X ${X} \"$X\" $(ls) '$X' a$ \"$\" \\$X", "<\x01X><\x01{X}><\x01X><\x01\x01ls\x01><$X><a$><$><$X>"},
        {"`ls`", "<\x01ls\x01>"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct shell_words shell = {.end = 0};
        struct text got = TEXT_EMPTY;
        const char *at = rows[i].line;
        assert_true(shell_words_read(&shell, &at, at + strlen(at)));
        for (size_t k = 0; k < shell.words.count; k++)
            text_addf(&got, "<%s>", shell.words.items[k]);
        if (strcmp(text_string(&got), rows[i].words) != 0)
            fail_msg("%s: %s", rows[i].line, text_string(&got));
        text_release(&got);
        shell_words_clear(&shell);
    }
}

static void ends_of_commands(void **state)
{
    (void)state;
    struct shell_words shell = {.end = 0};
    static const char line[] = "a|b;c&&d||e & f";
    static const char ends[] = "|;;;&\n";
    const char *at = line;
    for (size_t i = 0; i < strlen(ends); i++) {
        assert_true(shell_words_read(&shell, &at, line + strlen(line)));
        assert_int_equal(shell.words.count, 1);
        assert_int_equal(shell.words.items[0][0], 'a' + (int)i);
        assert_int_equal(shell.end, ends[i]);
        shell_words_clear(&shell);
    }
    static const char *const open[] = {"a \\", "'a", "\"a", "$'a\\", "\"a\\"};
    for (size_t i = 0; i < sizeof open / sizeof *open; i++) {
        at = open[i];
        assert_false(shell_words_read(&shell, &at, at + strlen(at)));
        shell_words_clear(&shell);
    }
}

/* Chromium's "Copy all as cURL (bash)": one command after another with " ;" between them. */
static void as_a_browser_copies_them(void **state)
{
    (void)state;
    struct collected got = collect("x", NULL,
#define COPIED                                                                                               \
    "curl 'https://shop.example/cart/3/items' \\\n  -H 'accept: */*' \\\n"                                   \
    "  -H 'content-type: application/json' \\\n  -b 'sid=abc; theme=dark' \\\n"                              \
    "  --data-raw $'{\"note\":\"it\\'s\\\\n\\u0021\"}' \\\n  --compressed ;\n"                               \
    "curl 'https://shop.example/a?b=\\[1\\]' -X 'DELETE' -H 'x: ' ;\n"
                                   COPIED, sizeof COPIED - 1);
    const struct request *items = got.requests.requests;
    assert_int_equal(got.requests.count, 2);
    assert_int_equal(got.skip_count, 0);
    assert_string_equal(items[0].method, "POST");
    assert_string_equal(items[0].url, "/cart/3/items");
    assert_string_equal(headers_find(&items[0].headers, "Host"), "shop.example");
    assert_string_equal(headers_find(&items[0].headers, "content-type"), "application/json");
    assert_string_equal(headers_find(&items[0].headers, "Cookie"), "sid=abc; theme=dark");
    assert_string_equal((const char *)items[0].body, "{\"note\":\"it's\\n!\"}");
    assert_non_null(headers_find(&items[0].headers, "Accept-Encoding"));
    assert_string_equal(items[1].method, "DELETE");
    assert_string_equal(items[1].url, "/a?b=[1]");
    assert_null(headers_find(&items[1].headers, "x"));
    assert_int_equal(items[1].t_us - items[0].t_us, UNTIMED_STEP_US);
    assert_string_equal(got.notes.items[0], "no times recorded: requests stand 10 ms apart");
    collected_release(&got);
}

static void commands_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        enum skip_reason reason;
        const char *shown;
    } rows[] = {
        {"curl -d @file http://h/", SKIP_FILE, "curl http://h/"},
        {"curl --data-urlencode a@file http://h/", SKIP_FILE, "curl http://h/"},
        {"curl -H @file http://h/", SKIP_FILE, "curl http://h/"},
        {"curl -T file http://h/", SKIP_FILE, "curl -T http://h/"},
        {"curl -H \"X: $X\" http://h/", SKIP_SHELL, "curl http://h/"},
        {"curl -d \"$(cat x)\" http://h/", SKIP_SHELL, "curl http://h/"},
        {"curl --data-urlencode \"a=$X\" http://h/", SKIP_SHELL, "curl http://h/"},
        {"curl http://h/$X", SKIP_SHELL, "curl http://h/$X"},
        {"curl 'http://h/[1-3]'", SKIP_SHELL, "curl http://h/[1-3]"},
        {"curl -F a=secret http://h/", SKIP_OPTION, "curl -F http://h/"},
        {"curl --unheard-of secret http://h/", SKIP_OPTION, "curl --unheard-of http://h/"},
        {"curl -K file", SKIP_OPTION, "curl"},
        {"curl -sFa=secret http://h/", SKIP_OPTION, "curl -F http://h/"},
        {"curl --user=jo:secret x http://h/", SKIP_OPTION, "curl --user http://h/"},
        {"curl", SKIP_NO_REQUEST, "curl"},
        {"curl -sS", SKIP_NO_REQUEST, "curl"},
        {"curl http://h/ -H", SKIP_GRAMMAR, "curl -H http://h/"},
        {"curl http://h/ -H 'no colon'", SKIP_HEADER, "curl http://h/"},
        {"curl ftp://h/", SKIP_TARGET, "curl ftp://h/"},
        {"curl -X BREW http://h/", SKIP_METHOD, "curl http://h/"},
        {"curl 'http://h/a b'", SKIP_UNSAFE, "http://h/a b"},
        {"curl 'http://h/", SKIP_TRUNCATED, "curl"},
        {"wget http://h/?token=secret", SKIP_GRAMMAR, "wget"},
        {"TOKEN=secret", SKIP_GRAMMAR, "a variable"},
        {"curl http://h/ ^", SKIP_SHELL, "curl http://h/"},
        {"curl \"$URL\"", SKIP_SHELL, "curl $URL"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = collect_text(rows[i].text);
        if (got.skipped[rows[i].reason] != 1 || got.skip_count != 1 || got.requests.count != 0 ||
            strcmp(got.last_text, rows[i].shown) != 0)
            fail_msg("not '%s' (%s): %s", skip_reason_name(rows[i].reason), got.last_text, rows[i].text);
        collected_release(&got);
    }
}

/* What only a shell knows is of no matter where it is no part of the request, or taken out anyway. */
static void what_does_not_matter(void **state)
{
    (void)state;
    static const char *const lines[] = {
        "curl \"http://127.0.0.1:${PORT}\"'/a'",
        "curl -H \"Authorization: Bearer $TOKEN\" http://h/a",
        "$ curl -sSkL --max-time 5 -o /dev/null -w '%{http_code}\\n' http://h/a | jq . > out",
        "PORT=1 /usr/bin/curl --unheard-of http://h/a",
        "curl --unheard-of -s http://h/a",
        "curl http://h/a -b cookies.txt -c \"$JAR\"",
        "curl --no-progress-meter --http1.1 -x proxy:3128 -- http://h/a",
        "curl h/a &",
        "curl \"$BASE/a\"",
    };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        struct collected got = collect_text(lines[i]);
        if (got.requests.count != 1 || got.skip_count != 0 || strcmp(got.requests.requests[0].url, "/a") != 0)
            fail_msg("%s: %s", lines[i], got.last_text);
        collected_release(&got);
    }
}

/* A quote that nobody closes costs its own command and no other. */
static void an_open_quote(void **state)
{
    (void)state;
    struct collected got = collect_text("curl http://h/1\ncurl 'http://h/2\ncurl http://h/3 -d 'two\nlines'\n"
                                        "ls 'x\ny'\ncurl http://h/4 \\");
    assert_int_equal(got.requests.count, 3);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 2);
    assert_int_equal(got.skip_count, 2);
    assert_string_equal((const char *)got.requests.requests[1].body, "two\nlines");
    assert_string_equal(got.requests.requests[2].url, "/4");
    assert_int_equal(got.last_number, 5);
    collected_release(&got);
}

/* What we write is what we read. */
static void our_own_lines(void **state)
{
    (void)state;
    struct request request = {.method = xstrdup("PUT"),
                              .url = xstrdup("/a?b='1'&c=%20"),
                              .body = (unsigned char *)xstrdup("{\"a\":\"it's $5 `x` \\\\ \xc3\xa9\"}")};
    request.body_length = strlen((const char *)request.body);
    headers_add(&request.headers, "Content-Type", "application/json");
    headers_add(&request.headers, "X-Note", "a \"b\" 'c' !");
    char *line = curl_line(&request, "http://127.0.0.1:${PORT}", NULL);
    struct collected got = collect_text(line);
    assert_int_equal(got.requests.count, 1);
    const struct request *read = &got.requests.requests[0];
    assert_string_equal(read->method, request.method);
    assert_string_equal(read->url, request.url);
    assert_int_equal(read->body_length, request.body_length);
    assert_memory_equal(read->body, request.body, request.body_length);
    assert_int_equal(read->headers.count, 2);
    assert_string_equal(headers_find(&read->headers, "X-Note"), "a \"b\" 'c' !");
    collected_release(&got);
    request_release(&request);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(words),
        cmocka_unit_test(ends_of_commands),
        cmocka_unit_test(as_a_browser_copies_them),
        cmocka_unit_test(commands_that_are_none),
        cmocka_unit_test(what_does_not_matter),
        cmocka_unit_test(an_open_quote),
        cmocka_unit_test(our_own_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

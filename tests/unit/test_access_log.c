#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "collect.h"
#include "traffic/access_log.h"
#include "traffic/log_fields.h"

#define TIME "[17/May/2015:10:05:03 +0000]"
#define TIME_US INT64_C(1431857103000000)
#define LINE(request) "192.0.2.1 - - " TIME " \"" request "\" 200 12 \"-\" \"agent/1\""

static enum skip_reason parse(const char *line, struct request *request)
{
    return access_log_parse(line, strlen(line), request);
}

static void a_combined_line(void **state)
{
    (void)state;
    struct request request;
    assert_int_equal(parse("192.0.2.1 - frank " TIME " \"GET /a?b=1 HTTP/1.1\" 404 12 \"https://x.example/\" "
                           "\"Mozilla/5.0 \\\"quoted\\\" \\xe2\\x82\\xac\"",
                           &request),
                     SKIP_REASONS);
    assert_string_equal(request.method, "GET");
    assert_string_equal(request.url, "/a?b=1");
    assert_int_equal(request.t_us, TIME_US);
    assert_int_equal(request.status, 404);
    assert_string_equal(headers_find(&request.headers, "Referer"), "https://x.example/");
    assert_string_equal(headers_find(&request.headers, "User-Agent"), "Mozilla/5.0 \"quoted\" \xe2\x82\xac");
    assert_null(request.body);
    request_release(&request);
}

static void odd_lines_that_are_good(void **state)
{
    (void)state;
    static const struct {
        const char *line, *url;
        int status;
    } rows[] = {
        {"192.0.2.1 - - " TIME " \"GET /c HTTP/1.0\" 200 12", "/c", 200},
        {"2001:db8::1 - - " TIME " \"GET /v6 HTTP/1.1\" 200 - \"-\" \"-\"", "/v6", 200},
        {"h - jo [x] doe " TIME " \"GET /user HTTP/1.1\" 200 1 \"-\" \"-\"", "/user", 200},
        {"h - - " TIME " \"GET http://proxy.example:80/p?q HTTP/1.1\" 200 1 \"-\" \"-\"", "/p?q", 200},
        {"h - - " TIME " \"GET https://proxy.example HTTP/1.1\" 200 1 \"-\" \"-\"", "/", 200},
        {"h - - " TIME " \"GET /extra HTTP/2.0\" 499 0 \"-\" \"-\" \"10.0.0.1\" rt=0.1", "/extra", 499},
        {"h - - " TIME " \"GET /caf\xc3\xa9 HTTP/1.1\" 200 1 \"-\" \"-\"", "/caf%C3%A9", 200},
        {"h - - " TIME " \"GET /quote\\\"d HTTP/1.1\" - 1 \"-\" \"-\"", "/quote\"d", 0},
        {"h - - " TIME " \"GET /x#frag HTTP/1.1\" 200 1 \"-\" \"-\"", "/x", 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request request;
        if (parse(rows[i].line, &request) != SKIP_REASONS)
            fail_msg("refused: %s", rows[i].line);
        assert_string_equal(request.url, rows[i].url);
        assert_int_equal(request.status, rows[i].status);
        request_release(&request);
    }
}

static void lines_that_are_not_imported(void **state)
{
    (void)state;
    static const struct {
        const char *line;
        enum skip_reason reason;
    } rows[] = {
        {"", SKIP_EMPTY},
        {"garbage", SKIP_GRAMMAR},
        {"h - - " TIME " \"GET /open HTTP/1.1 200 1", SKIP_GRAMMAR},
        {"h - - " TIME " \"GET /prod198 - - " TIME " \"GET / HTTP/1.1\" 200 13", SKIP_GRAMMAR},
        {"h - - " TIME " \"GET / HTTP/1.1\" 200 1 \"-\" \"no end", SKIP_GRAMMAR},
        {"h - - [32/May/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1", SKIP_TIME},
        {"h - - [17/Mai/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1", SKIP_TIME},
        {"h - - [29/Feb/2015:10:05:03 +0000] \"GET / HTTP/1.1\" 200 1", SKIP_TIME},
        {LINE("-"), SKIP_NO_REQUEST},
        {LINE(""), SKIP_NO_REQUEST},
        {LINE("\\x16\\x03\\x01\\x02"), SKIP_NOT_HTTP},
        {LINE("SSH-2.0-Go"), SKIP_NOT_HTTP},
        {LINE("GET /no-version"), SKIP_REQUEST_LINE},
        {LINE("GET /two words HTTP/1.1"), SKIP_REQUEST_LINE},
        {LINE("GET HTTP/1.1"), SKIP_REQUEST_LINE},
        {LINE("BREW /pot HTTP/1.1"), SKIP_METHOD},
        {LINE("CONNECT h:443 HTTP/1.1"), SKIP_METHOD},
        {LINE("get / HTTP/1.1"), SKIP_METHOD},
        {LINE("OPTIONS * HTTP/1.1"), SKIP_TARGET},
        {LINE("GET relative HTTP/1.1"), SKIP_TARGET},
        {LINE("GET /a\\r\\nX: y HTTP/1.1"), SKIP_UNSAFE},
        {LINE("GET /nul\\x00 HTTP/1.1"), SKIP_UNSAFE},
        {"h - - " TIME " \"GET / HTTP/1.1\" 20 1", SKIP_STATUS},
        {"h - - " TIME " \"GET / HTTP/1.1\" 2000 1", SKIP_STATUS},
        {"h - - " TIME " \"GET / HTTP/1.1\" abc 1", SKIP_STATUS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request request;
        enum skip_reason reason = parse(rows[i].line, &request);
        if (reason != rows[i].reason)
            fail_msg("%s: '%s', not '%s'", rows[i].line, skip_reason_name(reason),
                     skip_reason_name(rows[i].reason));
        assert_null(request.url);
    }
}

static void times_with_zones(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t us;
    } rows[] = {
        {"17/May/2015:10:05:03 +0000", TIME_US},
        {"17/May/2015:12:05:03 +0200", TIME_US},
        {"17/May/2015:02:35:03 -0730", TIME_US},
        {"17/May/2015:10:05:03.25 +0000", TIME_US + 250000},
        {"29/Feb/2000:00:00:00 +0000", INT64_C(951782400000000)},
        {"31/Dec/1969:23:59:59 +0000", -1000000},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        int64_t us = 0;
        assert_int_equal(log_time(rows[i].text, strlen(rows[i].text), &us), 0);
        assert_int_equal(us, rows[i].us);
    }
}

static void every_line_of_a_file_is_accounted_for(void **state)
{
    (void)state;
    static const char log[] =
        LINE("GET /1 HTTP/1.1") "\n\r\n" LINE("GET /2 HTTP/1.1") "\r\n" LINE("-") "\nh - - " TIME
                                                                                  " \"GET /tru";
    struct collected got = collect("a.log", NULL, log, sizeof log - 1);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 2);
    assert_string_equal(got.requests.requests[1].url, "/2");
    assert_int_equal(got.skipped[SKIP_EMPTY], 1);
    assert_int_equal(got.skipped[SKIP_NO_REQUEST], 1);
    assert_int_equal(got.skipped[SKIP_TRUNCATED], 1);
    assert_int_equal(got.skip_count, 3);
    assert_int_equal(got.last_number, 5);
    collected_release(&got);
}

/* One client's requests share a key; another agent at the same address is another client. */
static void clients(void **state)
{
    (void)state;
    struct request a, b, c;
    parse("h - - " TIME " \"GET /1 HTTP/1.1\" 200 1 \"-\" \"one\"", &a);
    parse("h - - " TIME " \"GET /2 HTTP/1.1\" 200 1 \"-\" \"one\"", &b);
    parse("h - - " TIME " \"GET /3 HTTP/1.1\" 200 1 \"-\" \"two\"", &c);
    assert_string_equal(a.session, b.session);
    assert_string_not_equal(a.session, c.session);
    request_release(&a);
    request_release(&b);
    request_release(&c);
}

static void formats_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        const char *name, *bytes, *said;
    } rows[] = {
        {"x.log", "", ": empty"},
        {"x.log", "\x1f\x8b\x08\x00", ": empty: its gzip data is cut short"},
        {"x.log", "\x28\xb5\x2f\xfd more", "compressed with zstd, only gzip is read: zstdcat"},
        {"x.log", "hello\nworld\n", "no known format"},
        {"x.log", "{\"a\":1}\n", "no known format"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = collect(rows[i].name, NULL, rows[i].bytes, strlen(rows[i].bytes));
        assert_int_equal(got.result, -1);
        assert_int_equal(got.err.code, ERR_USAGE);
        assert_non_null(strstr(got.err.message, rows[i].said));
        collected_release(&got);
    }
    struct err err = {0};
    assert_null(reader_find("xml", &err));
    assert_non_null(strstr(err.message, "combined, common, "));
}

/* Lines longer than the first buffer, and longer than is held, do not stop the rest. */
static void long_lines(void **state)
{
    (void)state;
    struct text log = TEXT_EMPTY;
    char *filler = xmalloc(INPUT_LINE_BYTES + 70000);
    memset(filler, 'a', INPUT_LINE_BYTES + 70000);
    text_addf(&log, "%s\n", LINE("GET /1 HTTP/1.1"));
    text_add_string(&log, "h - - " TIME " \"GET /");
    text_add(&log, filler, 200000);
    text_add_string(&log, " HTTP/1.1\" 200 1\n");
    text_add(&log, filler, INPUT_LINE_BYTES + 70000);
    text_addf(&log, "\n%s", LINE("GET /2 HTTP/1.1"));
    struct collected got = collect("a.log", NULL, log.bytes, log.length);
    assert_int_equal(got.requests.count, 3);
    assert_int_equal(strlen(got.requests.requests[1].url), 200001);
    assert_string_equal(got.requests.requests[2].url, "/2");
    assert_int_equal(got.skipped[SKIP_TOO_LONG], 1);
    assert_int_equal(got.last_number, 3);
    collected_release(&got);
    text_release(&log);
    free(filler);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_combined_line),
        cmocka_unit_test(odd_lines_that_are_good),
        cmocka_unit_test(lines_that_are_not_imported),
        cmocka_unit_test(times_with_zones),
        cmocka_unit_test(every_line_of_a_file_is_accounted_for),
        cmocka_unit_test(clients),
        cmocka_unit_test(formats_are_told_apart),
        cmocka_unit_test(long_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Formats as nginx and Apache have them in their configuration, and lines that they wrote.
 *
 * The lines of Apache were written by httpd 2.4.71 of Debian 12 with these formats. Of nginx, tests/cli/formats.t starts a
 * real one; the lines here are of nginx 1.22.1 of Debian 12, or of the documentation that is named. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "collect.h"
#include "traffic/log_format.h"

#define APACHE_US INT64_C(1795716678000000) /* 2026-11-26 18:11:18 UTC */
#define AGENT "caf\\xc3\\xa9 \\\"quoted\\\" back\\\\slash"
#define AGENT_PLAIN "caf\xc3\xa9 \"quoted\" back\\slash"

static struct collected read_with(const char *format, const char *log)
{
    const struct reader_options options = {.log_format = format};
    return collect_as("a.log", "log-format", &options, log, strlen(log));
}

/* One line to its request; the caller's. */
static struct request read_one(const char *format, const char *line)
{
    struct collected got = read_with(format, line);
    if (got.result != 0 || got.requests.count != 1)
        fail_msg("%s: %s: %s%s", format, line, got.err.message, got.skip_count > 0 ? "skipped" : "");
    struct request request = got.requests.requests[0];
    got.requests.count = 0;
    collected_release(&got);
    return request;
}

static enum skip_reason reason_of(const char *format, const char *line)
{
    struct collected got = read_with(format, line);
    enum skip_reason reason = SKIP_REASONS;
    for (int i = 0; i < SKIP_REASONS; i++)
        if (got.skipped[i] > 0)
            reason = (enum skip_reason)i;
    collected_release(&got);
    return reason;
}

static void lines_of_apache(void **state)
{
    (void)state;
    static const struct {
        const char *format, *line, *url, *host, *agent;
        int64_t us;
    } rows[] = {
        {"LogFormat \"%v:%p %h %l %u %t \\\"%r\\\" %>s %O \\\"%{Referer}i\\\" \\\"%{User-Agent}i\\\"\" "
         "vhost_combined",
         "shop.example:80 127.0.0.1 - - [26/Nov/2026:18:11:18 +0000] \"GET /\\\"quo\\\\te HTTP/1.0\" 404 416 "
         "\"-\" "
         "\"" AGENT "\"",
         "/\"quo\\te", "shop.example", AGENT_PLAIN, APACHE_US},
        {"%h %l %u %{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t%{%z}t %m %U%q %H %>s %b \"%{Referer}i\" "
         "\"%{User-Agent}i\" %v:%p %{UNIQUE_ID}e %D",
         "127.0.0.1 - - 2026-11-26T18:11:18.297230+0000 GET /a b.html?x=%22a%22&y=- HTTP/1.1 404 2 "
         "\"https://x.example/?q=\\\"1\\\"\" \"" AGENT "\" shop.example:80 awh2Rk02uYY6L_sP9FhmqwAAAAA 2502",
         "/a%20b.html?x=%22a%22&y=-", "shop.example", AGENT_PLAIN, APACHE_US + 297230},
        {"%h %l %u %{%Y-%m-%dT%H:%M:%S}t.%{usec_frac}t%{%z}t %m %U%q %H %>s %b \"%{Referer}i\" "
         "\"%{User-Agent}i\" %v:%p %{UNIQUE_ID}e %D",
         "127.0.0.1 - - 2026-11-26T18:11:18.294592+0000 GET / HTTP/1.1 404 236 \"-\" \"" AGENT
         "\" shop.example:80 awh2Rqu3R34aHwakwKj95wAAAEA 856",
         "/", "shop.example", AGENT_PLAIN, APACHE_US + 294592},
        {"%v:%p %{remote}p %t \"%r\" %>s",
         "shop.example:8443 50712 [26/Nov/2026:18:11:18 +0000] \"GET /a HTTP/1.1\" 404", "/a",
         "shop.example:8443", NULL, APACHE_US},
        {"%V %{remote}p %t \"%r\" %>s",
         "shop.example 50712 [26/Nov/2026:18:11:18 +0000] \"GET /a HTTP/1.1\" 404", "/a", "shop.example",
         NULL, APACHE_US},
        {"%{end:msec}t %a \\\"%r\\\" %400,404{User-agent}i %>s sid=%{sid}C \\\"%{Accept-Language}i\\\"",
         "1795716678304 127.0.0.1 \"GET /missing?q HTTP/1.1\" " AGENT " 404 sid=- \"-\"", "/missing?q", NULL,
         AGENT_PLAIN, APACHE_US + 304000},
        {"{\\\"t\\\":\\\"%{%d/%b/%Y:%T}t.%{msec_frac}t "
         "%{%z}t\\\",\\\"r\\\":\\\"%r\\\",\\\"s\\\":%>s,\\\"ua\\\":\\\"%{"
         "User-Agent}i\\\"}",
         "{\"t\":\"26/Nov/2026:18:11:18.302 +0000\",\"r\":\"GET /missing?q "
         "HTTP/1.1\",\"s\":404,\"ua\":\"" AGENT "\"}",
         "/missing?q", NULL, AGENT_PLAIN, APACHE_US + 302000},
        {"%{sec}t %{%s}t%{usec_frac}t \"%r\" %s", "1795716678 1795716678000007 \"GET /a HTTP/1.1\" 404", "/a",
         NULL, NULL, APACHE_US + 7},
        {"%t \"%r\" %{no header}i %>s %s", "[26/Nov/2026:18:11:18 +0000] \"GET /a HTTP/1.1\" x y 404 200",
         "/a", NULL, NULL, APACHE_US},
        {"%{%c}t %{%I:%M:%S %p}t|%{begin:%D %R}t|%% %r|%s",
         "Thu Nov 26 06:11:18 2026 06:11:18 PM|11/26/26 06:11|% GET /twelve HTTP/1.1|404", "/twelve", NULL,
         NULL, APACHE_US},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct request request = read_one(rows[i].format, rows[i].line);
        const char *host = headers_find(&request.headers, "Host");
        const char *agent = headers_find(&request.headers, "User-Agent");
        assert_string_equal(request.method, "GET");
        assert_string_equal(request.url, rows[i].url);
        assert_int_equal(request.status, 404);
        assert_int_equal(request.t_us, rows[i].us);
        assert_string_equal(host != NULL ? host : "", rows[i].host != NULL ? rows[i].host : "");
        assert_string_equal(agent != NULL ? agent : "", rows[i].agent != NULL ? rows[i].agent : "");
        request_release(&request);
    }
}

static void lines_of_nginx(void **state)
{
    (void)state;
    static const struct {
        const char *format, *line, *request, *header, *value;
        int64_t us;
    } rows[] = {
        {"main",
         "192.0.2.1 - jo [x] [26/Nov/2026:18:11:18 +0000] \"GET /a\\x22b HTTP/1.1\" 200 5 \"-\" \"curl "
         "\\x5C\" "
         "\"198.51.100.7\"",
         "GET /a\"b", "X-Forwarded-For", "198.51.100.7", APACHE_US},
        {"ingress-nginx", /* of its documentation, with two upstreams */
         "192.0.2.1 - - [26/Nov/2026:18:11:18 +0000] \"POST /a HTTP/2.0\" 200 5 \"-\" \"k6\" 349 2.012 "
         "[default-shop-80] [] 10.0.0.1:80, 10.0.0.2:80 0, 5 1.000, 0.012 502, 200 5a2f",
         "POST /a", "User-Agent", "k6", APACHE_US - 2000000},
        {"$msec $request_time $request_method ${scheme}://$host$request_uri $status",
         "1795716678.250 0.250 GET https://shop.example/a?b 200", "GET /a?b", "Host", "shop.example",
         APACHE_US},
        {"[$time_iso8601] $request_method $uri$is_args$args $status $http_x_request_id",
         "[2026-11-26T20:11:18+02:00] DELETE /plain-- 200 ab cd", "DELETE /plain-", "X-Request-Id", "ab cd",
         APACHE_US},
        {"$time_local $uri $args $request_method $http_cookie $cookie_a $cookie_b $status",
         "26/Nov/2026:18:11:18 +0000 /a - GET - 1 \\x22;2 200", "GET /a", "Cookie", "a=1; b=\";2", APACHE_US},
        {"$time_local $cookie_a|$http_cookie|$request",
         "26/Nov/2026:18:11:18 +0000 1|a=1; c=3|GET /a HTTP/1.1", "GET /a", "Cookie", "a=1; c=3", APACHE_US},
        {"escape=json {\"t\":\"$msec\",\"r\":\"$request\",\"h\":\"$http_x_y\"}",
         "{\"t\":\"1795716678\",\"r\":\"GET /\\\"\\\\ HTTP/1.1\",\"h\":\"\\u001f\\u00e9 \\/\"}", "GET /\"\\",
         "X-Y", NULL, APACHE_US},
        {"escape=json {\"t\":\"$msec\",\"r\":\"$request\",\"h\":\"$http_x_y\"}",
         "{\"t\":\"1795716678\",\"r\":\"GET / HTTP/1.1\",\"h\":\"\\u00e9 \\/\"}", "GET /", "X-Y",
         "\xc3\xa9 /", APACHE_US},
        {"escape=none $time_iso8601 \"$request\" $status \"$http_user_agent\"",
         "2026-11-26T18:11:18+00:00 \"GET /a\" b HTTP/1.1\" 200 \"say \"hi\" \\\"", NULL, NULL, NULL, 0},
        {"escape=none $time_iso8601 \"$request\" $status \"$http_user_agent\"",
         "2026-11-26T18:11:18+00:00 \"GET /a\"b\\ HTTP/1.1\" 200 \"say \"hi\" \\\"", "GET /a\"b\\",
         "User-Agent", "say \"hi\" \\", APACHE_US},
        {"log_format  x  '$time_local \"$request\" '\n  '$status'\n \" $server_name $http_host\";",
         "26/Nov/2026:18:11:18 +0000 \"GET /a HTTP/1.1\" 200 _ shop.example:8080", "GET /a", "Host",
         "shop.example:8080", APACHE_US},
        {"$time_local $server_port $host \"$request\" $http_x_y",
         "26/Nov/2026:18:11:18 +0000 8443 [2001:db8::1] \"GET /a HTTP/1.1\" \\x22", "GET /a", "Host",
         "[2001:db8::1]:8443", APACHE_US},
        {"$time_local $http_host $server_port \"$request\"",
         "26/Nov/2026:18:11:18 +0000 shop.example:80 8443 \"GET /a HTTP/1.1\"", "GET /a", "Host",
         "shop.example:80", APACHE_US},
        {"$time_local $host $server_port \"$request\"",
         "26/Nov/2026:18:11:18 +0000 - 8443 \"GET /a HTTP/1.1\"", "GET /a", "Host", NULL, APACHE_US},
        {"'$time_local' ' \"$request\"'", "26/Nov/2026:18:11:18 +0000 \"GET /a HTTP/1.1\"", "GET /a", NULL,
         NULL, APACHE_US},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].request == NULL) {
            assert_int_equal(reason_of(rows[i].format, rows[i].line), SKIP_REQUEST_LINE);
            continue;
        }
        struct request request = read_one(rows[i].format, rows[i].line);
        char *told = xasprintf("%s %s", request.method, request.url);
        const char *value = rows[i].header != NULL ? headers_find(&request.headers, rows[i].header) : NULL;
        assert_string_equal(told, rows[i].request);
        assert_string_equal(value != NULL ? value : "", rows[i].value != NULL ? rows[i].value : "");
        if (request.t_us != rows[i].us)
            fail_msg("%s: %lld", rows[i].line, (long long)request.t_us);
        free(told);
        request_release(&request);
    }
}

static void bodies(void **state)
{
    (void)state;
    struct request request =
        read_one("$msec \"$request\" $content_type $request_body",
                 "1795716678.5 \"POST /a HTTP/1.1\" application/json {\\x22a\\x22:\\x0A1}");
    assert_int_equal(request.body_length, strlen("{\"a\":\n1}"));
    assert_memory_equal(request.body, "{\"a\":\n1}", request.body_length);
    assert_string_equal(headers_find(&request.headers, "Content-Type"), "application/json");
    request_release(&request);
}

static void lines_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        const char *format, *line;
        enum skip_reason reason;
    } rows[] = {
        {"common", "h - - [26/Nov/2026:18:11:18 +0000] \"GET / HTTP/1.1\" 200 1 more\n", SKIP_GRAMMAR},
        {"common", "h - - [26/Nov/2026:18:11:18 +0000] \"GET / HTTP/1.1\" ok 1\n", SKIP_GRAMMAR},
        {"common", "h - - 26/Nov/2026:18:11:18 \"GET / HTTP/1.1\" 200 1\n", SKIP_GRAMMAR},
        {"common", "h - - [31/Nov/2026:18:11:18 +0000] \"GET / HTTP/1.1\" 200 1\n", SKIP_TIME},
        {"common", "h - - [26/Nov/2026:18:11:18 +0000] \"GET / HTT", SKIP_TRUNCATED},
        {"common", "h - - [26/Nov/2026:18:11:18 +0000] \"-\" 408 -\n", SKIP_NO_REQUEST},
        {"common", "\n", SKIP_EMPTY},
        {"<%t> %r!", "[26/Nov/2026:18:11:18 +0000]\n", SKIP_GRAMMAR},
        {"<%t> %r!", "<[26/Nov/2026:18:11:18 +0000]> GET /! HTTP/1.1!\n", SKIP_REASONS},
        {"<%t> %r!", "<[26/Nov/2026:18:11:18 +0000]> GET / HTTP/1.1\n", SKIP_GRAMMAR},
        {"$msec $request_method $uri", "then GET /a\n", SKIP_TIME},
        {"$msec $request_method $uri", "1795716678 - -\n", SKIP_NO_REQUEST},
        {"$msec $request_method $uri", "1795716678 BREW /pot\n", SKIP_METHOD},
        {"$msec $request_method $uri", "1795716678 GET /a\\x0Ab\n", SKIP_UNSAFE},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        enum skip_reason reason = reason_of(rows[i].format, rows[i].line);
        if (reason != rows[i].reason)
            fail_msg("%s: %s: '%s'", rows[i].format, rows[i].line, skip_reason_name(reason));
    }
}

static void formats_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *format, *said;
    } rows[] = {
        {"", "neither a $variable"},
        {"100 %", "column 5: '%' begins no directive"},
        {"%{Referer", "column 1: '%' begins no directive"},
        {"a ${request", "column 3: '${' without"},
        {"$request$status", "column 9: two variables follow one another"},
        {"log_format x '$time_local ' '$request$status';", "column 38: two variables"},
        {"%r %m%s", "column 6: two directives follow one another"},
        {"%U%q %t", "nothing in it makes a request: it takes %r"},
        {"$request_method $args", "nothing in it makes a request: it takes $request,"},
        {"LogFormat \"%r", "column 11: this quote is not closed"},
        {"%{%Y}t %r", "its time has no date"},
        {"%{%F}t %r", "its time has no time of day"},
        {"%{%E}t %r", "column 1: a time with %E"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        assert_null(log_format_new(rows[i].format, &err));
        assert_int_equal(err.code, ERR_USAGE);
        if (strstr(err.message, rows[i].said) == NULL)
            fail_msg("%s: %s", rows[i].format, err.message);
    }
}

static void without_times(void **state)
{
    (void)state;
    struct collected got = read_with("%r", "GET /a HTTP/1.1\nGET /b HTTP/1.1\n");
    assert_int_equal(got.requests.count, 2);
    assert_int_equal(got.requests.requests[1].t_us - got.requests.requests[0].t_us, 10000);
    assert_int_equal(got.notes.count, 1);
    collected_release(&got);
}

/* Each value could end at each blank, and the line fits nowhere: this ends, and soon. */
static void hostile_lines(void **state)
{
    (void)state;
    const size_t length = 1000000;
    char *line = xmalloc(length + 1);
    for (size_t i = 0; i < length; i++)
        line[i] = i % 2 == 0 ? 'a' : ' ';
    line[length] = '\0';
    assert_int_equal(reason_of("%h %l %u %a %b %r %t %s", line), SKIP_TRUNCATED);
    for (size_t i = 0; i < length; i++)
        line[i] = "\\\" "[i % 3];
    assert_int_equal(reason_of("\\\"%h\\\" \\\"%r\\\" %s", line), SKIP_TRUNCATED);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_of_apache),
        cmocka_unit_test(lines_of_nginx),
        cmocka_unit_test(bodies),
        cmocka_unit_test(lines_that_do_not_fit),
        cmocka_unit_test(formats_that_are_none),
        cmocka_unit_test(without_times),
        cmocka_unit_test(hostile_lines),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

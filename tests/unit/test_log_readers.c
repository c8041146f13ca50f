/* The readers vhost, ltsv, alb and pattern, and which format is found where several might be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "collect.h"

#define APACHE_US INT64_C(1795716678000000) /* 2026-11-26 18:11:18 UTC */
#define TIME "[26/Nov/2026:18:11:18 +0000]"
#define TAIL " - - " TIME " \"GET /a HTTP/1.1\" 200 12 \"-\" \"agent/1\"\n"

static struct collected read_all(const char *format, const char *log)
{
    return collect("a.log", format, log, strlen(log));
}

static const char *header(const struct collected *got, size_t index, const char *name)
{
    const char *value = headers_find(&got->requests.requests[index].headers, name);
    return value != NULL ? value : "";
}

/* Apache httpd 2.4.71 of Debian 12 wrote these, with its vhost_combined. */
static void virtual_hosts(void **state)
{
    (void)state;
    struct collected got = read_all(
        NULL, "shop.example:80 127.0.0.1 - - " TIME " \"GET /a%20b.html?x=%22a%22&y=- HTTP/1.1\" 200 221 "
              "\"https://x.example/?q=\\\"1\\\"\" \"caf\\xc3\\xa9 \\\"quoted\\\" back\\\\slash\"\n"
              "shop.example:80 127.0.0.1 - - " TIME " \"\\x16\\x03\\x01\\x02gar\" 400 448 \"-\" \"-\"\n"
              "[2001:db8::5]:8080 2001:db8::1 - jo [x] doe " TIME " \"GET /c HTTP/1.0\" 404 416 \"-\" \"-\"\n"
              "shop.example:443 client.example - - " TIME " \"GET /d HTTP/1.0\" 404 416 \"-\" \"-\"\n"
              "- garbage\n");
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 3);
    assert_int_equal(got.skipped[SKIP_NOT_HTTP], 1);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 1);
    assert_string_equal(header(&got, 0, "Host"), "shop.example");
    assert_string_equal(header(&got, 1, "Host"), "[2001:db8::5]:8080");
    assert_string_equal(header(&got, 2, "Host"), "shop.example");
    assert_string_equal(header(&got, 0, "Referer"), "https://x.example/?q=\"1\"");
    assert_string_equal(header(&got, 0, "User-Agent"), "caf\xc3\xa9 \"quoted\" back\\slash");
    assert_string_equal(got.requests.requests[0].url, "/a%20b.html?x=%22a%22&y=-");
    assert_int_equal(got.requests.requests[0].t_us, APACHE_US);
    assert_string_equal(got.requests.requests[0].session, "127.0.0.1\ncaf\xc3\xa9 \"quoted\" back\\slash");
    collected_release(&got);
}

/* The first line is the example of ltsv.org; the next ones Apache httpd 2.4.71 wrote with the format that stands there. */
static void labelled_values(void **state)
{
    (void)state;
    struct collected got = read_all(
        NULL,
        "host:127.0.0.1\tident:-\tuser:frank\ttime:[10/Oct/2000:13:55:36 -0700]\treq:GET /apache_pb.gif "
        "HTTP/1.0\tstatus:200\tsize:2326\treferer:http://www.example.com/start.html\tua:Mozilla/4.08 [en] "
        "(Win98; "
        "I ;Nav)\n"
        "host:127.0.0.1\tident:-\tuser:-\ttime:" TIME
        "\treq:GET /\\\"quo\\\\te HTTP/1.0\tstatus:404\tsize:236\t"
        "referer:-\tua:caf\\xc3\\xa9 \\\"quoted\\\" back\\\\slash\n"
        "host:127.0.0.1\tident:-\tuser:-\ttime:" TIME "\treq:\\x16\\x03\\x01\\x02gar\tstatus:400\tua:-\n"
        "time_iso8601:2026-11-26T18:11:18.5+00:00\tmethod:POST\turi:/a "
        "b\tquery:?c=1\tstatus:201\tvhost:x.example\t"
        "forwardedfor:198.51.100.7\thost:10.0.0.1\tapptime:0.1\tbody:{\\x22a\\x22:1}\tcontent_type:"
        "application/json\n"
        "epoch:1795716678\tmethod:GET\turi:/a?b\tquery:c\tmsec:1795716678.25\n"
        "level:info\tmessage:no time\n"
        "no label\n");
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 4);
    assert_int_equal(got.skipped[SKIP_NOT_HTTP], 1);
    assert_int_equal(got.skipped[SKIP_TIME], 1);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 1);
    const struct request *requests = got.requests.requests;
    assert_int_equal(requests[0].t_us, INT64_C(971211336000000));
    assert_string_equal(header(&got, 0, "User-Agent"), "Mozilla/4.08 [en] (Win98; I ;Nav)");
    assert_string_equal(requests[1].url, "/\"quo\\te");
    assert_string_equal(header(&got, 1, "User-Agent"), "caf\xc3\xa9 \"quoted\" back\\slash");
    assert_string_equal(requests[2].method, "POST");
    assert_string_equal(requests[2].url, "/a%20b?c=1");
    assert_int_equal(requests[2].t_us, APACHE_US + 500000);
    assert_int_equal(requests[2].status, 201);
    assert_string_equal(header(&got, 2, "Host"), "x.example");
    assert_string_equal(requests[2].session, "198.51.100.7\n");
    assert_memory_equal(requests[2].body, "{\"a\":1}", 7);
    assert_string_equal(requests[3].url, "/a?b");
    assert_int_equal(requests[3].t_us, APACHE_US + 250000);
    collected_release(&got);
}

#define GROUP "arn:aws:elasticloadbalancing:us-east-2:123456789012:targetgroup/my-targets/73e2d6bc24d8a067 "
#define TRACE "\"Root=1-58337262-36d228ad5d99923122bbe354\" "
#define REST "\"forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" \"-\"\n"

/* Examples of the documentation of Elastic Load Balancing, "Access log entries"; the one of the classic load balancer last.
 * Of the redirect and the client that hung up it has none. */
static void load_balancers(void **state)
{
    (void)state;
    struct collected got = read_all(
        NULL,
        "http 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 "
        "10.0.0.1:80 0.000 "
        "0.001 0.000 200 200 34 366 \"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - - " GROUP
            TRACE "\"-\" \"-\" 0 2018-07-02T22:22:48.364000Z " REST
        "https 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 "
        "10.0.0.1:80 0.086 "
        "0.048 0.037 200 200 0 57 \"GET https://www.example.com:443/ HTTP/1.1\" \"curl/7.46.0\" "
        "ECDHE-RSA-AES128-GCM-SHA256 TLSv1.2 " GROUP TRACE "\"www.example.com\" "
        "\"arn:aws:acm:us-east-2:123456789012:certificate/12345678-1234-1234-1234-123456789012\" 1 "
        "2018-07-02T22:22:48.364000Z \"authenticate,forward\" \"-\" \"-\" \"10.0.0.1:80\" \"200\" \"-\" "
        "\"-\"\n"
        "h2 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 10.0.1.252:48160 10.0.0.66:9000 "
        "0.000 0.002 "
        "0.000 200 200 5 257 \"GET https://10.0.2.105:773/ HTTP/2.0\" \"curl/7.46.0\" "
        "ECDHE-RSA-AES128-GCM-SHA256 "
        "TLSv1.2 " GROUP TRACE "\"-\" \"-\" 1 2018-07-02T22:22:48.364000Z \"redirect\" "
        "\"https://example.com:80/\" \"-\" \"10.0.0.66:9000\" \"200\" \"-\" \"-\"\n"
        "ws 2018-07-02T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 10.0.0.140:40914 "
        "10.0.1.192:8010 0.001 0.003 "
        "0.000 101 101 218 587 \"GET http://10.0.0.30:80/ HTTP/1.1\" \"-\" - - " GROUP TRACE
        "\"-\" \"-\" 1 2018-07-02T22:22:48.364000Z " REST
        "http 2018-11-30T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - 0.000 "
        "0.001 0.000 200 "
        "200 34 366 \"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - - " GROUP TRACE
        "\"-\" \"-\" 0 2018-11-30T22:22:48.364000Z \"forward\" \"-\" \"-\" \"-\" \"-\" \"-\" \"-\"\n"
        "http 2018-11-30T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 - -1 -1 "
        "-1 301 - 34 366 "
        "\"GET http://www.example.com:80/ HTTP/1.1\" \"curl/7.46.0\" - - - " TRACE
        "\"-\" \"-\" 0 2018-11-30T22:22:48.364000Z \"redirect\" \"https://www.example.com:443/\" \"-\" \"-\" "
        "\"-\" \"-\" "
        "\"-\"\n"
        "http 2018-11-30T22:23:00.186641Z app/my-loadbalancer/50dc6c495c0c9188 192.168.131.39:2817 "
        "10.0.0.1:80 0.000 0.001 "
        "-1 460 - 34 366 \"GET http://www.example.com:80/slow HTTP/1.1\" \"curl/7.46.0\" - - - " TRACE
        "\"-\" \"-\" 0 2018-11-30T22:22:48.364000Z " REST
        "2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.000073 0.001048 "
        "0.000057 200 200 0 "
        "29 \"GET http://www.example.com:80/classic HTTP/1.1\" \"curl/7.38.0\" - -\n"
        "2015-05-13T23:39:43.945958Z my-loadbalancer 192.168.131.39:2817 10.0.0.1:80 0.001069 0.000028 "
        "0.000041 - - 82 305 "
        "\"- - - \" \"-\" - -\n");
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 6);
    assert_int_equal(got.skipped[SKIP_WEBSOCKET], 1);
    assert_int_equal(got.skipped[SKIP_NOT_PASSED_ON], 1);
    assert_int_equal(got.skipped[SKIP_NOT_HTTP], 1);
    const struct request *requests = got.requests.requests;
    assert_string_equal(requests[0].url, "/");
    assert_int_equal(requests[0].t_us, INT64_C(1530570168364000));
    assert_string_equal(requests[0].session, "192.168.131.39\ncurl/7.46.0");
    assert_string_equal(header(&got, 2, "Host"), "10.0.2.105:773");
    assert_int_equal(requests[4].status, 499);
    assert_string_equal(requests[5].url, "/classic");
    assert_int_equal(requests[5].t_us, INT64_C(1431560383945958));
    collected_release(&got);
}

static struct collected match(const char *pattern, const char *log)
{
    const struct reader_options options = {.pattern = pattern};
    return collect_as("a.log", "pattern", &options, log, strlen(log));
}

static void patterns(void **state)
{
    (void)state;
    struct collected got =
        match("^(?<time>\\S+ \\S+) (?<address>\\S+) (?<method>[A-Z]+) (?<path>[^ ?]+)[?]?(?<query>\\S*) "
              "-> (?<status>\\d+) (?<session>\\S+) (?<header_X_Key>\\S+) (?<header_referer>\\S+) "
              "(?<content_type>\\S+) (?<body>.*)",
              "2026-11-26 18:11:18,250 192.0.2.1 POST /a?b=1 -> 201 s1 k1 https://x.example/ "
              "application/json {\\x22a\\x22: \"b\\nc\"}\n"
              "2026-11-26 18:11:19,250 192.0.2.1 GET /a -> 200 s1 - - - -\n"
              "another line\n");
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 2);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 1);
    const struct request *first = &got.requests.requests[0];
    assert_string_equal(first->url, "/a?b=1");
    assert_string_equal(first->session, "s1");
    assert_int_equal(first->t_us, APACHE_US + 250000);
    assert_string_equal(header(&got, 0, "X-Key"), "k1");
    assert_string_equal(header(&got, 0, "Referer"), "https://x.example/");
    assert_string_equal(header(&got, 0, "Content-Type"), "application/json");
    assert_memory_equal(first->body, "{\"a\": \"b\\nc\"}", first->body_length);
    assert_int_equal(got.requests.requests[1].headers.count, 0);
    assert_string_equal(got.requests.requests[1].url, "/a");
    collected_release(&got);

    got = match("(?J)^(?:A (?<request>.*)|B (?<request>.*))$", "B GET /\\x22b HTTP/1.1\nA GET /a HTTP/1.1\n");
    assert_int_equal(got.requests.count, 2);
    assert_string_equal(got.requests.requests[0].url, "/\"b");
    assert_int_equal(got.requests.requests[1].t_us - got.requests.requests[0].t_us, 10000);
    assert_int_equal(got.notes.count, 1);
    collected_release(&got);
}

/* Found where it begins soon, and with an end as far away as it likes. */
static void long_lines(void **state)
{
    (void)state;
    struct text log = TEXT_EMPTY;
    for (size_t before = 4000; before <= 5000; before += 1000) {
        for (size_t i = 0; i < before; i++)
            text_add_char(&log, 'a');
        text_add_string(&log, " GET /");
        for (size_t i = 0; i < 100000; i++)
            text_add_char(&log, 'b');
        text_add_string(&log, " HTTP/1.1\n");
    }
    struct collected got = match("(?<request>GET \\S+ HTTP/1.1)$", log.bytes);
    assert_int_equal(got.requests.count, 1);
    assert_int_equal(strlen(got.requests.requests[0].url), 100001);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 1);
    collected_release(&got);
    text_release(&log);
}

/* Matched by trying each way to part the a's: 2 to the power of 5,000. */
static void a_pattern_that_would_not_end(void **state)
{
    (void)state;
    char line[5002];
    memset(line, 'a', 5000);
    memcpy(line + 5000, "!", 2);
    struct collected got = match("^(?<request>(a|aa)+)$", line);
    assert_int_equal(got.result, 0);
    assert_int_equal(got.skip_count, 1);
    collected_release(&got);
}

static void patterns_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *pattern, *said;
    } rows[] = {
        {"(", "pattern, offset 1: missing closing parenthesis"},
        {".", "it has no named group"},
        {"(?<time>.)(?<method>.)", "nothing makes a request"},
        {"(?<target>.)", "nothing makes a request"},
        {"(?<request>.)(?<header_>.)", "unknown group 'header_'"},
        {"(?<requst>.)", "did you mean 'request'? known: time, request,"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = match(rows[i].pattern, "GET / HTTP/1.1\n");
        assert_int_equal(got.result, -1);
        assert_int_equal(got.err.code, ERR_USAGE);
        if (strstr(got.err.message, rows[i].said) == NULL)
            fail_msg("%s: %s", rows[i].pattern, got.err.message);
        collected_release(&got);
    }
}

static void which_format_it_is(void **state)
{
    (void)state;
    static const struct {
        const char *log, *format;
    } rows[] = {
        {"192.0.2.1" TAIL, "combined"},
        {"2001:db8::1" TAIL, "combined"},
        {"2001:db8::1 - jo doe " TIME " \"GET /a HTTP/1.1\" 200 12\n", "combined"},
        {"client.example frank jo doe " TIME " \"GET /a HTTP/1.1\" 200 12\n", "combined"},
        {"shop.example:80 192.0.2.1" TAIL, "vhost"},
        {"shop.example 192.0.2.1" TAIL, "vhost"},
        {"localhost:8080 ::1" TAIL, "vhost"},
        {"garbage\n\n\x01\x02\nshop.example:80 192.0.2.1" TAIL, "vhost"},
        {"192.0.2.1" TAIL "192.0.2.1" TAIL "shop.example:80 192.0.2.1" TAIL, "combined"},
        {"shop.example:80 192.0.2.1" TAIL "192.0.2.1" TAIL "shop.example:80 192.0.2.1" TAIL, "vhost"},
        {"{\"half\na line\nhost:h\ttime:" TIME "\treq:GET / HTTP/1.1\r\n", "ltsv"},
        {"cut off\nhttp 2018-07-02T22:23:00.186641Z app/l/5 192.168.131.39:2817 - -1 -1 -1 301 - 34 366 "
         "\"GET "
         "http://h:80/ HTTP/1.1\" \"c\"\n",
         "alb"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *path = collect_file("a.log", rows[i].log, strlen(rows[i].log));
        struct input input;
        struct err err = {0};
        assert_int_equal(input_open(&input, path, &err), 0);
        const struct reader *reader = reader_detect(&input, &err);
        if (reader == NULL || strcmp(reader->name, rows[i].format) != 0)
            fail_msg("%s: %s", rows[i].log, reader != NULL ? reader->name : err.message);
        input_close(&input);
        collect_remove(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(virtual_hosts),
        cmocka_unit_test(labelled_values),
        cmocka_unit_test(load_balancers),
        cmocka_unit_test(patterns),
        cmocka_unit_test(long_lines),
        cmocka_unit_test(a_pattern_that_would_not_end),
        cmocka_unit_test(patterns_that_are_none),
        cmocka_unit_test(which_format_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

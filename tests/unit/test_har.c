#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "collect.h"
#include "traffic/har_split.h"

/* A HAR of these entries. */
static struct collected read_entries(const char *entries)
{
    char *har = xasprintf("\xef\xbb\xbf{\n \"log\": {\"version\": \"1.2\", \"entries\": [%s]}}", entries);
    struct collected got = collect("x.json", NULL, har, strlen(har));
    free(har);
    assert_int_equal(got.result, 0);
    return got;
}

#define ENTRY(when, method, url, more, status)                                                               \
    "{\"startedDateTime\":\"" when "\",\"connection\":\"77\",\"request\":{\"method\":\"" method              \
    "\",\"url\":\"" url "\"" more "},\"response\":{\"status\":" status "}}"
#define GET(url) ENTRY("2024-03-12T14:00:18.376Z", "GET", url, "", "200")

static void an_entry(void **state)
{
    (void)state;
    struct collected got = read_entries(
        ENTRY("2024-03-12T15:00:18.376+01:00", "POST", "https://h.example/login?x=1#top",
              ",\"headers\":[{\"name\":\":authority\",\"value\":\"h.example\"},{\"name\":\"Host\",\"value\":"
              "\"h.example\"},"
              "{\"name\":\"Content-Length\",\"value\":\"9\"},{\"name\":\"Accept\",\"value\":\"*/*\"}],"
              "\"postData\":{\"mimeType\":\"application/json\",\"text\":\"{\\\"a\\\":1}\"}",
              "204"));
    assert_int_equal(got.requests.count, 1);
    const struct request *request = &got.requests.requests[0];
    assert_string_equal(request->method, "POST");
    assert_string_equal(request->url, "/login?x=1");
    assert_int_equal(request->t_us, INT64_C(1710252018376000));
    assert_int_equal(request->status, 204);
    assert_int_equal(request->body_length, 7);
    assert_memory_equal(request->body, "{\"a\":1}", 7);
    assert_string_equal(headers_find(&request->headers, "Accept"), "*/*");
    assert_string_equal(headers_find(&request->headers, "Content-Type"), "application/json");
    assert_string_equal(headers_find(&request->headers, "Host"), "h.example");
    assert_null(headers_find(&request->headers, "Content-Length"));
    assert_null(headers_find(&request->headers, ":authority"));
    assert_non_null(strstr(request->session, "77"));
    collected_release(&got);
}

static void bodies(void **state)
{
    (void)state;
    static const struct {
        const char *post, *body;
        size_t length;
    } rows[] = {
        {"{\"text\":\"aGkA/w==\",\"encoding\":\"base64\"}", "hi\0\xff", 4},
        {"{\"text\":\"aGk\",\"encoding\":\"base64\"}", "hi", 2},
        {"{\"mimeType\":\"application/x-www-form-urlencoded\",\"params\":[{\"name\":\"a "
         "b\",\"value\":\"1&2\"},{\"name\":\"c\"}]}",
         "a+b=1%262&c=", 12},
        {"{\"text\":\"\"}", "", 0},
        {"{}", "", 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *entry = xasprintf(
            "{\"startedDateTime\":\"2024-03-12T14:00:18Z\",\"request\":{\"method\":\"POST\",\"url\":\"/u\","
            "\"postData\":%s},\"response\":{\"status\":200}}",
            rows[i].post);
        struct collected got = read_entries(entry);
        assert_int_equal(got.requests.count, 1);
        assert_int_equal(got.requests.requests[0].body_length, rows[i].length);
        if (rows[i].length > 0)
            assert_memory_equal(got.requests.requests[0].body, rows[i].body, rows[i].length);
        collected_release(&got);
        free(entry);
    }
}

static void entries_that_are_not_imported(void **state)
{
    (void)state;
    static const struct {
        const char *entry;
        enum skip_reason reason;
    } rows[] = {
        {ENTRY("2024-03-12T14:00:18Z", "GET", "https://h.example/a", "", "0"), SKIP_ABORTED},
        {ENTRY("2024-03-12T14:00:18Z", "GET", "wss://h.example/a", "", "101"), SKIP_WEBSOCKET},
        {ENTRY("2024-03-12T14:00:18Z", "GET", "https://h.example/a", "", "101"), SKIP_WEBSOCKET},
        {ENTRY("yesterday", "GET", "https://h.example/a", "", "200"), SKIP_TIME},
        {ENTRY("2024-03-12T14:00:18Z", "BREW", "https://h.example/a", "", "200"), SKIP_METHOD},
        {ENTRY("2024-03-12T14:00:18Z", "GET", "data:text/plain,x", "", "200"), SKIP_NOT_HTTP},
        {ENTRY("2024-03-12T14:00:18Z", "GET", "https://h.example/a\\r\\nX: y", "", "200"), SKIP_UNSAFE},
        {ENTRY("2024-03-12T14:00:18Z", "GET", "https://h.example/a",
               ",\"headers\":[{\"name\":\"A\",\"value\":\"b\\nC: d\"}]", "200"),
         SKIP_UNSAFE},
        {ENTRY("2024-03-12T14:00:18Z", "POST", "/a", ",\"postData\":{\"text\":\"!\",\"encoding\":\"base64\"}",
               "200"),
         SKIP_BODY},
        {"{}", SKIP_GRAMMAR},
        {"7", SKIP_GRAMMAR},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = read_entries(rows[i].entry);
        if (got.skipped[rows[i].reason] != 1 || got.requests.count != 0)
            fail_msg("not skipped for '%s': %s", skip_reason_name(rows[i].reason), rows[i].entry);
        collected_release(&got);
    }
}

/* As Chrome, Safari, Playwright and Firefox write them. */
static void aborted_entries(void **state)
{
    (void)state;
    static const struct {
        const char *answer; /* and what follows in the entry */
        int status;         /* 0: skipped */
    } rows[] = {
        {"{\"status\":0,\"_error\":\"net::ERR_ABORTED\"}", 499},
        {"{\"status\":200,\"_error\":\"net::ERR_ABORTED\",\"_transferSize\":21}", 499},
        {"{\"status\":204,\"_error\":\"net::ERR_ABORTED\"}", 204},
        {"{\"status\":0,\"_error\":\"net::ERR_CONNECTION_REFUSED\"}", 0},
        {"{\"status\":0,\"_error\":\"net::ERR_BLOCKED_BY_CLIENT\"},\"serverIPAddress\":\"127.0.0.1\"", 0},
        {"{\"status\":200,\"_error\":\"net::ERR_INCOMPLETE_CHUNKED_ENCODING\"}", 200},
        {"{\"status\":0,\"_error\":\"Load cancelled\"}", 499},
        {"{\"status\":0,\"_error\":\"Could not connect to the server.\"}", 0},
        {"{\"status\":-1,\"_failureText\":\"net::ERR_ABORTED\"}", 499},
        {"{\"status\":-1,\"_failureText\":\"NS_BINDING_ABORTED\"}", 499},
        {"{\"status\":-1,\"_failureText\":\"net::ERR_ABORTED\"},\"_wasAborted\":true", 0},
        {"{\"status\":-1}", 0},
        {"{\"status\":0},\"serverIPAddress\":\"127.0.0.1\"", 499},
        {"{\"status\":0},\"serverIPAddress\":\"\"", 0},
        {"{\"status\":0,\"_error\":null},\"_error\":\"net::ERR_ABORTED\"", 499},
        {"{\"status\":200,\"_error\":null},\"serverIPAddress\":\"127.0.0.1\"", 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *entry =
            xasprintf("{\"startedDateTime\":\"2024-03-12T14:00:18Z\",\"request\":{\"method\":\"GET\","
                      "\"url\":\"/a\"},\"response\":%s}",
                      rows[i].answer);
        struct collected got = read_entries(entry);
        if (got.requests.count != (rows[i].status != 0) || got.skipped[SKIP_ABORTED] != (rows[i].status == 0))
            fail_msg("%s", entry);
        if (rows[i].status != 0)
            assert_int_equal(got.requests.requests[0].status, rows[i].status);
        collected_release(&got);
        free(entry);
    }
}

/* A page's own service is what is replayed; what it called elsewhere is counted and left. */
static void other_hosts(void **state)
{
    (void)state;
    struct collected got = read_entries(
        GET("https://cdn.example/x.js") "," GET("https://h.example/1") "," GET("https://h.example/2"));
    assert_int_equal(got.requests.count, 2);
    assert_string_equal(got.requests.requests[0].url, "/1");
    assert_int_equal(got.skipped[SKIP_OTHER_HOST], 1);
    assert_int_equal(got.last_number, 1);
    collected_release(&got);
}

#define WITH_COOKIE(cookie)                                                                                  \
    ENTRY("2024-03-12T14:00:18Z", "GET", "/a",                                                               \
          ",\"headers\":[{\"name\":\"Cookie\",\"value\":\"" cookie "\"}]", "200")

static void sessions_by_cookie(void **state)
{
    (void)state;
    struct collected got = read_entries(
        WITH_COOKIE("sid=1; theme=dark") "," WITH_COOKIE("theme=light; sid=1") "," WITH_COOKIE("sid=2"));
    assert_int_equal(got.requests.count, 3);
    assert_string_equal(got.requests.requests[0].session, got.requests.requests[1].session);
    assert_string_not_equal(got.requests.requests[0].session, got.requests.requests[2].session);
    collected_release(&got);
}

static void what_is_no_har(void **state)
{
    (void)state;
    static const struct {
        const char *bytes, *said;
    } rows[] = {
        {"{\"log\": {\"entries\": [\n  {\"request\"", "x.har:2:"},
        {"not JSON at all", "x.har:1:"},
        {"{\"log\": {}}", "no HTTP archive"},
        {"[]", "no HTTP archive"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = collect("x.har", NULL, rows[i].bytes, strlen(rows[i].bytes));
        assert_int_equal(got.result, -1);
        assert_int_equal(got.err.code, ERR_USAGE);
        if (strstr(got.err.message, rows[i].said) == NULL)
            fail_msg("'%s' does not say '%s'", got.err.message, rows[i].said);
        collected_release(&got);
    }
}

#define REST "},\"response\":{\"status\":200}}"
#define ASKS(more)                                                                                           \
    "{\"startedDateTime\":\"2024-03-12T14:00:18Z\",\"request\":{\"method\":\"GET\",\"url\":\"https://"       \
    "h.example/a\"" more

/* What browsers and proxies write beside, or against, the format: imported, or counted for the reason. */
static void oddities(void **state)
{
    (void)state;
    static const struct {
        const char *who, *entry;
        enum skip_reason reason; /* SKIP_REASONS: imported as GET /a */
    } rows[] = {
        {"Chrome, from its disk",
         "{\"_fromCache\":\"disk\","
         "\"startedDateTime\":\"2024-03-12T14:00:18Z\",\"request\":{\"method\":\"GET\",\"url\":\"https://"
         "h.example/a\"" REST,
         SKIP_CACHED},
        {"Safari, from memory", ASKS("},\"response\":{\"status\":200,\"_fetchType\":\"Memory Cache\"}}"),
         SKIP_CACHED},
        {"Safari, from the network", ASKS("},\"response\":{\"status\":200,\"_fetchType\":\"Network Load\"}}"),
         SKIP_REASONS},
        {"Playwright, answered by the script",
         ASKS("},\"_wasFulfilled\":true,\"response\":{\"status\":200}}"), SKIP_CACHED},
        {"Chrome, a cache that was asked and had nothing",
         ASKS("},\"cache\":{\"beforeRequest\":null},\"response\":{\"status\":200}}"), SKIP_REASONS},
        {"Chrome, an extension",
         ENTRY("2024-03-12T14:00:18Z", "GET", "chrome-extension://abcdef/a.js", "", "200"), SKIP_NOT_HTTP},
        {"a blob", ENTRY("2024-03-12T14:00:18Z", "GET", "blob:https://h.example/7f2c", "", "200"),
         SKIP_NOT_HTTP},
        {"about:blank", ENTRY("2024-03-12T14:00:18Z", "GET", "about:blank", "", "200"), SKIP_NOT_HTTP},
        {"Charles, a tunnel", ENTRY("2024-03-12T14:00:18Z", "CONNECT", "https://h.example:443", "", "200"),
         SKIP_METHOD},
        {"Chrome, a WebSocket by its messages",
         ASKS("},\"_webSocketMessages\":[{\"type\":\"send\",\"data\":\"\\ud83d\"}],\"response\":{\"status\":"
              "200}}"),
         SKIP_WEBSOCKET},
        {"no answer at all", ASKS("}}"), SKIP_ABORTED},
        {"a status as text", ASKS("},\"response\":{\"status\":\"200\"}}"), SKIP_REASONS},
        {"a status beyond all", ASKS("},\"response\":{\"status\":1e300}}"), SKIP_STATUS},
        {"no zone", ENTRY("2024-03-12T14:00:18.376", "GET", "https://h.example/a", "", "200"), SKIP_REASONS},
        {"Fiddler, seven digits",
         ENTRY("2024-03-12T07:00:18.3760000-07:00", "GET", "https://h.example/a", "", "200"), SKIP_REASONS},
        {"milliseconds since 1970", ENTRY("1710252018376", "GET", "https://h.example/a", "", "200"),
         SKIP_REASONS},
        {"an answer that is half a character",
         ASKS("},\"response\":{\"status\":200,\"content\":{\"text\":\"\\ud83d\"}}}"), SKIP_REASONS},
        {"an answer that is not UTF-8",
         ASKS("},\"response\":{\"status\":200,\"content\":{\"text\":\"\xff\"}}}"), SKIP_REASONS},
        {"a request that is not UTF-8", ASKS(",\"x\":\"\xff\"" REST), SKIP_JSON},
        {"a comma too few", "{\"request\":{} \"response\":{}}", SKIP_JSON},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = read_entries(rows[i].entry);
        bool imported = rows[i].reason == SKIP_REASONS;
        if (got.requests.count != imported || (!imported && got.skipped[rows[i].reason] != 1))
            fail_msg("%s: %zu imported, %s", rows[i].who, got.requests.count, rows[i].entry);
        if (imported)
            assert_string_equal(got.requests.requests[0].url, "/a");
        collected_release(&got);
    }
}

/* Archives as they lie about: a mark in front, something behind, two in one, the end missing, no pages, and a string
 * that looks like one within another list. */
static void archives(void **state)
{
    (void)state;
    static const struct {
        const char *text, *note;
        size_t count, truncated;
    } rows[] = {
        {"\xef\xbb\xbf{\"log\":{\"entries\":[" GET("/1") "]}}", NULL, 1, 0},
        {"{\"log\":{\"pages\":[],\"entries\":[" GET("/1") "]}}\r\n", NULL, 1, 0},
        {"{\"log\":{\"entries\":[" GET("/1") "]}}]} x", "3 bytes behind", 1, 0},
        {"{\"log\":{\"entries\":[" GET("/1") "]}}{\"log\":{\"entries\":[" GET("/2") "]}}", NULL, 2, 0},
        {"{\"log\":{\"entries\":[" GET("/1") ",{\"started", "ends unfinished", 1, 1},
        {"{\"log\":{\"entries\":[" GET("/1") ",", "ends unfinished", 1, 0},
        {"{\"log\":{\"entries\":[" GET("/1") "]", "ends unfinished", 1, 0},
        {"{\"x\":{\"entries\":[" GET("/0") "]},\"log\":{\"pages\":[{\"entries\":[" GET(
             "/0") "],\"title\":\"]}\"}],\"entries\":[" GET("/1") "],\"more\":[" GET("/0") "]}}",
         NULL, 1, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = collect("x.har", NULL, rows[i].text, strlen(rows[i].text));
        if (got.result != 0 || got.requests.count != rows[i].count ||
            got.skipped[SKIP_TRUNCATED] != rows[i].truncated || got.notes.count != (rows[i].note != NULL))
            fail_msg("%s: %zu imported, %s", rows[i].text, got.requests.count, got.err.message);
        if (rows[i].note != NULL)
            assert_non_null(strstr(got.notes.items[0], rows[i].note));
        collected_release(&got);
    }
    static const char nul[] = "{\"log\":{\"entries\":[" GET("/1") "]}}\0\0\0";
    struct collected got = collect("x.har", NULL, nul, sizeof nul - 1);
    assert_int_equal(got.requests.count, 1);
    assert_int_equal(got.notes.count, 0);
    collected_release(&got);
}

/* The body of an answer is not held; the body of a request is, with what looks like brackets in it. */
/* Only hashes of what an answer gives are handed on, also from long answers, in base64, beside broken characters. */
static void what_answers_give(void **state)
{
    (void)state;
    struct text entries = TEXT_EMPTY;
    static const char *const contents[] = {
        "\"headers\":[{\"name\":\"set-cookie\",\"value\":\"sid=value17; Path=/\\nlang=en\"}]",
        "\"content\":{\"text\":\"{\\\"pad\\\":\\\"%0900d \\ud800 \\\", \\\"id\\\":\\\"value17\\\"}\"}",
        "\"content\":{\"encoding\":\"base64\",\"text\":\"eyJpZCI6InZhbHVlMTcifQ==\"}",
    };
    for (size_t i = 0; i < 3; i++)
        text_addf(&entries, "%s%.*s,%s}}", i > 0 ? "," : "", (int)strlen(GET("https://h.example/")) - 2,
                  GET("https://h.example/"), contents[i]);
    char *pad = xasprintf("%0900d", 0), *found = strstr(entries.bytes, "%0900d");
    struct text filled = TEXT_EMPTY;
    text_add(&filled, entries.bytes, (size_t)(found - entries.bytes));
    text_addf(&filled, "%s%s", pad, found + strlen("%0900d"));
    struct collected got = read_entries(filled.bytes);
    assert_int_equal(got.requests.count, 3);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(got.requests.requests[i].clues->count, 1);
        assert_true(got.requests.requests[i].clues->items[0].hash ==
                    got.requests.requests[0].clues->items[0].hash);
        assert_string_equal(got.requests.requests[i].clues->items[0].name, i == 0 ? "sid" : "/id");
    }
    free(pad);
    text_release(&entries);
    text_release(&filled);
    collected_release(&got);
}

static void large_bodies(void **state)
{
    (void)state;
    struct text har = TEXT_EMPTY, body = TEXT_EMPTY;
    struct input input;
    struct har_split split;
    struct err err;
    for (int i = 0; i < 20000; i++)
        text_add_string(&body, "]},\\\"[{");
    text_addf(&har,
              "{\"log\":{\"entries\":[{\"request\":{\"postData\":{\"text\":\"%s\"}},\"response\":{"
              "\"content\":{\"text\":\"",
              body.bytes);
    for (int i = 0; i < 50; i++)
        text_add(&har, body.bytes, body.length);
    text_add_string(&har, "\"}}},7]}}");
    char *path = collect_file("x.har", har.bytes, har.length);
    assert_int_equal(input_open(&input, path, &err), 0);
    har_split_init(&split, &input);
    assert_int_equal(har_split_next(&split), HAR_ENTRY);
    assert_true(split.entry.length > body.length && split.entry.length < body.length + 200);
    assert_true(input.capacity < 1 << 20);
    assert_non_null(strstr(split.entry.bytes, body.bytes));
    assert_non_null(strstr(split.entry.bytes, "\"content\":{\"text\":\"\"}"));
    assert_int_equal(har_split_next(&split), HAR_ENTRY);
    assert_string_equal(split.entry.bytes, "7");
    assert_int_equal(har_split_next(&split), HAR_END);
    har_split_release(&split);
    input_close(&input);
    collect_remove(path);
    text_release(&har);
    text_release(&body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_entry),
        cmocka_unit_test(bodies),
        cmocka_unit_test(entries_that_are_not_imported),
        cmocka_unit_test(aborted_entries),
        cmocka_unit_test(other_hosts),
        cmocka_unit_test(sessions_by_cookie),
        cmocka_unit_test(what_is_no_har),
        cmocka_unit_test(oddities),
        cmocka_unit_test(archives),
        cmocka_unit_test(what_answers_give),
        cmocka_unit_test(large_bodies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

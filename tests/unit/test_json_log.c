/* Lines of JSON as requests: what real programs wrote (tests/data/access), shapes from documentation, mapped keys, and
 * what is broken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "collect.h"

#define DIRECTORY "tests/data/access/"

static struct collected read_keys(const char *const *keys, const char *bytes, size_t length)
{
    struct collected collected = {.result = -1};
    struct reader_options options = {.pattern = NULL};
    const struct sink sink = {SINK_MAGIC, &collected, collect_each, collect_skip, collect_note};
    char *path = collect_file("x.jsonl", bytes, length);
    struct input input;
    for (; keys != NULL && *keys != NULL; keys++)
        strings_add(&options.keys, *keys);
    assert_int_equal(input_open(&input, path, &collected.err), 0);
    collected.result = reader_find("json", &collected.err)->read(&input, &options, &sink, &collected.err);
    input_close(&input);
    strings_release(&options.keys);
    collect_remove(path);
    return collected;
}

/* "METHOD URL STATUS" of the requests, a line each. */
static char *told(const struct collected *got)
{
    struct text text = TEXT_EMPTY;
    for (size_t i = 0; i < got->requests.count; i++) {
        const struct request *request = &got->requests.requests[i];
        text_addf(&text, "%s%s %s %d", i > 0 ? "\n" : "", request->method, request->url, request->status);
    }
    return text_take(&text);
}

static struct collected read_file(const char *name)
{
    struct text text = TEXT_EMPTY;
    char *path = xasprintf(DIRECTORY "%s", name);
    struct err err = {0};
    if (text_read_file(&text, path, 1 << 20, &err) != 0)
        fail_msg("%s", err.message);
    struct collected got = collect(name, NULL, text.bytes, text.length); /* detected */
    assert_int_equal(got.result, 0);
    text_release(&text);
    free(path);
    return got;
}

#define ASKED "GET /a/b%20c?x=1&y=%22z%22 200\nPOST /post?k=v 200\nHEAD /h 200"
#define PROXIED "GET /a/b%20c?x=1&y=%22z%22 200\nPOST /post?k=v 200\nPOST /sink?k=v 200\nHEAD /h 200"

static void what_programs_wrote(void **state)
{
    (void)state;
    static const struct {
        const char *name, *requests;
        size_t none;
        const char *agent; /* of the first */
    } rows[] = {
        {"nginx.jsonl", PROXIED, 0, "curl \"quoted\" \\ back"},
        {"nginx-parts.jsonl", PROXIED, 0, "curl \"quoted\" \\ back"},
        {"nginx-default-escapes.jsonl", PROXIED, 0, "curl \"quoted\" \\ back"},
        {"gunicorn.jsonl", ASKED, 0, "curl \"quoted\" \\ back"},
        {"python-json-logger.jsonl", ASKED, 7, "curl \"quoted\" \\ back"},
        {"python-json-logger-fields.jsonl", ASKED, 0, "curl \\\"quoted\\\" \\ back"},
        {"caddy.jsonl", "GET /a/b%20c?x=1&y=%22z%22 200\nPOST /post?k=v 502\nHEAD /h 204", 5,
         "curl \"quoted\" \\ back"},
        {"loguru.jsonl", "GET /quote/KB-1?currency=JPY 200\nGET /items/5?q=1 200\nPOST /x 201", 1, "agent/1"},
        {"istio.jsonl", "GET /quote/KB-14592?currency=JPY 200\nPOST /cart/7/items 201\nGET /slow 499", 1,
         "curl/7.88.1"},
        {"traefik.jsonl", "GET /quote/KB-14592?currency=JPY 200\nPOST /checkout 502", 1, "curl/7.88.1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = read_file(rows[i].name);
        char *requests = told(&got);
        assert_string_equal(requests, rows[i].requests);
        assert_int_equal(got.skipped[SKIP_NO_REQUEST], rows[i].none);
        assert_int_equal(got.skip_count, rows[i].none);
        assert_string_equal(headers_find(&got.requests.requests[0].headers, "User-Agent"), rows[i].agent);
        free(requests);
        collected_release(&got);
    }
}

static void more_than_the_request(void **state)
{
    (void)state;
    struct collected nginx = read_file("nginx.jsonl"), caddy = read_file("caddy.jsonl");
    struct collected traefik = read_file("traefik.jsonl"), loguru = read_file("loguru.jsonl");
    const struct request *post = &nginx.requests.requests[1], *head = &caddy.requests.requests[2];
    assert_int_equal(post->t_us, INT64_C(1795715920877000));
    assert_int_equal(post->body_length, strlen("{\"sku\":\"KB-1\",\"n\":2}"));
    assert_memory_equal(post->body, "{\"sku\":\"KB-1\",\"n\":2}", post->body_length);
    assert_string_equal(headers_find(&post->headers, "Content-Type"), "application/json");
    assert_string_equal(headers_find(&post->headers, "Host"), "127.0.0.1:18391");
    assert_string_equal(post->session, "127.0.0.1\nagent/1");
    assert_int_equal(head->t_us, INT64_C(1795715930414200));
    assert_string_equal(headers_find(&head->headers, "X-Tenant"), "t1");
    assert_string_equal(headers_find(&head->headers, "Accept"), "*/*");
    assert_null(headers_find(&head->headers, "Cookie"));
    assert_int_equal(head->headers.count, 4); /* the agent once */
    const struct request *quote = &traefik.requests.requests[0];
    assert_int_equal(quote->t_us, INT64_C(1710252005123456));
    assert_string_equal(headers_find(&quote->headers, "X-Tenant"), "t1");
    assert_null(headers_find(&quote->headers, "Authorization"));
    assert_string_equal(loguru.requests.requests[1].session, "192.0.2.7\n");
    assert_int_equal(loguru.requests.requests[1].t_us, INT64_C(1795715930951699));
    assert_non_null(strstr(caddy.notes.items[0], "Caddy (3)"));
    collected_release(&nginx);
    collected_release(&caddy);
    collected_release(&traefik);
    collected_release(&loguru);
}

/* As their documentation has them (versions: json_shapes.c). */
static void other_shapes(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "{\"level\":30,\"time\":1531171074631,\"pid\":7,\"req\":{\"id\":1,\"method\":\"GET\",\"url\":\"/"
        "x?y=1\",\"headers\":"
        "{\"host\":\"h.example\",\"user-agent\":\"agent/"
        "1\"},\"remoteAddress\":\"::ffff:192.0.2.7\"},\"res\":{"
        "\"statusCode\":200},\"responseTime\":3,\"msg\":\"request completed\"}",
        "{\"@timestamp\":\"2024-03-12T14:00:05.1Z\",\"http\":{\"request\":{\"method\":\"GET\"},\"response\":{"
        "\"status_"
        "code\":200}},\"url\":{\"path\":\"/x\",\"query\":\"y=1\"},\"user_agent\":{\"original\":\"agent/1\"}}",
        "{\"@timestamp\":\"2024-03-12T14:00:05.1Z\",\"http.request.method\":\"GET\",\"url.original\":\"/"
        "x?y=1\","
        "\"http.response.status_code\":200,\"message\":\"\"}",
        "{\"httpRequest\":{\"requestMethod\":\"GET\",\"requestUrl\":\"https://h.example/"
        "x?y=1\",\"status\":200,"
        "\"userAgent\":\"agent/1\",\"remoteIp\":\"192.0.2.7\"},\"timestamp\":\"2024-03-12T14:00:05.1Z\"}",
        "{\"ClientIP\":\"192.0.2.7\",\"ClientRequestHost\":\"h.example\",\"ClientRequestMethod\":\"GET\","
        "\"ClientRequestURI\":\"/"
        "x?y=1\",\"EdgeResponseStatus\":200,\"EdgeStartTimestamp\":1506702504433000200}",
        "{\"requestId\":\"e\",\"ip\":\"192.0.2.7\",\"requestTime\":\"12/Mar/2024:14:00:05 "
        "+0000\",\"httpMethod\":\"GET\","
        "\"path\":\"/x\",\"query\":\"?y=1\",\"status\":\"200\"}",
        "{\"log\":\"192.0.2.7 - - [12/Mar/2024:14:00:05 +0000] \\\"GET /x?y=1 HTTP/1.1\\\" 200 "
        "12\\n\",\"stream\":"
        "\"stdout\",\"time\":\"2024-03-12T14:00:05.123456789Z\"}",
        "{\"log\":\"{\\\"time\\\":\\\"2024-03-12T14:00:05Z\\\",\\\"method\\\":\\\"GET\\\",\\\"url\\\":\\\"/"
        "x?y=1\\\",\\\"status\\\":200}\\n\",\"stream\":\"stdout\",\"time\":\"2024-03-12T14:00:05.1Z\"}",
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct collected got = collect("x.log", NULL, rows[i], strlen(rows[i]));
        char *requests = told(&got);
        if (got.result != 0 || strcmp(requests, "GET /x?y=1 200") != 0)
            fail_msg("'%s' (%s) of %s", requests, got.err.message, rows[i]);
        free(requests);
        collected_release(&got);
    }
}

#define ODD                                                                                                  \
    "{\"when\":{\"at\":1710252005},\"verb\":\"POST\",\"where\":[\"/"                                         \
    "x\"],\"rc\":204,\"who\":\"u7\",\"h\":{\"A\":"                                                           \
    "\"1\",\"B\":\"2\"},\"tenant\":\"t1\",\"payload\":\"a=1\"}"

static void mapped_keys(void **state)
{
    (void)state;
    static const char *const keys[] = {
        "time=/when/at",           "path=/where",   "status=/rc", "session=/who", "header:*=/h/*",
        "header:X-Tenant=/tenant", "body=/payload", NULL};
    struct collected got = read_keys(keys, ODD "\n{\"rc\":204}\n", strlen(ODD "\n{\"rc\":204}\n"));
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 1);
    assert_int_equal(got.skipped[SKIP_NO_REQUEST], 1);
    const struct request *request = &got.requests.requests[0];
    assert_string_equal(request->method, "POST"); /* where it usually stands */
    assert_string_equal(request->url, "/x");
    assert_int_equal(request->status, 204);
    assert_int_equal(request->t_us, INT64_C(1710252005000000));
    assert_string_equal(request->session, "u7");
    assert_string_equal(headers_find(&request->headers, "A"), "1");
    assert_string_equal(headers_find(&request->headers, "B"), "2");
    assert_string_equal(headers_find(&request->headers, "X-Tenant"), "t1");
    assert_memory_equal(request->body, "a=1", 3);
    collected_release(&got);
}

/* A key that is mapped goes before what a shape says; the rest is of the shape. */
static void keys_over_a_shape(void **state)
{
    (void)state;
    static const char line[] =
        "{\"time\":\"2024-03-12T14:00:05Z\",\"request\":\"GET /in HTTP/1.1\",\"status\":200,"
        "\"remote_addr\":\"192.0.2.7\",\"original\":\"/out?x=1\",\"m\":\"POST\"}";
    static const char *const keys[] = {"target=/original", "method=/m", NULL};
    struct collected got = read_keys(keys, line, strlen(line));
    char *requests = told(&got);
    assert_string_equal(requests, "POST /out?x=1 200");
    free(requests);
    collected_release(&got);
}

static void keys_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *key, *says;
    } rows[] = {
        {"status", "FIELD=POINTER"},
        {"status=code", "starts with '/'"},
        {"staus=/code", "did you mean 'status'"},
        {"zzzzzz=/code", "known: time, request"},
        {"status=", "starts with '/'"},
        {"header:=/a", "no name of a header"},
        {"header:A b=/a", "no name of a header"},
        {"header:A=/a/*", "'*'"},
        {"status=/a~2", "~0"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *const keys[] = {rows[i].key, NULL};
        struct collected got = read_keys(keys, "{}", 2);
        assert_int_equal(got.result, -1);
        assert_int_equal(got.err.code, ERR_USAGE);
        if (strstr(got.err.message, rows[i].says) == NULL || !text_starts_with(got.err.message, "--key "))
            fail_msg("%s: %s", rows[i].key, got.err.message);
        collected_release(&got);
    }
}

#define GOOD "{\"time\":\"2024-03-12T14:00:05Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200}"

static void lines_that_are_not_imported(void **state)
{
    (void)state;
    struct text deep = TEXT_EMPTY;
    for (int i = 0; i < 5000; i++)
        text_add_string(&deep, "{\"a\":");
    const struct {
        const char *line;
        enum skip_reason reason;
    } rows[] = {
        {"", SKIP_EMPTY},
        {"plain text", SKIP_JSON},
        {"{\"method\":\"GET\"", SKIP_JSON},
        {deep.bytes, SKIP_JSON},
        {"[1,2]", SKIP_NO_REQUEST},
        {"7", SKIP_NO_REQUEST},
        {"{\"level\":\"error\",\"time\":\"2024-03-12T14:00:05Z\",\"msg\":\"said \\\"no\\\" 3 times\"}",
         SKIP_NO_REQUEST},
        {"{\"level\":\"error\",\"method\":\"GET\",\"path\":\"/a\",\"error\":\"timeout\"}", SKIP_NO_REQUEST},
        {"{\"log\":\"{\\\"log\\\":\\\"{}\\\"}\"}", SKIP_NO_REQUEST},
        {"{\"time\":\"noon\",\"method\":\"GET\",\"path\":\"/a\",\"status\":200}", SKIP_TIME},
        {"{\"method\":\"GET\",\"path\":\"/a\",\"status\":200}", SKIP_TIME},
        {"{\"time\":\"2024-03-12T14:00:05Z\",\"method\":\"BREW\",\"path\":\"/a\",\"status\":200}",
         SKIP_METHOD},
        {"{\"time\":\"2024-03-12T14:00:05Z\",\"method\":\"GET\",\"path\":\"a\",\"status\":200}", SKIP_TARGET},
        {"{\"time\":\"2024-03-12T14:00:05Z\",\"method\":\"GET\",\"path\":\"/a\\r\\nX: y\",\"status\":200}",
         SKIP_UNSAFE},
        {"{\"time\":\"2024-03-12T14:00:05Z\",\"method\":\"GET\",\"path\":\"/a\",\"status\":\"ok\"}",
         SKIP_STATUS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *lines = xasprintf(GOOD "\n%s\n" GOOD "\n", rows[i].line);
        struct collected got = collect("x.log", NULL, lines, strlen(lines));
        if (got.result != 0 || got.requests.count != 2 || got.skipped[rows[i].reason] != 1 ||
            got.last_number != 2)
            fail_msg("not skipped for '%s': %.100s %s", skip_reason_name(rows[i].reason), rows[i].line,
                     got.err.message);
        collected_release(&got);
        free(lines);
    }
    text_release(&deep);
    struct collected got = collect("x.log", NULL, GOOD "\n{\"ti", strlen(GOOD "\n{\"ti"));
    assert_int_equal(got.skipped[SKIP_TRUNCATED], 1);
    collected_release(&got);
    got = collect("x.log", NULL, "\xef\xbb\xbf" GOOD "\r\n" GOOD, strlen("\xef\xbb\xbf" GOOD "\r\n" GOOD));
    assert_int_equal(got.requests.count, 2);
    collected_release(&got);
}

/* A line that is longer than any request is dropped, and what is held does not grow by it. */
static void a_huge_line(void **state)
{
    (void)state;
    struct text lines = TEXT_EMPTY;
    text_add_string(&lines, GOOD "\n{\"a\":\"");
    text_reserve(&lines, 3 << 20);
    memset(lines.bytes + lines.length, 'x', 3 << 20);
    lines.length += 3 << 20;
    text_add_string(&lines, "\"}\n" GOOD "\n");
    struct collected got = collect("x.log", NULL, lines.bytes, lines.length);
    assert_int_equal(got.requests.count, 2);
    assert_int_equal(got.skipped[SKIP_TOO_LONG], 1);
    collected_release(&got);
    text_release(&lines);
}

/* What is a recording, or vegeta's targets, is not taken for a log; a log with the same keys is not taken for them. */
static void what_it_is_told_from(void **state)
{
    (void)state;
    static const struct {
        const char *text, *format;
    } rows[] = {
        {"{\"seep\":1}\n{\"method\":\"GET\",\"url\":\"/a\",\"t_us\":5,\"status\":200}\n", "seep"},
        {"{\"method\":\"GET\",\"url\":\"http://h/a\"}\n", "seep"},
        {"{\"log\":{\"entries\":[]}}", "har"},
        {"{\"time\":\"2024-03-12T14:00:05Z\",\"method\":\"GET\",\"url\":\"/a\",\"status\":200}\n", "json"},
        {"{\"level\":\"info\",\"msg\":\"started\"}\n" GOOD "\n", "json"},
        {"not JSON at first\n" GOOD "\n", "json"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *path = collect_file("x", rows[i].text, strlen(rows[i].text));
        struct input input;
        struct err err;
        assert_int_equal(input_open(&input, path, &err), 0);
        const struct reader *reader = reader_detect(&input, &err);
        assert_non_null(reader);
        assert_string_equal(reader->name, rows[i].format);
        input_close(&input);
        collect_remove(path);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_programs_wrote),
        cmocka_unit_test(more_than_the_request),
        cmocka_unit_test(other_shapes),
        cmocka_unit_test(mapped_keys),
        cmocka_unit_test(keys_over_a_shape),
        cmocka_unit_test(keys_that_are_none),
        cmocka_unit_test(lines_that_are_not_imported),
        cmocka_unit_test(a_huge_line),
        cmocka_unit_test(what_it_is_told_from),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

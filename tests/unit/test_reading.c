#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "replay/reading.h"

static char *name_items[] = {"token", "id", "csrf"};
static const struct strings names = {name_items, 3};

/* Everything that one test needs; what is on the endpoint stays for all answers of a test. */
struct scene {
    struct endpoint endpoint;
    struct reading_room room;
    struct reading reading;
    struct jar jar;
    struct variables variables;
};

static struct scene *scene_new(void)
{
    struct scene *scene = xcalloc(1, sizeof *scene);
    scene->room.names = &names;
    return scene;
}

static void scene_free(struct scene *scene)
{
    endpoint_release(&scene->endpoint);
    decoder_release(&scene->room.decoder);
    reading_release(&scene->reading);
    jar_release(&scene->jar);
    variables_release(&scene->variables);
    free(scene);
}

static void capture(struct scene *scene, const char *name, enum capture_from from, const char *what)
{
    struct captures *captures = &scene->endpoint.captures;
    captures->items = xrealloc(captures->items, (captures->count + 1) * sizeof *captures->items);
    captures->items[captures->count++] =
        (struct capture){.name = xstrdup(name),
                         .from = from,
                         .pattern = from == CAPTURE_BODY ? pattern_new(what, NULL) : NULL,
                         .where = from != CAPTURE_BODY ? xstrdup(what) : NULL};
}

static void expect(struct scene *scene, enum capture_from from, const char *where, const char *pattern)
{
    struct expectation *expect = &scene->endpoint.expect;
    expect->items = xrealloc(expect->items, (expect->count + 1) * sizeof *expect->items);
    expect->items[expect->count++] =
        (struct expected){.from = from,
                          .where = where != NULL ? xstrdup(where) : NULL,
                          .pattern = pattern != NULL ? pattern_new(pattern, NULL) : NULL};
}

/* One answer as it comes from the wire, `step` bytes at a time. */
static bool answer(struct scene *scene, const char *bytes, size_t length, size_t step)
{
    const struct asking asking = {.secure = false, .now_s = 1700000000};
    struct reading_of of = {.endpoint = &scene->endpoint,
                            .jar = &scene->jar,
                            .variables = &scene->variables,
                            .asking = &asking,
                            .target = {"/a/b?c", 6}};
    struct response response = {.status = 0};
    enum response_state state = RESPONSE_MORE;
    response_init(&response, false);
    response.sink = reading_begin(&scene->reading, &scene->room, &of);
    response.sink_owner = &scene->reading;
    for (size_t at = 0, taken; at < length && state == RESPONSE_MORE; at += taken) {
        state = response_feed(&response, bytes + at, length - at < step ? length - at : step, &taken);
        assert_true(taken > 0 || state != RESPONSE_MORE);
    }
    if (state == RESPONSE_MORE)
        state = response_end(&response);
    assert_int_equal(state, RESPONSE_DONE);
    int status = response.status;
    response_release(&response);
    return reading_end(&scene->reading, 200, status);
}

static bool answers(struct scene *scene, const char *text)
{
    return answer(scene, text, strlen(text), 3);
}

/* `expected` NULL: it has none. */
static void assert_value(const struct scene *scene, const char *name, const char *expected)
{
    struct text out = TEXT_EMPTY;
    struct unfilled unfilled;
    struct scope scope = {&names, &scene->variables, NULL, NULL};
    char *bytes = xasprintf("{{%s}}", name);
    int failed = variables_fill(&scope, PART_OTHER, (struct span){bytes, strlen(bytes)}, &out, &unfilled);
    assert_int_equal(failed, expected == NULL ? -1 : 0);
    if (expected != NULL)
        assert_string_equal(text_string(&out), expected);
    free(bytes);
    text_release(&out);
}

#define OK "HTTP/1.1 200 OK\r\n"

static void an_endpoint_that_asks_for_nothing(void **state)
{
    (void)state;
    struct scene *scene = scene_new();
    assert_false(reading_wanted(&scene->endpoint));
    assert_true(answers(scene, OK "Set-Cookie: sid=1\r\nContent-Length: 4\r\n\r\nbody"));
    assert_int_equal(scene->jar.count, 1);
    assert_null(scene->reading.body.bytes);
    assert_null(scene->reading.heard);
    assert_null(scene->variables.items);
    scene_free(scene);
}

static void values_are_captured(void **state)
{
    (void)state;
    struct scene *scene = scene_new();
    capture(scene, "csrf", CAPTURE_BODY, "name=\"csrf\" value=\"([^\"]+)\"");
    capture(scene, "id", CAPTURE_HEADER, "X-Id");
    assert_true(reading_wanted(&scene->endpoint));
    assert_true(answers(scene,
                        OK "x-id:  7 \r\nX-ID: 8\r\nTransfer-Encoding: chunked\r\n\r\n"
                           "9\r\n<name=\"cs\r\n20\r\n<name=\"csrf\" value=\"t0k\"><value=\r\n0\r\n\r\n"));
    assert_value(scene, "id", "7");
    assert_value(scene, "csrf", "t0k");
    assert_true(answers(scene, OK "X-Id: \r\nContent-Length: 2\r\n\r\nno")); /* empty, and missing */
    assert_value(scene, "id", "");
    assert_value(scene, "csrf", NULL);
    assert_true(answers(scene, OK "Content-Length: 25\r\n\r\nname=\"csrf\" value=\"again\""));
    assert_value(scene, "id", NULL);
    assert_value(scene, "csrf", "again");
    reading_lost(&scene->endpoint, &names, &scene->variables);
    assert_value(scene, "csrf", NULL);
    reading_lost(&scene->endpoint, &names, NULL);
    scene_free(scene);
}

static void a_pattern_without_a_group_is_the_whole_match(void **state)
{
    (void)state;
    struct scene *scene = scene_new();
    capture(scene, "id", CAPTURE_BODY, "[0-9]+");
    capture(scene, "csrf", CAPTURE_BODY, "a(x)?b");
    answers(scene, OK "\r\nid 42, ab");
    assert_value(scene, "id", "42");
    assert_value(scene, "csrf", NULL); /* its group took no part */
    scene_free(scene);
}

static void json_is_captured(void **state)
{
    (void)state;
    static const struct {
        const char *json, *value;
    } rows[] = {
        {"\"a\\u0020\\\"b\"", "a \"b"},
        {"42", "42"},
        {"-7.25", "-7.25"},
        {"1.1", "1.1"},
        {"0.30000000000000004", "0.30000000000000004"},
        {"true", "true"},
        {"null", NULL},
        {"[1]", NULL},
        {"{\"a\":1}", NULL},
        {"nonsense", NULL},
    };
    struct scene *scene = scene_new();
    capture(scene, "token", CAPTURE_JSON, "/a/0/t~1k");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = xasprintf(OK "\r\n{\"a\":[{\"t/k\":%s}]}", rows[i].json);
        answers(scene, text);
        assert_value(scene, "token", rows[i].value);
        free(text);
    }
    answers(scene, OK "\r\n{\"a\":[]}");
    assert_value(scene, "token", NULL);
    answers(scene, "HTTP/1.1 204 None\r\n\r\n");
    assert_value(scene, "token", NULL);
    scene_free(scene);
}

static void expectations_are_told_apart(void **state)
{
    (void)state;
    struct scene *scene = scene_new();
    expect(scene, CAPTURE_BODY, NULL, "^\\{.*\\}$");
    expect(scene, CAPTURE_HEADER, "Content-Type", "^application/json");
    expect(scene, CAPTURE_HEADER, "X-There", NULL);
    expect(scene, CAPTURE_JSON, "/ok", "^(true|yes)$");
    expect(scene, CAPTURE_JSON, "/items", NULL);
    static const struct {
        const char *answer, *why; /* NULL: landed */
    } rows[] = {
        {OK "content-type: text/html\r\nContent-Type: application/json\r\nX-There:\r\n\r\n"
            "{\"ok\":true,\"items\":null}",
         NULL},
        {OK "Content-Type: application/json\r\nX-There: 1\r\n\r\n{\"ok\":\"yes\",\"items\":[]}", NULL},
        {"HTTP/1.1 500 No\r\nContent-Type: application/json\r\nX-There: 1\r\n\r\n"
         "{\"ok\":true,\"items\":[]}",
         ""},
        {OK "\r\nsecret", "body does not match '^\\{.*\\}$'"},
        {OK "\r\n{secret}", "header Content-Type is missing"},
        {OK "Content-Type: secret\r\n\r\n{}", "header Content-Type does not match '^application/json'"},
        {OK "Content-Type: application/json\r\n\r\n{}", "header X-There is missing"},
        {OK "Content-Type: application/json\r\nX-There: 1\r\n\r\n{secret}", "body is not JSON"},
        {OK "Content-Type: application/json\r\nX-There: 1\r\n\r\n{}", "/ok is missing"},
        {OK "Content-Type: application/json\r\nX-There: 1\r\n\r\n{\"ok\":\"secret\"}",
         "/ok does not match '^(true|yes)$'"},
        {OK "Content-Type: application/json\r\nX-There: 1\r\n\r\n{\"ok\":true}", "/items is missing"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(answers(scene, rows[i].answer), rows[i].why == NULL);
        assert_string_equal(scene->reading.why, rows[i].why != NULL ? rows[i].why : "");
    }
    scene_free(scene);
}

/* The status that was recorded, exactly, where one is known. */
static void the_same_status(void **state)
{
    (void)state;
    struct scene *scene = scene_new();
    assert_true(answers(scene, "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n"));
    scene->endpoint.expect.same_status = true;
    assert_false(answers(scene, "HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n"));
    assert_true(answers(scene, OK "Content-Length: 0\r\n\r\n"));
    assert_false(answers(scene, "HTTP/1.1 304 Same\r\n\r\n"));
    scene_free(scene);
}

/* `size` bytes of gzip behind a header that says so. The caller's. */
static char *zipped(const char *body, const char *coding, size_t *size)
{
    z_stream stream = {.next_in = (Bytef *)body, .avail_in = (uInt)strlen(body)};
    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
    unsigned char packed[65536];
    stream.next_out = packed;
    stream.avail_out = sizeof packed;
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    struct text text = TEXT_EMPTY;
    text_addf(&text, OK "Content-Encoding: %s\r\nContent-Length: %lu\r\n\r\n", coding, stream.total_out);
    text_add(&text, packed, stream.total_out);
    deflateEnd(&stream);
    *size = text.length;
    return text_take(&text);
}

static void coded_bodies_are_read(void **state)
{
    (void)state;
    struct scene *scene = scene_new();
    capture(scene, "token", CAPTURE_JSON, "/token");
    expect(scene, CAPTURE_BODY, NULL, "token");
    size_t size;
    char *text = zipped("{\"token\":\"abc\"}", "gzip", &size);
    for (size_t step = 1; step <= size; step *= 4) {
        assert_true(answer(scene, text, size, step));
        assert_value(scene, "token", "abc");
    }
    free(text);
    text = zipped("{\"token\":\"abc\"}", "br", &size);
    assert_false(answer(scene, text, size, size));
    assert_value(scene, "token", NULL);
    assert_non_null(strstr(scene->reading.why, "body cannot be read"));
    free(text);
    text = zipped("{\"token\":\"abc\"}", "gzip\r\nContent-Encoding: gzip", &size);
    assert_false(answer(scene, text, size, size));
    free(text);
    scene_free(scene);
}

static void a_large_body_is_read_in_part(void **state)
{
    (void)state;
    struct scene *scene = scene_new();
    capture(scene, "id", CAPTURE_BODY, "^id=([0-9]+)");
    expect(scene, CAPTURE_BODY, NULL, "end$");
    struct text text = TEXT_EMPTY;
    text_addf(&text, OK "Content-Length: %d\r\n\r\nid=5 %0*d", 5 + 3000000, 3000000, 0);
    assert_false(answer(scene, text.bytes, text.length, 65536));
    assert_string_equal(scene->reading.why, "body is larger than what is read");
    assert_value(scene, "id", "5");
    assert_null(scene->reading.body.bytes); /* a megabyte a connection would be too much to keep */
    text_release(&text);
    scene_free(scene);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_endpoint_that_asks_for_nothing),
        cmocka_unit_test(values_are_captured),
        cmocka_unit_test(a_pattern_without_a_group_is_the_whole_match),
        cmocka_unit_test(json_is_captured),
        cmocka_unit_test(expectations_are_told_apart),
        cmocka_unit_test(the_same_status),
        cmocka_unit_test(coded_bodies_are_read),
        cmocka_unit_test(a_large_body_is_read_in_part),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

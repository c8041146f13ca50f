#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_place.h"
#include "base/random.h"
#include "replay/fresh.h"

static struct span span_of(const char *text)
{
    return (struct span){text, strlen(text)};
}

/* The caller's. */
static char *fresh_of(const char *original, uint64_t number, uint64_t seed)
{
    struct text out = TEXT_EMPTY;
    fresh_value(span_of(original), (struct pass){number, seed}, &out);
    return text_take(&out);
}

static void the_first_pass_is_the_recording(void **state)
{
    (void)state;
    static const char *const values[] = {"7", "KB-1", "3f2504e0-4f89-41d3-9a0c-0305e82c3301", "1a2b3c4d5e",
                                         ""};
    for (size_t i = 0; i < 5; i++) {
        char *value = fresh_of(values[i], 0, 9);
        assert_string_equal(value, values[i]);
        free(value);
    }
}

static bool is_digit(char c)
{
    return isdigit((unsigned char)c) != 0;
}

static bool is_lower_hex(char c)
{
    return strchr("0123456789abcdef", c) != NULL;
}

/* Shape, and that seed, pass and value each matter. */
static void values_keep_their_shape(void **state)
{
    (void)state;
    static const struct {
        const char *original;
        size_t length, kept; /* of the new value; of its start */
        bool (*letter)(char c);
    } rows[] = {
        {"7", 9, 0, is_digit},
        {"00000007", 9, 0, is_digit},
        {"123456789", 9, 1, is_digit},
        {"1700000000123", 13, 5, is_digit},
        {"12345678901234567890123", 23, 15, is_digit},
        {"1a2b3c4d5e", 10, 0, is_lower_hex},
        {"d41d8cd98f00b204e9800998ecf8427e", 32, 0, is_lower_hex},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *one = fresh_of(rows[i].original, 1, 5), *again = fresh_of(rows[i].original, 1, 5);
        char *later = fresh_of(rows[i].original, 2, 5), *other = fresh_of(rows[i].original, 1, 6);
        assert_int_equal(strlen(one), rows[i].length);
        assert_memory_equal(one, rows[i].original, rows[i].kept);
        for (const char *at = one; *at != '\0'; at++)
            assert_true(rows[i].letter(*at));
        assert_string_equal(one, again);
        assert_string_not_equal(one, rows[i].original);
        assert_string_not_equal(one, later);
        assert_string_not_equal(one, other);
        free(one);
        free(again);
        free(later);
        free(other);
    }
}

static void uuids_stay_uuids(void **state)
{
    (void)state;
    static const char *const uuids[] = {"3f2504e0-4f89-41d3-9a0c-0305e82c3301",
                                        "3F2504E0-4F89-11D3-BA0C-0305E82C3301"};
    for (size_t i = 0; i < 2; i++) {
        char *value = fresh_of(uuids[i], 3, 5);
        assert_int_equal(strlen(value), 36);
        for (size_t j = 0; j < 36; j++)
            if (j == 8 || j == 13 || j == 18 || j == 23 || j == 14 || j == 19)
                assert_int_equal(value[j], uuids[i][j]);
            else
                assert_true(isxdigit((unsigned char)value[j]) &&
                            (i == 0 ? !isupper((unsigned char)value[j]) : !islower((unsigned char)value[j])));
        assert_string_not_equal(value, uuids[i]);
        free(value);
    }
}

static void other_values_get_a_suffix(void **state)
{
    (void)state;
    static const char *const rows[][2] = {{"KB-61265", "KB-61265-"}, {"deadbeef", "deadbeef-"},
                                          {"ab12", "ab12-"},         {"-7", "-7-"},
                                          {"a b/c", "a b/c-"},       {"user@shop.example", "user-"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = fresh_of(rows[i][0], 1, 5);
        assert_memory_equal(value, rows[i][1], strlen(rows[i][1]));
        assert_int_equal(strlen(value), strlen(rows[i][0]) + 6);
        free(value);
    }
    char *mail = fresh_of("user@shop.example", 1, 5);
    assert_string_equal(mail + strlen(mail) - 13, "@shop.example");
    free(mail);
}

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static void assert_all_differ(char **values, size_t count)
{
    qsort(values, count, sizeof *values, by_text);
    for (size_t i = 0; i < count; i++) {
        if (i > 0)
            assert_string_not_equal(values[i - 1], values[i]);
    }
    for (size_t i = 0; i < count; i++)
        free(values[i]);
}

/* Values of one pass, and passes of one value. */
static void no_two_are_the_same(void **state)
{
    (void)state;
    enum { COUNT = 20000 };
    static char *values[COUNT];
    static const char *const originals[] = {"7", "123456789", "1a2b3c4d", "x",
                                            "3f2504e0-4f89-41d3-9a0c-0305e82c3301"};
    for (size_t seed = 0; seed < 4; seed++) {
        for (size_t i = 0; i < COUNT; i++) {
            char *original = i < 10    ? xasprintf("%zu", i)
                             : i < 110 ? xasprintf("%02zu", i - 10)
                                       : xasprintf("%zu", i * 5003);
            values[i] = fresh_of(original, 17, seed);
            free(original);
        }
        assert_all_differ(values, COUNT);
        for (size_t kind = 0; kind < 5; kind++) {
            size_t passes = kind == 2 ? 1000 : COUNT; /* 32 bits of hex: by chance */
            for (size_t i = 0; i < passes; i++)
                values[i] = fresh_of(originals[kind], i, seed);
            assert_all_differ(values, passes);
        }
    }
}

#define PASS ((struct pass){3, 5})

/* `line` with {7} and the like in the place of fresh values. */
static char *expected_line(const char *model)
{
    struct text out = TEXT_EMPTY;
    for (const char *at = model; *at != '\0'; at++)
        if (*at == '{') {
            size_t length = strcspn(++at, "}");
            fresh_value((struct span){at, length}, PASS, &out);
            at += length;
        } else {
            text_add_char(&out, *at);
        }
    return text_take(&out);
}

static void lines(void **state)
{
    (void)state;
    static const struct {
        enum fresh_in in;
        const char *name;
        size_t segment;
        const char *template, *line, *expected; /* NULL: not found, stays */
    } rows[] = {
        {FRESH_PATH, "sku", 1, "/quote/{sku}", "/quote/7?sku=7", "/quote/{7}?sku=7"},
        {FRESH_PATH, "sku", 0, "/{sku}/quote", "/7/quote", "/{7}/quote"},
        {FRESH_PATH, "sku", 1, "/a/{sku}.html", "/a/about.html", "/a/{about}.html"},
        {FRESH_PATH, "sku", 1, "/a/v{sku}", "/a/v7", "/a/v{7}"},
        {FRESH_PATH, "sku", 1, "/a/{sku}", "/a/r%C3%A4%2Fb", "/a/r%C3%A4%2Fb-"},
        {FRESH_PATH, "sku", 1, "/a/{sku}", "/a/", NULL},
        {FRESH_PATH, "sku", 1, "/a/{sku}", "/a", NULL},
        {FRESH_QUERY, "q", 0, "/a", "/a?q=7", "/a?q={7}"},
        {FRESH_QUERY, "q", 0, "/a", "/a?qq=7&q=8&x=9&q=7&q", "/a?qq=7&q={8}&x=9&q={7}&q"},
        {FRESH_QUERY, "q[]", 0, "/a", "/a?x=/&q%5B%5d=7", "/a?x=/&q%5B%5d={7}"},
        {FRESH_QUERY, "q", 0, "/a", "/a?q=a+b%26c%20", "/a?q=a+b%26c+-"},
        {FRESH_QUERY, "q", 0, "/a", "/a?q=&r=1", NULL},
        {FRESH_QUERY, "q", 0, "/a", "/a", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fresh fresh = {rows[i].in, xstrdup(rows[i].name), rows[i].segment};
        char template[64];
        strcpy(template, rows[i].template);
        struct endpoint endpoint = {.template = template, .fresh = &fresh, .fresh_count = 1};
        struct text out = TEXT_EMPTY;
        char *line = xasprintf("GET %s HTTP/1.1\r\n", rows[i].line);
        char *expected = expected_line(rows[i].expected != NULL ? rows[i].expected : rows[i].line);
        assert_int_equal(fresh_line(&endpoint, span_of(line), PASS, &out), rows[i].expected != NULL);
        assert_memory_equal(out.bytes, "GET ", 4);
        assert_true(text_ends_with(out.bytes, " HTTP/1.1\r\n"));
        if (strncmp(out.bytes + 4, expected, strlen(expected)) != 0)
            fail_msg("'%s' is not '%s'", out.bytes, expected);
        text_clear(&out);
        assert_true(fresh_line(&endpoint, span_of(line), (struct pass){0, 5}, &out));
        assert_string_equal(out.bytes, line);
        free(fresh.name);
        free(line);
        free(expected);
        text_release(&out);
    }
}

static void bodies(void **state)
{
    (void)state;
    static const struct {
        const char *body, *pointer, *expected; /* NULL: stays */
    } rows[] = {
        {"{\"a\": {\"b\" : 7} , \"r\": 1.10}", "/a/b", "{\"a\": {\"b\" : {7}} , \"r\": 1.10}"},
        {"{\"a\":[1,\"7\"]}", "/a/1", "{\"a\":[1,\"{7}\"]}"},
        {"[-7]", "/0", "[-{7}]"},
        {"\"7\"", "", "\"{7}\""},
        {"{\"a\":\"x\\\"\\u00e4\"}", "/a", "{\"a\":\"x\\\"\xc3\xa4-"},
        {"{\"a\":7.5}", "/a", NULL},
        {"{\"a\":null}", "/a", NULL},
        {"{\"a\":{}}", "/a", NULL},
        {"{\"a\":7}", "/b", NULL},
        {"a=7", "/a", NULL},
        {"{\"a\":", "/a", NULL},
        {"", "/a", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct fresh fresh = {FRESH_JSON, xstrdup(rows[i].pointer), 0};
        struct endpoint endpoint = {.fresh = &fresh, .fresh_count = 1};
        struct text out = TEXT_EMPTY, expected = TEXT_EMPTY;
        const char *hole = rows[i].expected != NULL ? strstr(rows[i].expected, "{7}") : NULL;
        if (hole != NULL) {
            text_add(&expected, rows[i].expected, (size_t)(hole - rows[i].expected));
            fresh_value(span_of("7"), PASS, &expected);
            text_add_string(&expected, hole + 3);
        } else {
            text_add_string(&expected, rows[i].expected != NULL ? rows[i].expected : rows[i].body);
        }
        assert_int_equal(fresh_body(&endpoint, span_of(rows[i].body), PASS, &out), rows[i].expected != NULL);
        if (strncmp(text_string(&out), expected.bytes, expected.length) != 0)
            fail_msg("'%s' is not '%s'", text_string(&out), expected.bytes);
        if (rows[i].expected == NULL || hole != NULL)
            assert_int_equal(out.length, expected.length);
        free(fresh.name);
        text_release(&out);
        text_release(&expected);
    }
}

static void several_at_once(void **state)
{
    (void)state;
    struct fresh fresh[] = {{FRESH_JSON, xstrdup("/a"), 0},
                            {FRESH_PATH, xstrdup("id"), 0},
                            {FRESH_JSON, xstrdup("/none"), 0},
                            {FRESH_QUERY, xstrdup("q"), 0},
                            {FRESH_JSON, xstrdup("/b"), 0}};
    char template[] = "/{id}";
    struct endpoint endpoint = {.template = template, .fresh = fresh, .fresh_count = 5};
    struct text out = TEXT_EMPTY;
    char *seven = fresh_of("7", 3, 5), *line = xasprintf("GET /%s?q=%s HTTP/1.1\r\n", seven, seven);
    char *body = xasprintf("{\"b\":%s,\"a\":\"%s\"}", seven, seven);
    assert_true(fresh_line(&endpoint, span_of("GET /7?q=7 HTTP/1.1\r\n"), PASS, &out));
    assert_string_equal(out.bytes, line); /* equal ones stay equal wherever they stand */
    text_clear(&out);
    assert_false(fresh_body(&endpoint, span_of("{\"b\":7,\"a\":\"7\"}"), PASS, &out));
    assert_string_equal(out.bytes, body);
    for (size_t i = 0; i < 5; i++)
        free(fresh[i].name);
    free(seven);
    free(line);
    free(body);
    text_release(&out);
}

static void places_in_json(void **state)
{
    (void)state;
    static const struct {
        const char *document, *pointer, *value; /* NULL: none */
    } rows[] = {
        {" {\"a\" : 1 }", "/a", "1"},
        {" {\"a\" : 1 } ", "", "{\"a\" : 1 }"},
        {"{\"x\":\"}\\\"]\",\"a\":[{\"}\":[]},[2,3]]}", "/a/1/1", "3"},
        {"{\"x\":{\"a\":1},\"a\":true}", "/a", "true"},
        {"{\"a/b\":1,\"m~n\":2}", "/a~1b", "1"},
        {"{\"a/b\":1,\"m~n\":2}", "/m~0n", "2"},
        {"{\"\\u0061\\n\":1}", "/a\n", "1"},
        {"{\"\":{\"\":1}}", "//", "1"},
        {"[1,2]", "/2", NULL},
        {"[1,2]", "/01", NULL},
        {"[1,2]", "/-", NULL},
        {"[]", "/0", NULL},
        {"{}", "/a", NULL},
        {"{\"a\":1}", "/a/b", NULL},
        {"{\"a\":\"b", "/a", NULL},
        {"{\"a\\", "/a", NULL},
        {"{\"a\":[[", "/a", NULL},
        {"{\"a\"", "/a", NULL},
        {"{\"a\":", "/a", NULL},
        {"{a:1}", "/a", NULL},
        {"", "", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *copy = xmalloc(strlen(rows[i].document)); /* of just its size: a sanitizer sees every overrun */
        memcpy(copy, rows[i].document, strlen(rows[i].document));
        struct span value, document = {copy, strlen(rows[i].document)};
        bool found = json_place(document, rows[i].pointer, &value);
        if (found != (rows[i].value != NULL))
            fail_msg("%s at %s", rows[i].document, rows[i].pointer);
        if (found) {
            assert_int_equal(value.length, strlen(rows[i].value));
            assert_memory_equal(value.bytes, rows[i].value, value.length);
        }
        free(copy);
    }
}

/* A value of random shape; the caller's. */
static json_t *random_value(struct random *random, unsigned depth)
{
    static const char *const keys[] = {"a", "b/c", "~", "\"\\", "", "0"};
    switch (random_below(random, depth < 4 ? 6 : 4)) {
    case 0:
        return json_integer((json_int_t)random_next(random));
    case 1:
        return json_string("}\"],\\ {");
    case 2:
        return json_real(random_unit(random));
    case 3:
        return json_null();
    case 4: {
        json_t *array = json_array();
        for (uint64_t left = random_below(random, 4); left > 0; left--)
            json_array_append_new(array, random_value(random, depth + 1));
        return array;
    }
    default: {
        json_t *object = json_object();
        for (uint64_t left = random_below(random, 5); left > 0; left--)
            json_object_set_new(object, keys[random_below(random, 6)], random_value(random, depth + 1));
        return object;
    }
    }
}

/* What jansson finds at a pointer stands where we say that it does. Counts what was found. */
static size_t compare(struct random *random, const char *text, json_t *document)
{
    static const char *const tokens[] = {"/a", "/b~1c", "/~0", "/\"\\", "/", "/0", "/1", "/2", "/-", "/x"};
    struct text pointer = TEXT_EMPTY;
    for (uint64_t left = random_below(random, 4); left > 0; left--)
        text_add_string(&pointer, tokens[random_below(random, 10)]);
    json_t *wanted = json_at_pointer(document, text_string(&pointer)), *got = NULL;
    struct span place;
    bool found = json_place(span_of(text), text_string(&pointer), &place);
    if (found)
        got = json_read(place.bytes, place.length, "", NULL);
    if (found != (wanted != NULL) || (found && !json_equal(got, wanted)))
        fail_msg("'%s' in %s", text_string(&pointer), text);
    json_decref(got);
    text_release(&pointer);
    return found;
}

static void places_are_those_of_jansson(void **state)
{
    (void)state;
    static const size_t flags[] = {JSON_COMPACT, JSON_INDENT(2), JSON_ENSURE_ASCII};
    struct random random;
    size_t found = 0;
    random_init(&random, 11);
    for (size_t i = 0; i < 20000; i++) {
        json_t *made = random_value(&random, 0);
        char *text = json_dumps(made, JSON_ENCODE_ANY | flags[i % 3]);
        json_t *document = json_read(text, strlen(text), "", NULL);
        found += compare(&random, text, document);
        json_decref(document);
        json_decref(made);
        free(text);
    }
    assert_true(found > 5000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_pass_is_the_recording),
        cmocka_unit_test(values_keep_their_shape),
        cmocka_unit_test(uuids_stay_uuids),
        cmocka_unit_test(other_values_get_a_suffix),
        cmocka_unit_test(no_two_are_the_same),
        cmocka_unit_test(lines),
        cmocka_unit_test(bodies),
        cmocka_unit_test(several_at_once),
        cmocka_unit_test(places_in_json),
        cmocka_unit_test(places_are_those_of_jansson),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

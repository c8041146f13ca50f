/* What requests have in common and what tells them apart, from small recordings; and rules in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "collect.h"
#include "numbers.h"
#include "traffic/recording.h"
#include "traffic/traits.h"

/* A recording in the making. */
static struct text lines;

static int start(void **state)
{
    (void)state;
    text_clear(&lines);
    return 0;
}

static int stop(void **state)
{
    (void)state;
    text_release(&lines);
    return 0;
}

static void add_bytes(const char *url, const char *type, const char *body, size_t length, int status,
                      const char *session)
{
    struct request request = {.method = xstrdup("POST"), .url = xstrdup(url), .status = status};
    request.session = xstrdup(session);
    request.body = length > 0 ? (unsigned char *)xstrndup(body, length) : NULL;
    request.body_length = length;
    if (type != NULL)
        headers_add(&request.headers, "Content-Type", type);
    recording_line(&request, &lines);
    request_release(&request);
}

static void add(const char *url, const char *type, const char *body, int status)
{
    add_bytes(url, type, body, strlen(body), status, "");
}

static struct traits read_traits(const char *path_template)
{
    struct traits traits;
    struct err err = {0};
    char *path = collect_file("r.jsonl", text_string(&lines), lines.length);
    if (traits_read(path, path_template, &traits, &err) != 0)
        fail_msg("%s", err.message);
    collect_remove(path);
    return traits;
}

static bool find(const struct traits *traits, enum trait_place place, const char *name, size_t *attribute)
{
    for (size_t a = 0; a < traits->attribute_count; a++)
        if (traits->attributes[a].place == place && strcmp(traits->attributes[a].name, name) == 0) {
            *attribute = a;
            return true;
        }
    return false;
}

static size_t found(const struct traits *traits, enum trait_place place, const char *name)
{
    size_t attribute = 0;
    if (!find(traits, place, name, &attribute))
        fail_msg("no attribute '%s'", name);
    return attribute;
}

/* The value of a request; "-": it has none. */
static const char *value_at(const struct traits *traits, size_t request, enum trait_place place,
                            const char *name)
{
    size_t attribute = found(traits, place, name);
    int value = traits_value(traits, request, attribute);
    return value == TRAIT_ABSENT ? "-" : traits->attributes[attribute].values[value];
}

static void query_path_and_status_are_read(void **state)
{
    (void)state;
    struct traits traits;
    add("/quote/7.json?currency=JPY&tag=a&tag=b&x", NULL, "", 200);
    add("/quote/a%2Fb.json?currency=E%55R&note=a+b%zz&tag=a", NULL, "", 404);
    add("/quote/7.json?currency=JPY&tag=a&tag=b&x", NULL, "", 200);
    traits = read_traits("/quote/{sku}.json");
    assert_int_equal(traits.request_count, 2);
    assert_int_equal(traits.times[0], 2);
    assert_int_equal(traits.times[1], 1);
    assert_int_equal(traits.first[1], 1);
    assert_string_equal(value_at(&traits, 0, TRAIT_PATH, "sku"), "7");
    assert_string_equal(value_at(&traits, 1, TRAIT_PATH, "sku"), "a/b");
    assert_string_equal(value_at(&traits, 0, TRAIT_QUERY, "currency"), "JPY");
    assert_string_equal(value_at(&traits, 1, TRAIT_QUERY, "currency"), "EUR");
    assert_string_equal(value_at(&traits, 1, TRAIT_QUERY, "note"), "a b%zz");
    assert_string_equal(value_at(&traits, 0, TRAIT_QUERY, "note"), "-");
    assert_string_equal(value_at(&traits, 0, TRAIT_QUERY, "tag (2)"), "b");
    assert_string_equal(value_at(&traits, 0, TRAIT_QUERY, "x"), "");
    assert_string_equal(value_at(&traits, 1, TRAIT_STATUS, "status"), "404");
    size_t alike;
    assert_false(find(&traits, TRAIT_QUERY, "tag", &alike));
    assert_false(find(&traits, TRAIT_SIZE, "size", &alike));
    assert_non_null(traits.attributes[found(&traits, TRAIT_STATUS, "status")].numbers);
    assert_null(traits.attributes[found(&traits, TRAIT_PATH, "sku")].numbers);
    traits_release(&traits);
}

static void the_rest_of_a_path_is_one_parameter(void **state)
{
    (void)state;
    add("/a/b/c", NULL, "", 200);
    add("/a/d", NULL, "", 200);
    struct traits traits = read_traits("/a/{path...}");
    assert_string_equal(value_at(&traits, 0, TRAIT_PATH, "path"), "b/c");
    assert_string_equal(value_at(&traits, 1, TRAIT_PATH, "path"), "d");
    traits_release(&traits);
}

static void bodies_are_flattened(void **state)
{
    (void)state;
    add("/o", "application/json", "{\"a\":{\"b~/c\":\"x\"},\"items\":[{\"n\":1.50},{\"n\":2}],\"gone\":{}}",
        200);
    add("/o", NULL, " {\"a\":{\"b~/c\":true},\"items\":[{\"n\":null}],\"big\":12345678901234567}", 200);
    add("/o", "application/x-www-form-urlencoded; charset=utf-8", "coupon=X+1&qty=2", 200);
    add("/o", "text/plain", "hello", 200);
    struct traits traits = read_traits("/o");
    assert_int_equal(traits.request_count, 4);
    assert_string_equal(value_at(&traits, 0, TRAIT_BODY, "/a/b~0~1c"), "x");
    assert_string_equal(value_at(&traits, 1, TRAIT_BODY, "/a/b~0~1c"), "true");
    assert_string_equal(value_at(&traits, 0, TRAIT_BODY, "/items (length)"), "2");
    assert_string_equal(value_at(&traits, 0, TRAIT_BODY, "/items/0/n"), "1.5");
    assert_string_equal(value_at(&traits, 1, TRAIT_BODY, "/items/0/n"), "null");
    assert_string_equal(value_at(&traits, 0, TRAIT_BODY, "/gone"), "{}");
    assert_string_equal(value_at(&traits, 1, TRAIT_BODY, "/big"), "12345678901234568");
    assert_string_equal(value_at(&traits, 2, TRAIT_BODY, "coupon"), "X 1");
    assert_string_equal(value_at(&traits, 3, TRAIT_BODY, "(text)"), "hello");
    assert_string_equal(value_at(&traits, 3, TRAIT_SIZE, "size"), "5");
    traits_release(&traits);
}

/* Cut short, not JSON at all, deep, wide, or huge: what can be read is. */
static void garbage_is_read_as_far_as_it_goes(void **state)
{
    (void)state;
    struct text deep = TEXT_EMPTY, huge = TEXT_EMPTY;
    for (int i = 0; i < 5000; i++)
        text_add_string(&deep, "{\"a\":[");
    text_add_string(&huge, "{\"kind\":\"huge\",\"all\":[");
    for (int i = 0; i < 300000; i++)
        text_addf(&huge, "%s{\"n\":%d,\"s\":\"aaaaaaaaaaaaaaaaaaaa\"}", i > 0 ? "," : "", i);
    text_add_string(&huge, "]}");
    add("/o", "application/json", "{\"kind\":\"cut\",\"next\":\"val", 200);
    add("/o", "application/json", "not json", 400);
    add_bytes("/o", "application/json", "\0\xff{", 3, 400, "");
    add("/o", "application/json", text_string(&deep), 200);
    add("/o", "application/json", text_string(&huge), 200);
    add("/o", "application/x-www-form-urlencoded", "&&=&==&%&a=%0", 200);
    add("/o", "multipart/form-data; boundary=x", "--x\r\n\r\n--x--", 200);
    struct traits traits = read_traits("/o");
    assert_int_equal(traits.request_count, 7);
    assert_string_equal(value_at(&traits, 0, TRAIT_BODY, "/kind"), "cut");
    assert_string_equal(value_at(&traits, 4, TRAIT_BODY, "/kind"), "huge");
    assert_string_equal(value_at(&traits, 4, TRAIT_BODY, "/all (length)"), "300000");
    assert_string_equal(value_at(&traits, 5, TRAIT_BODY, "a"), "%0");
    size_t none;
    assert_false(find(&traits, TRAIT_BODY, "/next", &none));
    text_release(&deep);
    text_release(&huge);
    traits_release(&traits);
}

/* A header or a session that differs each time tells nothing; a number, a key or a parameter does. */
static void what_tells_nothing_is_left_out(void **state)
{
    (void)state;
    for (int i = 0; i < 8; i++) {
        char url[64], session[16];
        snprintf(url, sizeof url, "/o?key=k%d&same=1", i / 2);
        snprintf(session, sizeof session, "s%d", i);
        add_bytes(url, NULL, "", 0, 200, session);
    }
    struct traits traits = read_traits("/o");
    assert_int_equal(traits.attribute_count, 1);
    assert_int_equal(traits.request_count, 4);
    assert_int_equal(traits.times[3], 2);
    assert_int_equal(traits.first[3], 6);
    traits_release(&traits);
}

static void long_recordings_are_a_choice_with_what_is_rare(void **state)
{
    (void)state;
    for (int i = 0; i < 20000; i++) {
        char url[80];
        snprintf(url, sizeof url, "/o?id=%d&currency=%s", i % 10000, i % 10000 == 7777 ? "JPY" : "EUR");
        add(url, NULL, "", 200);
    }
    struct traits traits = read_traits("/o");
    size_t currency = found(&traits, TRAIT_QUERY, "currency"), rare = 0;
    assert_int_equal(traits.request_count, TRAITS_REQUESTS_MOST);
    for (size_t i = 0; i < traits.request_count; i++) {
        bool is = strcmp(traits.attributes[currency].values[traits_value(&traits, i, currency)], "JPY") == 0;
        rare += is;
        assert_int_equal(traits.times[i], 2);
        assert_true(i == 0 || traits.first[i] > traits.first[i - 1]);
        assert_true(!is || traits.first[i] == 7777);
    }
    assert_int_equal(rare, 1);
    traits_release(&traits);
}

static void of_many_attributes_the_most_useful_stay(void **state)
{
    (void)state;
    for (int i = 0; i < 12; i++) {
        struct text body = TEXT_EMPTY;
        text_addf(&body, "{\"two\":%d", i % 2);
        for (int k = 0; k < 150; k++)
            text_addf(&body, ",\"f%d\":\"v%d\"", k, k % 3 == 0 ? i * (k + 1) : i % 3);
        text_add_char(&body, '}');
        add("/o", "application/json", text_string(&body), 200);
        text_release(&body);
    }
    struct traits traits = read_traits("/o");
    assert_true(traits.attribute_count <= TRAITS_ATTRIBUTES_MOST);
    assert_string_equal(value_at(&traits, 1, TRAIT_BODY, "/two"), "1");
    assert_string_equal(value_at(&traits, 1, TRAIT_BODY, "/f1"), "v1");
    assert_int_equal(traits.request_count, 12);
    traits_release(&traits);
}

static char *words(const struct traits *traits, const char *name, enum trait_place place,
                   enum trait_test test, int value)
{
    struct trait_rule rule = {.conditions = {{found(traits, place, name), test, value, 0}}, .count = 1};
    return trait_rule_words(traits, &rule);
}

#define assert_words(traits, place, name, test, value, expected)                                             \
    do {                                                                                                     \
        char *said = words((traits), (name), (place), (test), (value));                                      \
        assert_string_equal(said, (expected));                                                               \
        free(said);                                                                                          \
    } while (0)

static void rules_are_told_in_words(void **state)
{
    (void)state;
    add_bytes("/q/7?currency=JPY&quantity=100", "application/json", "{\"c\":{\"d\":\"JP\"}}", 16, 404,
              "k3f9");
    add_bytes("/q/8?currency=EUR&quantity=5&coupon=", "a/b, c", "{\"c\":{\"d\":\"DE\"}} ", 17, 200, "k3f9");
    add_bytes("/q/9?currency=USD&quantity=7", "a/b", "", 0, 200, "x");
    add_bytes("/q/9?currency=USD&quantity=8", "a/b", "", 0, 200, "x");
    struct traits traits = read_traits("/q/{sku}");
    assert_words(&traits, TRAIT_QUERY, "currency", TRAIT_IS, 0, "currency=JPY");
    assert_words(&traits, TRAIT_QUERY, "currency", TRAIT_IS_NOT, 0, "currency other than JPY");
    assert_words(&traits, TRAIT_QUERY, "quantity", TRAIT_AT_LEAST, 0, "quantity >= 100");
    assert_words(&traits, TRAIT_QUERY, "quantity", TRAIT_BELOW, 1, "quantity < 5");
    assert_words(&traits, TRAIT_QUERY, "coupon", TRAIT_HAS, 0, "with coupon");
    assert_words(&traits, TRAIT_QUERY, "coupon", TRAIT_HAS_NOT, 0, "without coupon");
    assert_words(&traits, TRAIT_QUERY, "coupon", TRAIT_IS, 0, "coupon=\"\"");
    assert_words(&traits, TRAIT_PATH, "sku", TRAIT_IS, 0, "{sku}=7");
    assert_words(&traits, TRAIT_BODY, "/c/d", TRAIT_IS, 0, "body /c/d=JP");
    assert_words(&traits, TRAIT_STATUS, "status", TRAIT_IS, 0, "status 404");
    assert_words(&traits, TRAIT_STATUS, "status", TRAIT_IS_NOT, 0, "status other than 404");
    assert_words(&traits, TRAIT_SESSION, "session", TRAIT_IS, 0, "session k3f9");
    assert_words(&traits, TRAIT_HEADER, "content-type", TRAIT_IS, 2, "Content-Type: a/b");
    assert_words(&traits, TRAIT_HEADER, "content-type", TRAIT_IS, 1, "Content-Type: \"a/b, c\"");
    assert_words(&traits, TRAIT_SIZE, "size", TRAIT_AT_LEAST, 0, "body of 16 B and more");
    assert_words(&traits, TRAIT_SIZE, "size", TRAIT_BELOW, 1, "body of less than 17 B");
    struct trait_rule rule = {.count = 2};
    rule.conditions[0] =
        (struct trait_condition){found(&traits, TRAIT_QUERY, "currency"), TRAIT_IS_EITHER, 0, 1};
    rule.conditions[1] = (struct trait_condition){found(&traits, TRAIT_PATH, "sku"), TRAIT_IS, 0, 0};
    char *both = trait_rule_words(&traits, &rule);
    assert_string_equal(both, "currency=JPY or EUR, {sku}=7");
    free(both);
    char *every = trait_rule_words(&traits, &(struct trait_rule){.count = 0});
    assert_string_equal(every, "every request");
    free(every);
    traits_release(&traits);
}

static void rules_hold_where_they_say(void **state)
{
    (void)state;
    add("/q?n=5&a=x", NULL, "", 200);
    add("/q?n=-1.5&a=y", NULL, "", 200);
    add("/q?a=z", NULL, "", 200);
    struct traits traits = read_traits("/q");
    size_t n = found(&traits, TRAIT_QUERY, "n"), a = found(&traits, TRAIT_QUERY, "a");
    static const struct {
        enum trait_test test;
        bool holds[3];
    } rows[] = {
        {TRAIT_IS, {true, false, false}},       {TRAIT_IS_NOT, {false, true, true}},
        {TRAIT_HAS, {true, true, false}},       {TRAIT_HAS_NOT, {false, false, true}},
        {TRAIT_AT_LEAST, {true, false, false}}, {TRAIT_BELOW, {false, true, false}},
        {TRAIT_IS_EITHER, {true, true, false}},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++)
        for (size_t i = 0; i < 3; i++) {
            struct trait_rule rule = {.conditions = {{n, rows[row].test, 0, 1}, {a, TRAIT_HAS, 0, 0}},
                                      .count = 2};
            assert_int_equal(trait_rule_holds(&traits, &rule, i), rows[row].holds[i]);
        }
    traits_release(&traits);
}

static void secrets_are_not_told(void **state)
{
    (void)state;
    add("/q?token=abc&ref=eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl&id={{redacted:0badcafe}}", NULL,
        "{\"auth\":{\"user\":\"me\"}}", 200);
    add("/q?token=def&ref=plain&id=2", NULL, "{\"auth\":{\"user\":\"you\"}}", 200);
    struct traits traits = read_traits("/q");
    assert_words(&traits, TRAIT_QUERY, "token", TRAIT_IS, 0, "token=(redacted)");
    assert_words(&traits, TRAIT_QUERY, "token", TRAIT_IS_NOT, 1, "token other than (redacted)");
    assert_words(&traits, TRAIT_QUERY, "ref", TRAIT_IS, 0, "ref=(redacted)");
    assert_words(&traits, TRAIT_QUERY, "ref", TRAIT_IS, 1, "ref=plain");
    assert_words(&traits, TRAIT_QUERY, "id", TRAIT_IS, 0, "id=(redacted)");
    assert_words(&traits, TRAIT_BODY, "/auth/user", TRAIT_IS, 0, "body /auth/user=(redacted)");
    traits_release(&traits);
}

/* Long values are cut, what is no printable text is escaped, and two long ones that differ at their end are two. */
static void values_are_fit_to_print(void **state)
{
    (void)state;
    struct text one = TEXT_EMPTY;
    text_add_string(&one, "/q?a=");
    for (int i = 0; i < 400; i++)
        text_add_char(&one, 'x');
    add(text_string(&one), NULL, "", 200);
    text_add_char(&one, 'y');
    add(text_string(&one), NULL, "", 200);
    add("/q?a=%1b%5b2J%0a%ff%c3%a9%e2%80%ae%c2%9b%00", NULL, "", 200);
    struct traits traits = read_traits("/q");
    assert_int_equal(traits.request_count, 3);
    assert_words(&traits, TRAIT_QUERY, "a", TRAIT_IS, 0,
                 "a=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx...");
    assert_words(&traits, TRAIT_QUERY, "a", TRAIT_IS, 2,
                 "a=\\x1b[2J\\x0a\\xff\xc3\xa9\\xe2\\x80\\xae\\xc2\\x9b\xef\xbf\xbd");
    text_release(&one);
    traits_release(&traits);
}

static void an_empty_or_broken_recording_is_told(void **state)
{
    (void)state;
    struct traits traits = read_traits("/q");
    assert_int_equal(traits.request_count, 0);
    traits_release(&traits);
    add("/q", NULL, "", 200);
    traits = read_traits("/q");
    assert_int_equal(traits.request_count, 1);
    assert_int_equal(traits.attribute_count, 0);
    traits_release(&traits);
    struct err err = {0};
    char *path = collect_file("r.jsonl", "{\"method\":\n", 11);
    assert_int_equal(traits_read(path, "/q", &traits, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_non_null(strstr(err.message, "r.jsonl:1:"));
    traits_release(&traits);
    collect_remove(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(query_path_and_status_are_read, start, stop),
        cmocka_unit_test_setup_teardown(the_rest_of_a_path_is_one_parameter, start, stop),
        cmocka_unit_test_setup_teardown(bodies_are_flattened, start, stop),
        cmocka_unit_test_setup_teardown(garbage_is_read_as_far_as_it_goes, start, stop),
        cmocka_unit_test_setup_teardown(what_tells_nothing_is_left_out, start, stop),
        cmocka_unit_test_setup_teardown(long_recordings_are_a_choice_with_what_is_rare, start, stop),
        cmocka_unit_test_setup_teardown(of_many_attributes_the_most_useful_stay, start, stop),
        cmocka_unit_test_setup_teardown(rules_are_told_in_words, start, stop),
        cmocka_unit_test_setup_teardown(rules_hold_where_they_say, start, stop),
        cmocka_unit_test_setup_teardown(secrets_are_not_told, start, stop),
        cmocka_unit_test_setup_teardown(values_are_fit_to_print, start, stop),
        cmocka_unit_test_setup_teardown(an_empty_or_broken_recording_is_told, start, stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* JSON walked without a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/json_walk.h"

/* The whole document skipped: "" or what is wrong with it. */
static const char *fault_of(const char *text, struct err *err)
{
    struct json_walk walk;
    *err = (struct err){0};
    json_walk_init(&walk, text, strlen(text), "f");
    json_walk_skip(&walk);
    return json_walk_end(&walk, err) == 0 ? "" : err->message;
}

static void what_is_json(void **state)
{
    (void)state;
    static const char *const good[] = {
        "{}",
        "[]",
        " [1, 2.5e-3 ,-0,true,false,null,\"\"] ",
        "{\"a\":{\"b\":[{},[]]},\"c\":1}",
        "0",
        "\"\\u00e9\\ud83d\\ude00\\n\"",
    };
    struct err err;
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_string_equal(fault_of(good[i], &err), "");
}

static void what_is_not(void **state)
{
    (void)state;
    static const struct {
        const char *text, *fault;
    } cases[] = {
        {"", "f:1:1: the JSON ends here, unfinished"},
        {"{", "f:1:2: the JSON ends here, unfinished"},
        {"[1", "f:1:3: the JSON ends here, unfinished"},
        {"[1 2]", "f:1:4: expected ',' or ']'"},
        {"[1,]", "f:1:4: expected a value"},
        {"{\"a\" 1}", "f:1:6: expected ':' after a key"},
        {"{\"a\":1,}", "f:1:8: expected a string"},
        {"{1:2}", "f:1:2: expected a string"},
        {"[\n\n  01]", "f:3:5: expected a number"},
        {"[1.]", "f:1:4: expected a number"},
        {"[nan]", "f:1:2: expected a value"},
        {"\"a\tb\"", "f:1:4: not a character of a JSON string"},
        {"\"\\x\"", "f:1:3: not a character of a JSON string"},
        {"\"\\u12\"", "f:1:6: not a character of a JSON string"},
        {"[}", "f:1:2: expected a value"},
        {"{} {}", "f:1:4: more than one JSON value"},
    };
    struct err err;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        if (strcmp(fault_of(cases[i].text, &err), cases[i].fault) != 0)
            fail_msg("'%s': %s", cases[i].text, err.message);
}

static void values(void **state)
{
    (void)state;
    static const char text[] = "{\"a\\u0062\":[1.5,-2e3,1e999],\"c\":\"x\\u0000\\ud83d\\ude00\\ud83dy\"}";
    struct json_walk walk;
    struct err err = {0};
    json_walk_init(&walk, text, sizeof text - 1, "f");
    assert_true(json_walk_object(&walk));
    assert_true(json_walk_member(&walk));
    assert_true(json_walk_key_is(&walk, "ab"));
    assert_true(json_walk_is(&walk, '['));
    assert_true(json_walk_array(&walk));
    assert_true(json_walk_element(&walk) && json_walk_number(&walk) == 1.5);
    assert_true(json_walk_element(&walk) && json_walk_number(&walk) == -2000);
    assert_true(json_walk_element(&walk) && isinf(json_walk_number(&walk)));
    assert_false(json_walk_element(&walk));
    assert_true(json_walk_member(&walk));
    /* a NUL and half a pair are U+FFFD */
    assert_string_equal(json_walk_string(&walk), "x\xef\xbf\xbd\xf0\x9f\x98\x80\xef\xbf\xbdy");
    assert_false(json_walk_member(&walk));
    assert_int_equal(json_walk_end(&walk, &err), 0);
}

static void the_first_fault_sticks(void **state)
{
    (void)state;
    struct json_walk walk;
    struct err err = {0};
    json_walk_init(&walk, "[\"a\"]", 5, "f");
    json_walk_array(&walk);
    json_walk_element(&walk);
    assert_true(isnan(json_walk_number(&walk)));
    json_walk_fail(&walk, "another");
    assert_string_equal(json_walk_string(&walk), "");
    assert_false(json_walk_element(&walk));
    assert_int_equal(json_walk_end(&walk, &err), -1);
    assert_string_equal(err.message, "f:1:2: expected a number");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json),
        cmocka_unit_test(what_is_not),
        cmocka_unit_test(values),
        cmocka_unit_test(the_first_fault_sticks),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* JSON walked without a tree. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/json.h"
#include "base/json_seek.h"
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

/* What a tree would have said (of equal keys its last). */
static void a_number_is_found_as_in_a_tree(void **state)
{
    (void)state;
    static const char *const documents[] = {
        "{\"a\":1,\"b\":{\"c\":[10,{\"d\":-2.5e3}],\"\":7},\"a/"
        "b\":3,\"m~n\":4,\"s\":\"5\",\"t\":true,\"n\":null}",
        "[0,[1,2,[3]],{\"0\":9}]",
        "{\"a\":{\"b\":1},\"a\":{\"c\":2}}",
        "{\"a\":5,\"a\":[]}",
        " 42 ",
        "{}",
    };
    static const char *const pointers[] = {
        "",       "/a",     "/b",  "/b/c/0",   "/b/c/1/d",       "/b/c/01",
        "/b/c/-", "/b/c/2", "/b/", "/a~1b",    "/m~0n",          "/s",
        "/t",     "/n",     "/0",  "/1/2/0",   "/2/0",           "/a/b",
        "/a/c",   "/a/0",   "/x",  "/a/b/c/d", "/1/99999999999",
    };
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
        for (size_t k = 0; k < sizeof pointers / sizeof *pointers; k++) {
            struct err err = {0};
            double number = 0;
            json_t *tree = json_read(documents[i], strlen(documents[i]), "f", &err);
            const json_t *there = json_at_pointer(tree, pointers[k]);
            enum json_sought found =
                json_seek_number(documents[i], strlen(documents[i]), "f", pointers[k], &number, &err);
            assert_int_equal(found, there == NULL           ? JSON_SOUGHT_NOTHING
                                    : json_is_number(there) ? JSON_SOUGHT_NUMBER
                                                            : JSON_SOUGHT_OTHER);
            if (found == JSON_SOUGHT_NUMBER)
                assert_true(number == json_number_value(there));
            json_decref(tree);
        }
}

static void nothing_is_found_in_what_is_no_json(void **state)
{
    (void)state;
    struct err err = {0};
    double number = 0;
    assert_int_equal(json_seek_number("{\"a\":1", 6, "f", "/a", &number, &err), JSON_SOUGHT_FAULT);
    assert_int_equal(json_seek_number("{\"a\":1}x", 8, "f", "/a", &number, &err), JSON_SOUGHT_FAULT);
    assert_int_equal(json_seek_number("", 0, "f", "", &number, &err), JSON_SOUGHT_FAULT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_json),
        cmocka_unit_test(what_is_not),
        cmocka_unit_test(values),
        cmocka_unit_test(the_first_fault_sticks),
        cmocka_unit_test(a_number_is_found_as_in_a_tree),
        cmocka_unit_test(nothing_is_found_in_what_is_no_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

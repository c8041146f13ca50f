#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/json.h"

static json_t *read_text(const char *text, struct err *err)
{
    return json_read(text, strlen(text), "x.json", err);
}

/* The examples of RFC 6901, section 5. */
static void pointers_of_the_rfc(void **state)
{
    (void)state;
    json_t *document = read_text("{\"foo\":[\"bar\",\"baz\"],\"\":0,\"a/b\":1,\"c%d\":2,\"e^f\":3,\"g|h\":4,"
                                 "\"i\\\\j\":5,\"k\\\"l\":6,\" \":7,\"m~n\":8,\"~1\":9}",
                                 NULL);
    assert_non_null(document);
    static const char *const pointers[] = {"/",     "/a~1b", "/c%d", "/e^f",  "/g|h",
                                           "/i\\j", "/k\"l", "/ ",   "/m~0n", "/~01"};
    for (size_t i = 0; i < sizeof pointers / sizeof *pointers; i++)
        assert_int_equal(json_integer_value(json_at_pointer(document, pointers[i])), i);
    assert_ptr_equal(json_at_pointer(document, ""), document);
    assert_string_equal(json_string_value(json_at_pointer(document, "/foo/1")), "baz");
    json_decref(document);
}

static void pointers_to_nothing(void **state)
{
    (void)state;
    json_t *document = read_text("{\"a\":[1,2],\"b\":{\"0\":3}}", NULL);
    static const char *const none[] = {"a",     "/c",  "/a/2",  "/a/-", "/a/01",
                                       "/a/+1", "/a/", "/a/0/", "/a/x", "/a/99999999999999999999",
                                       "/~2",   "/b/1"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_null(json_at_pointer(document, none[i]));
    assert_int_equal(json_integer_value(json_at_pointer(document, "/b/0")), 3);
    assert_null(json_at_pointer(NULL, "/a"));
    json_decref(document);
}

static void pointers_are_checked_before_use(void **state)
{
    (void)state;
    struct err err = {0};
    assert_int_equal(json_check_pointer("", NULL), 0);
    assert_int_equal(json_check_pointer("/a~0b/~1", NULL), 0);
    assert_int_equal(json_check_pointer("heapUsed", &err), -1);
    assert_non_null(strstr(err.message, "starts with '/'"));
    assert_int_equal(json_check_pointer("/a~2", NULL), -1);
    assert_int_equal(json_check_pointer("/a~", NULL), -1);
}

static void mistakes_have_a_place(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(read_text("{\n  \"a\": 1,\n  b\n}", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(strncmp(err.message, "x.json:3:", 9), 0);
    assert_null(strchr(err.message, '\n'));
    assert_null(read_text("", &err));
    assert_int_equal(strncmp(err.message, "x.json:1:", 9), 0);
    assert_null(read_text("{} {}", &err));
    assert_null(read_text("{\"a\":\"\xff\"}", &err));
}

static void members_with_a_default(void **state)
{
    (void)state;
    json_t *document = read_text("{\"n\":1.5,\"i\":7,\"s\":\"text\",\"z\":null}", NULL);
    assert_true(json_number(document, "n", 0) == 1.5);
    assert_true(json_number(document, "i", 0) == 7);
    assert_true(json_number(document, "s", -1) == -1);
    assert_true(json_number(document, "absent", -1) == -1);
    assert_string_equal(json_text(document, "s"), "text");
    assert_null(json_text(document, "n"));
    assert_null(json_text(document, "z"));
    json_decref(document);
    document = read_text("3", NULL); /* any value may be a document */
    assert_int_equal(json_integer_value(document), 3);
    assert_null(json_text(document, "s"));
    json_decref(document);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pointers_of_the_rfc),
        cmocka_unit_test(pointers_to_nothing),
        cmocka_unit_test(pointers_are_checked_before_use),
        cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test(members_with_a_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

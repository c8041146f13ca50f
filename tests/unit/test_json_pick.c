/* What is picked out of JSON by pointers, in one walk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_pick.h"
#include "base/text.h"

/* What stands at `pointer`; NULL: nothing. The document is read twice: what was picked before is forgotten. */
static char *pick(const char *pointer, const char *document)
{
    struct json_pick *picks = json_pick_new();
    struct err err;
    int other = json_pick_add(picks, "/other/place", &err), slot = json_pick_add(picks, pointer, &err);
    assert_int_equal(json_pick_add(picks, pointer, &err), slot);
    assert_true(slot > other);
    static const char before[] = "{\"other\":{\"place\":1},\"a\":\"before\",\"b\":{\"c\":\"before\"}}";
    assert_int_equal(json_pick_read(picks, before, strlen(before), "f", &err), 0);
    assert_int_equal(json_pick_read(picks, document, strlen(document), "f", &err), 0);
    assert_null(json_pick_value(picks, other).bytes);
    struct span value = json_pick_value(picks, slot);
    char *copy = value.bytes != NULL ? xstrndup(value.bytes, value.length) : NULL;
    json_pick_free(picks);
    return copy;
}

static void values_at_places(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *document, *value;
    } rows[] = {
        {"/a", "{\"a\":\"x\"}", "x"},
        {"/a", "{\"a\":200}", "200"},
        {"/a", "{\"a\":-1.5e3}", "-1.5e3"},
        {"/a", "{\"a\":\"\\u00e9\\\"\\n\"}", "\xc3\xa9\"\n"},
        {"/a", "{\"a\":\"\"}", ""},
        {"/a", "{\"a\":null}", NULL},
        {"/a", "{\"a\":true}", NULL},
        {"/a", "{\"a\":{\"a\":1}}", NULL},
        {"/a", "{\"b\":{\"a\":1}}", NULL},
        {"/a", "{\"a\":1,\"b\":2,\"a\":3}", "3"},
        {"/a", "{\"a\":[\"first\",\"second\"]}", "first"},
        {"/a", "{\"a\":[]}", NULL},
        {"/a", "{\"a\":[[1],{\"a\":2},3]}", "3"},
        {"/b/c", "{\"b\":{\"c\":\"x\"},\"c\":\"y\"}", "x"},
        {"/b/c", "{\"b\":\"no object\"}", NULL},
        {"/b/1", "{\"b\":[5,6,7]}", "6"},
        {"/b/1/c", "{\"b\":[{\"c\":5},{\"c\":6}]}", "6"},
        {"/b~1c/d~0e", "{\"b/c\":{\"d~e\":1}}", "1"},
        {"/", "{\"\":1}", "1"},
        {"/a", "[{\"a\":1}]", NULL},
        {"/0/a", "[{\"a\":1}]", "1"},
        {"/a", "7", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *value = pick(rows[i].pointer, rows[i].document);
        if ((value == NULL) != (rows[i].value == NULL) ||
            (value != NULL && strcmp(value, rows[i].value) != 0))
            fail_msg("%s of %s: %s", rows[i].pointer, rows[i].document, value != NULL ? value : "(none)");
        free(value);
    }
}

/* "name=value,..." of all that `pointer`, which ends in '*', stands for. */
static char *all(const char *pointer, const char *document)
{
    struct json_pick *picks = json_pick_new();
    struct text text = TEXT_EMPTY;
    struct err err;
    int slot = json_pick_add(picks, pointer, &err);
    assert_int_equal(json_pick_read(picks, document, strlen(document), "f", &err), 0);
    for (size_t i = 0; i < json_pick_named_count(picks); i++) {
        struct json_named named = json_pick_named(picks, i);
        assert_int_equal(named.slot, slot);
        text_addf(&text, "%.*s=%s,", (int)named.name.length, named.name.bytes, named.value.bytes);
    }
    json_pick_free(picks);
    return text_take(&text);
}

static void members_by_how_names_begin(void **state)
{
    (void)state;
    static const struct {
        const char *pointer, *document, *found;
    } rows[] = {
        {"/h/*", "{\"h\":{\"A\":[\"1\",\"2\"],\"B\":\"3\",\"C\":{\"D\":4},\"E\":[]},\"F\":5}",
         "A=1,A=2,B=3,"},
        {"/q_*", "{\"q_A\":1,\"q_\":2,\"r_B\":3,\"q_C\":null,\"q_D\":\"4\"}", "A=1,D=4,"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *found = all(rows[i].pointer, rows[i].document);
        assert_string_equal(found, rows[i].found);
        free(found);
    }
}

static void what_is_no_pointer(void **state)
{
    (void)state;
    struct json_pick *picks = json_pick_new();
    struct text deep = TEXT_EMPTY;
    struct err err;
    for (int i = 0; i <= JSON_PICK_DEPTH; i++)
        text_add_string(&deep, "/a");
    const char *const rows[] = {"", "a", "/a~2", text_string(&deep)};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(json_pick_add(picks, rows[i], &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
    }
    text_release(&deep);
    json_pick_free(picks);
}

/* More places than the first table holds, and a document that has each. */
static void many_places(void **state)
{
    (void)state;
    struct json_pick *picks = json_pick_new();
    struct text document = TEXT_EMPTY;
    struct err err;
    for (int i = 0; i < 500; i++) {
        char *pointer = xasprintf("/group%d/name%d", i % 7, i);
        assert_int_equal(json_pick_add(picks, pointer, &err), i);
        free(pointer);
    }
    text_add_string(&document, "{");
    for (int group = 0; group < 7; group++) {
        text_addf(&document, "%s\"group%d\":{\"x\":0", group > 0 ? "," : "", group);
        for (int i = group; i < 500; i += 7)
            text_addf(&document, ",\"name%d\":%d", i, 3 * i);
        text_add_string(&document, "}");
    }
    text_add_string(&document, "}");
    assert_int_equal(json_pick_read(picks, document.bytes, document.length, "f", &err), 0);
    for (int i = 0; i < 500; i++)
        assert_int_equal(strtol(json_pick_value(picks, i).bytes, NULL, 10), 3 * i);
    text_release(&document);
    json_pick_free(picks);
}

static void what_is_no_json(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "", "{", "{\"a\":}", "{\"a\":[1,}", "{\"a\":1}{\"a\":2}", "{\"a\":\"\\x22\"}"};
    struct json_pick *picks = json_pick_new();
    struct err err;
    json_pick_add(picks, "/a", &err);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(json_pick_read(picks, rows[i], strlen(rows[i]), "f", &err), -1);
        assert_true(text_starts_with(err.message, "f:1:"));
    }
    json_pick_free(picks);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_at_places),   cmocka_unit_test(members_by_how_names_begin),
        cmocka_unit_test(what_is_no_pointer), cmocka_unit_test(many_places),
        cmocka_unit_test(what_is_no_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/yaml.h"

static struct yaml *read_text(const char *text, struct err *err)
{
    return yaml_read_text(text, strlen(text), "x.yaml", err);
}

static void nodes_know_their_place(void **state)
{
    (void)state;
    struct yaml *root =
        read_text("# a comment\ntarget: http://a  # b\nlist: [one, \"two: 2\"]\nmap:\n  key: 'v'\n", NULL);
    assert_non_null(root);
    assert_int_equal(root->kind, YAML_MAP);
    assert_int_equal(root->count, 3);
    assert_string_equal(yaml_get(root, "target")->text, "http://a");
    assert_int_equal(yaml_get(root, "target")->line, 2);
    assert_int_equal(yaml_get(root, "target")->column, 9);
    const struct yaml *list = yaml_get(root, "list");
    assert_int_equal(list->kind, YAML_LIST);
    assert_int_equal(list->count, 2);
    assert_string_equal(list->items[1]->text, "two: 2");
    assert_int_equal(list->items[1]->column, 13);
    assert_string_equal(yaml_get(yaml_get(root, "map"), "key")->text, "v");
    assert_null(yaml_get(root, "absent"));
    assert_null(yaml_get(list, "one"));
    yaml_node_free(root);
}

static void an_empty_file_is_an_empty_map(void **state)
{
    (void)state;
    static const char *const empty[] = {"", "# nothing\n", "---\n", "\n\n", "--- {}\n", "---\n...\n"};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        struct yaml *root = read_text(empty[i], NULL);
        assert_non_null(root);
        assert_int_equal(root->kind, YAML_MAP);
        assert_int_equal(root->count, 0);
        yaml_node_free(root);
    }
}

static void what_is_ambiguous_is_refused(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"a: &x 1\n", "x.yaml:1:4: anchors"},
        {"&r\na: 1\n", "x.yaml:1:1: anchors"},
        {"a: &x 1\nb: *x\n", "x.yaml:1:4: anchors"},
        {"a: *x\n", "x.yaml:1:4: aliases"},
        {"*x : 1\n", "x.yaml:1:1: aliases"},
        {"a: !!str 1\n", "x.yaml:1:4: tags"},
        {"a: !x [1]\n", "x.yaml:1:4: tags"},
        {"a: 1\nb: 2\na: 3\n", "x.yaml:3:1: key 'a' is given twice"},
        {"? [a]\n: 1\n", "x.yaml:1:3: a key must be plain text"},
        {"a: 1\n---\nb: 2\n", "x.yaml:2:1: a second document"},
        {"a: \"x\\0y\"\n", "x.yaml:1:4: text with a NUL"},
        {"a: [1\n", "x.yaml:2:1: not YAML: did not find expected ',' or ']'"},
        {"a: b: c\n", "x.yaml:1:5: not YAML: mapping values are not allowed"},
        {"a: 1\n\tb: 2\n", "x.yaml:2:1: not YAML"},
        {"a: \"x\n", "x.yaml:2:1: not YAML: found unexpected end of stream"},
        {"ab: 1\nc\xff: 2\n", "x.yaml:2:2: "},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct err err = {0};
        struct yaml *root = read_text(cases[i][0], &err);
        if (root != NULL || strncmp(err.message, cases[i][1], strlen(cases[i][1])) != 0)
            fail_msg("%s: '%s' instead of '%s'", cases[i][0], err.message, cases[i][1]);
        assert_int_equal(err.code, ERR_USAGE);
    }
}

static struct yaml *nested(size_t depth, struct err *err)
{
    struct text text = TEXT_EMPTY;
    for (size_t i = 0; i < depth; i++)
        text_add_char(&text, '[');
    for (size_t i = 0; i < depth; i++)
        text_add_char(&text, ']');
    struct yaml *root = read_text(text_string(&text), err);
    text_release(&text);
    return root;
}

static void nesting_ends(void **state)
{
    (void)state;
    struct err err = {0};
    struct yaml *root = nested(YAML_DEEPEST, NULL);
    assert_non_null(root);
    yaml_node_free(root);
    assert_null(nested(YAML_DEEPEST + 1, &err));
    assert_string_equal(err.message, "x.yaml:1:33: nested more than 32 levels deep");
    assert_null(nested(5000, &err));
}

static void a_missing_file_is_one_line(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(yaml_read_file("/nonexistent/x.yaml", &err));
    assert_string_equal(err.message, "/nonexistent/x.yaml: No such file or directory");
    assert_int_equal(err.code, ERR_USAGE);
}

struct pair {
    const char *weight;
    const char *rate;
};

static int read_borrowed(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (value->kind != YAML_SCALAR)
        return yaml_complain(err, file, value, "expected text");
    *(const char **)into = value->text;
    return 0;
}

static const struct yaml_row rows[] = {
    {"weight", read_borrowed, offsetof(struct pair, weight), "number", "a factor"},
    {"rate", read_borrowed, offsetof(struct pair, rate), "rate", "as recorded"},
    {"capture", NULL, 0, "map", "later"},
    {NULL, NULL, 0, NULL, NULL},
};

static void assert_complaint(const char *text, const char *expected)
{
    struct pair pair = {0};
    struct err err = {0};
    struct yaml *root = read_text(text, NULL);
    assert_non_null(root);
    assert_int_equal(yaml_bind(root, "x.yaml", rows, &pair, &err), -1);
    assert_string_equal(err.message, expected);
    assert_int_equal(err.code, ERR_USAGE);
    yaml_node_free(root);
}

static void rows_bind_and_complain(void **state)
{
    (void)state;
    struct pair pair = {0};
    struct yaml *root = read_text("rate: 3/s\nweight: 2\n", NULL);
    assert_int_equal(yaml_bind(root, "x.yaml", rows, &pair, NULL), 0);
    assert_string_equal(pair.weight, "2");
    assert_string_equal(pair.rate, "3/s");
    yaml_node_free(root);
    assert_complaint("rate: 1\n\nwieght: 2\n", "x.yaml:3:1: unknown key 'wieght' (did you mean 'weight'?)");
    assert_complaint("frobnicate: 2\n", "x.yaml:1:1: unknown key 'frobnicate'");
    assert_complaint("{rate: 1, capture: {}}\n", "x.yaml:1:11: 'capture' is not supported yet");
    assert_complaint("rate:\n  - 1\n", "x.yaml:2:3: expected text");
    assert_complaint("- 1\n", "x.yaml:1:1: expected `key: value` here");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nodes_know_their_place),       cmocka_unit_test(an_empty_file_is_an_empty_map),
        cmocka_unit_test(what_is_ambiguous_is_refused), cmocka_unit_test(nesting_ends),
        cmocka_unit_test(a_missing_file_is_one_line),   cmocka_unit_test(rows_bind_and_complain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

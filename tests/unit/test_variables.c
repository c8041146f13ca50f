#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "replay/variables.h"

static char *name_items[] = {"token", "id", "to"};
static const struct strings names = {name_items, 3};
enum { TOKEN, ID, TO };

static struct span span_of(const char *text)
{
    return (struct span){text, text != NULL ? strlen(text) : 0};
}

static void set(struct variables *variables, size_t number, const char *value)
{
    variables_set(variables, &names, number, span_of(value));
}

static void assert_filled(const struct scope *scope, enum part part, const char *bytes, const char *expected)
{
    struct text out = TEXT_EMPTY;
    struct unfilled unfilled = {NULL, NULL};
    int failed = variables_fill(scope, part, span_of(bytes), &out, &unfilled);
    if (failed || strcmp(text_string(&out), expected) != 0)
        fail_msg("'%s' became '%s', not '%s' (%s)", bytes, text_string(&out), expected,
                 failed ? unfilled.name : "filled");
    text_release(&out);
}

static void assert_unfilled(const struct scope *scope, enum part part, const char *bytes, const char *name,
                            const char *why)
{
    struct text out = TEXT_EMPTY;
    struct unfilled unfilled = {NULL, NULL};
    assert_int_equal(variables_fill(scope, part, span_of(bytes), &out, &unfilled), -1);
    assert_string_equal(unfilled.name, name);
    assert_non_null(strstr(unfilled.why, why));
    text_release(&out);
}

static void only_known_names_are_variables(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool holds;
    } rows[] = {{"{{token}}", true},    {"x{{{id}}}", true},        {"a {{to}}", true},   {"{{{{to}}", true},
                {"{{ token }}", false}, {"{{redacted:1f}}", false}, {"{{tok}}", false},   {"{{token", false},
                {"{{token}", false},    {"{token}", false},         {"", false},          {"{{", false},
                {"{{}}", false},        {"{{Token}}", false},       {"{{tokens}}", false}};
    struct variables own = {NULL, 0};
    struct scope scope = {&names, &own, NULL, NULL};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(variables_in(&names, NULL, span_of(rows[i].bytes)), rows[i].holds);
        if (!rows[i].holds)
            assert_filled(&scope, PART_OTHER, rows[i].bytes, rows[i].bytes);
    }
    static const struct strings none = {NULL, 0};
    assert_false(variables_in(&none, NULL, span_of("{{token}}")));
    assert_false(variables_in(&names, NULL, (struct span){NULL, 0}));
    assert_null(own.items);
}

static void a_name_without_a_value_is_named(void **state)
{
    (void)state;
    struct variables own = {NULL, 0}, shared = {NULL, 0};
    struct scope scope = {&names, &own, NULL, NULL};
    assert_unfilled(&scope, PART_OTHER, "a {{id}} b", "id", "not captured");
    scope.own = NULL;
    assert_unfilled(&scope, PART_OTHER, "a {{id}} b", "id", "not captured");
    scope = (struct scope){&names, &own, &shared, NULL};
    set(&own, TOKEN, "t");
    set(&shared, ID, "7");
    assert_filled(&scope, PART_OTHER, "{{token}}-{{id}}{{id}}", "t-77");
    set(&own, ID, "8"); /* the session's own comes first */
    assert_filled(&scope, PART_OTHER, "{{id}}", "8");
    set(&own, ID, NULL); /* and its absence hides the older one */
    assert_unfilled(&scope, PART_OTHER, "{{token}}{{id}}", "id", "not captured");
    variables_clear(&own);
    assert_filled(&scope, PART_OTHER, "{{id}}", "7");
    assert_unfilled(&scope, PART_OTHER, "{{token}}", "token", "not captured");
    set(&own, TOKEN, "");
    assert_filled(&scope, PART_OTHER, "<{{token}}>", "<>");
    char *large = xasprintf("%0*d", (int)VARIABLE_BYTES + 1, 0);
    set(&own, TOKEN, large);
    assert_unfilled(&scope, PART_OTHER, "{{token}}", "token", "not captured");
    free(large);
    variables_release(&own);
    variables_release(&shared);
}

/* {{id}} is a value in the value of {{token}}: what was captured is never filled in again. */
static void values_are_written_for_their_place(void **state)
{
    (void)state;
    static const struct {
        enum part part;
        const char *value, *bytes, *expected;
    } rows[] = {
        {PART_LINE, "a b", "GET /x/{{token}} HTTP/1.1\r\n", "GET /x/a%20b HTTP/1.1\r\n"},
        {PART_LINE, "a/b?c=1&d=2+3", "GET /{{token}} HTTP/1.1\r\n", "GET /a/b?c=1&d=2+3 HTTP/1.1\r\n"},
        {PART_LINE, "a&b=c+d;#", "GET /x?t={{token}}&u=1 HTTP/1.1\r\n",
         "GET /x?t=a%26b%3Dc%2Bd%3B%23&u=1 HTTP/1.1\r\n"},
        {PART_LINE, "a?b=c&d", "GET /{{token}}{{token}}", "GET /a?b=c&da?b%3Dc%26d"},
        {PART_LINE, "r\xc3\xa4 #\r\n\x7f", "GET /{{token}}", "GET /r%C3%A4%20%23%0D%0A%7F"},
        {PART_LINE, "a%2Fb%zz%", "GET /{{token}}?q={{token}}", "GET /a%2Fb%25zz%25?q=a%2Fb%25zz%25"},
        {PART_LINE, "HTTP/1.1\r\nX: y", "GET /{{token}} HTTP/1.1\r\n",
         "GET /HTTP/1.1%0D%0AX:%20y HTTP/1.1\r\n"},
        {PART_FIELDS, "a \"b\" %20", "Authorization: Bearer {{token}}\r\n",
         "Authorization: Bearer a \"b\" %20\r\n"},
        {PART_JSON, "a\"b\\c\n\x01", "{\"t\":\"{{token}}\"}", "{\"t\":\"a\\\"b\\\\c\\u000a\\u0001\"}"},
        {PART_JSON, "42", "{\"t\":{{token}}}", "{\"t\":42}"},
        {PART_FORM, "a b&c=d/%2F", "t={{token}}&u=1", "t=a%20b%26c%3Dd%2F%2F&u=1"},
        {PART_OTHER, "a\r\n<&\"", "<t>{{token}}</t>", "<t>a\r\n<&\"</t>"},
        {PART_OTHER, "{{id}}", "{{token}}", "{{id}}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct variables own = {NULL, 0};
        struct scope scope = {&names, &own, NULL, NULL};
        set(&own, TOKEN, rows[i].value);
        assert_filled(&scope, rows[i].part, rows[i].bytes, rows[i].expected);
        variables_release(&own);
    }
}

/* What a capture brings goes in place of what was recorded; without it, that goes out. */
static void captured_or_recorded(void **state)
{
    (void)state;
    struct variables own = {NULL, 0};
    struct vault *vault = vault_new();
    struct scope scope = {&names, &own, NULL, vault};
    vault_put(vault, "1f", 2, span_of("Bearer old"));
    static const char header[] = "A: {{captured:Bearer token|{{redacted:1f}}}}\r\n",
                      gone[] = "A: {{captured:Bearer token|{{redacted:2e}}}}\r\n",
                      line[] = "GET /a/{{captured:id|8f%2B}}?b={{captured:unknown|7}} HTTP/1.1\r\n";
    assert_filled(&scope, PART_FIELDS, header, "A: Bearer old\r\n");
    assert_unfilled(&scope, PART_FIELDS, gone, "token", "not captured");
    assert_filled(&scope, PART_LINE, line, "GET /a/8f%2B?b=7 HTTP/1.1\r\n");
    assert_int_equal(variables_lacking(&names, vault, span_of(header)), 0);
    assert_int_equal(variables_lacking(&names, vault, span_of(gone)), 0);
    static const struct strings none = {NULL, 0};
    assert_int_equal(variables_lacking(&none, vault, span_of(gone)), 1);
    assert_int_equal(variables_lacking(&names, NULL, span_of("{{captured:id|1}}{{redacted:1f}}")), 1);
    set(&own, TOKEN, "new");
    set(&own, ID, "a b");
    assert_filled(&scope, PART_FIELDS, header, "A: Bearer new\r\n");
    assert_filled(&scope, PART_FIELDS, gone, "A: Bearer new\r\n");
    assert_filled(&scope, PART_LINE, line, "GET /a/a%20b?b=7 HTTP/1.1\r\n");
    set(&own, ID, NULL); /* an answer should have brought it and did not */
    assert_filled(&scope, PART_LINE, line, "GET /a/8f%2B?b=7 HTTP/1.1\r\n");
    static const char *const others[] = {"{{captured:id}}", "{{captured:|7}}", "{{captured:id|{7}}}",
                                         "{{captured:a b id|7}}", "{{captured:id|7}"};
    for (size_t i = 0; i < sizeof others / sizeof *others; i++)
        assert_filled(&scope, PART_OTHER, others[i], others[i]);
    variables_release(&own);
    vault_free(vault);
}

static void no_value_makes_a_second_header(void **state)
{
    (void)state;
    static const struct span values[] = {{"a\rb", 3}, {"a\n", 2}, {"\0", 1}};
    for (size_t i = 0; i < 3; i++) {
        struct variables own = {NULL, 0};
        struct scope scope = {&names, &own, NULL, NULL};
        variables_set(&own, &names, TOKEN, values[i]);
        assert_unfilled(&scope, PART_FIELDS, "A: {{token}}\r\n", "token", "line break");
        variables_release(&own);
    }
}

static void bodies_by_their_type(void **state)
{
    (void)state;
    static const struct {
        const char *fields;
        enum part part;
    } rows[] = {
        {"Accept: */*\r\ncontent-type: application/json\r\n", PART_JSON},
        {"Content-Type:application/problem+JSON; charset=utf-8\r\n", PART_JSON},
        {"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\n", PART_FORM},
        {"Content-Type: text/plain\r\n", PART_OTHER},
        {"X-Content-Type: application/json\r\n", PART_OTHER},
        {"Content-Type", PART_OTHER},
        {"", PART_OTHER},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(part_of_body(span_of(rows[i].fields)), rows[i].part);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_known_names_are_variables),
        cmocka_unit_test(a_name_without_a_value_is_named),
        cmocka_unit_test(values_are_written_for_their_place),
        cmocka_unit_test(captured_or_recorded),
        cmocka_unit_test(no_value_makes_a_second_header),
        cmocka_unit_test(bodies_by_their_type),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

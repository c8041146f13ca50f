#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/pattern.h"

static void assert_span(struct span span, const char *expected)
{
    assert_non_null(span.bytes);
    assert_int_equal(span.length, strlen(expected));
    assert_memory_equal(span.bytes, expected, span.length);
}

static void named_groups_are_found(void **state)
{
    (void)state;
    struct pattern *pattern = pattern_new("^(?<method>[A-Z]+) (?<path>\\S+)( (?<version>HTTP/.+))?$", NULL);
    assert_non_null(pattern);
    assert_true(pattern_match(pattern, "GET /cart HTTP/1.1", 18));
    assert_span(pattern_named(pattern, "method"), "GET");
    assert_span(pattern_named(pattern, "path"), "/cart");
    assert_span(pattern_named(pattern, "version"), "HTTP/1.1");
    assert_span(pattern_group(pattern, 0), "GET /cart HTTP/1.1");
    assert_true(pattern_match(pattern, "GET /cart", 9));
    assert_null(pattern_named(pattern, "version").bytes); /* took no part */
    assert_null(pattern_named(pattern, "absent").bytes);
    assert_true(pattern_has_name(pattern, "path"));
    assert_false(pattern_has_name(pattern, "status"));
    assert_int_equal(pattern_groups(pattern), 4);
    assert_string_equal(pattern_source(pattern), "^(?<method>[A-Z]+) (?<path>\\S+)( (?<version>HTTP/.+))?$");
    assert_false(pattern_match(pattern, "nothing", 7));
    assert_null(pattern_group(pattern, 0).bytes);
    assert_null(pattern_named(pattern, "method").bytes);
    pattern_free(pattern);
    pattern_free(NULL);
}

static void any_bytes_are_a_subject(void **state)
{
    (void)state;
    static const char line[] = "a\xff\0b\xc3";
    struct pattern *pattern = pattern_new("a(.)(\\x00)b(.)", NULL);
    assert_true(pattern_match(pattern, line, 5));
    assert_span(pattern_group(pattern, 1), "\xff");
    assert_span(pattern_group(pattern, 3), "\xc3");
    assert_false(pattern_match(pattern, "", 0));
    pattern_free(pattern);
}

static void mistakes_have_an_offset(void **state)
{
    (void)state;
    struct err err = {0};
    assert_null(pattern_new("abc(def", &err));
    assert_int_equal(err.code, ERR_USAGE);
    assert_int_equal(strncmp(err.message, "pattern, offset 7: ", 19), 0);
    assert_null(pattern_new("(*UTF)x", &err));
}

/* 2^40 ways to fail: the limit ends it as no match. Without limits this test would not end. */
static void hostile_subjects_end(void **state)
{
    (void)state;
    struct pattern *pattern = pattern_new("^(a+)+$", NULL);
    char subject[41];
    memset(subject, 'a', 40);
    subject[40] = 'b';
    assert_false(pattern_match(pattern, subject, 41));
    assert_true(pattern_match(pattern, subject, 40));
    pattern_free(pattern);
}

/* More than PCRE2's default JIT stack holds. */
static void long_lines_match(void **state)
{
    (void)state;
    size_t length = 20000;
    char *line = malloc(length);
    assert_non_null(line);
    memset(line, 'a', length);
    struct pattern *pattern = pattern_new("^(?:(a)|b)*$", NULL);
    assert_true(pattern_match(pattern, line, length));
    pattern_free(pattern);
    free(line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_groups_are_found),  cmocka_unit_test(any_bytes_are_a_subject),
        cmocka_unit_test(mistakes_have_an_offset), cmocka_unit_test(hostile_subjects_end),
        cmocka_unit_test(long_lines_match),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/options.h"
#include "base/text.h"

struct global {
    bool quiet, verbose;
    const char *db;
};

struct own {
    double speed, rate, late;
    struct option_list endpoints;
    uint64_t requests;
    int64_t duration, limit;
};

static const struct option_row global_table[] = {
    {"quiet", 'q', OPTION_FLAG, offsetof(struct global, quiet), NULL, "say less"},
    {"verbose", 'v', OPTION_FLAG, offsetof(struct global, verbose), NULL, "say more"},
    {"db", 0, OPTION_STRING, offsetof(struct global, db), "FILE", "the store"},
    OPTIONS_END};

static const struct option_row own_table[] = {
    {"speed", 0, OPTION_SPEED, offsetof(struct own, speed), "FACTOR", "replay FACTOR times as fast"},
    {"rate", 0, OPTION_RATE, offsetof(struct own, rate), "RATE", "all endpoints together"},
    {"late", 0, OPTION_PERCENT, offsetof(struct own, late), "SHARE", "how many may be late"},
    {"endpoint", 'e', OPTION_LIST, offsetof(struct own, endpoints), "NAME", "only these"},
    {"requests", 'n', OPTION_COUNT, offsetof(struct own, requests), "N", "stop after N"},
    {"duration", 0, OPTION_DURATION, offsetof(struct own, duration), "TIME", "stop after TIME"},
    {"mem-limit", 0, OPTION_BYTES, offsetof(struct own, limit), "SIZE",
     "a help text that is long enough that it has to be broken into more than one line of a terminal"},
    OPTIONS_END};

struct parsed {
    struct global global;
    struct own own;
    struct operands rest;
    struct err err;
    char *argv[16];
};

/* Words, NULL-terminated, after the command's name. */
static int parse(struct parsed *parsed, ...)
{
    memset(parsed, 0, sizeof *parsed);
    int argc = 0;
    parsed->argv[argc++] = (char *)"run";
    va_list words;
    va_start(words, parsed);
    for (char *word; (word = va_arg(words, char *)) != NULL;)
        parsed->argv[argc++] = word;
    va_end(words);
    const struct option_row *const tables[] = {global_table, own_table, NULL};
    void *const intos[] = {&parsed->global, &parsed->own};
    return options_parse(tables, intos, argc, parsed->argv, &parsed->rest, &parsed->err);
}

static void every_form_of_an_option(void **state)
{
    (void)state;
    struct parsed got;
    assert_int_equal(parse(&got, "DIR", "--speed", "2x", "-qv", "--rate=50/s", "-e", "GET /a", "-eGET /b",
                           "OTHER", "-n5,000", "--duration", "1m", "--mem-limit=1 KiB", "--late", "1%", NULL),
                     0);
    assert_true(got.global.quiet && got.global.verbose);
    assert_true(got.own.speed == 2 && got.own.rate == 50 && got.own.late == 0.01);
    assert_int_equal(got.own.requests, 5000);
    assert_int_equal(got.own.duration, INT64_C(60000000000));
    assert_int_equal(got.own.limit, 1024);
    assert_int_equal(got.own.endpoints.count, 2);
    assert_string_equal(got.own.endpoints.items[0], "GET /a");
    assert_string_equal(got.own.endpoints.items[1], "GET /b");
    assert_int_equal(got.rest.count, 2);
    assert_string_equal(got.rest.items[0], "DIR");
    assert_string_equal(got.rest.items[1], "OTHER");
    assert_null(got.rest.after);
}

static void what_follows_two_dashes_is_left_alone(void **state)
{
    (void)state;
    struct parsed got;
    assert_int_equal(parse(&got, "x.log", "-", "--", "gunicorn", "-q", "--speed", NULL), 0);
    assert_false(got.global.quiet);
    assert_int_equal(got.rest.count, 2);
    assert_string_equal(got.rest.items[1], "-");
    assert_int_equal(got.rest.after_count, 3);
    assert_string_equal(got.rest.after[0], "gunicorn");
    assert_string_equal(got.rest.after[2], "--speed");
    assert_int_equal(parse(&got, "--", NULL), 0);
    assert_non_null(got.rest.after);
    assert_int_equal(got.rest.after_count, 0);
}

static void the_last_of_repeated_values_wins(void **state)
{
    (void)state;
    struct parsed got;
    assert_int_equal(parse(&got, "--db", "a", "--db=b", "--speed", "3x", "--speed=4x", NULL), 0);
    assert_string_equal(got.global.db, "b");
    assert_true(got.own.speed == 4);
    assert_int_equal(parse(&got, "--db=", NULL), 0);
    assert_string_equal(got.global.db, "");
}

static void mistakes_are_said(void **state)
{
    (void)state;
    struct parsed got;
    assert_int_equal(parse(&got, "--sped", "2x", NULL), -1);
    assert_int_equal(got.err.code, ERR_USAGE);
    assert_string_equal(got.err.message, "unknown option '--sped' (did you mean '--speed'?)");
    assert_int_equal(parse(&got, "--zzzzzz=2", NULL), -1);
    assert_string_equal(got.err.message, "unknown option '--zzzzzz'");
    assert_int_equal(parse(&got, "-qx", NULL), -1);
    assert_string_equal(got.err.message, "unknown option '-x' in '-qx'");
    assert_int_equal(parse(&got, "--speed", NULL), -1);
    assert_string_equal(got.err.message, "option '--speed' needs a value: --speed FACTOR");
    assert_int_equal(parse(&got, "-n", NULL), -1);
    assert_string_equal(got.err.message, "option '--requests' needs a value: --requests N");
    assert_int_equal(parse(&got, "--quiet=yes", NULL), -1);
    assert_string_equal(got.err.message, "option '--quiet' takes no value");
    assert_int_equal(parse(&got, "--duration", "50", NULL), -1);
    assert_int_equal(strncmp(got.err.message, "--duration: '50': a duration needs a unit", 41), 0);
}

static void the_nearest_name_is_suggested(void **state)
{
    (void)state;
    static const char *const names[] = {"import", "check",  "run",  "bisect", "report",
                                        "runs",   "weight", "diff", NULL};
    static const char *const pairs[][2] = {{"wieght", "weight"}, {"imprt", "import"},  {"rnu", "run"},
                                           {"bisetc", "bisect"}, {"reprot", "report"}, {"dif", "diff"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        assert_string_equal(options_nearest(pairs[i][0], names), pairs[i][1]);
    assert_null(options_nearest("frobnicate", names));
    assert_null(options_nearest("", names));
    assert_null(options_nearest("x", names));
    char longest[200];
    memset(longest, 'r', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    assert_null(options_nearest(longest, names));
}

static void help_fits_a_terminal(void **state)
{
    (void)state;
    struct text out = TEXT_EMPTY;
    options_help(own_table, &out);
    assert_non_null(strstr(out.bytes, "  -e, --endpoint NAME         only these\n"));
    assert_non_null(strstr(out.bytes, "      --speed FACTOR          replay FACTOR times as fast\n"));
    for (const char *line = out.bytes; *line != '\0'; line += strcspn(line, "\n") + 1)
        assert_true(strcspn(line, "\n") <= 79);
    text_release(&out);
}

static void lists_have_an_end(void **state)
{
    (void)state;
    char *argv[2 * (OPTION_LIST_MOST + 1) + 1];
    int argc = 0;
    argv[argc++] = (char *)"run";
    for (int i = 0; i <= OPTION_LIST_MOST; i++) {
        argv[argc++] = (char *)"-e";
        argv[argc++] = (char *)"x";
    }
    static struct own own;
    memset(&own, 0, sizeof own);
    const struct option_row *const tables[] = {own_table, NULL};
    void *const intos[] = {&own};
    struct operands rest;
    struct err err = {0};
    assert_int_equal(options_parse(tables, intos, argc, argv, &rest, &err), -1);
    assert_string_equal(err.message, "--endpoint: given more than 256 times");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_form_of_an_option),
        cmocka_unit_test(what_follows_two_dashes_is_left_alone),
        cmocka_unit_test(the_last_of_repeated_values_wins),
        cmocka_unit_test(mistakes_are_said),
        cmocka_unit_test(the_nearest_name_is_suggested),
        cmocka_unit_test(help_fits_a_terminal),
        cmocka_unit_test(lists_have_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "base/err.h"
#include "base/random.h"
#include "base/units.h"

static int near(double a, double b)
{
    return fabs(a - b) <= 1e-12 * fmax(fabs(a), fabs(b));
}

static void durations_have_units(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t ns;
    } cases[] = {{"50us", 50000},
                 {"350ms", 350000000},
                 {"30s", 30000000000},
                 {"1.5 s", 1500000000},
                 {"2m", 120000000000},
                 {"10 h", INT64_C(36000000000000)},
                 {"1d", INT64_C(86400000000000)},
                 {"0s", 0},
                 {"0.25ms", 250000}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ns = -1;
        assert_int_equal(units_parse_duration(cases[i].text, &ns, NULL), 0);
        assert_int_equal(ns, cases[i].ns);
    }
}

static void bare_numbers_and_nonsense_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",      "50",  "50abc", "s",    "-1s",  "+1s", "1e3s",
                                      "0x10s", "inf", "nans",  "1  s", " 1s",  "1s ", "1.s",
                                      ".5s",   "1 ",  "1S",    "1ms2", "1,5s", "NaN"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        int64_t ns = 77;
        struct err err = {0};
        assert_int_equal(units_parse_duration(bad[i], &ns, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
        assert_non_null(strstr(err.message, "(us, ms, s, m, h, d)"));
        assert_int_equal(ns, 77);
    }
    int64_t ns;
    assert_int_equal(units_parse_duration("999999999999d", &ns, NULL), -1);
}

static void sizes_know_both_families(void **state)
{
    (void)state;
    int64_t bytes;
    assert_int_equal(units_parse_bytes("700 MiB", &bytes, NULL), 0);
    assert_int_equal(bytes, 734003200);
    assert_int_equal(units_parse_bytes("700MB", &bytes, NULL), 0);
    assert_int_equal(bytes, 700000000);
    assert_int_equal(units_parse_bytes("1.5 GiB", &bytes, NULL), 0);
    assert_int_equal(bytes, 1610612736);
    assert_int_equal(units_parse_bytes("16 B", &bytes, NULL), 0);
    assert_int_equal(bytes, 16);
    static const char *const bad[] = {"16", "16 b", "16 mb", "1M", "16 bytes", "9999999999999 GiB"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(units_parse_bytes(bad[i], &bytes, NULL), -1);
}

static void rates_speeds_and_shares(void **state)
{
    (void)state;
    double value;
    assert_int_equal(units_parse_rate("50/s", &value, NULL), 0);
    assert_true(near(value, 50));
    assert_int_equal(units_parse_rate("30/m", &value, NULL), 0);
    assert_true(near(value, 0.5));
    assert_int_equal(units_parse_rate("12 /h", &value, NULL), 0);
    assert_true(near(value, 12.0 / 3600));
    assert_int_equal(units_parse_rate("50", &value, NULL), -1);
    assert_int_equal(units_parse_rate("50rps", &value, NULL), -1);
    assert_int_equal(units_parse_speed("0.5x", &value, NULL), 0);
    assert_true(near(value, 0.5));
    assert_int_equal(units_parse_speed("2", &value, NULL), -1);
    assert_int_equal(units_parse_speed("0x", &value, NULL), -1);
    assert_int_equal(units_parse_percent("1%", &value, NULL), 0);
    assert_true(near(value, 0.01));
    assert_int_equal(units_parse_percent("101%", &value, NULL), -1);
    assert_int_equal(units_parse_percent("0.01", &value, NULL), -1);
}

static void counts_are_bare_and_may_have_commas(void **state)
{
    (void)state;
    uint64_t count;
    assert_int_equal(units_parse_count("5,000", &count, NULL), 0);
    assert_int_equal(count, 5000);
    assert_int_equal(units_parse_count("18446744073709551615", &count, NULL), 0);
    assert_true(count == UINT64_MAX);
    static const char *const bad[] = {
        "", "5,00", "5,0000", ",500", "5000,000", "1.5", "-1", "5k", "18446744073709551616"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(units_parse_count(bad[i], &count, NULL), -1);
}

static void growth_is_per_request_or_per_time(void **state)
{
    (void)state;
    struct growth growth;
    assert_int_equal(units_parse_growth("16 B/request", &growth, NULL), 0);
    assert_true(near(growth.value, 16) && growth.per == GROWTH_PER_REQUEST && !growth.objects);
    assert_int_equal(units_parse_growth("1 MiB/h", &growth, NULL), 0);
    assert_true(near(growth.value, 1048576.0 / 3600) && growth.per == GROWTH_PER_SECOND && !growth.objects);
    assert_int_equal(units_parse_growth("0.5 objects/request", &growth, NULL), 0);
    assert_true(near(growth.value, 0.5) && growth.per == GROWTH_PER_REQUEST && growth.objects);
    static const char *const bad[] = {
        "16", "16 B", "16/request", "16 B/req", "B/request", "16 B/request/s", "16 B/ h", "/", ""};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(units_parse_growth(bad[i], &growth, NULL), -1);
}

static void growth_over_is_an_amount_and_a_time(void **state)
{
    (void)state;
    double bytes, seconds;
    assert_int_equal(units_parse_growth_over("100 MB/3d", &bytes, &seconds, NULL), 0);
    assert_true(near(bytes, 100e6) && near(seconds, 3 * 86400));
    assert_int_equal(units_parse_growth_over("1 MiB/h", &bytes, &seconds, NULL), 0);
    assert_true(near(bytes, 1048576) && near(seconds, 3600));
    assert_int_equal(units_parse_growth_over("1.5GiB / 36 h", &bytes, &seconds, NULL), 0);
    assert_true(near(bytes, 1.5 * 1073741824.0) && near(seconds, 36 * 3600));
    static const char *const bad[] = {"",          "100 MB",         "/3d",           "100 MB/",
                                      "100/3d",    "100 MB/3",       "MB/3d",         "100 MB/3/d",
                                      "0 MB/3d",   "100 MB/0d",      "-1 MB/d",       "100 MB//3d",
                                      "3d/100 MB", "100 MB/request", "100 MB/3 days", "1e9 MB/d"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (units_parse_growth_over(bad[i], &bytes, &seconds, NULL) != -1)
            fail_msg("'%s' was taken", bad[i]);
}

static void figures_read_well(void **state)
{
    (void)state;
    char out[UNITS_SIZE];
    assert_string_equal(units_bytes(out, 40.3), "40.3 B");
    assert_string_equal(units_bytes(out, 40), "40 B");
    assert_string_equal(units_bytes(out, -40.26), "-40.3 B");
    assert_string_equal(units_bytes(out, 5.3 * 1048576), "5.3 MiB");
    assert_string_equal(units_bytes(out, 1023.9), "1 KiB");
    assert_string_equal(units_bytes(out, 0.0437), "0.044 B");
    assert_string_equal(units_bytes(out, 0), "0 B");
    assert_string_equal(units_bytes(out, NAN), "-");
    assert_string_equal(units_duration(out, 0.35), "350 ms");
    assert_string_equal(units_duration(out, 0.000016), "16 us");
    assert_string_equal(units_duration(out, 41.2), "41.2 s");
    assert_string_equal(units_duration(out, 125), "2 m 05 s");
    assert_string_equal(units_duration(out, 59.97), "1 m 00 s");
    assert_string_equal(units_duration(out, 3599.8), "1 h 00 m");
    assert_string_equal(units_duration(out, 27.1 * 86400), "27.1 d");
    assert_string_equal(units_duration(out, INFINITY), "forever");
    assert_string_equal(units_duration(out, 0), "0 s");
    assert_string_equal(units_count(out, 46800), "46,800");
    assert_string_equal(units_count(out, 999), "999");
    assert_string_equal(units_count(out, UINT64_MAX), "18,446,744,073,709,551,615");
    assert_string_equal(units_rate(out, 3.2), "3.2/s");
    assert_string_equal(units_rate(out, 3.2149), "3.21/s");
    assert_string_equal(units_rate(out, 12.0 / 3600), "12/h");
    assert_string_equal(units_rate(out, 12345), "12345/s");
    assert_string_equal(units_rate(out, 0), "0/s");
}

/* Every figure must fit its buffer, and a written rate must read back as itself to three digits. */
static void any_figure_fits_and_rates_read_back(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 7);
    for (int i = 0; i < 20000; i++) {
        double value = pow(10, random_unit(&random) * 40 - 12);
        char out[UNITS_SIZE];
        assert_true(strlen(units_bytes(out, -value)) < UNITS_SIZE);
        assert_true(strlen(units_duration(out, value)) < UNITS_SIZE);
        if (value < 1e-6 || value > 1e9)
            continue;
        double back;
        assert_int_equal(units_parse_rate(units_rate(out, value), &back, NULL), 0);
        if (fabs(back / value - 1) > 0.0051)
            fail_msg("%.17g was written as %s", value, out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(bare_numbers_and_nonsense_are_refused),
        cmocka_unit_test(sizes_know_both_families),
        cmocka_unit_test(rates_speeds_and_shares),
        cmocka_unit_test(counts_are_bare_and_may_have_commas),
        cmocka_unit_test(growth_over_is_an_amount_and_a_time),
        cmocka_unit_test(growth_is_per_request_or_per_time),
        cmocka_unit_test(figures_read_well),
        cmocka_unit_test(any_figure_fits_and_rates_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

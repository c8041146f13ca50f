#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sys/stat.h>

#include "base/digest.h"
#include "day.h"
#include "report/pace.h"
#include "retold.h"

static char *page(void)
{
    return rendered("html");
}

static size_t count_of(const char *text, const char *part)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, part)) != NULL; at += strlen(part))
        count++;
    return count;
}

static void the_page_needs_nothing_else(void **state)
{
    (void)state;
    char *html = page();
    static const char *const never[] = {
        "http:",    "https:",   "src=",    "url(", "@import", " style=",   "<link rel=\"style",
        " onclick", " onload",  "<iframe", "nan",  "inf%",    "innerHTML", "insertAdjacent",
        "eval(",    "Function("};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strstr(html, never[i]) != NULL)
            fail_msg("the page has '%s'", never[i]);
    assert_int_equal(count_of(html, "default-src 'none'"), 1);
    assert_non_null(strstr(html, "<meta name=\"viewport\""));
    assert_true(strlen(html) < 500000);
    free(html);
}

/* The digest of what stands between two tags is in the policy: else a browser would refuse it. */
static void is_allowed(const char *html, const char *open, const char *close)
{
    const char *from = strstr(html, open);
    assert_non_null(from);
    from += strlen(open);
    const char *to = strstr(from, close);
    assert_non_null(to);
    char *content = xstrndup(from, (size_t)(to - from)), *source = digest_source(content);
    assert_non_null(strstr(html, source));
    assert_int_equal(count_of(html, open), 1);
    free(content);
    free(source);
}

static void only_its_own_style_and_script_are_allowed(void **state)
{
    (void)state;
    char *html = page();
    is_allowed(html, "<style>", "</style>");
    is_allowed(html, "<script>", "</script>");
    assert_null(strstr(html, "unsafe-"));
    free(html);
    /* echo -n abc | openssl dgst -sha256 -binary | base64 */
    char *source = digest_source("abc");
    assert_string_equal(source, "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0=");
    free(source);
}

static void the_answer_is_the_heading(void **state)
{
    (void)state;
    char *html = page();
    assert_non_null(
        strstr(html, "<h1>GET /quote/{sku} keeps 40.3 B per request (39.9 to 40.7), 1.00 objects, linear "
                     "through 10,000 calls</h1>"));
    assert_int_equal(count_of(html, "<h1>"), 1);
    assert_non_null(strstr(html, "The rest of the mix is flat without it."));
    assert_non_null(strstr(html, "docker/staging/pricing/timing.py:41"));
    free(html);
}

/* Settled readings of the deciding signal and of rss over time, and of the deciding
 * signal over requests: a dot each. */
static void plots_have_every_point(void **state)
{
    (void)state;
    char *html = page();
    size_t blocks = report.block_count;
    size_t drawn = count_of(html, "<circle class=\"dot\"");
    assert_int_equal(drawn - 1, 4 * blocks); /* one in the legend; heap too, among what else was read */
    assert_int_equal(count_of(html, "<rect class=\"bar "), blocks);
    assert_int_equal(count_of(html, "<rect class=\"sh "), 5 * blocks);                     /* fds as well */
    assert_int_equal(count_of(html, "<circle class=\"pd\""), 2 * (EXAMPLE_ENDPOINTS - 1)); /* growth, times */
    free(html);
}

static void a_limit_in_the_same_unit_is_drawn(void **state)
{
    (void)state;
    char *html = page();
    size_t of_p99 = EXAMPLE_ENDPOINTS - 1;                       /* in the plot of times */
    assert_int_equal(count_of(html, "class=\"limit\""), of_p99); /* bytes: not in a plot of objects */
    free(html);
    free(report.result.thresholds[0].limit);
    report.result.thresholds[0].limit = xstrdup("growth > 0.5 objects/request");
    html = page();
    assert_int_equal(count_of(html, "class=\"limit\""), of_p99 + EXAMPLE_ENDPOINTS - 1);
    free(html);
}

/* Every attribute and every text: quotes cannot end an attribute, '<' cannot begin a tag. */
static void names_stay_text(void **state)
{
    (void)state;
    static const char hostile[] = "\"><script>alert(1)</script><b x='&amp;";
    for (size_t i = 0; i < report.series_count; i++) {
        free(report.series[i].signal);
        report.series[i].signal = xstrdup(hostile);
    }
    free(report.result.findings[0].signal);
    report.result.findings[0].signal = xstrdup(hostile);
    free(report.result.label);
    report.result.label = xstrdup(hostile);
    for (size_t i = 0; i < report.block_count; i++) {
        free(report.blocks[i].mix);
        report.blocks[i].mix = xstrdup(hostile);
    }
    char *html = page();
    assert_int_equal(count_of(html, "<script"), 1);
    assert_null(strstr(html, "\"><b x"));
    assert_true(count_of(html, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;b x=&#39;&amp;amp;") >
                report.block_count);
    free(html);
}

/* Fits are drawn where growth was measured: in the deciding signal of four trials, over time and over requests. */
static void growth_is_drawn_with_its_band(void **state)
{
    (void)state;
    char *html = page();
    size_t fits = count_of(html, "<polyline class=\"fit\"");
    assert_int_equal(fits, 2 * 4); /* GET /search and the leak solo, the leak alone, the rest */
    assert_int_equal(count_of(html, "<polygon class=\"band\""), fits);
    free(html);
}

/* A line of points and its rows are thinned alike, whatever stood in the store. */
static void a_day_stays_small(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96];
    snprintf(path, sizeof path, "%s/day.db", directory);
    struct store *store = store_open(path, &err);
    int64_t run = day_soak(store, 30, 600, &err);
    assert_true(run > 0);
    report_release(&report);
    assert_int_equal(retell(store, run, &report, &err), 0);
    store_close(store);
    assert_int_equal(report.load_count, DAY_ENDPOINTS);
    double done = 0;
    for (size_t i = 0; i < report.pace_count; i++)
        done += report.paces[i].done;
    assert_true(fabs(done - DAY_REQUESTS) < 1); /* thinned, none lost */
    char *html = page();
    assert_true(strlen(html) < 3000000 / 4);
    assert_true(count_of(html, "class=\"gap\"") > 0);
    assert_true(count_of(html, "data-l=\"restart\"") > 0);
    assert_true(count_of(html, "k-warm_up\" data-l") > 0);
    free(html);
}

/* A hunt of 200 endpoints: 2,800 blocks, 61 trials, six signals, thousands of readings of each. */
static void a_long_hunt_stays_small(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96];
    snprintf(path, sizeof path, "%s/long.db", directory);
    struct store *store = store_open(path, &err);
    int64_t run = day_hunt(store, &err);
    assert_true(run > 0);
    report_release(&report);
    assert_int_equal(retell(store, run, &report, &err), 0);
    store_close(store);
    assert_true(report.block_count > 2500);
    char *html = page();
    assert_true(strlen(html) < 1000000);
    assert_true(count_of(html, "<rect class=\"sh ") < 800);
    assert_non_null(strstr(html, "screen: 1,600 blocks"));
    free(html);
}

/* Columns: sums stay sums and maxima maxima, also where a row spans several. */
static void paces_are_thinned_to_columns(void **state)
{
    (void)state;
    struct pacing pacing;
    pacing_init(&pacing, 8);
    for (int minute = 0; minute < 10; minute++)
        pacing_add(&pacing,
                   &(struct pace){minute * 60.0, 60, 120, 110, 6, 4, 5500, minute, minute == 3 ? 77 : NAN});
    for (int second = 600; second < 700; second++)
        pacing_add(&pacing, &(struct pace){second, 1, 2, 2, 0, 0, 100, 50, NAN});
    double planned = 0, lag = NAN, slowest = 0;
    for (size_t i = 0; i < pacing.count; i++) {
        planned += pacing.columns[i].planned;
        lag = fmax(lag, pacing.columns[i].lag_max_us);
        slowest = fmax(slowest, pacing.columns[i].service_max_us);
        assert_true(fabs(pacing.columns[i].planned - 2 * pacing.width_s) < 1e-6 || i == pacing.count - 1);
    }
    assert_true(pacing.count <= 8 && fabs(planned - 1400) < 1e-6 && lag == 77 && slowest == 50);
    free(pacing.columns);
}

static void a_run_that_died_is_a_page(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96];
    snprintf(path, sizeof path, "%s/cut.db", directory);
    struct store *store = store_open(path, &err);
    int64_t run = example_hunt(store, false, &err);
    report_release(&report);
    assert_int_equal(retell(store, run, &report, &err), 0);
    store_close(store);
    char *html = page();
    assert_non_null(strstr(html, "the run was not ended: it is still under way, or seep died"));
    assert_non_null(strstr(html, "<path class=\"ln\""));
    free(html);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, retold_setup, retold_teardown)
    const struct CMUnitTest tests[] = {
        TEST(the_page_needs_nothing_else),
        TEST(the_answer_is_the_heading),
        TEST(only_its_own_style_and_script_are_allowed),
        TEST(plots_have_every_point),
        TEST(a_limit_in_the_same_unit_is_drawn),
        TEST(names_stay_text),
        TEST(growth_is_drawn_with_its_band),
        TEST(a_day_stays_small),
        TEST(a_long_hunt_stays_small),
        TEST(paces_are_thinned_to_columns),
        TEST(a_run_that_died_is_a_page),
    };
    return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}

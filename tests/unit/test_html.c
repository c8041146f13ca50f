#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <sys/stat.h>

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
        "http:",    "https:",  "src=",    "url(", "@import", "<script", "<link rel=\"style",
        " onclick", " onload", "<iframe", "nan",  "inf%"};
    for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
        if (strstr(html, never[i]) != NULL)
            fail_msg("the page has '%s'", never[i]);
    assert_int_equal(count_of(html, "default-src 'none'"), 1);
    assert_non_null(strstr(html, "<meta name=\"viewport\""));
    assert_true(strlen(html) < 500000);
    free(html);
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
    assert_int_equal(count_of(html, "<circle class=\"dot\""), 3 * blocks);
    assert_int_equal(count_of(html, "<rect class=\"bar "), blocks);
    assert_int_equal(count_of(html, "<rect class=\"sh "), 3 * blocks);
    assert_int_equal(count_of(html, "<circle class=\"pd\""), EXAMPLE_ENDPOINTS - 1);
    free(html);
}

static void a_limit_in_the_same_unit_is_drawn(void **state)
{
    (void)state;
    char *html = page();
    assert_int_equal(count_of(html, "class=\"limit\""), 0); /* bytes: not in a plot of objects */
    free(html);
    free(report.result.thresholds[0].limit);
    report.result.thresholds[0].limit = xstrdup("growth > 0.5 objects/request");
    html = page();
    assert_int_equal(count_of(html, "class=\"limit\""), EXAMPLE_ENDPOINTS - 1);
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
    assert_null(strstr(html, "<script"));
    assert_null(strstr(html, "\"><b x"));
    assert_true(count_of(html, "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;b x=&#39;&amp;amp;") >
                report.block_count);
    free(html);
}

/* A day at ten samples a second in twenty signals' worth of points stays small. */
static void a_long_run_stays_small(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96];
    snprintf(path, sizeof path, "%s/long.db", directory);
    struct store *store = store_open(path, &err);
    int64_t run = store_begin_run(store, "run", "s", "", "", 1, &err);
    for (int i = 0; i < 86400; i++) {
        struct sample sample = {1, "rss",       i % 600 == 0 ? SAMPLE_SETTLED : SAMPLE_TIMED,
                                i, (uint64_t)i, 1e8 + i};
        store_put_sample(store, run, &sample);
    }
    store_flush(store, &err);
    report_release(&report);
    assert_int_equal(retell(store, run, &report, &err), 0);
    store_close(store);
    char *html = page();
    assert_true(strlen(html) < 100000);
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
        TEST(plots_have_every_point),
        TEST(a_limit_in_the_same_unit_is_drawn),
        TEST(names_stay_text),
        TEST(a_long_run_stays_small),
    };
    return cmocka_run_group_tests_name("html", tests, NULL, NULL);
}

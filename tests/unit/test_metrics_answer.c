/* Answers of Prometheus, files of series, times and queries: what is read, and what is said of what cannot be. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/answer.h"
#include "metrics/moment.h"
#include "metrics/presets.h"
#include "metrics/promql.h"
#include "metrics/samples.h"

static int read_into(const char *json, struct series_set *set, struct answer *answer, struct err *err)
{
    struct answer_grid grid = {.set = set};
    struct answer_sink sink = answer_into(&grid);
    series_set_init(set, &(struct grid){100, 10, 4});
    return answer_read(json, strlen(json), "it", &sink, answer, err);
}

#define MATRIX(SERIES) "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" SERIES "]}}"

static void points_on_the_grid(void **state)
{
    (void)state;
    static const char *const forms[] = {
        MATRIX("{\"metric\":{\"a\":\"1\"},\"values\":[[100,\"5\"],[110.2,\"NaN\"],[120,\"+Inf\"],[130,\"1.5e+"
               "2\"],[999,\"1\"]]}"),
        "{\"data\":{\"result\":[{\"values\":[[100,\"5\"],[130,\"150\"]],\"metric\":{\"a\":\"1\"}}],"
        "\"resultType\":\"matrix\"},\"status\":\"success\"}",
        "{\"resultType\":\"matrix\",\"result\":[{\"metric\":{\"a\":\"1\"},\"values\":[[100,5],[130,150],[110,"
        "null],[120,\"StaleNaN\"]]}]}",
        "[{\"metric\":{\"a\":\"1\"},\"values\":[[100,\"5\"],[130,\"150\"]]}]",
    };
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        struct series_set set;
        struct answer answer;
        struct err err = {0};
        assert_int_equal(read_into(forms[i], &set, &answer, &err), 0);
        assert_int_equal(set.count, 1);
        assert_string_equal(labels_get(&set.items[0].labels, "a"), "1");
        assert_true(set.items[0].values[0] == 5 && set.items[0].values[3] == 150);
        assert_true(isnan(set.items[0].values[1]) && isnan(set.items[0].values[2]));
        answer_release(&answer);
        series_set_release(&set);
    }
}

static void vectors_and_scalars(void **state)
{
    (void)state;
    struct series_set set;
    struct answer answer;
    struct err err = {0};
    assert_int_equal(
        read_into("{\"status\":\"success\",\"warnings\":[\"w\",\"w\"],\"data\":{\"resultType\":\"vector\","
                  "\"result\":["
                  "{\"metric\":{},\"value\":[100,\"7\"]},{\"metric\":{\"b\":\"x\"},\"value\":[100,\"8\"]}]}}",
                  &set, &answer, &err),
        0);
    assert_int_equal(set.count, 2);
    assert_true(set.items[1].values[0] == 8);
    assert_int_equal(answer.warnings.count, 1);
    answer_release(&answer);
    series_set_release(&set);
    assert_int_equal(
        read_into("{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[110,\"42\"]}}",
                  &set, &answer, &err),
        0);
    assert_int_equal(set.count, 1);
    assert_true(set.items[0].values[1] == 42);
    answer_release(&answer);
    series_set_release(&set);
}

/* Pages of one range add to the same series, whatever the order of their labels. */
static void pages(void **state)
{
    (void)state;
    struct series_set set;
    struct answer answer;
    struct err err = {0};
    struct answer_grid grid = {.set = &set};
    struct answer_sink sink = answer_into(&grid);
    static const char *const all[] = {
        MATRIX("{\"metric\":{\"a\":\"1\",\"b\":\"2\"},\"values\":[[100,\"1\"]]}"),
        MATRIX("{\"metric\":{\"b\":\"2\",\"a\":\"1\"},\"values\":[[110,\"2\"]]}")};
    series_set_init(&set, &(struct grid){100, 10, 4});
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(answer_read(all[i], strlen(all[i]), "page", &sink, &answer, &err), 0);
        answer_release(&answer);
    }
    assert_int_equal(set.count, 1);
    assert_int_equal(series_points(&set), 2);
    series_set_release(&set);
}

static void errors_and_faults(void **state)
{
    (void)state;
    static const struct {
        const char *json, *says;
    } rows[] = {
        {"{\"status\":\"success\"} ", "it:1:21: expected an answer of Prometheus"},
        {MATRIX("{\"metric\":{},\"values\":[[1,\"x\"]]}"), "expected a number in quotes"},
        {MATRIX("{\"metric\":{},\"values\":[[1]]}"), "expected a point"},
        {MATRIX("{\"values\":[]}"), "expected 'metric'"},
        {MATRIX("{\"metric\":{},\"values\":[[1,\"2\",3]]}"), "expected a point"},
        {"{\"data\":{\"result\":[", "unfinished"},
        {"", "it:1:1"},
    };
    struct series_set set;
    struct answer answer;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err = {0};
        bool failed = read_into(rows[i].json, &set, &answer, &err) != 0;
        if (!failed || strstr(err.message, rows[i].says) == NULL)
            fail_msg("%s: %s", rows[i].json, err.message);
        answer_release(&answer);
        series_set_release(&set);
    }
    struct err err = {0};
    assert_int_equal(
        read_into("{\"status\":\"error\",\"errorType\":\"bad_data\",\"error\":\"no\"}", &set, &answer, &err),
        0);
    assert_true(answer.failed);
    assert_string_equal(text_string(&answer.error), "no");
    answer_release(&answer);
    series_set_release(&set);
    assert_int_equal(read_into(MATRIX("{\"metric\":{},\"histograms\":[[1,{}]]}"), &set, &answer, &err), 0);
    assert_true(answer.histograms);
    answer_release(&answer);
    series_set_release(&set);
}

static void csv(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t lists;
        const char *label, *value; /* of the last list */
        double last;               /* of it */
    } rows[] = {
        {"time,instance,value\n1000,a,5\n1010,a,6\n1000,b,7\n", 2, "instance", "b", 7},
        {"\xef\xbb\xbfinstance;value;timestamp\r\na;1,5;2001-09-09T01:46:40Z\r\n", 1, "instance", "a", 1.5},
        {"sep=,\n\"Time\",\"{instance=\"\"a:80\"\", job=\"\"x\"\"}\",\"b:80\"\n1000000000000,1,2 GiB\n", 2,
         "instance", "b:80", 2147483648.0},
        {"Time\tmem{pod=\"p\"}\n2001-09-09 01:46:40\t\n2001-09-09 01:46:50\t3\n", 1, "pod", "p", 3},
        {"date,requests,endpoint\n1000,4,\"GET /a,b\"\n", 1, "endpoint", "GET /a,b", 4},
        {"time,value\n1000,1e9\n", 1, "instance", "", 1e9},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct samples samples = {.lists = NULL};
        struct err err = {0};
        series_set_init(&samples.names, &(struct grid){0, 1, 0});
        if (samples_read_csv(rows[i].text, strlen(rows[i].text), "f", "instance", &samples, &err) != 0)
            fail_msg("%s", err.message);
        assert_int_equal(samples.names.count, rows[i].lists);
        const struct sample_list *list = &samples.lists[rows[i].lists - 1];
        assert_string_equal(labels_get(&samples.names.items[rows[i].lists - 1].labels, rows[i].label),
                            rows[i].value);
        if (list->points[list->count - 1].value != rows[i].last)
            fail_msg("row %zu: %g", i, list->points[list->count - 1].value);
        samples_release(&samples);
    }
}

static void onto_a_grid(void **state)
{
    (void)state;
    struct samples samples = {.lists = NULL};
    struct labels labels = {NULL, 0};
    static const double want[3][3] = {{1, 4, NAN}, {1, 9, NAN}, {1, 3, NAN}};
    series_set_init(&samples.names, &(struct grid){0, 1, 0});
    labels_set(&labels, "a", "b");
    size_t list = samples_list(&samples, &labels);
    samples_add(&samples, list, 100, 1);
    samples_add(&samples, list, 102, 2);
    samples_add(&samples, list, 108, 3);
    samples_add(&samples, list, 110, 4);
    for (int fold = 0; fold < 3; fold++) {
        struct series_set set;
        series_set_init(&set, &(struct grid){100, 10, 3});
        samples_onto(&samples, (enum samples_fold)fold, &set);
        for (size_t row = 0; row < 3; row++) {
            double got = set.items[0].values[row], wanted = want[fold][row];
            if (fold == SAMPLES_LAST && row == 0)
                wanted = 2; /* the last within half a step */
            if (!(got == wanted || (isnan(got) && isnan(wanted))))
                fail_msg("fold %d, row %zu: %g", fold, row, got);
        }
        series_set_release(&set);
    }
    assert_true(samples_step_s(&samples) == 2);
    samples_release(&samples);
}

static void moments(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double at_s;
    } rows[] = {{"1000000000", 1e9},
                {"1000000000123", 1000000000.123},
                {"1000000000123456", 1000000000.123456},
                {"2001-09-09T01:46:40Z", 1e9},
                {"2001-09-09 01:46:40.5", 1000000000.5},
                {"2001-09-09T03:46:40+02:00", 1e9},
                {"2001-09-08T20:16:40-0530", 1e9},
                {"2001-09-09T01:46", 999999960},
                {"2001-09-09", 999993600}};
    static const char *const bad[] = {
        "", "yesterday", "2001-9-9", "2001-13-09", "2001-09-09T25:00:00", "2001-09-09T01:46:40X", "-5"};
    double at_s;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(moment_parse(rows[i].text, &at_s), 0);
        if (fabs(at_s - rows[i].at_s) > 1e-6)
            fail_msg("%s: %.6f", rows[i].text, at_s);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (moment_parse(bad[i], &at_s) == 0)
            fail_msg("'%s' is no time", bad[i]);
}

static void queries(void **state)
{
    (void)state;
    static const struct {
        const char *query, *metric;
        size_t matchers;
        bool whole;
        enum promql_kind kind;
        double window_s;
    } rows[] = {
        {"up", "up", 0, true, PROMQL_UNKNOWN, NAN},
        {" up{job=\"a,b\", x=~\"}\"} # up", "up", 2, true, PROMQL_UNKNOWN, NAN},
        {"sum by (instance, method) (rate(http_requests_total{job=\"x\"}[5m]))", "http_requests_total", 1,
         false, PROMQL_RATE, 300},
        {"sum(increase(a:b_total[1h30m:1m])) without (code)", "a:b_total", 0, false, PROMQL_INCREASE, 5400},
        {"label_replace(up, \"rate(x[1m])\", \"$1\", \"a\", \"b\")", "up", 0, false, PROMQL_UNKNOWN, NAN},
        {"{__name__=~\"rate.*\"}", "", 1, true, PROMQL_UNKNOWN, NAN},
        {"1e6 * up offset 5m", "up", 0, false, PROMQL_UNKNOWN, NAN},
        {"irate(x[30s]) # [1h]", "x", 0, false, PROMQL_RATE, 30},
        {"rate_total", "rate_total", 0, true, PROMQL_UNKNOWN, NAN},
        {"sum(a) by (b) / on (c) group_left (d) e", "a", 0, false, PROMQL_UNKNOWN, NAN},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct promql_selector selector;
        assert_true(promql_selector_find(rows[i].query, &selector));
        double window_s = promql_window_s(rows[i].query);
        bool window = window_s == rows[i].window_s || (isnan(window_s) && isnan(rows[i].window_s));
        if (strcmp(selector.metric, rows[i].metric) != 0 || selector.matchers.count != rows[i].matchers ||
            selector.whole != rows[i].whole || promql_kind_of(rows[i].query) != rows[i].kind || !window)
            fail_msg("%s: %s, %zu, %d, %d, %g", rows[i].query, selector.metric, selector.matchers.count,
                     selector.whole, (int)promql_kind_of(rows[i].query), window_s);
        promql_selector_release(&selector);
    }
    assert_true(promql_aggregates("sum by (a) (x)") && promql_aggregates("sum(x) by (a)") &&
                promql_aggregates("1 + max without (a) (x)"));
    assert_false(promql_aggregates("rate(sum_total[5m])") || promql_aggregates("sum{a=\"sum(x)\"}"));
    struct promql_selector none;
    assert_false(promql_selector_find("1 + 2", &none));
    promql_selector_release(&none);
}

static void preset_queries_filled(void **state)
{
    (void)state;
    struct preset_queries queries = {.memory = NULL};
    struct err err = {0};
    assert_int_equal(presets_take("flask,cadvisor,kube-state", "a=\"b\"", &queries, &err), 0);
    assert_string_equal(queries.memory, "process_resident_memory_bytes{a=\"b\"}");
    assert_string_equal(queries.limit, "container_spec_memory_limit_bytes{a=\"b\",container!~\"|POD\"}");
    assert_string_equal(queries.restarts, "kube_pod_container_status_restarts_total{a=\"b\"}");
    preset_queries_release(&queries);
    assert_int_equal(presets_take("spring", NULL, &queries, &err), 0);
    assert_string_equal(queries.memory, "sum without (area, id) (jvm_memory_used_bytes)");
    preset_queries_release(&queries);
    assert_int_equal(presets_take("flsk", NULL, &queries, &err), -1);
    assert_non_null(strstr(err.message, "did you mean 'flask'"));
    assert_int_equal(presets_take("flask", "shop", &queries, &err), -1);
    for (const struct preset *preset = presets; preset->name != NULL; preset++) {
        assert_int_equal(presets_take(preset->name, "x!~\"y.*\"", &queries, &err), 0);
        assert_true(queries.memory != NULL || queries.requests != NULL || queries.limit != NULL);
        preset_queries_release(&queries);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(points_on_the_grid),
        cmocka_unit_test(vectors_and_scalars),
        cmocka_unit_test(pages),
        cmocka_unit_test(errors_and_faults),
        cmocka_unit_test(csv),
        cmocka_unit_test(onto_a_grid),
        cmocka_unit_test(moments),
        cmocka_unit_test(queries),
        cmocka_unit_test(preset_queries_filled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

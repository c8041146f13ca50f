/* Series put together as instances: which label joins them, what is summed, what a counter's increase is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "metrics/assemble.h"

#define ROWS 6
#define X NAN
static const struct grid grid = {1000, 10, ROWS};

/* `name`: as queries write it. */
static void add(struct series_set *set, const char *name, const double values[ROWS])
{
    struct labels labels;
    assert_int_equal(labels_parse(&labels, name), 0);
    memcpy(series_of(set, &labels)->values, values, ROWS * sizeof *values);
}

#define ADD(SET, NAME, ...) add(SET, NAME, (const double[ROWS]){__VA_ARGS__})

static void check(const double *got, const double *wanted, const char *what, size_t number)
{
    for (size_t row = 0; row < ROWS; row++)
        if (!(fabs(got[row] - wanted[row]) < 1e-6 || (isnan(got[row]) && isnan(wanted[row]))))
            fail_msg("%s %zu, row %zu: %g where %g", what, number, row, got[row], wanted[row]);
}

static void counters(void **state)
{
    (void)state;
    static const bool all[ROWS] = {true, true, true, true, true, true},
                      gap[ROWS] = {true, true, false, false, true, true};
    static const struct {
        double values[ROWS];
        const bool *alive;
        double started; /* of the process that is there from row 3 on; NaN: not known */
        double wanted[ROWS];
    } rows[] = {
        {{5, 7, 7, 10, 12, 15}, NULL, X, {X, 2, 0, 3, 2, 3}},
        {{5, 7, 9, 1, 4, 5}, NULL, X, {X, 2, 2, 1, 3, 1}},        /* a restart */
        {{5, 7, 9, 20, 24, 25}, NULL, 1025, {X, 2, 2, 20, 4, 1}}, /* one that is overtaken within a step */
        {{5, 7, X, X, 16, 17}, NULL, X, {X, 2, 3, 3, 3, 1}},      /* a gap */
        {{5, 7, X, X, 6, 8}, NULL, X, {X, 2, X, X, X, 2}},        /* a restart in it, nobody knows when */
        {{5, 7, X, X, 6, 8}, NULL, 1025, {X, 2, X, 3, 3, 2}},     /* and where it is known */
        {{X, X, 4, 5, 5, 9}, all, X, {X, X, 4, 1, 0, 4}},         /* born while its instance was there */
        {{X, X, X, X, 6, 7}, gap, X, {X, X, 2, 2, 2, 1}},         /* or within a gap of it */
        {{X, X, 4, 5, 5, 9}, NULL, X, {X, X, X, 1, 0, 4}},        /* or nobody knows */
        {{X, X, X, 5, 5, 9}, NULL, 1025, {X, X, X, 5, 0, 4}}, /* a new instance, which says when it started */
        {{X, X, X, X, X, X}, all, X, {X, X, X, X, X, X}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        double counts[ROWS], started[ROWS] = {1, 1, 1, rows[i].started, rows[i].started, rows[i].started};
        const struct counts_around around = {rows[i].alive, false, isnan(rows[i].started) ? NULL : started};
        counts_of_counter(&grid, rows[i].values, &around, counts);
        check(counts, rows[i].wanted, "counter", i);
    }
}

/* Of several counters in one: 30 of a hundred began again. */
static void summed_counters(void **state)
{
    (void)state;
    double counts[ROWS];
    const double values[ROWS] = {100, 110, 120, 90, 95, 100};
    counts_of_counter(&grid, values, &(struct counts_around){NULL, true, NULL}, counts);
    check(counts, (const double[ROWS]){X, 10, 10, X, 5, 5}, "sum", 0);
}

static void rates(void **state)
{
    (void)state;
    double counts[ROWS];
    const double values[ROWS] = {1, 2, X, 0, 4, 5};
    counts_of_rate(&grid, values, counts);
    check(counts, (const double[ROWS]){10, 20, X, 0, 40, 50}, "rate", 0);
    counts_of_increase(&grid, values, 20, counts);
    check(counts, (const double[ROWS]){.5, 1, X, 0, 2, 2.5}, "increase", 0);
}

struct sets {
    struct series_set memory, requests, starts, limits;
};

static void sets_init(struct sets *sets)
{
    series_set_init(&sets->memory, &grid);
    series_set_init(&sets->requests, &grid);
    series_set_init(&sets->starts, &grid);
    series_set_init(&sets->limits, &grid);
}

static void sets_release(struct sets *sets)
{
    series_set_release(&sets->memory);
    series_set_release(&sets->requests);
    series_set_release(&sets->starts);
    series_set_release(&sets->limits);
}

static int put_together(const struct sets *sets, const char *join, struct history *history, struct err *err)
{
    const struct assembly assembly = {.memory = &sets->memory,
                                      .requests = &sets->requests,
                                      .starts = &sets->starts,
                                      .limits = &sets->limits,
                                      .kind = PROMQL_UNKNOWN,
                                      .window_s = NAN,
                                      .join = join};
    return assemble(&assembly, history, err);
}

static double cell(const struct history *history, size_t instance, size_t row, const char *endpoint)
{
    for (size_t e = 0; e < history->endpoints.count; e++)
        if (strcmp(history->endpoints.items[e], endpoint) == 0)
            return history_requests(history, &history->instances[instance], row)[e];
    fail_msg("there is no endpoint %s", endpoint);
    return NAN;
}

static bool has_caveat(const struct history *history, const char *part)
{
    for (size_t i = 0; i < history->caveats.count; i++)
        if (strstr(history->caveats.items[i], part) != NULL)
            return true;
    return false;
}

#define RISE 1, 2, 3, 4, 5, 6
#define LEVEL 100, 100, 100, 100, 100, 100

static void by_instance(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"a:1\",job=\"shop\"}", LEVEL);
    ADD(&sets.memory, "m{instance=\"b:1\",job=\"shop\"}", LEVEL);
    ADD(&sets.memory, "m{instance=\"c:1\",job=\"shop\"}", LEVEL);
    ADD(&sets.requests, "r{instance=\"a:1\",job=\"shop\",method=\"GET\",handler=\"/x\",code=\"200\"}", RISE);
    ADD(&sets.requests, "r{instance=\"a:1\",job=\"shop\",method=\"GET\",handler=\"/x\",code=\"500\"}", X, X,
        X, 2, 2, 3);
    ADD(&sets.requests, "r{instance=\"a:1\",job=\"shop\",method=\"POST\",handler=\"/y\",code=\"200\"}", 0, 2,
        4, 6, 8, 10);
    ADD(&sets.requests, "r{instance=\"b:1\",job=\"shop\",method=\"GET\",handler=\"/x\",code=\"200\"}", RISE);
    ADD(&sets.requests, "r{instance=\"z:1\",job=\"shop\",method=\"GET\",handler=\"/x\",code=\"200\"}", RISE);
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_int_equal(history.instance_count, 2);
    assert_string_equal(history.instances[0].name, "a:1");
    assert_int_equal(history.endpoints.count, 2);
    assert_true(isnan(cell(&history, 0, 0, "GET /x")));
    assert_true(cell(&history, 0, 1, "GET /x") == 1);
    assert_true(cell(&history, 0, 3, "GET /x") ==
                3); /* one of each hundred, and two errors that were the first */
    assert_true(cell(&history, 0, 3, "POST /y") == 2);
    assert_true(cell(&history, 1, 3, "POST /y") == 0); /* it never served any */
    assert_true(has_caveat(&history, "1 of 3 instances with memory have no requests and were left out: c:1"));
    assert_true(has_caveat(&history, "1 of 5 series of requests belong to no instance"));
    history_release(&history);
    sets_release(&sets);
}

/* Nothing tells of restarts but counters that begin again together. */
static void restarts_by_counters(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"a\"}", LEVEL);
    ADD(&sets.memory, "m{instance=\"b\"}", LEVEL);
    ADD(&sets.requests, "r{instance=\"a\",path=\"/x\"}", 100, 200, 3, 4, 5, 6);
    ADD(&sets.requests, "r{instance=\"a\",path=\"/y\"}", 1, 1, 2, 3, 4, 5); /* it was overtaken */
    for (size_t i = 0; i < 30; i++) { /* the rest of a month in which nothing falls */
        char name[64];
        snprintf(name, sizeof name, "r{instance=\"b\",path=\"/%zu\"}", i);
        ADD(&sets.requests, name, RISE);
    }
    ADD(&sets.requests, "r{instance=\"b\",path=\"/x\"}", 9, 2, 3, 4, 5, 6); /* one of many: no restart */
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_non_null(history.instances[0].restarts);
    check(history.instances[0].restarts, (const double[ROWS]){0, 0, 1, 1, 1, 1}, "restarts", 0);
    assert_null(history.instances[1].restarts);
    history_release(&history);
    ADD(&sets.starts, "s{instance=\"a\"}", LEVEL); /* which knows better */
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_null(history.instances[0].restarts);
    history_release(&history);
    sets_release(&sets);
}

/* A pod's memory by containers, as cAdvisor tells: its total and its pause container are left out, a sidecar is summed. */
static void by_pod(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"n:10250\",namespace=\"s\",pod=\"p-1\",container=\"app\",id=\"/1\"}", 100,
        100, 100, 100, X, X);
    ADD(&sets.memory, "m{instance=\"n:10250\",namespace=\"s\",pod=\"p-1\",container=\"app\",id=\"/2\"}", X, X,
        X, 50, 60, 70);
    ADD(&sets.memory, "m{instance=\"n:10250\",namespace=\"s\",pod=\"p-1\",container=\"proxy\",id=\"/3\"}", 10,
        10, 10, 10, 10, 10);
    ADD(&sets.memory, "m{instance=\"n:10250\",namespace=\"s\",pod=\"p-1\",container=\"POD\",id=\"/4\"}", 1, 1,
        1, 1, 1, 1);
    ADD(&sets.memory, "m{instance=\"n:10250\",namespace=\"s\",pod=\"p-1\",id=\"/5\"}", 111, 111, 111, 111,
        111, 111);
    ADD(&sets.memory, "m{instance=\"n:10250\",namespace=\"s\",pod=\"p-2\",container=\"app\",id=\"/6\"}", 100,
        100, X, 100, 100, 100);
    ADD(&sets.requests,
        "r{instance=\"10.0.0.1:8080\",namespace=\"s\",kubernetes_pod_name=\"p-1\",path=\"/a\"}", RISE);
    ADD(&sets.requests,
        "r{instance=\"10.0.0.2:8080\",namespace=\"s\",kubernetes_pod_name=\"p-2\",path=\"/a\"}", RISE);
    ADD(&sets.limits, "l{instance=\"ksm:80\",pod=\"p-1\",container=\"app\"}", LEVEL);
    ADD(&sets.limits, "l{instance=\"ksm:80\",pod=\"p-1\",container=\"proxy\"}", LEVEL);
    ADD(&sets.limits, "l{instance=\"ksm:80\",pod=\"p-2\",container=\"app\"}", 0, 0, 0, 0, 0, 0);
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_int_equal(history.instance_count, 2);
    assert_string_equal(history.instances[0].name, "p-1");
    check(history.instances[0].memory, (const double[ROWS]){110, 110, 110, 60, 70, 80}, "a pod", 0);
    check(history.instances[1].memory, (const double[ROWS]){100, 100, X, 100, 100, 100}, "a pod", 1);
    assert_true(history.instances[0].limit[0] == 200);
    assert_true(isnan(history.instances[1].limit[0])); /* 0: not limited */
    assert_true(has_caveat(&history, "memory of 1 instance is the sum of up to 2 series"));
    assert_true(cell(&history, 0, 1, "/a") == 1);
    history_release(&history);
    sets_release(&sets);
}

/* Where requests name the container as well, only its memory is taken. */
static void by_container(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    for (int i = 1; i <= 2; i++) {
        char name[128];
        snprintf(name, sizeof name, "m{pod=\"p-%d\",container=\"app\"}", i);
        ADD(&sets.memory, name, LEVEL);
        snprintf(name, sizeof name, "m{pod=\"p-%d\",container=\"proxy\"}", i);
        ADD(&sets.memory, name, LEVEL);
        snprintf(name, sizeof name, "r{pod=\"p-%d\",container=\"app\",path=\"/a\"}", i);
        ADD(&sets.requests, name, RISE);
        snprintf(name, sizeof name, "r{pod=\"p-%d\",container=\"proxy\",path=\"/b\"}", i);
        ADD(&sets.requests, name, RISE);
    }
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_int_equal(history.instance_count, 4);
    assert_string_equal(history.instances[0].name, "p-1/app");
    check(history.instances[0].memory, (const double[ROWS]){LEVEL}, "a container", 0);
    history_release(&history);
    sets_release(&sets);
}

static void pools_of_a_heap_are_summed(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"a\",id=\"eden\"}", LEVEL);
    ADD(&sets.memory, "m{instance=\"a\",id=\"old\"}", LEVEL);
    ADD(&sets.requests, "r{instance=\"a\",uri=\"/a\"}", RISE);
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_true(history.instances[0].memory[2] == 200);
    history_release(&history);
    sets_release(&sets);
}

static void other_ports_and_none(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"a:9256\"}", LEVEL);
    ADD(&sets.memory, "m{instance=\"b:9256\"}", LEVEL);
    ADD(&sets.requests, "r{instance=\"a:9113\",path=\"/a\"}", RISE);
    ADD(&sets.requests, "r{instance=\"b:9113\",path=\"/a\"}", RISE);
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_int_equal(history.instance_count, 2);
    assert_true(has_caveat(&history, "different ports"));
    history_release(&history);
    assert_int_equal(put_together(&sets, "none", &history, &err), 0);
    assert_true(has_caveat(&history, "spread evenly over the 2 instances"));
    assert_true(cell(&history, 0, 1, "/a") == 1); /* two came, for two */
    history_release(&history);
    assert_int_equal(put_together(&sets, "pod", &history, &err), -1);
    assert_non_null(
        strstr(err.message, "--join: no series of memory has the label 'pod' (they have instance)"));
    history_release(&history);
    sets_release(&sets);
    sets_init(&sets);
    ADD(&sets.memory, "m{a=\"1\"}", LEVEL);
    ADD(&sets.memory, "m{a=\"2\"}", LEVEL);
    ADD(&sets.requests, "r{b=\"3\"}", RISE);
    assert_int_equal(put_together(&sets, NULL, &history, &err), -1);
    assert_non_null(strstr(err.message, "no label with a value in common (memory has a; requests have b)"));
    history_release(&history);
    sets_release(&sets);
}

/* Containers of one host, as a cAdvisor beside Docker tells: each is an instance, though all have its address. */
static void spread_over_containers(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"cadvisor:8080\",name=\"web_1\",id=\"/docker/1\",image=\"web\"}", LEVEL);
    ADD(&sets.memory, "m{instance=\"cadvisor:8080\",name=\"web_2\",id=\"/docker/2\",image=\"web\"}", LEVEL);
    ADD(&sets.requests, "r{host=\"shop.example\",path=\"/a\"}", RISE);
    assert_int_equal(put_together(&sets, "none", &history, &err), 0);
    assert_int_equal(history.instance_count, 2);
    assert_string_equal(history.instances[1].name, "web_2");
    check(history.instances[1].memory, (const double[ROWS]){LEVEL}, "a container", 1);
    history_release(&history);
    sets_release(&sets);
}

static void what_counts_no_requests(void **state)
{
    (void)state;
    struct sets sets;
    struct history history;
    struct err err = {0};
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"a\"}", LEVEL);
    ADD(&sets.requests, "r{instance=\"a\",path=\"/a\",le=\"0.1\"}", RISE);
    ADD(&sets.requests, "r{instance=\"a\",path=\"/a\",le=\"+Inf\"}", RISE);
    assert_int_equal(put_together(&sets, NULL, &history, &err), 0);
    assert_true(cell(&history, 0, 1, "/a") == 1);
    assert_true(has_caveat(&history, "1 series of requests are buckets or quantiles"));
    history_release(&history);
    ADD(&sets.requests, "other{instance=\"a\",path=\"/a\"}", RISE);
    assert_int_equal(put_together(&sets, NULL, &history, &err), -1);
    assert_non_null(strstr(err.message, "the series of 2 metrics (r, other)"));
    history_release(&history);
    sets_release(&sets);
    sets_init(&sets);
    ADD(&sets.memory, "m{instance=\"a\"}", LEVEL);
    ADD(&sets.requests, "r{instance=\"a\",path=\"/a\"}", 5, 3, 4, 2, 5, 1);
    assert_int_equal(put_together(&sets, NULL, &history, &err), -1);
    assert_non_null(strstr(err.message, "--requests-are rate"));
    history_release(&history);
    sets_release(&sets);
}

static char *spell(void *owner, const char *method, const char *route)
{
    (void)owner;
    return xasprintf("%s%s", route, method[0] != '\0' ? "!" : "?");
}

static void names_of_endpoints(void **state)
{
    (void)state;
    static const struct {
        const char *series, *given, *name;
    } rows[] = {
        {"r{method=\"get\",handler=\"/a\",status=\"2xx\"}", NULL, "GET /a!"},
        {"r{method=\"GET\",url_rule=\"/a\",endpoint=\"web\"}", NULL, "GET /a!"},
        {"r{endpoint=\"POST /b\",instance=\"x\"}", NULL, "POST /b!"},
        {"r{route=\"/b\"}", NULL, "/b?"},
        {"r{grpc_service=\"shop.Cart\",grpc_method=\"Add\",grpc_type=\"unary\"}", NULL,
         "POST /shop.Cart/Add!"},
        {"r{code=\"200\"}", NULL, "all requests"},
        {"r{verb=\"GET\",kind=\"x\",part=\"y\"}", "verb,kind,part", "GET x y"},
        {"r{queue=\"mail\"}", "queue", "mail"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct series_set set;
        struct strings chosen = {NULL, 0};
        struct err err = {0};
        series_set_init(&set, &grid);
        ADD(&set, rows[i].series, RISE);
        assert_int_equal(endpoint_labels_choose(&set, rows[i].given, &chosen, &err), 0);
        char *name = endpoint_labels_name(&set.items[0].labels, &chosen, spell, NULL);
        assert_string_equal(name, rows[i].name);
        free(name);
        strings_release(&chosen);
        assert_int_equal(endpoint_labels_choose(&set, "nothing", &chosen, &err), -1);
        strings_release(&chosen);
        series_set_release(&set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counters),
        cmocka_unit_test(rates),
        cmocka_unit_test(summed_counters),
        cmocka_unit_test(by_instance),
        cmocka_unit_test(by_pod),
        cmocka_unit_test(by_container),
        cmocka_unit_test(restarts_by_counters),
        cmocka_unit_test(pools_of_a_heap_are_summed),
        cmocka_unit_test(other_ports_and_none),
        cmocka_unit_test(what_counts_no_requests),
        cmocka_unit_test(names_of_endpoints),
        cmocka_unit_test(spread_over_containers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

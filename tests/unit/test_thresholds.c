/* Limits against what was measured: pass, fail or neither, and why. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdbool.h>
#include <cmocka.h>
#include <string.h>

#include "base/text.h"
#include "flow/thresholds.h"
#include "numbers.h"
#include "scenario/limit.h"

/* A run of one endpoint, and what became of it. */
struct bench {
    struct service service;
    struct endpoint endpoint;
    struct trials trials;
    const struct trials *lanes[1];
    struct tally tally;
    struct latencies latencies;
    struct gathered gathered;
    struct measured_growth growth;
    struct measured measured;
    struct result result;
};

static void begin(struct bench *bench)
{
    *bench = (struct bench){.growth = {.signal = "live_bytes",
                                       .per_request = 40,
                                       .interval = {39, 41},
                                       .smallest_detectable = 2,
                                       .requests_per_second = 2,
                                       .verdict = VERDICT_GROWTH}};
    bench->endpoint.name = (char *)"GET /a";
    bench->service.endpoints = &bench->endpoint;
    bench->service.endpoint_count = bench->trials.endpoints = 1;
    bench->trials.options.service = &bench->service;
    bench->trials.by_endpoint = &bench->tally;
    bench->trials.latencies = &bench->latencies;
    bench->trials.gathered = &bench->gathered;
    bench->tally = (struct tally){.planned = 2000, .done = 2000, .landed = 2000};
    bench->lanes[0] = &bench->trials;
    bench->measured = (struct measured){&bench->growth, 1, bench->lanes, 1, true, 0};
}

/* Judges one limit; returns how it stands. What is said stays until the next one. */
static enum limits_standing judge(struct bench *bench, const char *text, bool of_endpoint)
{
    struct limits limits = {0};
    struct limit limit = {0};
    struct err err = {0};
    result_release(&bench->result);
    if (limit_parse(text, &limit, &err) != 0)
        fail_msg("%s", err.message);
    limits_take(&limits, &limit);
    bench->trials.all = bench->tally;
    bench->endpoint.limits = limits;
    enum limits_standing standing =
        of_endpoint ? thresholds_judge_endpoint(&bench->result, &bench->service, 0, &bench->measured)
                    : thresholds_judge(&bench->result, &limits, &bench->measured);
    bench->endpoint.limits = (struct limits){0};
    assert_int_equal(bench->result.threshold_count, 1);
    limits_release(&limits);
    return standing;
}

static void check(struct bench *bench, const char *text, enum threshold_outcome outcome,
                  enum limits_standing standing, const char *why)
{
    enum limits_standing found = judge(bench, text, false);
    const char *said = bench->result.caveats.count > 0 ? bench->result.caveats.items[0] : "";
    if (bench->result.thresholds[0].outcome != outcome || found != standing)
        fail_msg("%s: %s (%s)", text, threshold_outcome_name(bench->result.thresholds[0].outcome), said);
    if ((why == NULL) != (said[0] == '\0') || (why != NULL && strstr(said, why) == NULL))
        fail_msg("%s: '%s' lacks '%s'", text, said, why != NULL ? why : "nothing");
}

static void growth(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    check(&bench, "growth > 16 B/request", THRESHOLD_FAIL, LIMITS_SETTLED, NULL);
    check(&bench, "growth > 41 B/request", THRESHOLD_PASS, LIMITS_SETTLED, NULL);
    check(&bench, "growth > 40 B/request", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN, "within the interval, 39 B");
    check(&bench, "growth > 200 kB/h", THRESHOLD_FAIL, LIMITS_SETTLED,
          NULL); /* 40 B twice a second: 288 kB */
    check(&bench, "growth > 300 kB/h", THRESHOLD_PASS, LIMITS_SETTLED, NULL);
    check(&bench, "live_bytes growth > 1 B/request", THRESHOLD_FAIL, LIMITS_SETTLED, NULL);
    check(&bench, "rss growth > 1 B/request", THRESHOLD_INCONCLUSIVE, LIMITS_STUCK,
          "no signal that was judged");
    check(&bench, "growth > 1 objects/request", THRESHOLD_INCONCLUSIVE, LIMITS_STUCK, "counts objects");
    bench.growth.requests_per_second = NAN;
    check(&bench, "growth > 1 B/h", THRESHOLD_INCONCLUSIVE, LIMITS_STUCK, "how often it is called");
    bench.growth.per_request = bench.growth.interval.low = bench.growth.interval.high = NAN;
    bench.growth.verdict = VERDICT_INCONCLUSIVE;
    check(&bench, "growth > 1 B/request", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN,
          "too little is known of live_bytes");
    result_release(&bench.result);
}

/* What is not shown to go on crosses no limit, and what is flat is known only as finely as it was seen. */
static void what_verdicts_are_worth(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    bench.growth.verdict = VERDICT_INCONCLUSIVE;
    check(&bench, "growth > 16 B/request", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN, "not shown to go on");
    check(&bench, "growth > 41 B/request", THRESHOLD_PASS, LIMITS_SETTLED, NULL);
    bench.growth.verdict = VERDICT_NO_GROWTH;
    check(&bench, "growth > 2 B/request", THRESHOLD_PASS, LIMITS_SETTLED, NULL);
    check(&bench, "growth > 1.9 B/request", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN,
          "less than 2 B per request would not have been seen");
    bench.growth.smallest_detectable = NAN;
    check(&bench, "growth > 1000 B/request", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN, "is not known");
    result_release(&bench.result);
}

/* Of an endpoint in a mix more than its own is known, never less. */
static void of_a_mix(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    bench.growth.shared = true;
    check(&bench, "growth > 41 B/request", THRESHOLD_PASS, LIMITS_SETTLED, NULL);
    check(&bench, "growth > 16 B/request", THRESHOLD_INCONCLUSIVE, LIMITS_STUCK,
          "how much of that is this endpoint's");
    result_release(&bench.result);
}

static void errors_and_latency(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    check(&bench, "errors > 1%", THRESHOLD_PASS, LIMITS_SETTLED, NULL);
    bench.tally.landed = 1900;
    check(&bench, "errors > 1%", THRESHOLD_FAIL, LIMITS_SETTLED, NULL);
    bench.tally.landed = 1985;
    check(&bench, "errors > 1%", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN,
          "within the interval, 0.455 % to 1.23 %");
    bench.tally = (struct tally){0};
    check(&bench, "errors > 1%", THRESHOLD_INCONCLUSIVE, LIMITS_STUCK, "nothing was sent");
    check(&bench, "p99 > 1s", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN, "it takes 1000 answers, and 0 came");
    for (uint64_t i = 1; i <= 2000; i++)
        histogram_add(&bench.latencies.total, i * 1000);
    check(&bench, "p99 > 1s", THRESHOLD_FAIL, LIMITS_SETTLED, NULL);
    check(&bench, "p99 > 3s", THRESHOLD_PASS, LIMITS_SETTLED, NULL);
    check(&bench, "p99 > 1985 ms", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN, "within the interval");
    bench.measured.timed = false;
    check(&bench, "p99 > 3s", THRESHOLD_INCONCLUSIVE, LIMITS_STUCK, "a hunt drives as fast as it can");
    latencies_release(&bench.latencies);
    result_release(&bench.result);
}

/* The more often it is looked at, the surer each look has to be. */
static void looks_widen_the_intervals(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    bench.tally.landed = 1968;
    check(&bench, "errors > 1.1%", THRESHOLD_FAIL, LIMITS_SETTLED, NULL);
    bench.measured.look = 6;
    check(&bench, "errors > 1.1%", THRESHOLD_INCONCLUSIVE, LIMITS_OPEN, "within the interval");
    result_release(&bench.result);
}

static void an_endpoint_that_was_not_looked_at_keeps_nothing(void **state)
{
    (void)state;
    struct bench bench;
    begin(&bench);
    bench.tally = (struct tally){.planned = 2000, .done = 2000, .wrong_status = 404, .expected_status = 200};
    assert_int_equal(judge(&bench, "growth > 100 B/request", true), LIMITS_STUCK);
    assert_non_null(
        strstr(bench.result.caveats.items[0], "not looked at, answered 404 where 200 was recorded"));
    assert_int_equal(judge(&bench, "errors > 1%", true), LIMITS_SETTLED);
    assert_int_equal(bench.result.thresholds[0].outcome, THRESHOLD_FAIL);
    assert_string_equal(bench.result.thresholds[0].limit, "GET /a: errors > 1%");
    bench.tally.landed = 2000;
    assert_int_equal(judge(&bench, "growth > 100 B/request", true), LIMITS_SETTLED);
    result_release(&bench.result);
}

static void the_tightest_one(void **state)
{
    (void)state;
    struct limits limits = {0};
    const char *const texts[] = {"growth > 16 B/request", "growth > 72 kB/h", "rss growth > 1 B/request",
                                 "errors > 1%"};
    for (size_t i = 0; i < 4; i++) {
        struct limit limit = {0};
        assert_int_equal(limit_parse(texts[i], &limit, NULL), 0);
        limits_take(&limits, &limit);
    }
    assert_near(thresholds_tightest(&limits, "live_bytes", false, 2), 10, 1e-9);
    assert_near(thresholds_tightest(&limits, "rss", false, 2), 1, 1e-9);
    assert_true(isnan(thresholds_tightest(&limits, "live_objects", true, 2)));
    limits_release(&limits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(growth),
        cmocka_unit_test(what_verdicts_are_worth),
        cmocka_unit_test(of_a_mix),
        cmocka_unit_test(errors_and_latency),
        cmocka_unit_test(looks_widen_the_intervals),
        cmocka_unit_test(an_endpoint_that_was_not_looked_at_keeps_nothing),
        cmocka_unit_test(the_tightest_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

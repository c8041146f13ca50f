/* What overturns a verdict, what undermines it, and what does neither: soaks made by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/soak_audit.h"
#include "numbers.h"

#define ROWS 20

/* One signal of live bytes that rises by 1,000 in each of 20 windows of 100 requests, and is called growth. */
struct made {
    struct soak soak;
    struct result result;
    struct growth_answer answer;
    double met[ROWS], settled[1];
};

static struct made *made_new(enum verdict verdict)
{
    struct made *made = xcalloc(1, sizeof *made);
    struct soak *soak = &made->soak;
    soak->result = &made->result;
    soak->deciders = (struct deciders){
        .items = {{.index = 0, .name = "live_bytes", .collected = true, .floor = 1, .quantum = 64}},
        .count = 1};
    levels_init(&soak->levels, 1);
    for (size_t i = 0; i < ROWS; i++)
        levels_add(&soak->levels, 100 * (double)i, (double)i, &(double){1e6 + 1000 * (double)i});
    soak->at.met = made->met;
    soak->at.settled = made->settled;
    made->settled[0] = 1e6 + 1000 * (double)ROWS;
    soak->readings = ROWS;
    made->answer = (struct growth_answer){
        .verdict = verdict, .per_request = 10, .interval = {9, 11}, .largest_step = 0.06};
    made->result.verdict = verdict;
    made->soak.idle.of_requests = verdict;
    result_say(&made->result.reason, "as it was");
    struct signal_result *signal = result_add_signal(&made->result, "live_bytes");
    signal->verdict = verdict;
    signal->interval = made->answer.interval;
    if (verdict == VERDICT_GROWTH)
        result_add_finding(&made->result);
    return made;
}

static void audit(struct made *made)
{
    soak_audit(&made->soak, &made->answer, NULL);
}

static void made_free(struct made *made)
{
    levels_release(&made->soak.levels);
    result_release(&made->result);
    free(made);
}

static void one_step(struct made *made)
{
    made->answer.largest_step = 0.7;
}

static void half_a_step(struct made *made)
{
    made->answer.largest_step = 0.4;
}

static void no_steps_known(struct made *made)
{
    made->answer.largest_step = (double)NAN;
}

static void falls_back(struct made *made)
{
    made->settled[0] = 1e6 + 2000;
}

static void falls_back_a_little(struct made *made)
{
    made->settled[0] = 1e6 + 12000;
}

static void still_falling(struct made *made)
{
    made->soak.trials.unsettled = 1;
}

static void often_replaced(struct made *made)
{
    static size_t cuts[8] = {2, 4, 6, 8, 10, 12, 14, 16};
    made->soak.levels.cuts = xmalloc(sizeof cuts);
    memcpy(made->soak.levels.cuts, cuts, sizeof cuts);
    made->soak.levels.cut_count = 8;
}

static void replaced_once(struct made *made)
{
    often_replaced(made);
    made->soak.levels.cut_count = 1;
}

static void mostly_gaps(struct made *made)
{
    made->soak.gaps = 15;
    made->soak.gap_why = (char *)"it answered 500";
}

static void one_gap(struct made *made)
{
    mostly_gaps(made);
    made->soak.gaps = 1;
}

static void readings_add(struct made *made)
{
    made->soak.deciders.items[0].per_read = 300;
}

static void readings_add_little(struct made *made)
{
    made->soak.deciders.items[0].per_read = 2;
}

static void readings_may_add(struct made *made)
{
    made->soak.at.null_missed = true;
    made->soak.at.read_s = 0.8;
}

static void requests_pile_up(struct made *made)
{
    for (size_t i = 0; i < ROWS; i++)
        made->met[i] = (double)i;
}

static void requests_met(struct made *made)
{
    for (size_t i = 0; i < ROWS; i++)
        made->met[i] = (double)(i % 3);
}

static void nothing(struct made *made)
{
    (void)made;
}

static const struct {
    enum verdict before;
    void (*happens)(struct made *made);
    enum verdict after;
    const char *says; /* in the reason where it is overturned, else in the caveat; NULL: nothing */
} rows[] = {
    {VERDICT_GROWTH, nothing, VERDICT_GROWTH, NULL},
    {VERDICT_GROWTH, one_step, VERDICT_INCONCLUSIVE, "one window of requests carries 70 %"},
    {VERDICT_GROWTH, half_a_step, VERDICT_GROWTH, "one window of requests carries 40 %"},
    {VERDICT_GROWTH, no_steps_known, VERDICT_GROWTH, NULL},
    {VERDICT_NO_GROWTH, one_step, VERDICT_NO_GROWTH, NULL},
    {VERDICT_GROWTH, falls_back, VERDICT_INCONCLUSIVE, "took back 89 % of what live_bytes rose by"},
    {VERDICT_GROWTH, falls_back_a_little, VERDICT_GROWTH, "took back 33 %"},
    {VERDICT_NO_GROWTH, falls_back, VERDICT_NO_GROWTH, NULL},
    {VERDICT_NO_GROWTH, still_falling, VERDICT_NO_GROWTH, "still fell at the last of six collections"},
    {VERDICT_GROWTH, often_replaced, VERDICT_INCONCLUSIVE, "replaced 8 times or more within 20 readings"},
    {VERDICT_NO_GROWTH, often_replaced, VERDICT_INCONCLUSIVE, "let workers live longer"},
    {VERDICT_GROWTH, replaced_once, VERDICT_GROWTH, NULL},
    {VERDICT_NO_GROWTH, mostly_gaps, VERDICT_INCONCLUSIVE, "15 of 20 readings while traffic flowed are gaps"},
    {VERDICT_NO_GROWTH, one_gap, VERDICT_NO_GROWTH, "1 of 20 readings while traffic flowed are gaps"},
    {VERDICT_GROWTH, readings_add, VERDICT_GROWTH,
     "each of our own readings adds 300 B to live_bytes: taken off"},
    {VERDICT_GROWTH, readings_add_little, VERDICT_GROWTH, NULL},
    {VERDICT_GROWTH, readings_may_add, VERDICT_GROWTH, "was not measured, since one takes 800 ms"},
    {VERDICT_NO_GROWTH, readings_may_add, VERDICT_NO_GROWTH, NULL},
    {VERDICT_GROWTH, requests_pile_up, VERDICT_GROWTH, "more and more requests under way"},
    {VERDICT_NO_GROWTH, requests_met, VERDICT_NO_GROWTH, NULL},
};

static bool says(const struct made *made, const char *part)
{
    bool overturned = made->result.verdict != made->answer.verdict;
    const struct strings *caveats = &made->result.caveats;
    if (part == NULL)
        return caveats->count == 0 && strcmp(made->result.reason, "as it was") == 0;
    if (overturned)
        return strstr(made->result.reason, part) != NULL;
    return caveats->count == 1 && strstr(caveats->items[0], part) != NULL &&
           strcmp(made->result.reason, "as it was") == 0;
}

static void test_every_audit(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct made *made = made_new(rows[i].before);
        rows[i].happens(made);
        audit(made);
        if (made->result.verdict != rows[i].after || !says(made, rows[i].says))
            fail_msg("row %zu: %s, \"%s\", %zu caveats: %s", i, verdict_name(made->result.verdict),
                     made->result.reason, made->result.caveats.count,
                     made->result.caveats.count > 0 ? made->result.caveats.items[0] : "");
        made_free(made);
    }
}

/* What was overturned keeps or crosses no limit. */
static void test_nothing_rests_on_what_was_overturned(void **state)
{
    (void)state;
    struct made *made = made_new(VERDICT_GROWTH);
    one_step(made);
    audit(made);
    assert_int_equal(made->result.finding_count, 0);
    assert_int_equal(made->result.signals[0].verdict, VERDICT_INCONCLUSIVE);
    assert_true(isnan(made->result.signals[0].interval.low));
    assert_true(isnan(made->result.signals[0].smallest_detectable));
    assert_true(isnan(made->result.confidence));
    made_free(made);
}

/* Noise that requests under way may be is said where the answer is that it is too uneven. */
static void test_requests_met_in_an_uneven_series(void **state)
{
    (void)state;
    struct made *made = made_new(VERDICT_INCONCLUSIVE);
    made->answer.shape = TREND_NOISY;
    requests_met(made);
    audit(made);
    assert_int_equal(made->result.caveats.count, 1);
    assert_non_null(
        strstr(made->result.caveats.items[0], "13 of 20 readings met up to 2 requests under way"));
    made_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_audit),
        cmocka_unit_test(test_nothing_rests_on_what_was_overturned),
        cmocka_unit_test(test_requests_met_in_an_uneven_series),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

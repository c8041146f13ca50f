/* Where an instance's memory begins anew, why, and the rows that are made of it: histories of a few steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/panel.h"
#include "analysis/stretches.h"
#include "histories.h"
#include "numbers.h"

#define MB 1e6
#define STEP_S 60.0

static void assert_stretch(const struct stretches *stretches, size_t i, size_t instance, size_t first,
                           size_t end, bool begun)
{
    assert_true(i < stretches->count);
    assert_int_equal(stretches->items[i].instance, instance);
    assert_int_equal(stretches->items[i].first, first);
    assert_int_equal(stretches->items[i].end, end);
    assert_int_equal(stretches->items[i].begun, begun);
}

static void assert_restart(const struct stretches *stretches, size_t i, size_t instance, size_t row,
                           enum restart_kind kind)
{
    assert_true(i < stretches->restart_count);
    assert_int_equal(stretches->restarts[i].instance, instance);
    assert_near(stretches->restarts[i].at_s, HISTORY_FROM_S + STEP_S * (double)row, 1e-3);
    assert_int_equal(stretches->restarts[i].kind, kind);
}

static void done(struct history *history, struct stretches *stretches)
{
    stretches_release(stretches);
    history_release(history);
}

static void test_nothing_begins_anew_in_nothing(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 0, STEP_S, 0);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count + stretches.restart_count, 0);
    stretches_release(&stretches);
    history_add(&history, "without rows");
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count + stretches.restart_count, 0);
    done(&history, &stretches);
    history_begin(&history, 100, STEP_S, 3);
    history_add(&history, "never seen");
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count + stretches.restart_count, 0);
    done(&history, &stretches);
}

static void test_one_that_runs_throughout_is_one_stretch(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "steady", 100 * MB);
    instance->memory[40] = instance->memory[41] = NAN;
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 1);
    assert_stretch(&stretches, 0, 0, 0, 100, false);
    assert_int_equal(stretches.restart_count, 0);
    done(&history, &stretches);
}

static void test_a_later_start_cuts(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "restarted", 100 * MB);
    instance->memory[59] = 110 * MB;
    history_level(&history, &instance->started, 0, 60, HISTORY_FROM_S - 5000);
    history_level(&history, &instance->started, 30, 60, HISTORY_FROM_S - 5000 + 60); /* two clocks */
    history_level(&history, &instance->started, 60, 100, HISTORY_FROM_S + 59 * STEP_S);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 2);
    assert_stretch(&stretches, 0, 0, 0, 60, false);
    assert_stretch(&stretches, 1, 0, 60, 100, true);
    assert_int_equal(stretches.restart_count, 1);
    assert_restart(&stretches, 0, 0, 60, RESTART_OTHER);
    assert_near(stretches.restarts[0].memory_bytes, 110 * MB, 0);
    done(&history, &stretches);
}

static void test_a_counter_of_restarts_cuts(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "counted", 100 * MB);
    history_level(&history, &instance->restarts, 0, 30, 2);
    history_level(&history, &instance->restarts, 30, 100, 3);
    history_level(&history, &instance->memory, 28, 32, NAN); /* it was down meanwhile */
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 2);
    assert_stretch(&stretches, 0, 0, 0, 28, false);
    assert_stretch(&stretches, 1, 0, 32, 100, true);
    assert_int_equal(stretches.restart_count, 1);
    assert_restart(&stretches, 0, 0, 32, RESTART_OTHER);
    done(&history, &stretches);
}

static void test_a_counter_that_begins_anew_is_no_restart(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "counted", 100 * MB);
    history_level(&history, &instance->restarts, 0, 30, 7);
    history_level(&history, &instance->restarts, 30, 100, 0);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 1);
    assert_int_equal(stretches.restart_count, 0);
    done(&history, &stretches);
}

static void test_a_fall_that_stays_is_a_restart(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "fell", 100 * MB);
    history_level(&history, &instance->memory, 50, 100, 60 * MB);
    history_steady(&history, "fell less", 100 * MB);
    history_level(&history, &history.instances[1].memory, 50, 100, 70 * MB);
    history_steady(&history, "has more", 110 * MB);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 4);
    assert_stretch(&stretches, 0, 0, 0, 50, false);
    assert_stretch(&stretches, 1, 0, 50, 100, true);
    assert_stretch(&stretches, 2, 1, 0, 100, false);
    assert_int_equal(stretches.restart_count, 1);
    assert_restart(&stretches, 0, 0, 50, RESTART_OTHER);
    done(&history, &stretches);
}

static void test_a_fall_that_recovers_is_none(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "dips", 100 * MB);
    instance->memory[50] = 10 * MB;
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 1);
    assert_int_equal(stretches.restart_count, 0);
    done(&history, &stretches);
}

/* The process is the same, so it is no restart; what it had is gone all the same. */
static void test_a_fall_of_a_process_that_goes_on_cuts_without_a_restart(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "flushed", 100 * MB);
    history_level(&history, &instance->started, 0, 100, HISTORY_FROM_S - 5000);
    history_level(&history, &instance->memory, 50, 100, 50 * MB);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 2);
    assert_stretch(&stretches, 1, 0, 50, 100, false);
    assert_int_equal(stretches.restart_count, 0);
    done(&history, &stretches);
}

static void test_long_gaps_cut_where_nothing_tells_what_happened(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 200, STEP_S, 0);
    struct history_instance *instance = history_steady(&history, "unseen", 100 * MB);
    history_level(&history, &instance->memory, 20, 45, NAN);   /* 26 minutes */
    history_level(&history, &instance->memory, 100, 140, NAN); /* 41 minutes */
    instance = history_steady(&history, "known", 100 * MB);
    history_level(&history, &instance->memory, 100, 140, NAN);
    history_level(&history, &instance->started, 0, 200, HISTORY_FROM_S - 5000);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 3);
    assert_stretch(&stretches, 0, 0, 0, 100, false);
    assert_stretch(&stretches, 1, 0, 140, 200, false);
    assert_stretch(&stretches, 2, 1, 0, 200, false);
    assert_int_equal(stretches.restart_count, 0);
    done(&history, &stretches);
}

static void test_instances_that_replace_others_are_a_deploy(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 300, STEP_S, 0);
    for (size_t i = 0; i < 3; i++)
        history_level(&history, &history_add(&history, "old")->memory, 0, 150 + i, 100 * MB);
    for (size_t i = 0; i < 3; i++)
        history_level(&history, &history_add(&history, "new")->memory, 149 + i, 300, 90 * MB);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 6);
    assert_stretch(&stretches, 0, 0, 0, 150, false);
    assert_stretch(&stretches, 3, 3, 149, 300, true);
    assert_int_equal(stretches.restart_count, 3);
    for (size_t i = 0; i < 3; i++)
        assert_restart(&stretches, i, i, 150 + i, RESTART_DEPLOY);
    done(&history, &stretches);
}

static void test_one_that_is_only_late_at_the_end_has_not_ended(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    history_level(&history, &history_add(&history, "late")->memory, 0, 96, 100 * MB);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 1);
    assert_stretch(&stretches, 0, 0, 0, 96, false);
    assert_int_equal(stretches.restart_count, 0);
    done(&history, &stretches);
}

static void test_what_was_there_before_does_not_begin(void **state)
{
    (void)state;
    struct history history;
    struct stretches stretches;
    history_begin(&history, 100, STEP_S, 0);
    struct history_instance *instance = history_add(&history, "was there");
    history_level(&history, &instance->memory, 20, 100, 100 * MB);
    history_level(&history, &instance->started, 0, 100, HISTORY_FROM_S - 5000);
    instance = history_add(&history, "begins");
    history_level(&history, &instance->memory, 20, 100, 100 * MB);
    history_level(&history, &instance->started, 0, 100, HISTORY_FROM_S + 19 * STEP_S);
    stretches_find(&history, NAN, &stretches);
    assert_int_equal(stretches.count, 2);
    assert_stretch(&stretches, 0, 0, 20, 100, false);
    assert_stretch(&stretches, 1, 1, 20, 100, true);
    done(&history, &stretches);
}

/* Five instances, of which the first restarts at row 50 with so much. */
static void make_full(struct history *history, double bytes)
{
    history_begin(history, 100, STEP_S, 0);
    for (size_t i = 0; i < 5; i++)
        history_steady(history, "one", 60 * MB);
    history_level(history, &history->instances[0].memory, 40, 50, bytes);
    history_level(history, &history->instances[0].restarts, 0, 50, 0);
    history_level(history, &history->instances[0].restarts, 50, 100, 1);
}

static enum restart_kind kind_of(struct history *history, double limit)
{
    struct stretches stretches;
    stretches_find(history, limit, &stretches);
    assert_int_equal(stretches.restart_count, 1);
    enum restart_kind kind = stretches.restarts[0].kind;
    stretches_release(&stretches);
    return kind;
}

static void test_a_restart_near_the_limit_is_due_to_memory(void **state)
{
    (void)state;
    static const struct {
        double memory, own, asked; /* MB; 0: not known */
        enum restart_kind kind;
    } cases[] = {
        {95, 100, 0, RESTART_MEMORY},
        {85, 100, 0, RESTART_OTHER},
        {95, 0, 100, RESTART_MEMORY},
        {85, 0, 100, RESTART_OTHER},
        {95, 200, 100, RESTART_OTHER},
        {95, 100, 200, RESTART_MEMORY},
        {95, 0, 0, RESTART_MEMORY} /* far above the others */,
        {65, 0, 0, RESTART_OTHER},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct history history;
        make_full(&history, cases[i].memory * MB);
        if (cases[i].own > 0) /* as last told before */
            history_level(&history, &history.instances[0].limit, 0, 30, cases[i].own * MB);
        enum restart_kind kind = kind_of(&history, cases[i].asked > 0 ? cases[i].asked * MB : (double)NAN);
        if (kind != cases[i].kind)
            fail_msg("case %zu: %d", i, (int)kind);
        history_release(&history);
    }
}

static void test_a_limit_of_zero_is_none(void **state)
{
    (void)state;
    struct history history;
    make_full(&history, 65 * MB);
    history_level(&history, &history.instances[0].limit, 0, 100, 0);
    assert_int_equal(kind_of(&history, NAN), RESTART_OTHER);
    assert_int_equal(kind_of(&history, 70 * MB), RESTART_MEMORY);
    history_release(&history);
}

static void restart_at(struct history *history, size_t instance, size_t row)
{
    struct history_instance *one = &history->instances[instance];
    double before = one->restarts != NULL ? one->restarts[history->rows - 1] : 0;
    if (one->restarts == NULL)
        history_level(history, &one->restarts, 0, history->rows, 0);
    history_level(history, &one->restarts, row, history->rows, before + 1);
}

static void make_steady(struct history *history, size_t instances)
{
    history_begin(history, 400, STEP_S, 0);
    for (size_t i = 0; i < instances; i++)
        history_steady(history, "one", 100 * MB);
}

static void assert_all(struct history *history, size_t restarts, enum restart_kind kind)
{
    struct stretches stretches;
    stretches_find(history, NAN, &stretches);
    assert_int_equal(stretches.restart_count, restarts);
    for (size_t i = 0; i < restarts; i++) {
        assert_int_equal(stretches.restarts[i].kind, kind);
        assert_true(i == 0 || stretches.restarts[i - 1].at_s <= stretches.restarts[i].at_s);
    }
    stretches_release(&stretches);
    history_release(history);
}

static void test_half_of_the_instances_within_half_an_hour_are_a_deploy(void **state)
{
    (void)state;
    struct history history;
    make_steady(&history, 8); /* one after the other, the last first */
    for (size_t i = 0; i < 4; i++)
        restart_at(&history, i, 200 - 5 * i);
    assert_all(&history, 4, RESTART_DEPLOY);
    make_steady(&history, 8);
    for (size_t i = 0; i < 3; i++)
        restart_at(&history, i, 200 - 5 * i);
    assert_all(&history, 3, RESTART_OTHER);
    make_steady(&history, 4); /* an hour apart */
    for (size_t i = 0; i < 4; i++)
        restart_at(&history, i, 300 - 60 * i);
    assert_all(&history, 4, RESTART_OTHER);
}

static void test_one_that_restarts_again_and_again_is_no_deploy(void **state)
{
    (void)state;
    struct history history;
    for (size_t instances = 1; instances <= 4; instances++) {
        make_steady(&history, instances);
        for (size_t i = 0; i < 3; i++)
            restart_at(&history, 0, 200 + 5 * i);
        assert_all(&history, 3, RESTART_OTHER);
    }
}

/* Of the panel: one instance, one endpoint that gets 10 requests in each step. */
static void make_rows(struct history *history, size_t rows)
{
    history_begin(history, rows, STEP_S, 1);
    struct history_instance *instance = history_steady(history, "one", 100 * MB);
    for (size_t row = 0; row < rows; row++)
        instance->requests[row] = 10;
}

static void panel_of(const struct history *history, struct panel *panel)
{
    struct stretches stretches;
    stretches_find(history, NAN, &stretches);
    panel_init(panel, history, &stretches);
    stretches_release(&stretches);
}

static void test_rows_of_a_stretch(void **state)
{
    (void)state;
    struct history history;
    struct panel panel;
    make_rows(&history, 1200);
    history.instances[0].requests[130] = 40;
    history.instances[0].requests[131] = NAN;
    panel_of(&history, &panel);
    assert_int_equal(panel.piece_count, 1);
    assert_near(panel.row_s, 120, 0); /* 600 of them; an hour of the start is left out */
    assert_int_equal(panel.rows, 570);
    assert_near(panel.pieces[0].warm_s, 3600, 0);
    assert_near(panel.at_s[0], 3630, 1e-9);
    assert_near(panel.requests[0], 10, 1e-9);
    assert_near(panel.rates[0], 1.0 / 6, 1e-9);
    assert_near(panel.rates[35], 40.0 / 120, 1e-9);
    assert_near(panel.peaks[35], 40.0 / 60, 1e-9);
    assert_near(panel.requests[36], 35 * 20 + 40 + 10, 1e-9);
    assert_near(panel.memory[569], 100 * MB, 0);
    assert_near(panel.totals[0], 569 * 20 + 40, 1e-6);
    panel_release(&panel);
    history_release(&history);
}

static void test_rows_without_memory_part_a_stretch(void **state)
{
    (void)state;
    struct history history;
    struct panel panel;
    make_rows(&history, 300);
    struct history_instance *instance = &history.instances[0];
    history_level(&history, &instance->started, 0, 300, HISTORY_FROM_S - 5000);
    history_level(&history, &instance->memory, 100, 102, NAN); /* passed over */
    history_level(&history, &instance->memory, 150, 200, NAN);
    history_level(&history, &instance->memory, 205, 250, NAN); /* 5 rows between: too few */
    panel_of(&history, &panel);
    assert_int_equal(panel.piece_count, 2);
    assert_int_equal(panel.pieces[0].count, 150 - 30 - 2);
    assert_near(panel.requests[0], 5, 1e-9);
    assert_near(panel.requests[117], 1195, 1e-9); /* those of the rows that were passed over too */
    assert_int_equal(panel.pieces[1].count, 50);
    assert_near(panel.requests[panel.pieces[1].first], 5, 1e-9);
    assert_near(panel.pieces[1].warm_s, 250 * 60, 1e-9);
    panel_release(&panel);
    history_release(&history);
}

static void test_short_stretches_make_no_rows(void **state)
{
    (void)state;
    struct history history;
    struct panel panel;
    make_rows(&history, PANEL_LEAST); /* of which one is warm-up */
    panel_of(&history, &panel);
    assert_int_equal(panel.piece_count + panel.rows, 0);
    assert_near(panel.row_s, 60, 0);
    assert_near(panel.totals[0], 0, 0);
    panel_release(&panel);
    history_release(&history);
    history_begin(&history, 0, STEP_S, 0);
    panel_of(&history, &panel);
    assert_int_equal(panel.rows, 0);
    assert_near(panel.row_s, 60, 0);
    panel_release(&panel);
    history_release(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_nothing_begins_anew_in_nothing),
        cmocka_unit_test(test_one_that_runs_throughout_is_one_stretch),
        cmocka_unit_test(test_a_later_start_cuts),
        cmocka_unit_test(test_a_counter_of_restarts_cuts),
        cmocka_unit_test(test_a_counter_that_begins_anew_is_no_restart),
        cmocka_unit_test(test_a_fall_that_stays_is_a_restart),
        cmocka_unit_test(test_a_fall_that_recovers_is_none),
        cmocka_unit_test(test_a_fall_of_a_process_that_goes_on_cuts_without_a_restart),
        cmocka_unit_test(test_long_gaps_cut_where_nothing_tells_what_happened),
        cmocka_unit_test(test_instances_that_replace_others_are_a_deploy),
        cmocka_unit_test(test_one_that_is_only_late_at_the_end_has_not_ended),
        cmocka_unit_test(test_what_was_there_before_does_not_begin),
        cmocka_unit_test(test_a_restart_near_the_limit_is_due_to_memory),
        cmocka_unit_test(test_a_limit_of_zero_is_none),
        cmocka_unit_test(test_half_of_the_instances_within_half_an_hour_are_a_deploy),
        cmocka_unit_test(test_one_that_restarts_again_and_again_is_no_deploy),
        cmocka_unit_test(test_rows_of_a_stretch),
        cmocka_unit_test(test_rows_without_memory_part_a_stretch),
        cmocka_unit_test(test_short_stretches_make_no_rows),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

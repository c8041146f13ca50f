/* Which level a soak takes of a reading, and where it cuts its series. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/soak_state.h"
#include "flow/trials_shared.h"
#include "numbers.h"

#define MIB 1048576.0

/* A soak that watches this very process. RSS is signal 0; `heap` is one of the service's that is read after a collection,
 * `started` says when it began. */
struct made {
    struct service service;
    struct signal_spec specs[2];
    struct soak soak;
    size_t heap, started;
    double *values;
};

static struct made *made_new(void)
{
    struct err err = {0};
    struct made *made = xcalloc(1, sizeof *made);
    struct soak *soak = &made->soak;
    made->specs[0] = (struct signal_spec){.name = (char *)"live_bytes", .url = (char *)"/heap"};
    made->specs[0].source = SIGNAL_POINTER;
    made->specs[0].pointer = (char *)"/live_bytes";
    made->specs[1] =
        (struct signal_spec){.name = (char *)"began", .url = (char *)"/metrics", .unit = UNIT_OTHER};
    made->specs[1].source = SIGNAL_METRIC;
    made->specs[1].metric = (char *)"process_start_time_seconds";
    made->service.signals = made->specs;
    made->service.signal_count = 2;
    soak->service = &made->service;
    soak->trials.shared = trials_shared_new(&soak->trials.options, 1);
    soak->trials.loop = loop_new(&err);
    soak->trials.watch = watch_new(&made->service, soak->trials.loop, &err);
    if (soak->trials.watch == NULL)
        fail_msg("%s", err.message);
    watch_attach(soak->trials.watch, &(struct watched){.pid = getpid()});
    size_t count = watch_count(soak->trials.watch);
    made->heap = count - 2, made->started = count - 1;
    made->values = xcalloc(count, sizeof(double));
    soak->trials.now_values = xcalloc(count, sizeof(double));
    soak->trials.first_values = xcalloc(count, sizeof(double));
    soak->trials.needed = xcalloc(count, sizeof(bool));
    soak->trials.goes_on_replaced = true;
    for (size_t i = 0; i < count; i++)
        soak->trials.now_values[i] = made->values[i] = soak->trials.first_values[i] = NAN;
    soak->deciders = (struct deciders){.items = {decider_rss(soak->trials.watch)}, .count = 1};
    levels_init(&soak->levels, count);
    soak_readings_init(soak);
    return made;
}

static void made_free(struct made *made)
{
    struct soak *soak = &made->soak;
    soak_readings_release(soak);
    levels_release(&soak->levels);
    watch_free(soak->trials.watch);
    loop_free(soak->trials.loop);
    trials_shared_free(soak->trials.shared);
    free(soak->trials.now_values);
    free(soak->trials.first_values);
    free(soak->trials.needed);
    free(made->values);
    free(made);
}

/* What the ticks saw; then a reading, at which the signal stands at the last of them. */
static void see(struct made *made, size_t signal, const double *values, size_t count)
{
    struct soak *soak = &made->soak;
    for (size_t i = 0; i < count; i++) {
        soak->trials.tick_ns++;
        soak->trials.now_values[signal] = values[i];
        soak_sample(soak);
        soak_sample(soak); /* the same tick again is nothing new */
    }
    soak->at.raw[signal] = values[count - 1];
}

static double level(const struct made *made, size_t row, size_t signal)
{
    return made->soak.levels.values[row * made->soak.levels.signal_count + signal];
}

static void test_what_is_not_collected_is_taken_at_its_trough(void **state)
{
    (void)state;
    struct made *made = made_new();
    const double saw[] = {10 * MIB, 30 * MIB, 50 * MIB, 20 * MIB, 40 * MIB, 60 * MIB};
    see(made, made->heap, saw, 6);
    see(made, 0, saw, 6);
    made->values[0] = 65 * MIB; /* pooled: not the sum that the ticks see */
    made->values[made->heap] = 7 * MIB;
    soak_take_row(&made->soak, made->values, true);
    assert_near(level(made, 0, 0), 25 * MIB, 0); /* 40 MiB above the trough of the latter half */
    assert_near(level(made, 0, made->heap), 7 * MIB, 0);
    see(made, 0, (double[]){90 * MIB}, 1); /* another window */
    made->values[0] = 90 * MIB;
    soak_take_row(&made->soak, made->values, true);
    assert_near(level(made, 1, 0), 90 * MIB, 0);
    assert_int_equal(made->soak.levels.cut_count, 0);
    made_free(made);
}

static void test_a_replaced_worker_cuts(void **state)
{
    (void)state;
    struct made *made = made_new();
    const double saw[] = {10 * MIB, 5 * MIB, 60 * MIB};
    made->values[0] = 60 * MIB;
    soak_take_row(&made->soak, made->values, true);
    made->soak.trials.replaced++;
    see(made, 0, saw, 3);
    soak_take_row(&made->soak, made->values, true);
    assert_near(level(made, 1, 0), 60 * MIB,
                0); /* what was seen of another process is no trough of this one */
    soak_take_row(&made->soak, made->values, true);
    assert_int_equal(made->soak.levels.cut_count, 1);
    assert_int_equal(made->soak.levels.cuts[0], 1);
    made_free(made);
}

/* One in four at most is left out; where most meet some, all are taken. */
static void test_a_reading_that_met_requests_is_left_out(void **state)
{
    (void)state;
    struct made *made = made_new();
    struct soak *soak = &made->soak;
    for (size_t i = 0; i < 16; i++) {
        soak->at.under_way = i % 8 == 7 ? 5 : 0;
        soak_take_row(soak, made->values, true);
    }
    assert_int_equal(soak->levels.count, 14);
    assert_int_equal(soak->at.left_out, 2);
    for (size_t i = 0; i < 100; i++) {
        soak->at.under_way = 5;
        soak_take_row(soak, made->values, true);
    }
    assert_int_equal(soak->levels.count, 14 + 100 - 2); /* 14 that met none allow for 4 */
    made_free(made);
}

static void test_warming_up_leaves_no_rows(void **state)
{
    (void)state;
    struct made *made = made_new();
    soak_take_row(&made->soak, made->values, false);
    assert_int_equal(made->soak.levels.count, 0);
    made_free(made);
}

/* Nobody sees the pid, but the service says when it began: what was live before is no measure any more. */
static void test_a_start_time_that_changes_cuts(void **state)
{
    (void)state;
    struct made *made = made_new();
    struct soak *soak = &made->soak;
    soak->trials.needed[made->heap] = true;
    const double rows[][2] = {
        {9 * MIB, 1000}, {9 * MIB, 1000}, {2 * MIB, 2000}, {2 * MIB, NAN}, {2 * MIB, 2000}};
    for (size_t i = 0; i < 5; i++) {
        made->values[made->heap] = rows[i][0];
        made->values[made->started] = rows[i][1];
        assert_int_equal(soak_check_target(soak, made->values), 0);
        soak_take_row(soak, made->values, true);
    }
    assert_int_equal(soak->at.restarts, 1);
    assert_int_equal(soak->levels.cut_count, 1);
    assert_int_equal(soak->levels.cuts[0], 2);
    made->values[made->heap] = MIB / 2;
    assert_int_equal(soak_check_target(soak, made->values), -1); /* a fall that nobody explains */
    assert_int_equal(soak->trials.halt, HALT_TARGET);
    made_free(made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_not_collected_is_taken_at_its_trough),
        cmocka_unit_test(test_a_replaced_worker_cuts),
        cmocka_unit_test(test_a_reading_that_met_requests_is_left_out),
        cmocka_unit_test(test_warming_up_leaves_no_rows),
        cmocka_unit_test(test_a_start_time_that_changes_cuts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

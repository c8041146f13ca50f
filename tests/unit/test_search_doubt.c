/* One wrong or unclear answer at a time, in services that are otherwise measured right: what a hunt makes of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "search_drive.h"

/* Ten endpoints with one defect. */
static struct world service(enum kind kind, size_t count)
{
    return (struct world){.n = 10,
                          .seed = 7,
                          .live = true,
                          .restartable = true,
                          .defects = {{kind, count, {3, 6, 8}}},
                          .defect_count = count > 0 ? 1 : 0};
}

struct hunted {
    struct search *search;
    struct search_state state;
    struct log log;
};

static struct hunted *hunt(const struct world *world)
{
    struct hunted *hunted = xcalloc(1, sizeof *hunted);
    hunted->search = search_of(world);
    go_on(world, hunted->search, 1, ASKED_MOST, NULL, &hunted->log);
    hunted->state = search_state(hunted->search);
    assert_true(hunted->state.ended);
    return hunted;
}

static void release(struct hunted *hunted)
{
    log_release(&hunted->log);
    search_free(hunted->search);
    free(hunted);
}

/* Questions whose identity begins so. */
static size_t asked(const struct hunted *hunted, const char *begin)
{
    size_t count = 0;
    for (size_t i = 0; i < hunted->log.count; i++)
        count += text_starts_with(hunted->log.entries[i].identity, begin);
    return count;
}

static const struct search_finding *only_finding(const struct hunted *hunted, enum found found, size_t count)
{
    assert_int_equal(hunted->state.finding_count, 1);
    assert_int_equal(hunted->state.findings[0].found, found);
    assert_int_equal(hunted->state.findings[0].count, count);
    return &hunted->state.findings[0];
}

static void a_leak_that_seems_flat_alone_is_asked_again(void **state)
{
    (void)state;
    struct world world = service(LEAK, 1);
    world.scripted[0] = (struct scripted){"alone 3", TOLD_FLAT};
    struct hunted *hunted = hunt(&world);
    assert_true(only_finding(hunted, FOUND_ALONE, 1)->isolated);
    assert_int_equal(asked(hunted, "partner"), 1);
    assert_int_equal(asked(hunted, "alone 3 #1"), 1);
    release(hunted);
}

static void growth_that_nothing_bears_out_is_taken_back(void **state)
{
    (void)state;
    struct world world = service(BOUNDED, 1);
    world.scripted[0] = (struct scripted){"solo 3", TOLD_GROWS};
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.standings[3], STANDING_BOUNDED);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    assert_int_equal(asked(hunted, "rest"), 2); /* the second with it */
    release(hunted);
}

static void growth_that_comes_again_is_kept_though_nothing_bears_it_out(void **state)
{
    (void)state;
    struct world world = service(BOUNDED, 1);
    world.scripted[0] = (struct scripted){"solo 3", TOLD_GROWS};
    world.scripted[1] = (struct scripted){"solo 3 #10", TOLD_GROWS};
    struct hunted *hunted = hunt(&world);
    assert_false(only_finding(hunted, FOUND_IN_MIX, 1)->isolated);
    release(hunted);
}

static void a_latched_pair_grows_in_its_long_solo(void **state)
{
    (void)state;
    struct world world = service(LATCHED, 2);
    struct hunted *hunted = hunt(&world);
    const struct search_finding *finding = only_finding(hunted, FOUND_LATCHED, 2);
    assert_int_equal(finding->members[0], 3);
    assert_int_equal(finding->suspect, 6);
    assert_string_equal(finding->measured, "solo 6");
    assert_int_equal(hunted->state.standings[3], STANDING_FOUND);
    assert_int_equal(asked(hunted, "rest"), 1);
    assert_int_equal(asked(hunted, "set"), 0);
    release(hunted);
}

static void a_partner_that_is_none_is_left_out(void **state)
{
    (void)state;
    struct world world = service(LATCHED, 2);
    world.scripted[0] = (struct scripted){"after 6 of 3", TOLD_FLAT};
    struct hunted *hunted = hunt(&world);
    only_finding(hunted, FOUND_LATCHED, 2);
    assert_int_equal(asked(hunted, "after 6 of 3 #1"), 1);
    release(hunted);
}

static void a_consumed_pair_with_calls_left_is_no_single(void **state)
{
    (void)state;
    struct world world = service(PAYS_LEFT, 2);
    struct hunted *hunted = hunt(&world);
    const struct search_finding *finding = only_finding(hunted, FOUND_TOGETHER, 2);
    assert_int_equal(finding->order, ORDER_PAYS);
    assert_int_equal(finding->members[0], 3);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    assert_int_equal(asked(hunted, "solo 6 #10"), 1);
    release(hunted);
}

static void a_consumed_pair_that_the_screen_flags_is_found_by_sets(void **state)
{
    (void)state;
    struct world world = service(PAYS, 2);
    world.scripted[0] = (struct scripted){"screen 6", TOLD_GROWS};
    struct hunted *hunted = hunt(&world);
    only_finding(hunted, FOUND_TOGETHER, 2);
    assert_int_equal(asked(hunted, "solo"), 1);
    release(hunted);
}

/* Its rest stays what it was: the window was out of it. */
static void a_window_that_the_hold_shows_is_no_finding(void **state)
{
    (void)state;
    struct world world = service(WINDOW_LATE, 1);
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.standings[3], STANDING_BOUNDED);
    assert_true(hunted->state.rest_checked);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    assert_int_equal(asked(hunted, "rest"), 1);
    release(hunted);
}

/* Once the hold has said so, nothing more is measured of it. */
static void a_window_is_not_looked_at_alone(void **state)
{
    (void)state;
    struct world world = service(WINDOW_LATE, 1);
    struct search *search = search_of(&world);
    struct log log = {.count = 0};
    answer_identity(&world, search, "hold 3", NULL);
    go_on(&world, search, 1, ASKED_MOST, NULL, &log);
    for (size_t i = 0; i < log.count; i++)
        assert_true(log.entries[i].ask != ASK_ALONE && log.entries[i].ask != ASK_SITES);
    assert_int_equal(search_state(search).finding_count, 0);
    log_release(&log);
    search_free(search);
}

static void a_window_that_the_long_solo_shows_is_out_of_the_rest(void **state)
{
    (void)state;
    struct world world = service(WINDOW_SOON, 1);
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(asked(hunted, "rest of 3"), 1);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    release(hunted);
}

/* The last of them was bounded by itself, the first flat: they stay what they were, out of the rest. */
static void a_set_that_was_a_window_is_no_finding(void **state)
{
    (void)state;
    struct world world = service(WINDOW_TOGETHER, 2);
    struct hunted *hunted = hunt(&world);
    assert_int_equal(asked(hunted, "hold of 3,6"), 1);
    assert_int_equal(asked(hunted, "rest of 3,6"), 1);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.standings[3], STANDING_CLEAR);
    assert_int_equal(hunted->state.standings[6], STANDING_BOUNDED);
    assert_true(hunted->state.left_out[3] && hunted->state.left_out[6] && !hunted->state.left_out[5]);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    release(hunted);
}

/* A rest that is flat without it says nothing of it. */
static void what_was_unclear_in_such_a_set_stays_unclear(void **state)
{
    (void)state;
    struct world world = service(WINDOW_TOGETHER, 2);
    world.scripted[0] = (struct scripted){"screen 3", TOLD_UNCLEAR};
    world.scripted[1] = (struct scripted){"screen_longer 3", TOLD_UNCLEAR};
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.standings[3], STANDING_UNKNOWN);
    assert_true(hunted->state.left_out[3]);
    release(hunted);
}

static void a_set_that_stays_or_cannot_be_held_is_found(void **state)
{
    (void)state;
    static const enum told told[] = {TOLD_GROWS, TOLD_UNCLEAR};
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++) {
        struct world world = service(PAYS, 2);
        world.scripted[0] = (struct scripted){"hold of 3,6", told[i]};
        struct hunted *hunted = hunt(&world);
        const struct search_finding *finding = only_finding(hunted, FOUND_TOGETHER, 2);
        assert_int_equal(finding->held, told[i] == TOLD_GROWS);
        assert_int_equal(asked(hunted, "hold"), 1);
        release(hunted);
    }
}

/* It is not waited for before it is named, and before the rest without it was looked at. */
static void a_set_is_held_last(void **state)
{
    (void)state;
    struct world world = service(JOINT, 3);
    struct hunted *hunted = hunt(&world);
    size_t rest = 0, hold = 0;
    for (size_t i = 0; i < hunted->log.count; i++) {
        rest = strcmp(hunted->log.entries[i].identity, "rest of 3,6,8") == 0 ? i : rest;
        hold = strcmp(hunted->log.entries[i].identity, "hold of 3,6,8") == 0 ? i : hold;
    }
    assert_in_range(rest, 1, hold - 1);
    release(hunted);
}

/* RSS: its trial on a fresh server says so itself, once. */
static void a_set_that_was_a_window_by_rss_is_no_finding(void **state)
{
    (void)state;
    struct world world = service(WINDOW_TOGETHER, 2);
    world.live = false;
    struct hunted *hunted = hunt(&world);
    assert_int_equal(asked(hunted, "joint of 3,6"), 1);
    assert_int_equal(asked(hunted, "hold"), 0);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    release(hunted);
}

/* What the screen and the long solo missed: the rest says that it is there. */
static void a_window_that_only_the_rest_shows_is_taken_out_of_it(void **state)
{
    (void)state;
    struct world world = service(WINDOW_SOON, 1);
    world.scripted[0] = (struct scripted){"screen 3", TOLD_FLAT};
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    assert_int_equal(asked(hunted, "rest"), 2);
    release(hunted);
}

/* It says nothing against what was found, clears nobody, and is no reason to look for sets. */
static void a_rest_that_does_not_settle_ends_the_hunt(void **state)
{
    (void)state;
    struct world world = service(LEAK, 1);
    world.scripted[0] = (struct scripted){"rest of 3", TOLD_UNCLEAR};
    world.scripted[1] = (struct scripted){"screen 5", TOLD_UNCLEAR};
    world.scripted[2] = (struct scripted){"screen_longer 5", TOLD_UNCLEAR};
    struct hunted *hunted = hunt(&world);
    assert_true(only_finding(hunted, FOUND_ALONE, 1)->isolated);
    assert_true(hunted->state.rest_checked);
    assert_int_equal(hunted->state.rest, TOLD_UNCLEAR);
    assert_int_equal(hunted->state.standings[5], STANDING_UNKNOWN);
    assert_int_equal(asked(hunted, "set"), 0);
    release(hunted);
}

static void a_rest_that_no_set_explains_is_measured_again(void **state)
{
    (void)state;
    struct world world = service(LEAK, 0);
    world.scripted[0] = (struct scripted){"rest", TOLD_GROWS};
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.rest, TOLD_FLAT);
    assert_int_equal(asked(hunted, "rest #1"), 1);
    release(hunted);
}

static void growth_that_cannot_be_named_is_said(void **state)
{
    (void)state;
    struct world world = service(LEAK, 0);
    world.scripted[0] = (struct scripted){"rest", TOLD_GROWS};
    world.scripted[1] = (struct scripted){"rest #1", TOLD_GROWS};
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.rest, TOLD_GROWS);
    assert_int_equal(asked(hunted, "rest"), 2);
    release(hunted);
}

static void a_set_that_seems_flat_alone_is_asked_again(void **state)
{
    (void)state;
    struct world world = service(JOINT, 3);
    world.scripted[0] = (struct scripted){"joint of 3,6,8", TOLD_FLAT};
    struct hunted *hunted = hunt(&world);
    assert_string_equal(only_finding(hunted, FOUND_TOGETHER, 3)->measured, "joint of 3,6,8 #1");
    release(hunted);
}

/* Twice flat alone, and twice named by sets that were measured anew. */
static void a_set_that_is_named_again_is_asked_again(void **state)
{
    (void)state;
    struct world world = service(JOINT, 2);
    world.scripted[0] = (struct scripted){"joint of 3,6", TOLD_UNCLEAR};
    world.scripted[1] = (struct scripted){"joint of 3,6 #1", TOLD_FLAT};
    struct hunted *hunted = hunt(&world);
    assert_string_equal(only_finding(hunted, FOUND_TOGETHER, 2)->measured, "joint of 3,6 #2");
    assert_int_equal(asked(hunted, "rest"), 3);
    release(hunted);
}

/* What was not exercised is neither cleared nor bounded, and no more is asked of it. */
static void what_is_out_in_a_later_step_is_not_cleared(void **state)
{
    (void)state;
    static const struct scripted steps[][2] = {
        {{"screen 3", TOLD_OUT}, {NULL, TOLD_FLAT}},
        {{"screen 3", TOLD_UNCLEAR}, {"screen_longer 3", TOLD_OUT}},
        {{"solo 3", TOLD_OUT}, {NULL, TOLD_FLAT}},
    };
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct world world = service(BOUNDED, 1);
        memcpy(world.scripted, steps[i], sizeof steps[i]);
        struct hunted *hunted = hunt(&world);
        assert_int_equal(hunted->state.standings[3], STANDING_OUT);
        assert_int_equal(hunted->state.finding_count, 0);
        assert_int_equal(asked(hunted, "solo"), i == 2);
        release(hunted);
    }
}

/* On a fresh server it needs what others do first: that proves nothing against it. */
static void what_is_out_alone_stays_found(void **state)
{
    (void)state;
    struct world world = service(LEAK, 1);
    world.scripted[0] = (struct scripted){"alone 3", TOLD_OUT};
    world.scripted[1] = (struct scripted){"hold 3", TOLD_OUT};
    struct hunted *hunted = hunt(&world);
    const struct search_finding *finding = only_finding(hunted, FOUND_ALONE, 1);
    assert_false(finding->isolated);
    assert_false(finding->held);
    assert_int_equal(asked(hunted, "partner"), 0);
    release(hunted);
}

static void a_partner_that_is_out_is_not_shown(void **state)
{
    (void)state;
    static const char *const steps[] = {"partner 6", "after 6 of 3"};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct world world = service(LATCHED, 2);
        world.scripted[0] = (struct scripted){steps[i], TOLD_OUT};
        struct hunted *hunted = hunt(&world);
        assert_int_equal(only_finding(hunted, FOUND_IN_MIX, 1)->suspect, 6);
        assert_int_equal(asked(hunted, steps[i]), 1);
        release(hunted);
    }
}

static void a_set_or_a_rest_that_is_out_shows_nothing(void **state)
{
    (void)state;
    struct world world = service(JOINT, 2);
    world.scripted[0] = (struct scripted){"joint of 3,6", TOLD_OUT};
    world.scripted[1] = (struct scripted){"joint of 3,6 #2", TOLD_OUT};
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.finding_count, 0);
    assert_int_equal(hunted->state.rest, TOLD_GROWS);
    assert_int_equal(asked(hunted, "joint"), 2);
    release(hunted);
    world.scripted[0] = (struct scripted){"rest", TOLD_OUT};
    hunted = hunt(&world);
    assert_false(hunted->state.rest_checked);
    release(hunted);
}

/* No block is longer than a long solo: what that left open is for the rest to clear. */
static void what_its_long_solo_left_open_is_not_screened_again(void **state)
{
    (void)state;
    struct world world = service(BOUNDED, 1);
    world.scripted[0] = (struct scripted){"solo 3", TOLD_UNCLEAR};
    struct hunted *hunted = hunt(&world);
    assert_int_equal(hunted->state.standings[3], STANDING_UNKNOWN);
    assert_int_equal(asked(hunted, "screen_longer"), 0);
    assert_int_equal(asked(hunted, "solo"), 1);
    release(hunted);
}

static void two_that_grow_after_each_other_are_one_finding(void **state)
{
    (void)state;
    struct world world = service(LATCHED_EITHER, 2);
    struct hunted *hunted = hunt(&world);
    assert_int_equal(only_finding(hunted, FOUND_LATCHED, 2)->order, ORDER_EITHER);
    release(hunted);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_leak_that_seems_flat_alone_is_asked_again),
        cmocka_unit_test(growth_that_nothing_bears_out_is_taken_back),
        cmocka_unit_test(growth_that_comes_again_is_kept_though_nothing_bears_it_out),
        cmocka_unit_test(a_latched_pair_grows_in_its_long_solo),
        cmocka_unit_test(a_partner_that_is_none_is_left_out),
        cmocka_unit_test(a_consumed_pair_with_calls_left_is_no_single),
        cmocka_unit_test(a_consumed_pair_that_the_screen_flags_is_found_by_sets),
        cmocka_unit_test(a_window_that_the_hold_shows_is_no_finding),
        cmocka_unit_test(a_window_is_not_looked_at_alone),
        cmocka_unit_test(a_window_that_the_long_solo_shows_is_out_of_the_rest),
        cmocka_unit_test(a_window_that_only_the_rest_shows_is_taken_out_of_it),
        cmocka_unit_test(a_set_that_was_a_window_is_no_finding),
        cmocka_unit_test(what_was_unclear_in_such_a_set_stays_unclear),
        cmocka_unit_test(a_set_that_stays_or_cannot_be_held_is_found),
        cmocka_unit_test(a_set_is_held_last),
        cmocka_unit_test(a_set_that_was_a_window_by_rss_is_no_finding),
        cmocka_unit_test(a_rest_that_does_not_settle_ends_the_hunt),
        cmocka_unit_test(a_rest_that_no_set_explains_is_measured_again),
        cmocka_unit_test(growth_that_cannot_be_named_is_said),
        cmocka_unit_test(a_set_that_seems_flat_alone_is_asked_again),
        cmocka_unit_test(a_set_that_is_named_again_is_asked_again),
        cmocka_unit_test(what_is_out_in_a_later_step_is_not_cleared),
        cmocka_unit_test(what_is_out_alone_stays_found),
        cmocka_unit_test(a_partner_that_is_out_is_not_shown),
        cmocka_unit_test(a_set_or_a_rest_that_is_out_shows_nothing),
        cmocka_unit_test(what_its_long_solo_left_open_is_not_screened_again),
        cmocka_unit_test(two_that_grow_after_each_other_are_one_finding),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What is said of made-up fleets whose truth is known; tests/bench/suspects has the hard ones. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "analysis/suspects.h"
#include "histories.h"
#include "numbers.h"

#define DAY_S 86400.0
#define MB 1e6

/* Nothing grows in it. */
static struct made_fleet calm(uint64_t seed)
{
    return (struct made_fleet){.seed = seed,
                               .endpoints = 6,
                               .instances = 3,
                               .days = 10,
                               .step_s = 900,
                               .noise = 0.3 * MB,
                               .walk = 0.02 * MB,
                               .limit = 1000 * MB};
}

static void analyse(const struct history *history, uint64_t seed, struct suspects *suspects)
{
    suspects_analyse(history, &(struct suspects_options){.limit_bytes = NAN, .seed = seed}, suspects);
}

static void analyse_fleet(const struct made_fleet *fleet, struct suspects *suspects)
{
    struct history history;
    made_history(fleet, &history);
    analyse(&history, 1, suspects);
    history_release(&history);
}

static void assert_in(struct interval interval, double value)
{
    if (!(interval.low <= value && value <= interval.high))
        fail_msg("%.9g is not within %.9g to %.9g", value, interval.low, interval.high);
}

static bool leads(const struct suspects *suspects, const char *endpoint)
{
    return suspects->count > 0 && suspects->exit_code == 0 &&
           strings_has(&suspects->items[0].endpoints, endpoint);
}

static void assert_alone_first(const struct suspects *suspects, const char *endpoint)
{
    assert_int_equal(suspects->verdict, VERDICT_GROWTH);
    assert_int_equal(suspects->exit_code, 0);
    assert_true(suspects->count > 0);
    assert_int_equal(suspects->items[0].endpoints.count, 1);
    assert_string_equal(suspects->items[0].endpoints.items[0], endpoint);
}

static void assert_nothing_named(const struct suspects *suspects)
{
    assert_int_equal(suspects->count, 0);
    assert_int_equal(suspects->cleared.count, 0);
    assert_int_equal(suspects->exit_code, 125);
    assert_non_null(suspects->reason);
}

/* Requests to an endpoint that one instance got in a day. */
static double per_day(const struct history *history, size_t instance, size_t endpoint)
{
    double sum = 0;
    for (size_t row = 0; row < history->rows; row++)
        sum += (double)history_requests(history, &history->instances[instance], row)[endpoint];
    return sum / ((double)history->rows * history->step_s / DAY_S);
}

static void test_the_one_that_leaks_is_named_with_what_it_keeps(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(11);
    struct history history;
    struct suspects suspects;
    double mean = 0;
    fleet.keeps[2] = 40;
    made_history(&fleet, &history);
    analyse(&history, 1, &suspects);
    assert_alone_first(&suspects, "GET /2");
    assert_in(suspects.items[0].interval, 40);
    assert_near(suspects.items[0].bytes_per_request, 40, 4);
    assert_near(suspects.items[0].share, 1, 0.15);
    assert_true(suspects.items[0].probability > 0.9);
    assert_near(suspects.by_requests, 1, 0.15);
    assert_int_equal(suspects.instance_count, 3);
    assert_int_equal(suspects.restart_count, 0);
    assert_near(suspects.memory_limit_bytes, 1000 * MB, 0);
    for (size_t i = 0; i < 3; i++) {
        const struct suspect_instance *instance = &suspects.instances[i];
        double grows = 40 * per_day(&history, i, 2), room = 1000 * MB - instance->memory_bytes;
        assert_in(instance->bytes_per_day_interval, grows);
        assert_in(instance->days_interval, room / grows);
        assert_near(instance->days, room / instance->bytes_per_day, 1e-9 * instance->days);
        assert_true(instance->points > 200);
        mean += grows / 3;
    }
    assert_in(suspects.bytes_per_day_interval, mean);
    assert_int_equal(suspects.items[0].endpoints.count + suspects.cleared.count, 6);
    suspects_release(&suspects);
    history_release(&history);
}

/* Two deploys, after 4 and 8 of 12 days. */
static struct made_fleet deployed(uint64_t seed)
{
    struct made_fleet fleet = calm(seed);
    fleet.days = 12;
    fleet.restarts_days = 4;
    return fleet;
}

static double since_begin_s(const struct suspects *suspects)
{
    return suspects->deploy_s - HISTORY_FROM_S;
}

static void test_a_leak_that_a_deploy_ended_is_said_to_have_ended(void **state)
{
    (void)state;
    struct made_fleet fleet = deployed(21);
    struct suspects suspects;
    fleet.keeps[2] = 40;
    fleet.until_days = 8;
    analyse_fleet(&fleet, &suspects);
    assert_alone_first(&suspects, "GET /2");
    assert_int_equal(suspects.holds, HOLDS_UNTIL);
    assert_near(since_begin_s(&suspects), 8 * DAY_S, 3600);
    assert_in(suspects.items[0].interval, 40);
    assert_near(suspects.items[0].share, 1, 0.15);
    for (size_t i = 0; i < suspects.instance_count; i++) {
        assert_true(isnan(suspects.instances[i].bytes_per_day));
        assert_true(isnan(suspects.instances[i].days));
    }
    suspects_release(&suspects);
}

static void test_a_leak_that_a_deploy_brought_is_said_to_be_new(void **state)
{
    (void)state;
    struct made_fleet fleet = deployed(22);
    struct history history;
    struct suspects suspects;
    fleet.keeps[2] = 40;
    fleet.from_days = 8;
    made_history(&fleet, &history);
    analyse(&history, 1, &suspects);
    assert_alone_first(&suspects, "GET /2");
    assert_int_equal(suspects.holds, HOLDS_SINCE);
    assert_near(since_begin_s(&suspects), 8 * DAY_S, 3600);
    assert_in(suspects.items[0].interval, 40);
    for (size_t i = 0; i < suspects.instance_count; i++)
        assert_near(suspects.instances[i].bytes_per_day, 40 * per_day(&history, i, 2),
                    0.4 * 40 * per_day(&history, i, 2));
    suspects_release(&suspects);
    history_release(&history);
}

static void test_a_leak_of_all_versions_is_said_of_all(void **state)
{
    (void)state;
    struct made_fleet fleet = deployed(23);
    struct suspects suspects;
    fleet.keeps[2] = 40;
    analyse_fleet(&fleet, &suspects);
    assert_alone_first(&suspects, "GET /2");
    assert_int_equal(suspects.holds, HOLDS_ALWAYS);
    assert_true(isnan(suspects.deploy_s));
    assert_int_equal(suspects.restart_count, 6);
    suspects_release(&suspects);
}

static void test_time_that_adds_nothing_any_more_names_nobody(void **state)
{
    (void)state;
    for (uint64_t seed = 24; seed < 28; seed++) {
        struct made_fleet fleet = deployed(seed);
        struct suspects suspects;
        fleet.idle = 0.5 * MB;
        if (seed % 2 == 0)
            fleet.until_days = 8;
        else
            fleet.from_days = 4;
        analyse_fleet(&fleet, &suspects);
        assert_nothing_named(&suspects);
        assert_int_equal(suspects.holds, HOLDS_ALWAYS);
        suspects_release(&suspects);
    }
}

static void test_two_that_leak_are_both_named(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(12);
    struct suspects suspects;
    fleet.keeps[1] = 60;
    fleet.keeps[4] = 60;
    analyse_fleet(&fleet, &suspects);
    assert_true(suspects.count >= 2);
    bool first = strings_has(&suspects.items[0].endpoints, "GET /1");
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(suspects.items[i].endpoints.count, 1);
        assert_true(strings_has(&suspects.items[i].endpoints, (i == 0) == first ? "GET /1" : "GET /4"));
        assert_in(suspects.items[i].interval, 60);
    }
    suspects_release(&suspects);
}

static void test_those_that_always_come_together_are_one_group(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(13);
    struct suspects suspects;
    fleet.keeps[1] = 40;
    fleet.as[3] = 1 + 1;
    analyse_fleet(&fleet, &suspects);
    assert_int_equal(suspects.exit_code, 0);
    assert_true(suspects.count > 0);
    assert_int_equal(suspects.items[0].endpoints.count, 2);
    assert_true(strings_has(&suspects.items[0].endpoints, "GET /1"));
    assert_true(strings_has(&suspects.items[0].endpoints, "GET /3"));
    assert_near(suspects.items[0].bytes_per_request, 20, 2); /* of a request to any of them */
    assert_near(suspects.items[0].share, 1, 0.15);
    suspects_release(&suspects);
}

static void test_where_all_come_together_nobody_is_told_where_to_look(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(14);
    struct suspects suspects;
    fleet.keeps[0] = 40;
    for (size_t e = 1; e < fleet.endpoints; e++)
        fleet.as[e] = 0 + 1;
    analyse_fleet(&fleet, &suspects);
    assert_int_equal(suspects.verdict, VERDICT_GROWTH);
    assert_int_equal(suspects.exit_code, 125);
    assert_non_null(strstr(suspects.reason, "6 of 6 endpoints always come together"));
    assert_true(suspects.help.count > 0);
    suspects_release(&suspects);
}

static void test_growth_by_time_names_nobody(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(15);
    struct suspects suspects;
    fleet.idle = 1 * MB;
    analyse_fleet(&fleet, &suspects);
    assert_nothing_named(&suspects);
    assert_int_equal(suspects.verdict, VERDICT_GROWTH);
    assert_non_null(strstr(suspects.reason, "with time"));
    assert_near(suspects.bytes_per_hour_idle, 1 * MB, 0.1 * MB);
    assert_in(suspects.bytes_per_day_interval, 24 * MB);
    assert_near(suspects.by_requests, 0, 1e-9);
    assert_near(suspects.idle_and_busy.idle_bytes_per_hour, 1 * MB, 0.3 * MB);
    suspects_release(&suspects);
}

static void test_time_and_requests_are_told_apart(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(16);
    struct suspects suspects;
    fleet.keeps[2] = 60;
    fleet.idle = 0.5 * MB;
    analyse_fleet(&fleet, &suspects);
    assert_alone_first(&suspects, "GET /2");
    assert_in(suspects.items[0].interval, 60);
    assert_true(suspects.by_requests > 0.1 && suspects.by_requests < 0.9);
    assert_true(suspects.idle_and_busy.busy_rate > 2 * suspects.idle_and_busy.idle_rate);
    suspects_release(&suspects);
}

static void test_flat_is_no_growth_and_says_what_would_have_been_seen(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(17);
    struct suspects suspects;
    analyse_fleet(&fleet, &suspects);
    assert_nothing_named(&suspects);
    assert_int_equal(suspects.verdict, VERDICT_NO_GROWTH);
    assert_true(isfinite(suspects.smallest_bytes_per_day) && suspects.smallest_bytes_per_day > 0);
    assert_at_most(suspects.smallest_bytes_per_day, 2 * MB);
    for (size_t i = 0; i < 3; i++)
        assert_false(suspects.instances[i].days < 30);
    suspects_release(&suspects);
}

static void test_a_cache_that_is_soon_full_names_nobody(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(18);
    struct suspects suspects;
    fleet.cache = 60 * MB;
    fleet.cache_part = 0.1;
    analyse_fleet(&fleet, &suspects);
    assert_nothing_named(&suspects);
    suspects_release(&suspects);
}

static void test_memory_in_flight_names_nobody(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(19);
    struct suspects suspects;
    fleet.flight = 3 * MB;
    analyse_fleet(&fleet, &suspects);
    assert_nothing_named(&suspects);
    assert_int_not_equal(suspects.verdict, VERDICT_GROWTH);
    assert_at_most(suspects.smallest_bytes_per_day, 2 * MB); /* it hides no more than that */
    suspects_release(&suspects);
}

static void test_requests_that_are_not_known_in_places(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(20);
    struct history history;
    struct suspects suspects;
    struct random random;
    fleet.keeps[5] = 60;
    made_history(&fleet, &history);
    random_init(&random, 1);
    for (size_t i = 0; i < 3; i++)
        for (size_t k = 0; k < history.rows * 6; k++)
            if (random_unit(&random) < 0.03)
                history.instances[i].requests[k] = NAN;
    analyse(&history, 1, &suspects);
    assert_alone_first(&suspects, "GET /5");
    assert_near(suspects.items[0].bytes_per_request, 60, 6);
    assert_true(isfinite(suspects.requests) && suspects.requests > 0);
    suspects_release(&suspects);
    history_release(&history);
}

static void test_one_that_hardly_ever_comes_is_not_judged(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(21);
    struct history history;
    struct suspects suspects;
    fleet.keeps[2] = 60;
    made_history(&fleet, &history);
    for (size_t i = 0; i < 3; i++)
        for (size_t row = 0; row < history.rows; row++) {
            history_requests(&history, &history.instances[i], row)[0] = 0;
            history_requests(&history, &history.instances[i], row)[1] = row % 150 == 140 ? 1 : 0;
        }
    analyse(&history, 1, &suspects);
    assert_alone_first(&suspects, "GET /2");
    assert_int_equal(suspects.untold.count, 2);
    assert_true(strings_has(&suspects.untold, "GET /0"));
    assert_true(strings_has(&suspects.untold, "GET /1"));
    suspects_release(&suspects);
    history_release(&history);
}

static void test_many_endpoints_and_instances(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(22);
    struct suspects suspects;
    fleet.endpoints = 60;
    fleet.instances = 8;
    fleet.keeps[37] = 80;
    analyse_fleet(&fleet, &suspects);
    assert_alone_first(&suspects, "GET /37");
    assert_in(suspects.items[0].interval, 80);
    suspects_release(&suspects);
}

static void test_a_single_instance(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(23);
    struct suspects suspects;
    fleet.instances = 1;
    fleet.keeps[1] = 60;
    analyse_fleet(&fleet, &suspects);
    assert_alone_first(&suspects, "GET /1");
    assert_in(suspects.items[0].interval, 60);
    assert_int_equal(suspects.stretches, 1);
    suspects_release(&suspects);
}

/* One instance whose restarts only its memory shows. */
static void test_an_access_log_and_a_memory_series(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(24);
    struct history history;
    struct suspects suspects;
    fleet.instances = 1;
    fleet.silent = true;
    fleet.limit = 0;
    fleet.days = 12;
    fleet.restarts_days = 4;
    made_history(&fleet, &history);
    fleet.keeps[3] = 60 * MB / per_day(&history, 0, 3);
    history_release(&history);
    made_history(&fleet, &history);
    analyse(&history, 1, &suspects);
    assert_alone_first(&suspects, "GET /3");
    assert_in(suspects.items[0].interval, fleet.keeps[3]);
    assert_int_equal(suspects.restart_count, 2);
    assert_int_equal(suspects.stretches, 3);
    assert_true(isnan(suspects.memory_limit_bytes));
    assert_true(isnan(suspects.instances[0].days));
    assert_int_equal(
        suspects.instances[0].restarts[RESTART_MEMORY] + suspects.instances[0].restarts[RESTART_OTHER], 2);
    suspects_release(&suspects);
    history_release(&history);
}

static void test_a_limit_that_is_given_stands_in_for_one_that_is_not_known(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(25);
    struct history history;
    struct suspects suspects;
    fleet.limit = 0;
    fleet.keeps[0] = 40;
    made_history(&fleet, &history);
    history_level(&history, &history.instances[1].limit, 0, history.rows, 800 * MB);
    suspects_analyse(&history, &(struct suspects_options){.limit_bytes = 500 * MB, .seed = 1}, &suspects);
    assert_near(suspects.memory_limit_bytes, 500 * MB, 0);
    assert_near(suspects.instances[0].limit_bytes, 500 * MB, 0);
    assert_near(suspects.instances[1].limit_bytes, 800 * MB, 0);
    assert_true(isfinite(suspects.instances[0].days));
    suspects_release(&suspects);
    history_release(&history);
}

static void assert_nothing_can_be_said(struct history *history)
{
    struct suspects suspects;
    analyse(history, 1, &suspects);
    assert_nothing_named(&suspects);
    assert_int_equal(suspects.verdict, VERDICT_INCONCLUSIVE);
    assert_true(isnan(suspects.bytes_per_day) || suspects.requests == 0);
    assert_true(isnan(suspects.by_requests));
    suspects_release(&suspects);
    history_release(history);
}

static void test_nothing_can_be_said_of_nothing(void **state)
{
    (void)state;
    struct history history;
    history_begin(&history, 0, 60, 0);
    assert_nothing_can_be_said(&history);
    history_begin(&history, 500, 60, 4);
    assert_nothing_can_be_said(&history);
    history_begin(&history, 500, 60, 4);
    history_add(&history, "never seen");
    assert_nothing_can_be_said(&history);
    history_begin(&history, 500, 60, 4);
    history_steady(&history, "no requests", 100 * MB);
    assert_nothing_can_be_said(&history);
    history_begin(&history, 500, 60, 0);
    history_steady(&history, "no endpoints", 100 * MB);
    assert_nothing_can_be_said(&history);
    history_begin(&history, 8, 60, 1);
    history_steady(&history, "too short", 100 * MB)->requests[3] = 100;
    assert_nothing_can_be_said(&history);
}

static void test_memory_that_never_moves(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(26);
    struct suspects suspects;
    fleet.noise = fleet.walk = 0;
    analyse_fleet(&fleet, &suspects);
    assert_nothing_named(&suspects);
    assert_near(suspects.bytes_per_day, 0, 1);
    suspects_release(&suspects);
}

static void assert_same_bits(double a, double b)
{
    assert_memory_equal(&a, &b, sizeof a);
}

static void test_the_same_seed_gives_the_same_answer(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(27);
    struct history history;
    struct suspects one, again, other;
    fleet.keeps[4] = 10;
    made_history(&fleet, &history);
    analyse(&history, 9, &one);
    analyse(&history, 9, &again);
    analyse(&history, 10, &other);
    assert_true(one.count > 0);
    assert_int_equal(one.count, again.count);
    for (size_t i = 0; i < one.count; i++) {
        assert_string_equal(one.items[i].endpoints.items[0], again.items[i].endpoints.items[0]);
        assert_same_bits(one.items[i].bytes_per_request, again.items[i].bytes_per_request);
        assert_same_bits(one.items[i].interval.low, again.items[i].interval.low);
        assert_same_bits(one.items[i].interval.high, again.items[i].interval.high);
        assert_same_bits(one.items[i].probability, again.items[i].probability);
    }
    assert_same_bits(one.smallest_bytes_per_day, again.smallest_bytes_per_day);
    assert_string_equal(one.items[0].endpoints.items[0], other.items[0].endpoints.items[0]);
    assert_true(one.items[0].interval.low != other.items[0].interval.low);
    suspects_release(&one);
    suspects_release(&again);
    suspects_release(&other);
    history_release(&history);
}

static void rename_endpoint(struct history *history, size_t endpoint, const char *name)
{
    free(history->endpoints.items[endpoint]);
    history->endpoints.items[endpoint] = xstrdup(name);
}

static void test_names_of_any_language_stay_as_they_are(void **state)
{
    (void)state;
    struct made_fleet fleet = calm(28);
    struct history history;
    struct suspects suspects;
    fleet.keeps[1] = 60;
    made_history(&fleet, &history);
    rename_endpoint(&history, 0, "GET /\u00fcbersicht/{stra\u00dfe}");
    rename_endpoint(&history, 1, "POST /\u6ce8\u6587/{\u756a\u53f7}");
    rename_endpoint(&history, 2, "GET /\u0639\u0631\u0628\u0629/\U0001f6d2");
    free(history.instances[2].name);
    history.instances[2].name = xstrdup("\u043c\u0430\u0433\u0430\u0437\u0438\u043d-2");
    strings_add(&history.caveats, "1 s\u00e9rie");
    analyse(&history, 1, &suspects);
    assert_alone_first(&suspects, "POST /\u6ce8\u6587/{\u756a\u53f7}");
    assert_true(strings_has(&suspects.cleared, "GET /\u00fcbersicht/{stra\u00dfe}"));
    assert_true(strings_has(&suspects.cleared, "GET /\u0639\u0631\u0628\u0629/\U0001f6d2"));
    assert_string_equal(suspects.instances[2].name, "\u043c\u0430\u0433\u0430\u0437\u0438\u043d-2");
    assert_true(strings_has(&suspects.caveats, "1 s\u00e9rie"));
    suspects_release(&suspects);
    history_release(&history);
}

static double between(struct random *random, double low, double high)
{
    return low + (high - low) * random_unit(random);
}

static struct made_fleet drawn(uint64_t seed, struct random *random)
{
    random_init(random, 1000 + seed);
    return (struct made_fleet){.seed = seed,
                               .endpoints = 4 + random_below(random, 6),
                               .instances = 1 + random_below(random, 4),
                               .days = between(random, 4, 14),
                               .step_s = 1800,
                               .noise = between(random, 0.1, 1) * MB,
                               .walk = between(random, 0, 0.2) * MB,
                               .flight = random_below(random, 2) == 0 ? between(random, 0, 2) * MB : 0,
                               .restarts_days = random_below(random, 2) == 0 ? between(random, 1, 5) : 0,
                               .silent = random_below(random, 3) == 0};
}

static void test_hardly_ever_is_one_named_where_nothing_leaks(void **state)
{
    (void)state;
    size_t named = 0;
    for (uint64_t seed = 1; seed <= 40; seed++) {
        struct random random;
        struct suspects suspects;
        struct made_fleet fleet = drawn(seed, &random);
        fleet.cache = random_below(&random, 2) == 0 ? between(&random, 5, 80) * MB : 0;
        fleet.cache_part = between(&random, 0.05, 0.4);
        fleet.idle = random_below(&random, 3) == 0 ? between(&random, 0.1, 2) * MB : 0;
        analyse_fleet(&fleet, &suspects);
        named += suspects.count > 0;
        suspects_release(&suspects);
    }
    if (named > 1)
        fail_msg("named in %zu of 40", named);
}

/* 5 to 30 MB a day, on the mean of the instances. */
static void test_clean_leaks_are_found(void **state)
{
    (void)state;
    size_t found = 0;
    for (uint64_t seed = 101; seed <= 120; seed++) {
        struct random random;
        struct suspects suspects;
        struct history history;
        struct made_fleet fleet = drawn(seed, &random);
        size_t leaker = random_below(&random, fleet.endpoints);
        fleet.restarts_days = 0;
        made_history(&fleet, &history);
        fleet.keeps[leaker] = between(&random, 5, 30) * MB / per_day(&history, 0, leaker);
        history_release(&history);
        made_history(&fleet, &history);
        analyse(&history, 1, &suspects);
        found += leads(&suspects, history.endpoints.items[leaker]);
        suspects_release(&suspects);
        history_release(&history);
    }
    if (found < 18)
        fail_msg("found %zu of 20", found);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_one_that_leaks_is_named_with_what_it_keeps),
        cmocka_unit_test(test_a_leak_that_a_deploy_ended_is_said_to_have_ended),
        cmocka_unit_test(test_a_leak_that_a_deploy_brought_is_said_to_be_new),
        cmocka_unit_test(test_a_leak_of_all_versions_is_said_of_all),
        cmocka_unit_test(test_time_that_adds_nothing_any_more_names_nobody),
        cmocka_unit_test(test_two_that_leak_are_both_named),
        cmocka_unit_test(test_those_that_always_come_together_are_one_group),
        cmocka_unit_test(test_where_all_come_together_nobody_is_told_where_to_look),
        cmocka_unit_test(test_growth_by_time_names_nobody),
        cmocka_unit_test(test_time_and_requests_are_told_apart),
        cmocka_unit_test(test_flat_is_no_growth_and_says_what_would_have_been_seen),
        cmocka_unit_test(test_a_cache_that_is_soon_full_names_nobody),
        cmocka_unit_test(test_memory_in_flight_names_nobody),
        cmocka_unit_test(test_requests_that_are_not_known_in_places),
        cmocka_unit_test(test_one_that_hardly_ever_comes_is_not_judged),
        cmocka_unit_test(test_many_endpoints_and_instances),
        cmocka_unit_test(test_a_single_instance),
        cmocka_unit_test(test_an_access_log_and_a_memory_series),
        cmocka_unit_test(test_a_limit_that_is_given_stands_in_for_one_that_is_not_known),
        cmocka_unit_test(test_nothing_can_be_said_of_nothing),
        cmocka_unit_test(test_memory_that_never_moves),
        cmocka_unit_test(test_the_same_seed_gives_the_same_answer),
        cmocka_unit_test(test_names_of_any_language_stay_as_they_are),
        cmocka_unit_test(test_hardly_ever_is_one_named_where_nothing_leaks),
        cmocka_unit_test(test_clean_leaks_are_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

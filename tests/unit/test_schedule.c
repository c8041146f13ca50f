/* Schedules: exact counts, recorded times and order, sessions, prerequisites. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/lanes.h"
#include "plan/schedule.h"
#include "taped.h"

#define SECOND INT64_C(1000000000)

static void add_request(struct endpoint *endpoint, int64_t t_us, const char *session)
{
    struct request request = {
        .method = xstrdup("GET"), .url = xstrdup("/"), .session = xstrdup(session), .t_us = t_us};
    recording_add(&endpoint->recording, &request);
}

static struct service *service_of(size_t endpoints)
{
    struct service *service = xcalloc(1, sizeof *service);
    service->endpoints = xcalloc(endpoints, sizeof *service->endpoints);
    service->endpoint_count = endpoints;
    for (size_t i = 0; i < endpoints; i++) {
        service->endpoints[i].name = xasprintf("GET /%c", (char)('a' + i));
        service->endpoints[i].weight = 1;
    }
    return service;
}

static void drop(struct service *service)
{
    untape(service);
    service_release(service);
    free(service);
}

/* a: 0, 1, 2, ... 9 s; b: 0.5, 2.5, 4.5 s; nine seconds and one mean gap make a pass of 9.75 s. */
static struct service *two_endpoints(void)
{
    struct service *service = service_of(2);
    for (int i = 0; i < 10; i++)
        add_request(&service->endpoints[0], i * 1000000, i % 2 == 0 ? "even" : "odd");
    for (int i = 0; i < 3; i++)
        add_request(&service->endpoints[1], 500000 + i * 2000000, "");
    return service;
}

static struct schedule *arriving(struct service *service, enum arrivals arrivals, const struct share *shares,
                                 size_t count, double rate, int64_t duration_ns, uint64_t requests,
                                 uint64_t seed)
{
    struct arriving_options options = {.arrivals = arrivals,
                                       .rate_per_second = rate,
                                       .speed = 1,
                                       .duration_ns = duration_ns,
                                       .requests = requests,
                                       .seed = seed};
    return schedule_arriving(taped(service), shares, count, &options);
}

static struct schedule *poisson(struct service *service, const struct share *shares, size_t count,
                                double rate, int64_t duration_ns, uint64_t requests, uint64_t seed)
{
    return arriving(service, ARRIVALS_POISSON, shares, count, rate, duration_ns, requests, seed);
}

static const struct share both[] = {{.endpoint = 0, .weight = 1}, {.endpoint = 1, .weight = 1}};

static void test_one_pass_is_the_recording(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    static const double expected[] = {0, .5, 1, 2, 2.5, 3, 4, 4.5, 5, 6, 7, 8, 9};
    struct schedule *schedule = schedule_recorded(taped(service), both, 2, 2, 0, 0, 1);
    struct due due;
    assert_int_equal(schedule_planned(schedule), 13);
    for (size_t i = 0; i < 13; i++) {
        assert_int_equal(schedule_next(schedule, &due), 1);
        assert_int_equal(due.offset_ns, (int64_t)(expected[i] * 5e8));
        assert_true(due.counted);
        assert_int_equal(due.session == 0, due.endpoint == 1);
    }
    assert_int_equal(schedule_next(schedule, &due), 0);
    assert_int_equal(schedule_next(schedule, &due), 0);
    schedule_free(schedule);
    drop(service);
}

static void test_passes_go_on_until_the_duration(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct schedule *schedule = schedule_recorded(taped(service), both, 2, 1, 30 * SECOND, 0, 1);
    uint64_t seen[2] = {0, 0}, first_session = 0;
    int64_t last = 0, second_pass = -1;
    struct due due;
    while (schedule_next(schedule, &due)) {
        assert_true(due.offset_ns >= last && due.offset_ns < 30 * SECOND);
        last = due.offset_ns;
        if (due.endpoint == 0 && seen[0] == 0)
            first_session = due.session;
        if (due.endpoint == 0 && seen[0] == 10) {
            second_pass = due.offset_ns;
            assert_true(due.session != first_session);
        }
        assert_int_equal(due.request, seen[due.endpoint] % (due.endpoint == 0 ? 10 : 3));
        seen[due.endpoint]++;
    }
    assert_int_equal(second_pass, 9750000000); /* 9 s and the mean gap of 13 requests */
    assert_int_equal(seen[0], 31);             /* passes at 0, 9.75, 19.5 and 29.25 s */
    assert_int_equal(seen[1], 10);
    assert_int_equal(seen[0] + seen[1], schedule_planned(schedule));
    schedule_free(schedule);
    drop(service);
}

static void test_leaving_one_out_moves_no_other(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct schedule *whole = schedule_recorded(taped(service), both, 2, 1, 25 * SECOND, 0, 1);
    struct schedule *alone = schedule_recorded(taped(service), both + 1, 1, 1, 25 * SECOND, 0, 1);
    struct due in_whole, by_itself;
    while (schedule_next(whole, &in_whole)) {
        if (in_whole.endpoint != 1)
            continue;
        assert_int_equal(schedule_next(alone, &by_itself), 1);
        assert_int_equal(in_whole.offset_ns, by_itself.offset_ns);
        assert_int_equal(in_whole.request, by_itself.request);
    }
    assert_int_equal(schedule_next(alone, &by_itself), 0);
    schedule_free(whole);
    schedule_free(alone);
    drop(service);
}

static void count_weighted(double weight, uint64_t seed, uint64_t requests[2], uint64_t *planned)
{
    struct service *service = two_endpoints();
    struct share shares[] = {{.endpoint = 0, .weight = weight}, {.endpoint = 1, .weight = 1}};
    struct schedule *schedule = schedule_recorded(taped(service), shares, 2, 1, 9750 * SECOND, 0, seed);
    struct due due;
    requests[0] = requests[1] = 0;
    while (schedule_next(schedule, &due))
        requests[due.endpoint]++;
    *planned = schedule_planned(schedule);
    schedule_free(schedule);
    drop(service);
}

static void test_weights(void **state)
{
    (void)state;
    static const double weights[] = {0.25, 1, 2, 2.5};
    for (size_t i = 0; i < 4; i++) {
        uint64_t requests[2], planned;
        count_weighted(weights[i], 7 + i, requests, &planned);
        assert_int_equal(requests[0] + requests[1], planned);
        assert_int_equal(requests[1], 3000);                               /* 1,000 passes */
        assert_true(fabs((double)requests[0] - weights[i] * 10000) < 300); /* six standard deviations */
    }
}

static void test_requests_bound(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct schedule *schedules[] = {
        schedule_recorded(taped(service), both, 2, 1, 0, 100, 1),
        schedule_recorded(taped(service), both, 2, 1, 1000 * SECOND, 100, 1),
        poisson(service, both, 2, 50, 0, 100, 1),
        schedule_closed(taped(service), both, 2, 100, 1),
    };
    for (size_t i = 0; i < 4; i++) {
        struct due due;
        uint64_t requests = 0;
        assert_int_equal(schedule_planned(schedules[i]), 100);
        while (schedule_next(schedules[i], &due))
            requests++;
        assert_int_equal(requests, 100);
        schedule_free(schedules[i]);
    }
    drop(service);
}

static void test_rate_is_poisson_in_recorded_proportions(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct schedule *schedule = poisson(service, both, 2, 100, 1000 * SECOND, 0, 3);
    uint64_t seen[2] = {0, 0};
    int64_t last = 0;
    double squares = 0;
    struct due due;
    while (schedule_next(schedule, &due)) {
        assert_true(due.offset_ns >= last);
        assert_int_equal(due.request, seen[due.endpoint] % (due.endpoint == 0 ? 10 : 3));
        double gap = (double)(due.offset_ns - last) / 1e7; /* in mean gaps */
        squares += gap * gap;
        last = due.offset_ns;
        seen[due.endpoint]++;
    }
    double requests = (double)(seen[0] + seen[1]);
    assert_true(fabs(requests - 100000) < 6 * 317);
    assert_true(fabs((double)seen[0] / requests - 10.0 / 13) < 0.01);
    assert_true(fabs(squares / requests - 2) < 0.1); /* the second moment of an exponential gap */
    schedule_free(schedule);
    drop(service);
}

static void test_closed_keeps_recorded_order(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    static const size_t order[] = {0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 0, 0, 0};
    struct schedule *schedule = schedule_closed(taped(service), both, 2, 0, 1);
    struct due due;
    assert_int_equal(schedule_planned(schedule), 0);
    for (size_t i = 0; i < 1300; i++) {
        assert_int_equal(schedule_next(schedule, &due), 1);
        assert_int_equal(due.offset_ns, DUE_AT_ONCE);
        assert_int_equal(due.endpoint, order[i % 13]);
    }
    schedule_free(schedule);
    drop(service);
}

static void test_block_is_exact_and_even(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct share shares[] = {{.endpoint = 0, .weight = 1, .requests = 300}, {.endpoint = 1, .requests = 7}};
    size_t cursors[2] = {4, 0};
    struct schedule *schedule = schedule_block(taped(service), shares, 2, cursors, 5);
    uint64_t seen[2] = {0, 0};
    struct due due;
    assert_int_equal(schedule_planned(schedule), 307);
    assert_int_equal(cursors[0], 304);
    assert_int_equal(cursors[1], 7);
    while (schedule_next(schedule, &due)) {
        size_t length = due.endpoint == 0 ? 10 : 3;
        assert_int_equal(due.request, (seen[due.endpoint] + (due.endpoint == 0 ? 4 : 0)) % length);
        assert_int_equal(due.offset_ns, DUE_AT_ONCE);
        seen[due.endpoint]++;
        double way = (double)seen[0] / 300, other = (double)seen[1] / 7;
        assert_true(fabs(way - other) <= 1.0 / 7 + 1.0 / 300 + 1e-9);
    }
    assert_int_equal(seen[0], 300);
    assert_int_equal(seen[1], 7);
    schedule_free(schedule);
    schedule = schedule_block(taped(service), shares, 2, cursors, 5); /* goes on where the first one ended */
    assert_int_equal(schedule_next(schedule, &due), 1);
    assert_int_equal(due.request, due.endpoint == 0 ? 304 % 10 : 7 % 3);
    schedule_free(schedule);
    drop(service);
}

static void test_chosen_requests_come_in_turn(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    const struct share share = {.endpoint = 0, .weight = 1, .requests = 7};
    const size_t chosen[] = {8, 1, 4};
    uint64_t pass = 5, sessions[7];
    struct schedule *schedule = schedule_chosen(taped(service), &share, chosen, 3, &pass);
    struct due due;
    assert_int_equal(schedule_planned(schedule), 7);
    assert_int_equal(pass, 8); /* where the next ones begin */
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(schedule_next(schedule, &due), 1);
        assert_true(due.offset_ns == DUE_AT_ONCE && due.counted && due.endpoint == 0);
        assert_int_equal(due.request, chosen[i % 3]);
        assert_int_equal(due.pass, 5 + i / 3);
        sessions[i] = due.session;
    }
    assert_int_equal(schedule_next(schedule, &due), 0);
    assert_true(sessions[0] == sessions[2] && sessions[0] != sessions[1]); /* "even", "odd" */
    assert_true(sessions[0] != sessions[3]);                               /* again: a new client */
    schedule_free(schedule);
    schedule = schedule_chosen(taped(service), &share, chosen, 0, &pass);
    assert_int_equal(schedule_next(schedule, &due), 0);
    schedule_free(schedule);
    drop(service);
}

static void test_same_seed_same_schedule(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct share shares[] = {{.endpoint = 0, .requests = 50}, {.endpoint = 1, .requests = 50}};
    size_t first[2] = {0, 0}, second[2] = {0, 0}, third[2] = {0, 0}, differ = 0;
    struct schedule *a = schedule_block(taped(service), shares, 2, first, 5);
    struct schedule *b = schedule_block(taped(service), shares, 2, second, 5);
    struct schedule *c = schedule_block(taped(service), shares, 2, third, 6);
    struct due x, y, z;
    while (schedule_next(a, &x)) {
        assert_int_equal(schedule_next(b, &y), 1);
        assert_int_equal(schedule_next(c, &z), 1);
        assert_int_equal(x.endpoint, y.endpoint);
        assert_int_equal(x.session, y.session);
        differ += x.endpoint != z.endpoint;
    }
    assert_true(differ > 0);
    schedule_free(a);
    schedule_free(b);
    schedule_free(c);
    drop(service);
}

/* c needs b, b needs a, a needs c (a circle), and each something that is not there. */
static struct service *chained(void)
{
    struct service *service = service_of(3);
    static const char *const needs[] = {"GET /c", "GET /a", "GET /b"};
    for (size_t i = 0; i < 3; i++) {
        strings_add(&service->endpoints[i].after, needs[i]);
        strings_add(&service->endpoints[i].after, "GET /nowhere");
        for (int t = 0; t < 4; t++)
            add_request(&service->endpoints[i], t * 1000000 + (int)i * 1000, t % 2 == 0 ? "one" : "two");
    }
    return service;
}

static void test_prerequisites_come_once_per_session(void **state)
{
    (void)state;
    struct service *service = chained();
    struct share share = {.endpoint = 2, .weight = 1};
    struct schedule *schedule = schedule_recorded(taped(service), &share, 1, 1, 0, 0, 1);
    static const struct {
        size_t endpoint;
        bool counted;
    } expected[] = {
        {0, false}, {1, false}, {2, true}, /* session one */
        {0, false}, {1, false}, {2, true}, /* session two */
        {2, true},  {2, true},
    };
    uint64_t session = 0;
    int64_t last = 0;
    struct due due;
    assert_int_equal(schedule_planned(schedule), 4);
    for (size_t i = 0; i < 8; i++) {
        assert_int_equal(schedule_next(schedule, &due), 1);
        assert_int_equal(due.endpoint, expected[i].endpoint);
        assert_int_equal(due.counted, expected[i].counted);
        assert_true(due.offset_ns >= last);
        assert_true(i % 3 == 0 || i > 5 || due.session == session);
        session = due.session;
        last = due.offset_ns;
    }
    assert_int_equal(schedule_next(schedule, &due), 0);
    schedule_free(schedule);
    drop(service);
}

static void test_own_login_spares_the_prerequisite(void **state)
{
    (void)state;
    struct service *service = service_of(2);
    strings_add(&service->endpoints[1].after, "GET /a");
    add_request(&service->endpoints[0], 0, "one");
    add_request(&service->endpoints[1], 1000, "one");
    add_request(&service->endpoints[1], 2000, "two");
    struct schedule *schedule = schedule_recorded(taped(service), both, 2, 1, 0, 0, 1);
    static const bool counted[] = {true, true, false, true};
    struct due due;
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(schedule_next(schedule, &due), 1);
        assert_int_equal(due.counted, counted[i]);
    }
    assert_int_equal(schedule_next(schedule, &due), 0);
    schedule_free(schedule);
    drop(service);
}

static void test_prerequisites_over_many_sessions(void **state)
{
    (void)state;
    struct service *service = service_of(2);
    char session[16];
    strings_add(&service->endpoints[1].after, "GET /a");
    add_request(&service->endpoints[0], 0, "login");
    for (int i = 0; i < 1000; i++) {
        snprintf(session, sizeof session, "s%d", i % 100);
        add_request(&service->endpoints[1], 1000 + i * 1000, session);
    }
    struct share share = {.endpoint = 1, .weight = 1};
    struct schedule *schedule = schedule_closed(taped(service), &share, 1, 200000, 1);
    uint64_t counted = 0, prerequisites = 0;
    struct due due;
    while (schedule_next(schedule, &due)) {
        counted += due.counted;
        prerequisites += !due.counted;
    }
    assert_int_equal(counted, 200000);
    assert_int_equal(prerequisites, 200 * 100);
    schedule_free(schedule);
    drop(service);
}

/* What goes on where another left off is the same schedule: requests, passes, sessions, and the time between. */
static void test_skipped_ones_were_sent_before(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    for (int kind = 0; kind < 4; kind++) {
        struct schedule *pair[2]; /* a whole one, and one that goes on after 17 */
        for (int i = 0; i < 2; i++)
            pair[i] = kind == 0   ? schedule_recorded(taped(service), both, 2, 1, 0, 40, 1)
                      : kind == 1 ? schedule_closed(taped(service), both, 2, 40, 1)
                                  : arriving(service, kind == 2 ? ARRIVALS_POISSON : ARRIVALS_CONSTANT, both,
                                             2, 5, 0, 40, 1);
        struct due whole = {0}, rest;
        schedule_skip(pair[1], 17);
        for (int i = 0; i < 17; i++)
            schedule_next(pair[0], &whole);
        int64_t begun = whole.offset_ns;
        for (int i = 17; i < 40; i++) {
            assert_int_equal(schedule_next(pair[0], &whole), 1);
            assert_int_equal(schedule_next(pair[1], &rest), 1);
            assert_int_equal(rest.offset_ns, begun == DUE_AT_ONCE ? DUE_AT_ONCE : whole.offset_ns - begun);
            assert_true(rest.endpoint == whole.endpoint && rest.request == whole.request);
            assert_true(rest.pass == whole.pass && rest.session == whole.session && rest.counted);
        }
        assert_int_equal(schedule_next(pair[1], &rest), 0);
        schedule_free(pair[0]);
        schedule_free(pair[1]);
    }
    drop(service);
}

static void test_beside_the_mix_nothing_counts(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct schedule *schedule = schedule_closed(taped(service), both, 2, 5, 1);
    struct due due;
    schedule_beside(schedule);
    for (int i = 0; i < 5; i++)
        assert_true(schedule_next(schedule, &due) == 1 && !due.counted);
    schedule_skip(schedule, 10); /* past the end: nothing is left */
    assert_int_equal(schedule_next(schedule, &due), 0);
    schedule_free(schedule);
    drop(service);
}

static void test_empty_shares_end_at_once(void **state)
{
    (void)state;
    struct service *service = service_of(1);
    struct share share = {.endpoint = 0, .weight = 1, .requests = 5};
    size_t cursor = 0;
    struct schedule *schedules[] = {schedule_recorded(taped(service), &share, 1, 1, SECOND, 0, 1),
                                    poisson(service, &share, 1, 1, SECOND, 0, 1),
                                    schedule_closed(taped(service), &share, 1, 10, 1),
                                    schedule_block(taped(service), &share, 1, &cursor, 1)};
    for (size_t i = 0; i < 4; i++) {
        struct due due;
        assert_int_equal(schedule_next(schedules[i], &due), 0);
        schedule_free(schedules[i]);
    }
    assert_int_equal(schedule_span_us(service), 1000000);
    drop(service);
}

static void test_lanes_sort(void **state)
{
    (void)state;
    static const double keys[] = {5, 1, 4, 1, 3, 9, 2};
    static const size_t sorted[] = {1, 3, 6, 4, 2, 0, 5};
    struct lanes lanes = {NULL, 0};
    for (size_t i = 0; i < 7; i++)
        lanes_add(&lanes, keys[i], i);
    for (size_t i = 0; i < 7; i++) {
        assert_int_equal(lanes_first(&lanes)->index, sorted[i]);
        lanes_drop_first(&lanes);
    }
    assert_null(lanes_first(&lanes));
    lanes_release(&lanes);
}

/* 10 : 3 in 130 a second: gaps of 10 and 33.3 ms, moved by nothing that the other does. */
static void test_constant_arrivals(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct schedule *schedule = arriving(service, ARRIVALS_CONSTANT, both, 2, 130, 10 * SECOND, 0, 3);
    struct schedule *alone = arriving(service, ARRIVALS_CONSTANT, both + 1, 1, 30, 10 * SECOND, 0, 3);
    int64_t last[2] = {-1, -1};
    uint64_t counts[2] = {0, 0};
    struct due due, same;
    while (schedule_next(schedule, &due)) {
        int64_t gap = due.endpoint == 0 ? SECOND / 100 : SECOND / 30;
        if (last[due.endpoint] < 0)
            assert_in_range(due.offset_ns, 0, gap);
        else
            assert_in_range(due.offset_ns - last[due.endpoint], gap - 1, gap + 1);
        last[due.endpoint] = due.offset_ns;
        assert_int_equal(due.request, counts[due.endpoint]++ % (due.endpoint == 0 ? 10 : 3));
        if (due.endpoint == 1) {
            assert_true(schedule_next(alone, &same));
            assert_int_equal(same.offset_ns, due.offset_ns);
        }
    }
    assert_int_equal(counts[0], 1000);
    assert_int_equal(counts[1], 300);
    schedule_free(schedule);
    schedule_free(alone);
    drop(service);
}

/* Without a rate in all, each endpoint comes at its own, times weight and speed. */
static void test_arrivals_at_recorded_rates(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    struct share shares[] = {{.endpoint = 0, .weight = 1}, {.endpoint = 1, .weight = 3}};
    uint64_t counts[2] = {0, 0};
    struct due due;
    service->endpoints[0].rate_per_second = 5;
    service->endpoints[1].rate_per_second = 2;
    struct arriving_options options = {
        .arrivals = ARRIVALS_CONSTANT, .speed = 2, .duration_ns = 100 * SECOND, .seed = 1};
    struct schedule *schedule = schedule_arriving(taped(service), shares, 2, &options);
    while (schedule_next(schedule, &due))
        counts[due.endpoint]++;
    assert_int_equal(counts[0], 1000);
    assert_int_equal(counts[1], 1200);
    schedule_free(schedule);
    drop(service);
}

/* 100 a second at the end of a ramp of 10 s: t * t / 20 * 100 of them by then, in order; 1,500 in 20 s. */
static void test_a_ramp_moves_due_times(void **state)
{
    (void)state;
    struct service *service = two_endpoints();
    int64_t duration_ns = schedule_ramped_ns(20 * SECOND, 10 * SECOND), last = 0;
    struct schedule *schedule = arriving(service, ARRIVALS_CONSTANT, both, 1, 100, duration_ns, 0, 3);
    uint64_t by[3] = {0, 0, 0};
    struct due due;
    schedule_ramp(schedule, 10 * SECOND);
    while (schedule_next(schedule, &due)) {
        assert_true(due.offset_ns >= last && due.offset_ns < 20 * SECOND);
        last = due.offset_ns;
        by[0] += due.offset_ns < 5 * SECOND;
        by[1] += due.offset_ns < 10 * SECOND;
        by[2]++;
    }
    assert_in_range(by[0], 124, 126);
    assert_in_range(by[1], 499, 501);
    assert_int_equal(by[2], 1500);
    schedule_free(schedule);
    assert_int_equal(schedule_ramped_ns(5 * SECOND, 10 * SECOND), 5 * SECOND / 4);
    assert_int_equal(schedule_ramped_ns(5 * SECOND, 0), 5 * SECOND);
    drop(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_pass_is_the_recording),
        cmocka_unit_test(test_passes_go_on_until_the_duration),
        cmocka_unit_test(test_leaving_one_out_moves_no_other),
        cmocka_unit_test(test_weights),
        cmocka_unit_test(test_requests_bound),
        cmocka_unit_test(test_rate_is_poisson_in_recorded_proportions),
        cmocka_unit_test(test_constant_arrivals),
        cmocka_unit_test(test_arrivals_at_recorded_rates),
        cmocka_unit_test(test_a_ramp_moves_due_times),
        cmocka_unit_test(test_closed_keeps_recorded_order),
        cmocka_unit_test(test_block_is_exact_and_even),
        cmocka_unit_test(test_chosen_requests_come_in_turn),
        cmocka_unit_test(test_same_seed_same_schedule),
        cmocka_unit_test(test_prerequisites_come_once_per_session),
        cmocka_unit_test(test_own_login_spares_the_prerequisite),
        cmocka_unit_test(test_prerequisites_over_many_sessions),
        cmocka_unit_test(test_skipped_ones_were_sent_before),
        cmocka_unit_test(test_beside_the_mix_nothing_counts),
        cmocka_unit_test(test_empty_shares_end_at_once),
        cmocka_unit_test(test_lanes_sort),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

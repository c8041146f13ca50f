/* Schedules of services made at random: planned is what is handed out, time does not go back, sessions keep their
 * order, prerequisites come once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "plan/schedule.h"
#include "taped.h"

#define MS INT64_C(1000000)
#define SERVICES 100
#define ENDPOINTS 5
#define MOST 5000 /* of an endless one, so many are looked at */

static size_t below(struct random *random, size_t bound)
{
    return (size_t)random_below(random, bound);
}

static bool one_in(struct random *random, size_t many)
{
    return below(random, many) == 0;
}

static void add_requests(struct random *random, struct endpoint *endpoint)
{
    static const char *const sessions[] = {"", "a", "b", "c", "d"};
    static const int64_t gaps_us[] = {1, 1000, 300000, 5000000};
    int64_t gap_us = gaps_us[below(random, 4)], t_us = one_in(random, 3) ? 7000000 : 0;
    size_t most = one_in(random, 10) ? 3000 : 12;
    for (size_t i = below(random, most); i > 0; i--) {
        struct request request = {.method = xstrdup("GET"),
                                  .url = xstrdup("/"),
                                  .session = xstrdup(sessions[below(random, 5)]),
                                  .t_us = t_us += (int64_t)below(random, (size_t)gap_us + 1)};
        recording_add(&endpoint->recording, &request);
    }
}

static struct service *any_service(struct random *random)
{
    struct service *service = xcalloc(1, sizeof *service);
    service->endpoint_count = 1 + below(random, ENDPOINTS);
    service->endpoints = xcalloc(ENDPOINTS, sizeof *service->endpoints);
    for (size_t i = 0; i < service->endpoint_count; i++) {
        service->endpoints[i].name = xasprintf("GET /%zu", i);
        service->endpoints[i].rate_per_second = 1 + (double)below(random, 100);
        add_requests(random, &service->endpoints[i]);
    }
    for (size_t i = 0; i < service->endpoint_count; i++)
        for (size_t k = below(random, 3); k > 0; k--)
            strings_add(&service->endpoints[i].after,
                        service->endpoints[below(random, service->endpoint_count)].name);
    return taped(service);
}

static void drop(struct service *service)
{
    untape(service);
    service_release(service);
    free(service);
}

/* Of those that have requests, as their users choose them. */
static size_t any_shares(struct random *random, const struct service *service, struct share *shares)
{
    static const double weights[] = {1, 1, 1, 2, 3.5, 0.25, 0.03};
    size_t count = 0;
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (service->endpoints[i].recorded > 0 && !one_in(random, 4))
            shares[count++] = (struct share){
                .endpoint = i, .weight = weights[below(random, 7)], .requests = below(random, 40)};
    return count;
}

static struct schedule *any_schedule(struct random *random, const struct service *service,
                                     const struct share *shares, size_t count, bool *bounded)
{
    static size_t cursors[ENDPOINTS];
    int64_t duration_ns = one_in(random, 2) ? (int64_t)below(random, 20000) * MS : 0;
    uint64_t requests = one_in(random, 2) ? below(random, 500) : 0, seed = random_next(random);
    struct arriving_options arriving = {.arrivals = one_in(random, 2) ? ARRIVALS_POISSON : ARRIVALS_CONSTANT,
                                        .rate_per_second = one_in(random, 2) ? 100 : 0,
                                        .speed = 1 + random_unit(random),
                                        .duration_ns = duration_ns,
                                        .requests = requests,
                                        .seed = seed};
    *bounded = duration_ns > 0 || requests > 0;
    switch (below(random, 4)) {
    case 0:
        *bounded = true;
        return schedule_recorded(service, shares, count, 0.1 + random_unit(random) * 20, duration_ns,
                                 requests, seed);
    case 1:
        return schedule_arriving(service, shares, count, &arriving);
    case 2:
        *bounded = requests > 0;
        return schedule_closed(service, shares, count, requests, seed);
    default:
        *bounded = true;
        for (size_t i = 0; i < ENDPOINTS; i++)
            cursors[i] = below(random, 30);
        return schedule_block(service, shares, count, cursors, seed);
    }
}

/* The place of each request in its endpoint's way never falls, and its time in the recording is the session's. */
struct seen {
    uint64_t counted, place[ENDPOINTS];
    bool any[ENDPOINTS], needed[ENDPOINTS];
    int64_t offset_ns;
};

static void check_due(const struct service *service, const struct due *due, struct seen *seen)
{
    const struct endpoint *endpoint = &service->endpoints[due->endpoint];
    uint64_t position, place = due->pass * endpoint->recorded + due->request;
    assert_true(due->endpoint < service->endpoint_count && due->request < endpoint->recorded);
    assert_true(due->offset_ns >= seen->offset_ns || due->offset_ns == DUE_AT_ONCE);
    seen->offset_ns = due->offset_ns;
    const struct tape_entry *entry = tape_entry(endpoint->tape, due->request, &position);
    assert_int_equal(position, due->position);
    if (!due->counted) {
        assert_int_equal(due->request, 0);
        return;
    }
    uint64_t session = entry->session != 0 ? schedule_hash(entry->session, due->pass, 0) : 0;
    assert_int_equal(due->session, session);
    assert_true(!seen->any[due->endpoint] || place >= seen->place[due->endpoint]);
    seen->any[due->endpoint] = true;
    seen->place[due->endpoint] = place;
    seen->counted++;
}

/* Prerequisites at most once for each session and endpoint, so far as these are few. */
#define PAIRS 300
struct pairs {
    struct pair {
        uint64_t session;
        size_t endpoint;
    } items[PAIRS];
    size_t count;
};

static void check_once(struct pairs *pairs, const struct due *due)
{
    if (due->counted || pairs->count == PAIRS)
        return;
    for (size_t i = 0; i < pairs->count; i++)
        assert_false(pairs->items[i].session == due->session && pairs->items[i].endpoint == due->endpoint);
    pairs->items[pairs->count++] = (struct pair){due->session, due->endpoint};
}

static void check_schedule(struct random *random, const struct service *service)
{
    static struct pairs pairs;
    struct share shares[ENDPOINTS];
    struct seen seen = {.counted = 0};
    struct due due;
    bool bounded;
    size_t count = any_shares(random, service, shares);
    struct schedule *schedule = any_schedule(random, service, shares, count, &bounded);
    if (one_in(random, 3))
        schedule_ramp(schedule, 1 + (int64_t)below(random, 9000) * MS);
    pairs.count = 0;
    uint64_t planned = schedule_planned(schedule), pulled = 0;
    while ((pulled++ < MOST || planned > 0) && schedule_next(schedule, &due)) {
        check_due(service, &due, &seen);
        check_once(&pairs, &due);
    }
    assert_true(bounded || count == 0 || seen.counted > 0);
    if (planned > 0)
        assert_int_equal(seen.counted, planned);
    schedule_free(schedule);
}

static void test_planned_is_what_is_handed_out(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 3);
    for (int i = 0; i < SERVICES; i++) {
        struct service *service = any_service(&random);
        for (int k = 0; k < 6; k++)
            check_schedule(&random, service);
        drop(service);
    }
}

/* Times beyond what can be said in nanoseconds are far away, not in the past; none of it takes long to find out. */
static void check_extreme(const struct service *service, struct schedule *schedule, int64_t ramp_ns)
{
    struct seen seen = {.counted = 0};
    struct due due;
    schedule_ramp(schedule, ramp_ns);
    for (int i = 0; i < 100 && schedule_next(schedule, &due); i++)
        check_due(service, &due, &seen);
    assert_true(seen.offset_ns >= 0 && seen.offset_ns < INT64_MAX / 2);
    schedule_free(schedule);
}

static void test_extremes(void **state)
{
    (void)state;
    static const double factors[] = {1e-300, 1e-18, 1, 1e18, 1e300};
    static const int64_t times_ns[] = {0, 1, INT64_C(9200000000000000000)};
    struct random random;
    random_init(&random, 4);
    struct service *service = any_service(&random);
    for (; service->endpoints[0].recorded == 0; service = any_service(&random))
        drop(service);
    struct share share = {.endpoint = 0, .weight = 1};
    for (size_t i = 0; i < 5 * 3 * 3; i++) {
        double factor = factors[i % 5];
        int64_t duration_ns = times_ns[i / 5 % 3], ramp_ns = times_ns[i / 15];
        struct arriving_options arriving = {.arrivals = ARRIVALS_CONSTANT,
                                            .rate_per_second = factor,
                                            .duration_ns = duration_ns,
                                            .requests = 200};
        check_extreme(service, schedule_recorded(service, &share, 1, factor, duration_ns, 0, 1), ramp_ns);
        check_extreme(service, schedule_arriving(service, &share, 1, &arriving), ramp_ns);
    }
    drop(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_planned_is_what_is_handed_out),
        cmocka_unit_test(test_extremes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* A schedule cut into parts: over all of them each request once, when the whole sends it; sessions whole; the same again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "plan/schedule.h"
#include "taped.h"

#define SECOND INT64_C(1000000000)
enum { SENT_MOST = 4000, CUTS_MOST = 7 };

static void add_request(struct endpoint *endpoint, int64_t t_us, const char *session)
{
    struct request request = {
        .method = xstrdup("GET"), .url = xstrdup("/"), .session = xstrdup(session), .t_us = t_us};
    recording_add(&endpoint->recording, &request);
}

/* Three endpoints of 60, 40 and 20 requests: in sessions of some requests each, the last one's without any. */
static struct service *three_endpoints(void)
{
    struct service *service = xcalloc(1, sizeof *service);
    service->endpoints = xcalloc(3, sizeof *service->endpoints);
    service->endpoint_count = 3;
    for (size_t e = 0; e < 3; e++) {
        struct endpoint *endpoint = &service->endpoints[e];
        endpoint->name = xasprintf("GET /%c", (char)('a' + (int)e));
        endpoint->weight = 1;
        endpoint->rate_per_second = 6 - 2 * (double)e;
        for (size_t i = 0; i < 60 - 20 * e; i++) {
            char *session = e < 2 ? xasprintf("client %zu", i % 11) : xstrdup("");
            add_request(endpoint, (int64_t)(i * 100000 + e * 7000), session);
            free(session);
        }
    }
    return taped(service);
}

/* A way to drive. */
struct form {
    const char *name;
    struct schedule *(*make)(const struct service *service, const struct share *shares);
};

static struct schedule *one_pass(const struct service *service, const struct share *shares)
{
    return schedule_recorded(service, shares, 3, 2, 0, 0, 5);
}

static struct schedule *for_a_time(const struct service *service, const struct share *shares)
{
    return schedule_recorded(service, shares, 3, 1, 40 * SECOND, 0, 5);
}

static struct schedule *recorded_bound(const struct service *service, const struct share *shares)
{
    return schedule_recorded(service, shares, 3, 1, 0, 777, 5);
}

static struct schedule *at_a_rate(const struct service *service, const struct share *shares)
{
    struct arriving_options options = {
        .arrivals = ARRIVALS_POISSON, .rate_per_second = 20, .requests = 901, .seed = 3};
    return schedule_arriving(service, shares, 3, &options);
}

static struct schedule *constant(const struct service *service, const struct share *shares)
{
    struct arriving_options options = {
        .arrivals = ARRIVALS_CONSTANT, .speed = 2, .duration_ns = 30 * SECOND, .seed = 3};
    return schedule_arriving(service, shares, 3, &options);
}

static struct schedule *ramped(const struct service *service, const struct share *shares)
{
    struct schedule *schedule = at_a_rate(service, shares);
    schedule_ramp(schedule, 10 * SECOND);
    return schedule;
}

static struct schedule *closed(const struct service *service, const struct share *shares)
{
    return schedule_closed(service, shares, 3, 1000, 9);
}

static const struct form forms[] = {
    {"one pass", one_pass},    {"a duration", for_a_time}, {"so many at the recorded times", recorded_bound},
    {"a rate", at_a_rate},     {"constant", constant},     {"a ramp", ramped},
    {"a closed loop", closed},
};

static bool same(const struct due *a, const struct due *b)
{
    return a->endpoint == b->endpoint && a->request == b->request && a->pass == b->pass &&
           a->offset_ns == b->offset_ns && a->session == b->session;
}

static size_t pull_all(struct schedule *schedule, struct due *sent)
{
    size_t count = 0;
    while (count < SENT_MOST && schedule_next(schedule, &sent[count]))
        count++;
    schedule_free(schedule);
    return count;
}

/* The cuts together are a merge of the whole: each of its requests is the next one of exactly one of them. */
static void check_form(const struct form *form, const struct service *service, const struct share *shares,
                       size_t cuts)
{
    static struct due whole[SENT_MOST], part[CUTS_MOST][SENT_MOST];
    size_t count = pull_all(form->make(service, shares), whole), counts[CUTS_MOST], next[CUTS_MOST] = {0};
    assert_in_range(count, 100, SENT_MOST - 1);
    for (size_t cut = 0; cut < cuts; cut++) {
        struct schedule *schedule = form->make(service, shares), *again = form->make(service, shares);
        schedule_cut(schedule, (struct cut){cut, cuts});
        schedule_cut(again, (struct cut){cut, cuts});
        counts[cut] = pull_all(schedule, part[cut]);
        assert_int_equal(schedule_count(again), counts[cut]);
    }
    for (size_t i = 0; i < count; i++) {
        size_t takers = 0;
        for (size_t cut = 0; cut < cuts; cut++)
            if (next[cut] < counts[cut] && same(&whole[i], &part[cut][next[cut]])) {
                next[cut]++;
                takers++;
            }
        if (takers != 1)
            fail_msg("%s in %zu: request %zu was taken %zu times", form->name, cuts, i, takers);
    }
    for (size_t cut = 0; cut < cuts; cut++)
        assert_int_equal(next[cut], counts[cut]);
}

static void drop(struct service *service)
{
    untape(service);
    service_release(service);
    free(service);
}

static void each_request_once(void **state)
{
    (void)state;
    struct service *service = three_endpoints();
    const struct share shares[] = {{0, 1, 0}, {1, 2.5, 0}, {2, 1, 0}};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++)
        for (size_t cuts = 1; cuts <= CUTS_MOST; cuts += 3)
            check_form(&forms[i], service, shares, cuts);
    drop(service);
}

static void sessions_stay_whole(void **state)
{
    (void)state;
    struct service *service = three_endpoints();
    const struct share shares[] = {{0, 1, 0}, {1, 1, 0}, {2, 1, 0}};
    static struct due part[3][SENT_MOST];
    size_t counts[3];
    for (size_t cut = 0; cut < 3; cut++) {
        struct schedule *schedule = closed(service, shares);
        schedule_cut(schedule, (struct cut){cut, 3});
        counts[cut] = pull_all(schedule, part[cut]);
        assert_in_range(counts[cut], 200, 500); /* of 1,000, in some 92 sessions and without any */
    }
    for (size_t cut = 1; cut < 3; cut++)
        for (size_t i = 0; i < counts[cut]; i++)
            for (size_t other = 0; part[cut][i].session != 0 && other < counts[0]; other++)
                assert_int_not_equal(part[cut][i].session, part[0][other].session);
    drop(service);
}

/* What a session needs goes out with it, once, in the part that has the session. */
static void prerequisites_go_with_their_session(void **state)
{
    (void)state;
    struct service *service = three_endpoints();
    const struct share shares[] = {{0, 1, 0}};
    size_t whole = 0, parts = 0;
    struct due due;
    strings_add(&service->endpoints[0].after, service->endpoints[1].name);
    for (size_t cut = 0; cut <= 4; cut++) {
        struct schedule *schedule = schedule_recorded(service, shares, 1, 1, 0, 300, 5);
        if (cut < 4)
            schedule_cut(schedule, (struct cut){cut, 4});
        while (schedule_next(schedule, &due))
            *(cut < 4 ? &parts : &whole) += !due.counted;
        schedule_free(schedule);
    }
    assert_int_equal(whole, 11 * 5);
    assert_int_equal(parts, whole);
    drop(service);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_request_once),
        cmocka_unit_test(sessions_stay_whole),
        cmocka_unit_test(prerequisites_go_with_their_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

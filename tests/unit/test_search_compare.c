/* The strategies for comparison on servers whose truth is known, answer by answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <math.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/search.h"
#include "analysis/search_compare.h"

#define ENDPOINTS 16

/* Grows when every endpoint of a set is in the mix; each question is answered once. */
struct server {
    uint64_t sets[3];
    size_t set_count;
    uint64_t unclear; /* this mix, if any, is not told */
    uint64_t asked[64];
    size_t asked_count, told_count;
};

static enum told truth(const struct server *server, uint64_t mix)
{
    if (mix == server->unclear)
        return TOLD_UNCLEAR;
    for (size_t i = 0; i < server->set_count; i++)
        if ((mix & server->sets[i]) == server->sets[i])
            return TOLD_GROWS;
    return TOLD_FLAT;
}

static enum told ask(void *owner, const size_t *members, size_t count, bool *pending)
{
    struct server *server = owner;
    uint64_t mix = 0;
    for (size_t i = 0; i < count; i++) {
        assert_true(members[i] < ENDPOINTS && (i == 0 || members[i - 1] < members[i]));
        mix |= UINT64_C(1) << members[i];
    }
    size_t at = 0;
    while (at < server->asked_count && server->asked[at] != mix)
        at++;
    if (at == server->asked_count)
        server->asked[server->asked_count++] = mix;
    *pending = at >= server->told_count;
    return *pending ? TOLD_UNCLEAR : truth(server, mix);
}

/* Tells one answer at a time; returns what was found, as bits. */
static uint64_t found(struct server *server, enum search_strategy strategy, const bool *usable)
{
    bool in[ENDPOINTS] = {false};
    while (!search_compare(strategy, ENDPOINTS, usable, NULL, ask, server, in)) {
        for (size_t i = 0; i < ENDPOINTS; i++)
            assert_false(in[i]);
        if (strategy != SEARCH_LINEAR)
            assert_int_equal(server->asked_count, server->told_count + 1);
        server->told_count++;
        assert_true(server->told_count < 64);
    }
    uint64_t mask = 0;
    for (size_t i = 0; i < ENDPOINTS; i++)
        mask |= in[i] ? UINT64_C(1) << i : 0;
    return mask;
}

static uint64_t found_of_all(struct server *server, enum search_strategy strategy)
{
    bool usable[ENDPOINTS];
    memset(usable, true, sizeof usable);
    return found(server, strategy, usable);
}

static const enum search_strategy all[] = {SEARCH_LINEAR, SEARCH_BINARY, SEARCH_DDMIN};

static void each_finds_every_single(void **state)
{
    (void)state;
    const size_t most[] = {ENDPOINTS, 9, 9};
    for (size_t i = 0; i < 3; i++)
        for (size_t leak = 0; leak < ENDPOINTS; leak++) {
            struct server server = {.sets = {UINT64_C(1) << leak}, .set_count = 1};
            assert_int_equal(found_of_all(&server, all[i]), UINT64_C(1) << leak);
            assert_true(server.asked_count <= most[i]);
        }
}

static void only_ddmin_finds_pairs(void **state)
{
    (void)state;
    for (size_t a = 0; a < ENDPOINTS; a++)
        for (size_t b = a + 1; b < ENDPOINTS; b++) {
            uint64_t pair = UINT64_C(1) << a | UINT64_C(1) << b;
            struct server linear = {.sets = {pair}, .set_count = 1}, binary = linear, ddmin = linear;
            assert_int_equal(found_of_all(&linear, SEARCH_LINEAR), 0);
            assert_int_equal(found_of_all(&ddmin, SEARCH_DDMIN), pair);
            uint64_t one = found_of_all(&binary, SEARCH_BINARY);
            assert_true(one != 0 && (one & (one - 1)) == 0);
        }
}

static void only_linear_finds_two_singles(void **state)
{
    (void)state;
    uint64_t first = UINT64_C(1) << 2, second = UINT64_C(1) << 11;
    struct server linear = {.sets = {first, second}, .set_count = 2}, binary = linear, ddmin = linear;
    assert_int_equal(found_of_all(&linear, SEARCH_LINEAR), first | second);
    assert_int_equal(found_of_all(&binary, SEARCH_BINARY), first);
    assert_int_equal(found_of_all(&ddmin, SEARCH_DDMIN), first);
}

static void halves_that_both_are_flat_lead_to_the_first(void **state)
{
    (void)state;
    struct server server = {.sets = {UINT64_C(1) << 3 | UINT64_C(1) << 12}, .set_count = 1};
    assert_int_equal(found_of_all(&server, SEARCH_BINARY), 1);
    assert_int_equal(server.asked_count, 9);
}

static void nothing_is_found_where_nothing_grows(void **state)
{
    (void)state;
    const size_t asked[] = {ENDPOINTS, 1, 1};
    for (size_t i = 0; i < 3; i++) {
        struct server server = {.set_count = 0};
        assert_int_equal(found_of_all(&server, all[i]), 0);
        assert_int_equal(server.asked_count, asked[i]);
    }
}

static void linear_asks_for_all_at_once(void **state)
{
    (void)state;
    bool in[ENDPOINTS] = {false}, usable[ENDPOINTS];
    memset(usable, true, sizeof usable);
    struct server server = {.set_count = 0};
    assert_false(search_compare(SEARCH_LINEAR, ENDPOINTS, usable, NULL, ask, &server, in));
    assert_int_equal(server.asked_count, ENDPOINTS);
}

static void what_cannot_be_told_is_no_growth(void **state)
{
    (void)state;
    uint64_t leak = UINT64_C(1) << 5;
    struct server server = {.sets = {leak}, .set_count = 1, .unclear = leak};
    assert_int_equal(found_of_all(&server, SEARCH_LINEAR), 0);
    struct server whole = {.sets = {leak}, .set_count = 1, .unclear = (UINT64_C(1) << ENDPOINTS) - 1};
    assert_int_equal(found_of_all(&whole, SEARCH_DDMIN), 0);
}

static void what_cannot_be_used_is_not_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        bool usable[ENDPOINTS] = {[1] = true, [6] = true, [7] = true, [13] = true};
        uint64_t mix = UINT64_C(1) << 1 | UINT64_C(1) << 6 | UINT64_C(1) << 7 | UINT64_C(1) << 13;
        struct server server = {.sets = {UINT64_C(1) << 13}, .set_count = 1};
        assert_int_equal(found(&server, all[i], usable), UINT64_C(1) << 13);
        for (size_t at = 0; at < server.asked_count; at++)
            assert_int_equal(server.asked[at] & ~mix, 0);
        bool none[ENDPOINTS] = {false};
        struct server idle = server;
        idle.asked_count = idle.told_count = 0;
        assert_int_equal(found(&idle, all[i], none), 0);
        assert_int_equal(idle.asked_count, 0);
    }
}

/* A whole search by a strategy: it asks for trials alone, and names what it found. */
static struct search *searched(enum search_strategy strategy, struct server *server)
{
    bool usable[ENDPOINTS];
    memset(usable, true, sizeof usable);
    struct search *search = search_new(&(struct search_options){
        .endpoints = ENDPOINTS, .usable = usable, .live = true, .restartable = true, .strategy = strategy, .seed = 1});
    struct question question;
    while (search_ask(search, &question, 1) == 1) {
        struct answer answer = {.told = TOLD_FLAT, .probability = NAN, .partner = NOBODY};
        if (question.ask == ASK_TRIAL) {
            uint64_t mix = 0;
            for (size_t i = 0; i < question.count; i++)
                mix |= UINT64_C(1) << question.members[i];
            answer.told = truth(server, mix);
            server->asked_count++;
        } else {
            assert_int_equal(question.ask, ASK_WARM_UP);
        }
        search_tell(search, &question, &answer);
        assert_true(server->asked_count < 64);
    }
    return search;
}

static void a_search_by_a_strategy_names_what_it_found(void **state)
{
    (void)state;
    uint64_t one = UINT64_C(1) << 4, other = UINT64_C(1) << 9;
    struct server singles = {.sets = {one, other}, .set_count = 2}, pair = {.sets = {one | other}, .set_count = 1};
    struct search *search = searched(SEARCH_LINEAR, &singles);
    struct search_state by_linear = search_state(search);
    assert_true(by_linear.ended);
    assert_int_equal(by_linear.finding_count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(by_linear.findings[i].found, FOUND_ALONE);
        assert_int_equal(by_linear.findings[i].count, 1);
    }
    assert_int_equal(by_linear.findings[0].members[0] + by_linear.findings[1].members[0], 4 + 9);
    search_free(search);
    search = searched(SEARCH_DDMIN, &pair);
    struct search_state by_ddmin = search_state(search);
    assert_int_equal(by_ddmin.finding_count, 1);
    assert_int_equal(by_ddmin.findings[0].found, FOUND_TOGETHER);
    assert_int_equal(by_ddmin.findings[0].count, 2);
    assert_int_equal(by_ddmin.findings[0].members[0], 4);
    assert_int_equal(by_ddmin.findings[0].members[1], 9);
    search_free(search);
    search = searched(SEARCH_BINARY, &(struct server){.set_count = 0});
    assert_int_equal(search_state(search).finding_count, 0);
    search_free(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_finds_every_single),
        cmocka_unit_test(only_ddmin_finds_pairs),
        cmocka_unit_test(only_linear_finds_two_singles),
        cmocka_unit_test(halves_that_both_are_flat_lead_to_the_first),
        cmocka_unit_test(nothing_is_found_where_nothing_grows),
        cmocka_unit_test(linear_asks_for_all_at_once),
        cmocka_unit_test(what_cannot_be_told_is_no_growth),
        cmocka_unit_test(what_cannot_be_used_is_not_asked),
        cmocka_unit_test(a_search_by_a_strategy_names_what_it_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

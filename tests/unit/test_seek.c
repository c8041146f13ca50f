/* The Bayesian search over sets in seeded simulation: right how often, in how many measurements, and how honest. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "analysis/reduce.h"
#include "analysis/seek.h"
#include "base/random.h"
#include "numbers.h"

#define MEMBERS_MOST 64
#define SURE 0.95

/* A service of n endpoints where `size` of them together grow (0: none); answers are wrong that often. */
struct world {
    size_t n, size;
    double error;
    bool leak[MEMBERS_MOST];
    struct random *random;
    const double *leads;
};

struct tally {
    size_t hunts, right, sure, sure_wrong, probes, most;
    double confidence;
};

static void draw_leak(struct world *world)
{
    size_t order[MEMBERS_MOST];
    for (size_t i = 0; i < world->n; i++)
        order[i] = i;
    random_shuffle(world->random, order, world->n);
    memset(world->leak, 0, sizeof world->leak);
    for (size_t i = 0; i < world->size; i++)
        world->leak[order[i]] = true;
}

static bool truly_grows(const struct world *world, const bool *members)
{
    for (size_t i = 0; i < world->n; i++)
        if (world->leak[i] && !members[i])
            return false;
    return world->size > 0;
}

static bool answer(const struct world *world, const bool *members)
{
    return truly_grows(world, members) != (random_unit(world->random) < world->error);
}

static bool is_leak(const struct world *world, const bool *members, size_t size)
{
    return size == world->size && (size == 0 || memcmp(members, world->leak, world->n) == 0);
}

static void count(struct tally *tally, bool right, double confidence, size_t probes)
{
    tally->hunts++;
    tally->right += right;
    tally->sure += confidence > SURE;
    tally->sure_wrong += confidence > SURE && !right;
    tally->confidence += confidence;
    tally->probes += probes;
    tally->most = probes > tally->most ? probes : tally->most;
}

static void hunt(const struct world *world, const double *weights, struct tally *tally)
{
    bool members[MEMBERS_MOST];
    double confidence = NAN;
    struct seek *seek = seek_new(world->n, weights, world->leads, fmax(world->error, 0.001));
    while (seek_ask(seek, members) > 0)
        seek_tell(seek, answer(world, members) ? 1 : 0);
    size_t size = seek_result(seek, members, &confidence);
    count(tally, is_leak(world, members, size), confidence, seek_asked(seek));
    seek_free(seek);
}

static void hunt_by_ddmin(const struct world *world, struct tally *tally)
{
    bool members[MEMBERS_MOST];
    struct reduce *reduce = reduce_new(world->n);
    while (reduce_ask(reduce, members) > 0)
        reduce_tell(reduce, answer(world, members));
    size_t size = 0;
    for (size_t i = 0; i < world->n; i++)
        size += members[i];
    count(tally, is_leak(world, members, size), 0, reduce_asked(reduce));
    reduce_free(reduce);
}

static double share(size_t part, size_t all)
{
    return all > 0 ? (double)part / (double)all : 0;
}

static double bound_log2(size_t n, size_t size)
{
    double bits = 0;
    for (size_t i = 0; i < size; i++)
        bits += log2((double)(n - i) / (double)(i + 1));
    return bits;
}

struct measured {
    struct tally seek, ddmin;
};

static struct measured simulate(size_t n, size_t size, double error, size_t hunts)
{
    struct measured measured = {0};
    struct random random;
    random_init(&random, 1 + n * 1000 + size * 10 + (uint64_t)(error * 20));
    for (size_t i = 0; i < hunts; i++) {
        struct world world = {.n = n, .size = size, .error = error, .random = &random};
        draw_leak(&world);
        hunt(&world, NULL, &measured.seek);
        hunt_by_ddmin(&world, &measured.ddmin);
    }
    return measured;
}

static void print_row(size_t n, size_t size, double error, const struct measured *measured)
{
    const struct tally *seek = &measured->seek, *ddmin = &measured->ddmin;
    print_message("%4zu %4zu %6.2f %7.1f %% %7.1f %5zu %11.3f %9.1f %% %7.1f %6.1f\n", n, size, error,
                  100 * share(seek->right, seek->hunts), share(seek->probes, seek->hunts), seek->most,
                  seek->confidence / (double)seek->hunts, 100 * share(ddmin->right, ddmin->hunts),
                  share(ddmin->probes, ddmin->hunts), bound_log2(n, size));
}

static void print_head(void)
{
    print_message("   n size  wrong     right  probes  most  confidence ddmin right  probes  bound\n");
}

/* Three standard errors of a share that should be at least `least`. */
static double slack(double least, size_t hunts)
{
    return 3 * sqrt(least * (1 - least) / (double)hunts);
}

static const size_t sizes_of_mixes[] = {8, 16, 20, 64};
#define MIXES (sizeof sizes_of_mixes / sizeof *sizes_of_mixes)

static void every_set_is_found_where_answers_are_right(void **state)
{
    (void)state;
    print_head();
    for (size_t mix = 0; mix < MIXES; mix++)
        for (size_t size = 0; size <= 3; size++) {
            struct measured measured = simulate(sizes_of_mixes[mix], size, 0, 300);
            print_row(sizes_of_mixes[mix], size, 0, &measured);
            assert_int_equal(measured.seek.right, measured.seek.hunts);
            assert_int_equal(measured.seek.sure, measured.seek.hunts);
            assert_at_most(share(measured.seek.probes, measured.seek.hunts),
                           bound_log2(sizes_of_mixes[mix], size) + 4);
            if (size > 1)
                assert_at_most((double)measured.seek.probes, (double)measured.ddmin.probes);
        }
}

/* Right as often as it should be, and as often as it says. */
static void wrong_answers_are_doubted(void **state)
{
    (void)state;
    const double errors[] = {0.05, 0.1}, least[] = {0.97, 0.95};
    const size_t hunts = 1000;
    print_head();
    for (size_t e = 0; e < 2; e++)
        for (size_t mix = 0; mix < MIXES; mix++)
            for (size_t size = 0; size <= 3; size++) {
                struct measured measured = simulate(sizes_of_mixes[mix], size, errors[e], hunts);
                print_row(sizes_of_mixes[mix], size, errors[e], &measured);
                const struct tally *seek = &measured.seek;
                double said = seek->confidence / (double)hunts;
                assert_at_most(least[e] - slack(least[e], hunts), share(seek->right, hunts));
                assert_at_most(share(seek->sure_wrong, seek->sure), 1 - SURE);
                assert_at_most(said - 0.01 - slack(said, hunts), share(seek->right, hunts));
            }
}

static void a_pair_of_twenty(void **state)
{
    (void)state;
    struct measured right = simulate(20, 2, 0, 2000), wrong = simulate(20, 2, 0.05, 2000);
    assert_at_most(share(right.seek.probes, right.seek.hunts), 10.5);
    assert_at_most(share(wrong.seek.probes, wrong.seek.hunts), 19);
    assert_at_most(0.97, share(wrong.seek.right, wrong.seek.hunts));
    assert_at_most(share(wrong.ddmin.right, wrong.ddmin.hunts), 0.75);
}

/* Weights that tell something save measurements; those that mislead cost some, not the answer. */
static void weights_guide(void **state)
{
    (void)state;
    struct random random;
    struct tally told = {0}, misled = {0}, untold = {0};
    random_init(&random, 5);
    for (size_t i = 0; i < 500; i++) {
        struct world world = {.n = 20, .size = 2, .error = 0.05, .random = &random};
        double weights[20], against[20];
        draw_leak(&world);
        for (size_t at = 0; at < 20; at++) {
            weights[at] = world.leak[at] ? 8 : 1;
            against[at] = world.leak[at] ? 0 : 1;
        }
        hunt(&world, weights, &told);
        hunt(&world, against, &misled);
        hunt(&world, NULL, &untold);
    }
    print_message(
        "a pair of 20, 5 %% wrong: %.1f probes with good weights, %.1f with none, %.1f with bad ones\n",
        share(told.probes, 500), share(untold.probes, 500), share(misled.probes, 500));
    assert_true(told.probes < untold.probes && untold.probes < misled.probes);
    assert_at_most(0.95, share(told.right, 500));
    assert_at_most(0.9, share(misled.right, 500));
}

/* A suspicion says what to ask first. A right one saves measurements, a wrong one costs some; both are believed as much. */
static void leads_guide_and_prove_nothing(void **state)
{
    (void)state;
    enum { WORLDS = 2000 };
    struct random random;
    struct tally right = {0}, wrong = {0}, none = {0};
    random_init(&random, 6);
    for (size_t i = 0; i < WORLDS; i++) {
        struct world world = {.n = 20, .size = 2, .error = 0.05, .random = &random};
        double leads[20], astray[20];
        size_t strays = 0;
        draw_leak(&world);
        for (size_t at = 0; at < 20; at++) {
            leads[at] = world.leak[at] ? 10 : 1;
            astray[at] = !world.leak[at] && strays++ < 3 ? 10 : 1;
        }
        hunt(&world, NULL, &none);
        world.leads = leads;
        hunt(&world, NULL, &right);
        world.leads = astray;
        hunt(&world, NULL, &wrong);
    }
    print_message("a pair of 20, 5 %% wrong: %.1f probes and %.1f %% right without leads, %.1f and %.1f %% "
                  "with right ones, %.1f "
                  "and %.1f %% with wrong ones\n",
                  share(none.probes, WORLDS), 100 * share(none.right, WORLDS), share(right.probes, WORLDS),
                  100 * share(right.right, WORLDS), share(wrong.probes, WORLDS),
                  100 * share(wrong.right, WORLDS));
    assert_true(right.probes < none.probes && none.probes < wrong.probes);
    assert_at_most(share(none.right, WORLDS) - 0.005, share(wrong.right, WORLDS));
    assert_at_most(share(none.right, WORLDS) - 0.005, share(right.right, WORLDS));
    assert_at_most(share(wrong.sure_wrong, wrong.sure), 0.02);
    assert_at_most(share(right.sure_wrong, right.sure), 0.02);
}

/* Two pairs grow: one of them is found, not a mixture. */
static void one_of_two_pairs(void **state)
{
    (void)state;
    for (size_t i = 0; i < 190; i++) {
        bool members[20];
        double confidence = NAN;
        size_t a = i % 20, b = (a + 1 + i / 20) % 20, c = (b + 5) % 20 == a ? (b + 6) % 20 : (b + 5) % 20,
               d = (c + 7) % 20;
        struct seek *seek = seek_new(20, NULL, NULL, 0.001);
        while (seek_ask(seek, members) > 0)
            seek_tell(seek, (members[a] && members[b]) || (members[c] && members[d]) ? 1 : 0);
        assert_int_equal(seek_result(seek, members, &confidence), c == d ? 1 : 2);
        assert_true((members[a] && members[b]) || (members[c] && members[d]));
        seek_free(seek);
    }
}

static void all_members_may_be_needed(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 3);
    for (size_t n = 1; n <= 12; n++) {
        struct tally tally = {0};
        struct world world = {.n = n, .size = n, .error = 0, .random = &random};
        draw_leak(&world);
        hunt(&world, NULL, &tally);
        assert_int_equal(tally.right, 1);
    }
}

/* What tells nothing: it ends all the same, with no set and without confidence that there is none. */
static void answers_that_say_nothing(void **state)
{
    (void)state;
    const double nothing[] = {0.5, NAN};
    for (size_t i = 0; i < 2; i++) {
        bool members[16];
        double confidence = NAN;
        struct seek *seek = seek_new(16, NULL, NULL, 0.05);
        while (seek_ask(seek, members) > 0)
            seek_tell(seek, nothing[i]);
        assert_int_equal(seek_result(seek, members, &confidence), 0);
        assert_at_most(confidence, 0.2);
        assert_at_most((double)seek_asked(seek), 40);
        seek_free(seek);
    }
}

/* Answers by coin: it ends in a bounded number of measurements, whatever it then thinks. */
static void answers_by_coin_end(void **state)
{
    (void)state;
    struct random random;
    struct tally tally = {0};
    random_init(&random, 9);
    for (size_t i = 0; i < 300; i++) {
        struct world world = {.n = 20, .size = 2, .error = 0.5, .random = &random};
        draw_leak(&world);
        bool members[20];
        double confidence = NAN;
        struct seek *seek = seek_new(20, NULL, NULL, 0.1);
        while (seek_ask(seek, members) > 0)
            seek_tell(seek, answer(&world, members) ? 1 : 0);
        size_t size = seek_result(seek, members, &confidence);
        count(&tally, is_leak(&world, members, size), confidence, seek_asked(seek));
        seek_free(seek);
    }
    assert_at_most((double)tally.most, 8 + 6 * 21 * log2(21));
}

/* The same answers, the same questions: a hunt that is resumed asks what it would have asked. */
static void the_same_answers_ask_the_same(void **state)
{
    (void)state;
    bool first[16], second[16];
    struct seek *seek = seek_new(16, NULL, NULL, 0.05), *again = seek_new(16, NULL, NULL, 0.05);
    size_t size = 0;
    while ((size = seek_ask(seek, first)) > 0) {
        assert_int_equal(seek_ask(seek, first), size);
        assert_int_equal(seek_ask(again, second), size);
        assert_memory_equal(first, second, sizeof first);
        double probability = first[3] && first[11] ? 0.9 : 0.15;
        seek_tell(seek, probability);
        seek_tell(again, probability);
    }
    double confidence = NAN;
    assert_int_equal(seek_result(again, second, &confidence), 2);
    assert_true(second[3] && second[11] && confidence > 0.9);
    seek_free(seek);
    seek_free(again);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_set_is_found_where_answers_are_right),
        cmocka_unit_test(wrong_answers_are_doubted),
        cmocka_unit_test(a_pair_of_twenty),
        cmocka_unit_test(weights_guide),
        cmocka_unit_test(leads_guide_and_prove_nothing),
        cmocka_unit_test(one_of_two_pairs),
        cmocka_unit_test(all_members_may_be_needed),
        cmocka_unit_test(answers_that_say_nothing),
        cmocka_unit_test(answers_by_coin_end),
        cmocka_unit_test(the_same_answers_ask_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

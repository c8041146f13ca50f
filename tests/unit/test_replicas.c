/* Several servers behind one address, by simulation. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/replicas.h"
#include "numbers.h"

#define SERIES 2000
#define COUNT REPLICAS_READINGS
#define QUANTUM 64.0

static uint64_t state_of_chance = 7;

static double uniform(void)
{
    state_of_chance = state_of_chance * 6364136223846793005u + 1442695040888963407u;
    return (double)(state_of_chance >> 11) / 9007199254740992.0;
}

static double normal(void)
{
    return sqrt(-2 * log(1 - uniform())) * cos(6.283185307179586 * uniform());
}

static double noise(size_t i, double s)
{
    (void)i;
    return s + 40000 * normal();
}

static double walk(size_t i, double s)
{
    static double at;
    (void)s;
    return at = (i == 0 ? 0 : at) + 40000 * normal();
}

static double saw(size_t i, double s)
{
    return 100000 * (double)((i + (size_t)(s * 5)) % (2 + (size_t)(s * 4)));
}

static double ramp(size_t i, double s)
{
    return 100000 * s * (double)i;
}

static double step(size_t i, double s)
{
    return i > s * COUNT ? 500000 : 0;
}

static double flat(size_t i, double s)
{
    (void)i, (void)s;
    return 0;
}

/* Cold: the first readings fill something, with a collection now and then. */
static double settles(size_t i, double s)
{
    return 300000 * exp(-(double)i * s) + 100 * normal();
}

static void test_one_server_is_one(void **state)
{
    (void)state;
    const struct {
        const char *name;
        double (*shape)(size_t i, double s);
    } one[] = {{"flat", flat}, {"noise", noise}, {"walk", walk},      {"saw", saw},
               {"ramp", ramp}, {"step", step},   {"settles", settles}};
    for (size_t k = 0; k < sizeof one / sizeof *one; k++) {
        size_t said = 0;
        for (size_t n = 0; n < SERIES; n++) {
            double levels[COUNT], s = uniform();
            for (size_t i = 0; i < COUNT; i++)
                levels[i] = 20e6 + one[k].shape(i, s);
            said += replicas_count(levels, COUNT, QUANTUM) > 1;
        }
        print_message("%s: %.2f %%\n", one[k].name, 100.0 * (double)said / SERIES);
        if (said > SERIES / 200)
            fail_msg("%s: said %zu times in %d", one[k].name, said, SERIES);
    }
}

/* Levels that differ as those of servers that are used differ; each moves by a little of its own. */
static size_t found(size_t servers, bool in_turn)
{
    size_t right = 0;
    for (size_t n = 0; n < SERIES; n++) {
        double levels[COUNT], at[REPLICAS_MOST];
        for (size_t k = 0; k < servers; k++)
            at[k] = 20e6 + 1e6 * (double)k + 5e5 * uniform();
        at[0] += 5e6; /* the order in which they answer is not that of their levels */
        for (size_t i = 0; i < COUNT; i++) {
            size_t k = in_turn ? i % servers : (size_t)(uniform() * (double)servers);
            levels[i] = at[k] + 500 * normal();
        }
        right += replicas_count(levels, COUNT, QUANTUM) > 1;
    }
    return right;
}

static void test_several_are_found(void **state)
{
    (void)state;
    for (size_t servers = 2; servers <= 4; servers++) {
        size_t turn = found(servers, true), chance = found(servers, false);
        print_message("%zu servers: in turn %.1f %%, by chance %.1f %%\n", servers,
                      100.0 * (double)turn / SERIES, 100.0 * (double)chance / SERIES);
        assert_true(turn >= SERIES * 95 / 100);
        if (servers == 2)
            assert_true(chance >= SERIES * 90 / 100);
    }
    const double three[] = {9e6, 2e6, 5e6, 9e6, 2e6, 5e6, 9e6, 2e6, 5e6, 9e6, 2e6, 5e6};
    assert_int_equal(replicas_count(three, 12, QUANTUM), 3);
    assert_int_equal(replicas_count(three, 9, QUANTUM), 1);
}

static void test_who_names_itself_is_believed(void **state)
{
    (void)state;
    const double turns[] = {1, 2, 1, 2}, restart[] = {1, 1, 2, 2}, one[] = {1, 1, 1, NAN},
                 three[] = {1, 2, 3, 3, 1};
    assert_int_equal(replicas_named(turns, 4), 2);
    assert_int_equal(replicas_named(restart, 4), 1);
    assert_int_equal(replicas_named(one, 4), 1);
    assert_int_equal(replicas_named(three, 5), 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_server_is_one),
        cmocka_unit_test(test_several_are_found),
        cmocka_unit_test(test_who_names_itself_is_believed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

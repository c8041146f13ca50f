/* Pairs of runs that take long to make, written into a store: hunts, sets, what stands against a fix. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "flow/compare.h"
#include "numbers.h"
#include "report/comparison.h"
#include "scenario/limit.h"

static char directory[64];
static struct store *store;

static int remove_one(const char *name, const struct stat *status, int flag, struct FTW *walk)
{
    (void)status, (void)flag, (void)walk;
    return remove(name);
}

static int setup(void **state)
{
    (void)state;
    struct err err = {0};
    char path[96];
    snprintf(directory, sizeof directory, "/tmp/seep-compare-XXXXXX");
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(path, sizeof path, "%s/seep.db", directory);
    store = store_open(path, &err);
    return store != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    store_close(store);
    return nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- a run as the store has it ---- */

struct made {
    int64_t run;
    struct result result;
};

static struct made begin(const char *command, const char *label)
{
    struct err err = {0};
    struct made made = {.run = store_begin_run(store, command, "scenarios/shop", label, "", 1, &err)};
    assert_true(made.run > 0);
    made.result = (struct result){.run = made.run, .verdict = VERDICT_NO_GROWTH, .requests = 4000};
    result_say(&made.result.reason, "as it was");
    made.result.replay = (struct tally){.planned = 4000, .done = 4000, .landed = 4000};
    return made;
}

static void replayed(const struct made *made, const char *endpoint, uint64_t done, double rate)
{
    struct endpoint_load load = {.endpoint = (char *)endpoint,
                                 .tally = {.planned = done, .done = done, .landed = done},
                                 .recorded_rate_per_second = rate};
    store_put_load(store, made->run, &load);
}

static void measured(const struct made *made, enum step step, const char *mix, const char *signal,
                     double value, double half)
{
    struct measurement measurement = {.trial = 1,
                                      .step = step,
                                      .mix = (char *)mix,
                                      .signal = (char *)signal,
                                      .objects = strcmp(signal, "live_objects") == 0,
                                      .requests = 4000,
                                      .per_request = value,
                                      .interval = {value - half, value + half},
                                      .verdict = value > 0.5 ? VERDICT_GROWTH : VERDICT_NO_GROWTH,
                                      .note = (char *)""};
    store_put_measurement(store, made->run, &measurement);
}

static struct signal_result *told(struct made *made, const char *name, enum verdict verdict, double smallest)
{
    struct signal_result *signal = result_add_signal(&made->result, name);
    signal->objects = strcmp(name, "live_objects") == 0;
    signal->verdict = verdict;
    signal->smallest_detectable = smallest;
    signal->interval = (struct interval){NAN, NAN};
    return signal;
}

static void found(struct made *made, enum finding_kind kind, const char *per, const char *other)
{
    struct finding *finding = result_add_finding(&made->result);
    made->result.verdict = VERDICT_GROWTH;
    finding->kind = kind;
    if (other != NULL)
        strings_add(&finding->endpoints, other);
    strings_add(&finding->endpoints, per);
    result_say(&finding->per, "%s", per);
    result_say(&finding->signal, "live_bytes");
}

static void end(struct made *made)
{
    struct err err = {0};
    made->result.exit_code = made->result.verdict == VERDICT_GROWTH ? 1 : 0;
    assert_int_equal(store_flush(store, &err), 0);
    assert_int_equal(store_end_run(store, made->run, &made->result, &err), 0);
    result_release(&made->result);
}

/* A hunt that found what grows by 40 B in GET /leak. */
static void hunt_before(enum finding_kind kind, const char *other)
{
    struct made made = begin("bisect", "before");
    replayed(&made, "GET /leak", 1000, 2);
    replayed(&made, "GET /flat", 3000, 6);
    measured(&made, STEP_SCREEN, "GET /leak", "live_bytes", 44, 10);
    measured(&made, STEP_SCREEN, "GET /flat", "live_bytes", 0, 0.1);
    measured(&made, STEP_LONG_SOLO, "GET /leak", "live_bytes", 40, 0.5);
    found(&made, kind, "GET /leak", other);
    end(&made);
}

static struct made hunt_after(double leak, double half)
{
    struct made made = begin("bisect", "after");
    replayed(&made, "GET /leak", 1000, 2);
    replayed(&made, "GET /flat", 3000, 6);
    measured(&made, STEP_SCREEN, "GET /leak", "live_bytes", leak, half);
    measured(&made, STEP_SCREEN, "GET /flat", "live_bytes", 0, 0.1);
    measured(&made, STEP_COMPLEMENT, "the mix without the findings", "live_bytes", 0, 0.1);
    told(&made, "live_bytes", VERDICT_NO_GROWTH, 1.5);
    return made;
}

static struct comparison compared(const char *before, const char *after)
{
    struct comparison comparison;
    struct err err = {0};
    const struct limits none = {0};
    if (compare(store, &(struct compare_options){before, after, &none}, &comparison, &err) != 0)
        fail_msg("%s", err.message);
    return comparison;
}

static void expect(enum compared_answer answer, int exit_code)
{
    struct comparison comparison = compared("before", "after");
    if (comparison.refusal != NULL || comparison.answer != answer)
        fail_msg("%s: %s", compared_answer_name(comparison.answer), comparison.refusal);
    assert_int_equal(comparison.exit_code, exit_code);
    comparison_release(&comparison);
}

static void has(const char *text, const char *part)
{
    if (text == NULL || strstr(text, part) == NULL)
        fail_msg("'%s' is not in: %s", part, text);
}

static void expect_refusal(const char *why)
{
    struct comparison comparison = compared("before", "after");
    has(comparison.refusal, why);
    assert_int_equal(comparison.exit_code, 125);
    comparison_release(&comparison);
}

/* ---- hunts ---- */

static void the_best_of_each_hunt_is_compared(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = hunt_after(0, 0.3);
    end(&after);
    struct comparison comparison = compared("before", "after");
    assert_int_equal(comparison.answer, COMPARED_BELOW);
    assert_int_equal(comparison.count, 1);
    assert_string_equal(comparison.items[0].mix, "GET /leak");
    assert_int_equal(comparison.items[0].before.step, STEP_LONG_SOLO);
    assert_int_equal(comparison.items[0].after.step, STEP_SCREEN);
    assert_near(comparison.items[0].difference, -40, 1e-9);
    assert_true(
        isnan(comparison.items[0].after.smallest_detectable)); /* that of the mix is not the endpoint's */
    comparison_release(&comparison);
}

static void a_screen_too_coarse_shows_nothing(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = hunt_after(0, 3);
    end(&after);
    expect(COMPARED_OPEN, 125);
}

/* What only ten thousand calls showed is not shown to be gone by a few hundred. */
static void a_screen_that_had_not_seen_it_shows_nothing(void **state)
{
    (void)state;
    struct made before = begin("bisect", "before");
    replayed(&before, "GET /leak", 4000, 2);
    measured(&before, STEP_SCREEN, "GET /leak", "live_bytes", 0, 0.3);
    measured(&before, STEP_LONG_SOLO, "GET /leak", "live_bytes", 40, 0.5);
    found(&before, FINDING_ALONE, "GET /leak", NULL);
    end(&before);
    struct made after = hunt_after(0, 0.3);
    end(&after);
    struct comparison comparison = compared("before", "after");
    assert_int_equal(comparison.answer, COMPARED_OPEN);
    has(comparison.doubt, "only screened GET /leak");
    comparison_release(&comparison);
}

/* "B leaks once A was called": alone on a fresh server it is flat, with the leak and without. */
static void what_needs_another_is_not_judged_alone(void **state)
{
    (void)state;
    hunt_before(FINDING_LATCHED, "GET /flat");
    struct made after = hunt_after(41, 10);
    measured(&after, STEP_LONG_SOLO, "GET /leak", "live_bytes", 40, 0.5);
    measured(&after, STEP_ISOLATED, "GET /leak", "live_bytes", 0, 0.1);
    end(&after);
    expect(COMPARED_UNIMPROVED, 1);
}

static void a_set_is_refused_and_told_how(void **state)
{
    (void)state;
    hunt_before(FINDING_CONSUMED, "GET /flat");
    struct made after = hunt_after(0, 0.3);
    end(&after);
    expect_refusal("compare two of `seep run scenarios/shop -e 'GET /flat' -e 'GET /leak'`");
}

static void a_new_finding_is_worse(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = hunt_after(0, 0.3);
    measured(&after, STEP_LONG_SOLO, "GET /flat", "live_bytes", 12, 0.5);
    found(&after, FINDING_ALONE, "GET /flat", NULL);
    end(&after);
    struct comparison comparison = compared("before", "after");
    assert_int_equal(comparison.answer, COMPARED_WORSE);
    assert_string_equal(comparison_deciding(&comparison)->mix, "GET /flat");
    assert_int_equal(comparison.items[0].answer, COMPARED_BELOW);
    comparison_release(&comparison);
}

static void what_was_not_looked_at_is_not_mended(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = hunt_after(0, 0.3);
    strings_add(&result_add_not_looked_at(&after.result, "answered 500 where 200 was recorded")->endpoints,
                "GET /leak");
    end(&after);
    expect_refusal("did not look at GET /leak: answered 500 where 200 was recorded");
}

static void while_the_mix_grows_no_endpoint_is_mended(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = hunt_after(0, 0.3);
    measured(&after, STEP_COMPLEMENT, "the mix without the findings", "live_bytes", 5, 0.1);
    end(&after);
    expect(COMPARED_OPEN, 125);
}

static void growth_outside_of_what_is_counted_is_against_it(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = hunt_after(0, 0.3);
    told(&after, "rss", VERDICT_GROWTH, 60)->interval = (struct interval){200, 240};
    end(&after);
    struct comparison comparison = compared("before", "after");
    struct text words = TEXT_EMPTY;
    say_comparison(&words, &comparison);
    assert_int_equal(comparison.answer, COMPARED_OPEN);
    has(text_string(&words), "no evidence either way: in run");
    has(text_string(&words), "rss grows while what decides is flat");
    text_release(&words);
    comparison_release(&comparison);
}

static void hunts_that_found_nothing_compare_the_mix(void **state)
{
    (void)state;
    struct made before = hunt_after(0, 0.3);
    end(&before);
    struct made after = hunt_after(0, 0.3);
    end(&after);
    char number[24];
    snprintf(number, sizeof number, "%lld", (long long)before.run);
    struct comparison comparison = compared(number, "after");
    assert_int_equal(comparison.answer, COMPARED_BELOW);
    assert_string_equal(comparison.items[0].mix, "the mix of 2 endpoints");
    assert_int_equal(comparison.items[0].after.step, STEP_COMPLEMENT);
    comparison_release(&comparison);
}

/* ---- a hunt and a soak ---- */

static struct made soak(const char *label, double value)
{
    struct made made = begin("run", label);
    measured(&made, STEP_SOAK, "the mix", "live_bytes", value, 0.1);
    told(&made, "live_bytes", value > 0.5 ? VERDICT_GROWTH : VERDICT_NO_GROWTH, 1.5);
    return made;
}

static void a_finding_against_a_run_of_it_alone(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = soak("after", 0);
    replayed(&after, "GET /leak", 4000, 2);
    end(&after);
    expect(COMPARED_BELOW, 0);
}

static void a_finding_against_a_run_of_another_endpoint_or_a_mix(void **state)
{
    (void)state;
    hunt_before(FINDING_ALONE, NULL);
    struct made after = soak("after", 0);
    replayed(&after, "GET /leak", 1000, 2);
    replayed(&after, "GET /flat", 3000, 6);
    end(&after);
    expect_refusal("a soak of a mix");
    after = soak("after", 0);
    replayed(&after, "GET /elsewhere", 4000, 2);
    end(&after);
    expect_refusal("have no measurement of GET /elsewhere in a common signal");
}

/* ---- soaks ---- */

static void two_soaks(const char *endpoint, uint64_t before, uint64_t after)
{
    struct made one = soak("before", 40), other = soak("after", 0);
    replayed(&one, "GET /most", 4000 - before, 1);
    replayed(&other, "GET /most", 4000 - after, 1);
    if (before > 0)
        replayed(&one, endpoint, before, 1);
    if (after > 0)
        replayed(&other, endpoint, after, 1);
    end(&one);
    end(&other);
}

static void shares_may_differ_by_chance_and_half_as_much(void **state)
{
    (void)state;
    static const struct {
        uint64_t before, after;
        const char *why; /* NULL: comparable */
    } rows[] = {
        {1000, 1400, NULL},
        {1000, 1700, "more than 1.5 times apart"},
        {1700, 1000, "more than 1.5 times apart"},
        {4, 12, NULL}, /* may be chance */
        {40, 120, "more than 1.5 times apart"},
        {4, 0, NULL}, /* so few may be none */
        {40, 0, "did not replay GET /rare"},
        {0, 40, "did not replay GET /rare"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        two_soaks("GET /rare", rows[i].before, rows[i].after);
        if (rows[i].why != NULL)
            expect_refusal(rows[i].why);
        else
            expect(COMPARED_BELOW, 0);
    }
}

static void an_endpoint_that_only_one_looked_at(void **state)
{
    (void)state;
    struct made one = soak("before", 40), other = soak("after", 0);
    replayed(&one, "GET /most", 2000, 1);
    replayed(&one, "GET /astray", 2000, 1);
    replayed(&other, "GET /most", 2000, 1);
    replayed(&other, "GET /astray", 2000, 1);
    strings_add(&result_add_not_looked_at(&other.result, "answered 404 where 200 was recorded")->endpoints,
                "GET /astray");
    end(&one);
    end(&other);
    expect_refusal("did not look at GET /astray (answered 404 where 200 was recorded)");
}

/* Nothing but RSS in common: it decides, and shows no more than its dead zone lets through. */
static void rss_decides_where_nothing_else_is_in_common(void **state)
{
    (void)state;
    for (int sharp = 0; sharp < 2; sharp++) {
        struct made one = soak("before", 40), other = begin("run", "after");
        replayed(&one, "GET /most", 4000, 1);
        replayed(&other, "GET /most", 4000, 1);
        measured(&one, STEP_SOAK, "the mix", "rss", 60, 5);
        measured(&other, STEP_SOAK, "the mix", "rss", 0, 0.2);
        told(&other, "rss", VERDICT_NO_GROWTH, sharp ? 15 : 120);
        end(&one);
        end(&other);
        struct comparison comparison = compared("before", "after");
        assert_int_equal(comparison.count, 1);
        assert_true(comparison.items[0].decides && comparison.items[0].hides);
        assert_int_equal(comparison.answer, sharp ? COMPARED_BELOW : COMPARED_OPEN);
        has(comparison.caveats.items[0], "live_bytes was measured in run");
        comparison_release(&comparison);
    }
}

/* Of a service's own signal the store does not say whether it has a dead zone; what it could have seen does. */
static void a_signal_of_the_services_own(void **state)
{
    (void)state;
    for (int sharp = 0; sharp < 2; sharp++) {
        struct made one = begin("run", "before"), other = begin("run", "after");
        struct made *both[] = {&one, &other};
        for (size_t i = 0; i < 2; i++) {
            replayed(both[i], "GET /most", 4000, 1);
            measured(both[i], STEP_SOAK, "the mix", "heap", i == 0 ? 40 : 0, 0.1);
            told(both[i], "heap", i == 0 ? VERDICT_GROWTH : VERDICT_NO_GROWTH, sharp ? 1.5 : 120);
            end(both[i]);
        }
        expect(sharp ? COMPARED_BELOW : COMPARED_OPEN, sharp ? 0 : 125);
    }
}

static void an_inconclusive_soak_whose_signals_are_flat(void **state)
{
    (void)state;
    struct made one = soak("before", 40), other = soak("after", 0);
    replayed(&one, "GET /most", 4000, 1);
    replayed(&other, "GET /most", 4000, 1);
    other.result.verdict = VERDICT_INCONCLUSIVE;
    result_say(&other.result.reason, "the rates were not true: who knows");
    end(&one);
    end(&other);
    struct comparison comparison = compared("before", "after");
    assert_int_equal(comparison.answer, COMPARED_OPEN);
    has(comparison.doubt, "is inconclusive: the rates were not true");
    comparison_release(&comparison);
}

static void the_strictest_limit_counts(void **state)
{
    (void)state;
    struct made one = soak("before", 40), other = soak("after", 20);
    replayed(&one, "GET /most", 4000, 1);
    replayed(&other, "GET /most", 4000, 1);
    end(&one);
    end(&other);
    static const char *const texts[] = {"growth > 30 B/request", "growth > 10 B/request",
                                        "growth > 25 B/request"};
    struct limits limits = {0};
    struct comparison comparison;
    struct err err = {0};
    for (size_t i = 0; i < 3; i++) {
        struct limit limit = {0};
        assert_int_equal(limit_parse(texts[i], &limit, &err), 0);
        limits_take(&limits, &limit);
    }
    assert_int_equal(compare(store, &(struct compare_options){"before", "after", &limits}, &comparison, &err),
                     0);
    assert_int_equal(comparison.answer, COMPARED_IMPROVED);
    assert_string_equal(comparison.items[0].limit_text, "growth > 10 B/request");
    comparison_release(&comparison);
    limits_release(&limits);
}

/* Names come from recordings: none may move a cursor or break a table. */
static void names_are_made_harmless(void **state)
{
    (void)state;
    struct made one = soak("before", 40), other = soak("after", 20);
    replayed(&one, "GET /\033[2J|x", 4000, 1);
    replayed(&other, "GET /\033[2J|x", 4000, 1);
    end(&one);
    end(&other);
    view_writer *const writers[] = {comparison_terminal, comparison_json, comparison_markdown};
    struct comparison comparison = compared("before", "after");
    for (size_t i = 0; i < 3; i++) {
        struct err err = {0};
        char *bytes = NULL;
        size_t size = 0;
        FILE *out = open_memstream(&bytes, &size);
        assert_int_equal(writers[i](&comparison, out, &err), 0);
        fclose(out);
        has(bytes, "[2J");
        has(bytes, "but still growing: 20 B/request");
        assert_null(strchr(bytes, '\033'));
        free(bytes);
    }
    comparison_release(&comparison);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_best_of_each_hunt_is_compared),
        TEST(a_screen_too_coarse_shows_nothing),
        TEST(a_screen_that_had_not_seen_it_shows_nothing),
        TEST(what_needs_another_is_not_judged_alone),
        TEST(a_set_is_refused_and_told_how),
        TEST(a_new_finding_is_worse),
        TEST(what_was_not_looked_at_is_not_mended),
        TEST(while_the_mix_grows_no_endpoint_is_mended),
        TEST(growth_outside_of_what_is_counted_is_against_it),
        TEST(hunts_that_found_nothing_compare_the_mix),
        TEST(a_finding_against_a_run_of_it_alone),
        TEST(a_finding_against_a_run_of_another_endpoint_or_a_mix),
        TEST(shares_may_differ_by_chance_and_half_as_much),
        TEST(an_endpoint_that_only_one_looked_at),
        TEST(rss_decides_where_nothing_else_is_in_common),
        TEST(a_signal_of_the_services_own),
        TEST(an_inconclusive_soak_whose_signals_are_flat),
        TEST(the_strictest_limit_counts),
        TEST(names_are_made_harmless),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

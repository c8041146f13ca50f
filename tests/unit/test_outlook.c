/* What a result means for production: what is said, and when nothing is. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "flow/outlook.h"
#include "numbers.h"

#define MIB (1024.0 * 1024)

struct bench {
    struct service service;
    struct trials trials;
    struct result result;
};

/* 100 MB a day in production, one instance; nothing was found, and the peak is what is kept. */
static int setup(void **state)
{
    static struct bench bench;
    memset(&bench, 0, sizeof bench);
    bench.service = (struct service){.observed_bytes = 100e6, .observed_seconds = 86400, .instances = 1};
    bench.result.peak_bytes = bench.result.kept_bytes = 36 * MIB;
    *state = &bench;
    return 0;
}

static int teardown(void **state)
{
    result_release(&((struct bench *)*state)->result);
    return 0;
}

static void find(struct bench *bench, double bytes_per_request, double rate)
{
    struct finding *finding = result_add_finding(&bench->result);
    finding->bytes_per_request = bytes_per_request;
    finding->interval = (struct interval){bytes_per_request * 0.9, bytes_per_request * 1.1};
    bench->result.verdict = VERDICT_GROWTH;
    outlook_project(finding, &bench->service, rate, NAN);
}

static void says(const struct bench *bench, size_t count, const char *words)
{
    const struct strings *caveats = &bench->result.caveats;
    if (caveats->count != count)
        fail_msg("%zu caveats, the first '%s'", caveats->count, caveats->count > 0 ? caveats->items[0] : "");
    if (words != NULL && strstr(caveats->items[0], words) == NULL)
        fail_msg("'%s' is not in '%s'", words, caveats->items[0]);
}

/* python3 -c 'print(1000 * 86400 / 100e6)'  ->  0.864 */
static void most_of_it_is_explained(void **state)
{
    struct bench *bench = *state;
    find(bench, 1000, 1);
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    assert_near(bench->result.observed.explained, 0.864, 1e-9);
    assert_near(bench->result.observed.interval.low, 0.864 * 0.9, 1e-9);
    says(bench, 0, NULL);
}

static void little_of_it_is_not(void **state)
{
    struct bench *bench = *state;
    find(bench, 48, 1);
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    assert_near(bench->result.observed.explained, 0.041472, 1e-9);
    says(bench, 1, "does not explain the growth in production: look for more");
}

static void one_of_many_instances_gets_its_part(void **state)
{
    struct bench *bench = *state;
    bench->service.instances = 20;
    find(bench, 1000, 1);
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    assert_near(bench->result.findings[0].projection.at_rate_per_second, 0.05, 1e-12);
    assert_near(bench->result.observed.explained, 0.0432, 1e-9);
    says(bench, 1, "look for more");
}

static void more_than_there_was_is_doubted(void **state)
{
    struct bench *bench = *state;
    find(bench, 1000, 20);
    outlook_add(&bench->result, &bench->service, &bench->trials, 20);
    says(bench, 1, "are the recorded requests those of one instance (`instances`)");
}

static void flat(struct bench *bench, double smallest)
{
    struct signal_result *objects = result_add_signal(&bench->result, "live_objects");
    objects->objects = true, objects->verdict = VERDICT_NO_GROWTH, objects->smallest_detectable = 0.01;
    struct signal_result *bytes = result_add_signal(&bench->result, "live_bytes");
    bytes->verdict = VERDICT_NO_GROWTH;
    bytes->smallest_detectable = smallest;
    bench->result.verdict = VERDICT_NO_GROWTH;
}

static void what_was_too_small_to_be_seen_is_counted(void **state)
{
    struct bench *bench = *state;
    flat(bench, 10);
    outlook_add(&bench->result, &bench->service, &bench->trials, 5);
    assert_near(bench->result.observed.explained, 0, 0);
    assert_near(bench->result.observed.interval.high, 0.0432, 1e-9);
    says(bench, 0, NULL);
}

static void a_run_that_could_not_have_seen_it_says_so(void **state)
{
    struct bench *bench = *state;
    flat(bench, 200);
    outlook_add(&bench->result, &bench->service, &bench->trials, 5);
    assert_near(bench->result.observed.interval.high, 0.864, 1e-9);
    says(bench, 1, "too small to be seen could still be what production showed");
}

static void what_is_open_says_nothing_of_it(void **state)
{
    struct bench *bench = *state;
    outlook_add(&bench->result, &bench->service, &bench->trials, 5);
    assert_true(isnan(bench->result.observed.explained));
    assert_near(bench->result.observed.bytes, 100e6, 0);
    says(bench, 0, NULL);
}

static void without_a_chart_nothing_is_said(void **state)
{
    struct bench *bench = *state;
    bench->service.observed_bytes = 0;
    find(bench, 48, 1);
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    assert_true(isnan(bench->result.observed.explained));
    says(bench, 0, NULL);
}

static void a_peak_is_told_with_its_amounts(void **state)
{
    struct bench *bench = *state;
    bench->result.peak_bytes = 3.1 * 1024 * MIB;
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    says(bench, 1,
         "keeps 36 MiB, reached 3.1 GiB: a container sized on what it keeps dies on what it reaches");
}

/* 700 MiB: 664 MiB of room at 1 MiB a day, 300 MiB of it at the peak. */
static void growth_dies_of_its_peaks(void **state)
{
    struct bench *bench = *state;
    bench->service.memory_limit_bytes = 700 * MIB;
    bench->service.observed_bytes = 0;
    struct finding *finding = result_add_finding(&bench->result);
    finding->bytes_per_request = MIB / 86400;
    outlook_project(finding, &bench->service, 1, 36 * MIB);
    bench->result.peak_bytes = 400 * MIB;
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    says(bench, 1, "dies on what it reaches; as it grows, in 300 days and not in 664");
}

/* An endpoint without a recorded rate: nothing is known of its days, and 0 % would be wrong. */
static void without_a_rate_nothing_is_explained(void **state)
{
    struct bench *bench = *state;
    find(bench, 48, 0);
    outlook_add(&bench->result, &bench->service, &bench->trials, 0);
    assert_true(isnan(bench->result.observed.explained));
    says(bench, 0, NULL);
    result_drop_finding(&bench->result, 0);
    flat(bench, 200);
    outlook_add(&bench->result, &bench->service, &bench->trials, 0);
    assert_true(isnan(bench->result.observed.explained) && isnan(bench->result.observed.interval.high));
    says(bench, 0, NULL);
}

static void a_peak_from_before_is_told_as_such(void **state)
{
    struct bench *bench = *state;
    bench->result.peak_bytes = 3.1 * 1024 * MIB;
    bench->trials.peak_is_older = true;
    bench->service.memory_limit_bytes = 700 * MIB;
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    says(bench, 1,
         "keeps 36 MiB, reached 3.1 GiB before the first request: more than its memory_limit of 700 MiB");
}

static void what_it_keeps_may_be_unknown(void **state)
{
    struct bench *bench = *state;
    bench->result.peak_bytes = 800 * MIB;
    bench->result.kept_bytes = NAN;
    bench->service.memory_limit_bytes = 700 * MIB;
    outlook_add(&bench->result, &bench->service, &bench->trials, 1);
    says(bench, 1, "reached 800 MiB: more than its memory_limit of 700 MiB");
    assert_null(strstr(bench->result.caveats.items[0], "keeps"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(most_of_it_is_explained, setup, teardown),
        cmocka_unit_test_setup_teardown(little_of_it_is_not, setup, teardown),
        cmocka_unit_test_setup_teardown(one_of_many_instances_gets_its_part, setup, teardown),
        cmocka_unit_test_setup_teardown(more_than_there_was_is_doubted, setup, teardown),
        cmocka_unit_test_setup_teardown(what_was_too_small_to_be_seen_is_counted, setup, teardown),
        cmocka_unit_test_setup_teardown(a_run_that_could_not_have_seen_it_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_open_says_nothing_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_chart_nothing_is_said, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peak_is_told_with_its_amounts, setup, teardown),
        cmocka_unit_test_setup_teardown(growth_dies_of_its_peaks, setup, teardown),
        cmocka_unit_test_setup_teardown(without_a_rate_nothing_is_explained, setup, teardown),
        cmocka_unit_test_setup_teardown(a_peak_from_before_is_told_as_such, setup, teardown),
        cmocka_unit_test_setup_teardown(what_it_keeps_may_be_unknown, setup, teardown),
    };
    return cmocka_run_group_tests_name("outlook", tests, NULL, NULL);
}

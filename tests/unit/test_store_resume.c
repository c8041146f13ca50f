/* Probes, and runs that go on. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "example.h"
#include "scratch_store.h"

static int setup(void **state)
{
    (void)state;
    return scratch_store("resume");
}

static void put(struct store *store, int64_t run, int64_t number, const char *key, int64_t reused_from)
{
    char mix[] = "GET /a", question[] = "alone 3", answer[] = "{\"told\":\"flat\"}", says[] = "flat";
    char *copy = key != NULL ? xstrdup(key) : NULL;
    struct probe probe = {
        .number = number,
        .trial = reused_from != 0 ? 0 : 2,
        .step = STEP_ISOLATED,
        .mix = mix,
        .question = question,
        .answer = answer,
        .says = says,
        .key = copy,
        .reused_from = reused_from,
        .started_s = 1.5,
        .ended_s = 3.75 + (double)number,
        .requests = 5000,
    };
    store_put_probe(store, run, &probe);
    free(copy);
}

static void flush(struct store *store)
{
    struct err err = {0};
    if (store_flush(store, &err) < 0)
        fail_msg("%s", err.message);
}

/* It is no part of the result: it is there from the start, and stays when a hunt goes on. */
static void what_production_suspects_stays(void **state)
{
    (void)state;
    struct err err = {0};
    struct suspicions kept = {NULL, 0}, read, none = {NULL, 0};
    struct result result;
    struct resumed resumed;
    struct suspicion *first = suspicions_add(&kept);
    strings_add(&first->endpoints, "GET /orders/{id}");
    first->probability = 0.93, first->bytes_per_request = 48, first->share = 0.62;
    struct suspicion *second = suspicions_add(&kept);
    strings_add(&second->endpoints, "POST /b");
    strings_add(&second->endpoints, "GET /a");
    second->probability = 0.4;
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "bisect", "s", "", "", 1, &err);
    int64_t other = store_begin_run(store, "bisect", "s", "", "", 1, &err);
    assert_int_equal(store_keep_suspects(store, run, &kept, &err), 0);
    assert_int_equal(store_keep_suspects(store, other, &none, &err), 0);
    for (int times = 0; times < 3; times++) {
        assert_int_equal(store_read_suspects(store, run, &read, &err), 0);
        assert_int_equal(store_read_result(store, run, &result, &err), 0);
        const struct suspicions *both[] = {&read, &result.suspects};
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(both[i]->count, 2);
            assert_string_equal(both[i]->items[0].endpoints.items[0], "GET /orders/{id}");
            assert_true(both[i]->items[0].probability == 0.93 && both[i]->items[0].bytes_per_request == 48 &&
                        both[i]->items[0].share == 0.62);
            assert_int_equal(both[i]->items[1].endpoints.count, 2);
            assert_string_equal(both[i]->items[1].endpoints.items[1], "GET /a");
            assert_true(isnan(both[i]->items[1].bytes_per_request) && isnan(both[i]->items[1].share));
        }
        suspicions_release(&read);
        result.ended_early = true;
        if (times == 0)
            assert_int_equal(store_end_run(store, run, &result, &err), 0);
        else if (times == 1)
            assert_int_equal(store_resume_run(store, run, &resumed, &err), 0);
        result_release(&result);
    }
    assert_int_equal(store_read_suspects(store, other, &read, &err), 0);
    assert_int_equal(read.count, 0);
    suspicions_release(&kept);
    store_close(store);
}

static void probes_round_trip(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    int64_t run = store_begin_run(store, "bisect", "s", "", "", 1, &err);
    put(store, run, 0, NULL, 0);
    put(store, run, 2, NULL, 7);
    put(store, run, 1, "other", 0);
    put(store, run, 1, "key", 0); /* the later one stands */
    flush(store);
    struct probe *probes, zero;
    size_t count;
    assert_int_equal(store_read_probes(store, run, &probes, &count, &err), 0);
    assert_int_equal(count, 2);
    assert_int_equal(probes[0].number, 1);
    assert_int_equal(probes[0].trial, 2);
    assert_int_equal(probes[0].step, STEP_ISOLATED);
    assert_string_equal(probes[0].mix, "GET /a");
    assert_string_equal(probes[0].question, "alone 3");
    assert_string_equal(probes[0].answer, "{\"told\":\"flat\"}");
    assert_string_equal(probes[0].says, "flat");
    assert_string_equal(probes[0].key, "key");
    assert_int_equal(probes[0].reused_from, 0);
    assert_true(probes[0].started_s == 1.5 && probes[0].ended_s == 4.75);
    assert_int_equal(probes[0].requests, 5000);
    assert_null(probes[1].key);
    assert_int_equal(probes[1].reused_from, 7);
    for (size_t i = 0; i < count; i++)
        probe_release(&probes[i]);
    free(probes);
    assert_int_equal(store_read_probe(store, run, 0, &zero, &err), 1);
    assert_string_equal(zero.question, "alone 3");
    probe_release(&zero);
    assert_int_equal(store_read_probe(store, run, 3, &zero, &err), 0);
    store_close(store);
    expect("SELECT group_concat(probe || ' ' || seconds || ' ' || coalesce(trial, '-') || ' ' ||"
           " coalesce(reused_from, '-'), ', ') FROM v_probes WHERE at LIKE '20__-__-__T__:__:__.___Z'",
           "1 3.25 2 -, 2 4.25 - 7");
    expect("SELECT count(*) FROM pragma_foreign_key_check", "0");
}

static void found_by_key(void **state)
{
    (void)state;
    struct err err = {0};
    struct probe probe;
    struct store *store = open_store();
    for (int run = 1; run <= 4; run++)
        assert_int_equal(store_begin_run(store, "bisect", "s", "", "", 1, &err), run);
    put(store, 1, 1, "k", 0);
    put(store, 2, 1, "k", 0);
    put(store, 2, 2, "k", 0);
    put(store, 3, 1, "k", 2); /* reused: nothing was measured here */
    put(store, 3, 0, "k", 0);
    put(store, 4, 1, "k", 0);
    put(store, 4, 2, "mine", 0);
    put(store, 4, 3, NULL, 0);
    flush(store);
    assert_int_equal(store_find_probe(store, 4, "k", &probe, &err), 1);
    assert_int_equal(probe.reused_from, 2);
    assert_int_equal(probe.number, 2);
    probe_release(&probe);
    assert_int_equal(store_find_probe(store, 4, "mine", &probe, &err), 0);
    assert_int_equal(store_find_probe(store, 4, "", &probe, &err), 0);
    store_close(store);
    expect("SELECT count(*) FROM pragma_index_info('probe_key')", "3");
}

static void refused(struct store *store, int64_t run, const char *why)
{
    struct err err = {0};
    struct resumed resumed;
    assert_int_equal(store_may_resume(store, run, &err), -1);
    assert_int_equal(store_resume_run(store, run, &resumed, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    if (strstr(err.message, why) == NULL)
        fail_msg("'%s' does not say '%s'", err.message, why);
}

static void what_does_not_go_on(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    assert_int_equal(example_hunt(store, true, &err), 1);
    assert_int_equal(store_begin_run(store, "run", "s", "", "", 1, &err), 2);
    assert_int_equal(store_begin_run(store, "bisect", "s", "", "", 1, &err), 3);
    refused(store, 9, "no run 9");
    refused(store, 2, "run 2 is a `run`: only a `bisect` can go on");
    char living[64];
    snprintf(living, sizeof living, "run 3 is still under way (process %d)", getpid());
    refused(store, 3, living);
    refused(store, 1, "run 1 ended with its verdict; ask anew");
    store_close(store);
    /* Nothing was touched by it. */
    expect("SELECT verdict || ' ' || (SELECT count(*) FROM finding) FROM run WHERE run = 1", "growth 1");
}

/* A hunt with an end of its own, but too early. */
static void end_early(struct store *store, int64_t run, struct err *err)
{
    struct result result = {.verdict = VERDICT_INCONCLUSIVE, .peak_bytes = 41e6, .requests = 46000};
    result_say(&result.reason, "the budget was over");
    result_add_finding(&result);
    strings_add(&result.caveats, "early");
    result.ended_early = true;
    assert_int_equal(store_end_run(store, run, &result, err), 0);
    result_release(&result);
}

static void what_ended_early_goes_on(void **state)
{
    (void)state;
    struct err err = {0};
    struct store *store = open_store();
    assert_int_equal(example_hunt(store, false, &err), 1);
    put(store, 1, 5, "k", 0);
    end_early(store, 1, &err);
    exec("UPDATE run SET started_us = 1700000000123456");
    struct resumed resumed;
    struct result before, after;
    assert_int_equal(store_read_result(store, 1, &before, &err), 0);
    assert_true(before.ended_early);
    assert_int_equal(store_may_resume(store, 1, &err), 0);
    if (store_resume_run(store, 1, &resumed, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(resumed.started_us, 1700000000123456);
    assert_int_equal(resumed.trials, 4);
    assert_int_equal(resumed.probes, 5);
    assert_int_equal(resumed.requests, 46000);
    assert_true(resumed.tally.done > 5000 && resumed.tally.planned == resumed.tally.done);
    assert_true(resumed.peak_bytes == 41e6);
    assert_int_equal(store_read_result(store, 1, &after, &err), 0);
    assert_true(resumed.elapsed_s > 20 && resumed.elapsed_s <= after.seconds);
    assert_int_equal(after.finding_count + after.caveats.count, 0);
    assert_int_equal(after.ended_us, 0);
    assert_non_null(strstr(after.reason, "was not ended"));
    refused(store, 1, "still under way"); /* in this process now */
    expect("SELECT count(*) FROM load", "0");
    expect("SELECT count(*) FROM probe", "1");
    end_early(store, 1, &err);
    result_release(&after);
    assert_int_equal(store_read_result(store, 1, &after, &err), 0);
    assert_string_equal(after.reason, "the budget was over");
    assert_int_equal(after.finding_count, 1);
    result_release(&before);
    result_release(&after);
    store_close(store);
}

static _Noreturn void drive_until_killed(int pipe_end)
{
    struct err err = {0};
    struct store *store = store_open(path, &err);
    char mix[] = "a";
    struct trial trial = {.number = 6, .step = STEP_SCREEN, .mix = mix, .started_s = 2, .ended_s = NAN};
    int64_t run = store_begin_run(store, "bisect", "s", "", "", 1, &err);
    struct sample sample = {6, "rss", SAMPLE_SETTLED, 7.25, 100, 5e6};
    store_put_trial(store, run, &trial);
    store_put_sample(store, run, &sample);
    sample.kind = SAMPLE_TIMED, sample.value = 9e6, sample.at_s = 8.5;
    store_put_sample(store, run, &sample);
    store_flush(store, &err);
    if (write(pipe_end, "", 1) == 1)
        pause();
    _exit(1);
}

static void what_died_goes_on(void **state)
{
    (void)state;
    int ends[2];
    char byte;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        drive_until_killed(ends[1]);
    assert_int_equal(read(ends[0], &byte, 1), 1);
    struct store *store = open_store();
    refused(store, 1, "still under way");
    kill(child, SIGKILL);
    siginfo_t info;
    assert_int_equal(waitid(P_PID, (id_t)child, &info, WEXITED | WNOWAIT), 0);
    struct err err = {0};
    struct resumed resumed; /* dead, though nobody has waited for it yet */
    if (store_resume_run(store, 1, &resumed, &err) < 0)
        fail_msg("%s", err.message);
    assert_int_equal(waitpid(child, NULL, 0), child);
    assert_true(resumed.elapsed_s == 8.5);
    assert_true(resumed.peak_bytes == 5e6);
    assert_int_equal(resumed.trials, 6);
    assert_int_equal(resumed.requests, 0);
    store_close(store);
    close(ends[0]), close(ends[1]);
    expect("SELECT ended_s || ' ' || note FROM trial", "8.5 seep ended before it did");
}

static void another_process_of_that_number_drives_nothing(void **state)
{
    (void)state;
    static const char *const changes[] = {
        "UPDATE run SET driver_start = driver_start - 1",
        "UPDATE run SET driver_boot = 'another'",
        "UPDATE run SET driver_start = 0",
        "UPDATE run SET driver_pid = NULL, driver_start = NULL, driver_boot = NULL",
    };
    struct err err = {0};
    struct store *store = open_store();
    assert_int_equal(store_begin_run(store, "bisect", "s", "", "", 1, &err), 1);
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++) {
        struct resumed resumed;
        refused(store, 1, "still under way");
        exec(changes[i]);
        assert_int_equal(store_resume_run(store, 1, &resumed, &err), 0);
        assert_true(isnan(resumed.peak_bytes) && resumed.elapsed_s == 0);
    }
    store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_production_suspects_stays, setup, remove_store),
        cmocka_unit_test_setup_teardown(probes_round_trip, setup, remove_store),
        cmocka_unit_test_setup_teardown(found_by_key, setup, remove_store),
        cmocka_unit_test_setup_teardown(what_does_not_go_on, setup, remove_store),
        cmocka_unit_test_setup_teardown(what_ended_early_goes_on, setup, remove_store),
        cmocka_unit_test_setup_teardown(what_died_goes_on, setup, remove_store),
        cmocka_unit_test_setup_teardown(another_process_of_that_number_drives_nothing, setup, remove_store),
    };
    return cmocka_run_group_tests_name("store_resume", tests, NULL, NULL);
}

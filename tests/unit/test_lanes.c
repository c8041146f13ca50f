/* Several trials at once: real servers, a real store. Under ThreadSanitizer too (make test-sanitize). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "flow/lanes.h"
#include "replay/descriptors.h"
#include "taped.h"
#include "target/listen.h"

enum { LANES = 2, REQUESTS = 400, RECORDED = 600, BOUND_S = 120 };

static char directory[] = "/tmp/seep-test-lanes-XXXXXX";
static pthread_mutex_t told_lock =
    PTHREAD_MUTEX_INITIALIZER; /* only tried: the listener is called by one at a time */

struct bench {
    struct service service;
    struct store *store;
    int64_t run;
    struct lanes *lanes;
    struct listener listener;
    struct err err;
    size_t notes;
    bool together; /* two lanes called the listener at once */
};

static void on_note(void *owner, const char *line)
{
    struct bench *bench = owner;
    (void)line;
    if (pthread_mutex_trylock(&told_lock) != 0) {
        bench->together = true;
        return;
    }
    bench->notes++;
    pthread_mutex_unlock(&told_lock);
}

static void on_tell(void *owner, const struct progress *progress)
{
    on_note(owner, progress->step);
    ((struct bench *)owner)->notes--;
}

/* Long requests, so that the tape lies in its spool, and a pattern that every answer must match. */
static void add_endpoint(struct service *service, const char *path)
{
    struct endpoint *endpoint = &service->endpoints[service->endpoint_count++];
    endpoint->name = xasprintf("GET %s", path);
    endpoint->method = xstrdup("GET");
    endpoint->template = xstrdup(path);
    endpoint->weight = 1;
    endpoint->rate_per_second = 10;
    endpoint->expect.items = xcalloc(1, sizeof *endpoint->expect.items);
    endpoint->expect.items[0].pattern = pattern_new("^pla(in)$", NULL);
    endpoint->expect.count = 1;
    for (int i = 0; i < RECORDED; i++) {
        struct request request = {.method = xstrdup("GET"),
                                  .url = xasprintf("%s?n=%d&%0128d", path, i, i),
                                  .t_us = i * 100,
                                  .session = xstrdup(""),
                                  .status = 200};
        recording_add(&endpoint->recording, &request);
    }
}

static void init_service(struct service *service)
{
    *service = (struct service){.name = xstrdup("lanes"),
                                .file = xstrdup("lanes/service.yaml"),
                                .target = xstrdup("http://127.0.0.1:${PORT}"),
                                .directory = getcwd(NULL, 0),
                                .ready_timeout_ns = 30 * CLOCK_NS_PER_S,
                                .agent = AGENT_NONE,
                                .endpoints = xcalloc(2, sizeof(struct endpoint))};
    strings_add(&service->allow, "127.0.0.1");
    strings_add(&service->start.command, "python3");
    strings_add(&service->start.command, "tests/servers/plain.py");
    service->start.kind = START_COMMAND;
    add_endpoint(service, "/one");
    add_endpoint(service, "/two");
    taped(service);
}

static struct trials_options options_of(struct bench *bench)
{
    bench->listener = (struct listener){on_tell, on_note, bench};
    return (struct trials_options){.service = &bench->service,
                                   .store = bench->store,
                                   .run = bench->run,
                                   .listener = &bench->listener,
                                   .budget_ns = BOUND_S * CLOCK_NS_PER_S,
                                   .elapsed_s = 10,
                                   .trials_before = 5,
                                   .seed = 1,
                                   .verbose = true};
}

static int begin(void **state)
{
    struct bench *bench = xcalloc(1, sizeof *bench);
    char *path = xasprintf("%s/store.db", directory);
    init_service(&bench->service);
    bench->store = store_open(path, &bench->err);
    free(path);
    if (bench->store == NULL)
        return -1;
    bench->run = store_begin_run(bench->store, "bisect", "lanes", "", "", 1, &bench->err);
    struct trials_options options = options_of(bench);
    bench->lanes = lanes_open(&options, LANES, &bench->err);
    *state = bench;
    return bench->lanes != NULL ? 0 : -1;
}

static int end(void **state)
{
    struct bench *bench = *state;
    lanes_close(bench->lanes);
    store_close(bench->store);
    untape(&bench->service);
    service_release(&bench->service);
    free(bench);
    return 0;
}

/* What a lane is to do, and what came of it. */
struct work {
    int halted;
    int64_t trial;
    pid_t pid;
    bool kill_it;
    uint64_t done, landed;
    double rss;
};

static void measure(void *owner, struct trials *trials)
{
    struct work *work = owner;
    struct share shares[] = {{.endpoint = 0, .requests = REQUESTS}, {.endpoint = 1, .requests = REQUESTS}};
    double *values = xcalloc(watch_count(trials->watch), sizeof *values);
    work->halted = trials_start(trials, STEP_SCREEN, "the mix");
    work->trial = trials->trial.number;
    work->pid = (pid_t)trials->trial.pid;
    if (work->kill_it)
        kill(work->pid, SIGKILL);
    trials_say(trials, "trial %lld", (long long)work->trial);
    for (int pass = 0; pass < 2 && work->halted == 0; pass++) {
        work->halted = trials_block(trials, STEP_SCREEN, "the mix", shares, 2);
        for (size_t i = 0; i < 2; i++) {
            work->done += trials->in_block[i].done;
            work->landed += trials->in_block[i].landed;
        }
        if (work->halted == 0)
            work->halted = trials_read(trials, values);
    }
    work->rss = values[0];
    free(values);
}

/* Without an end of its own. */
static void replay_on(void *owner, struct trials *trials)
{
    struct work *work = owner;
    struct share share = {.endpoint = 0, .weight = 1};
    work->halted = trials_start(trials, STEP_SCREEN, "on and on");
    if (work->halted == 0)
        work->halted = trials_replay(trials, STEP_SCREEN, "on and on",
                                     schedule_closed(trials->options.service, &share, 1, 0, 1));
}

static void fail_with_an_error(void *owner, struct trials *trials)
{
    struct work *work = owner;
    work->halted = trials_halt(trials, HALT_ERROR, "the disk is full");
}

static void all(struct lanes *lanes, lane_job *job, struct work *work)
{
    for (size_t i = 0; i < LANES; i++)
        lanes_begin(lanes, i, job, &work[i]);
    bool seen[LANES] = {false};
    for (size_t i = 0; i < LANES; i++) {
        size_t lane = lanes_wait(lanes);
        assert_false(seen[lane]);
        seen[lane] = true;
        assert_false(lanes_busy(lanes, lane));
    }
}

static void assert_stored(struct bench *bench, const struct work *work)
{
    struct trial *trials;
    struct block *blocks;
    size_t count, block_count;
    assert_int_equal(store_flush(bench->store, &bench->err), 0);
    assert_int_equal(store_read_trials(bench->store, bench->run, &trials, &count, &bench->err), 0);
    assert_int_equal(store_read_blocks(bench->store, bench->run, &blocks, &block_count, &bench->err), 0);
    assert_int_equal(count, LANES);
    assert_int_equal(block_count, 2 * LANES);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(trials[i].number, 6 + i); /* after the five of before */
        assert_true(trials[i].pid == work[0].pid || trials[i].pid == work[1].pid);
        assert_true(trials[i].started_s >= 10);
        trial_release(&trials[i]);
    }
    for (size_t i = 0; i < block_count; i++) {
        assert_int_equal(blocks[i].last_request - blocks[i].first_request, 2 * REQUESTS);
        block_release(&blocks[i]);
    }
    free(trials);
    free(blocks);
}

static void assert_sums(struct bench *bench)
{
    struct result result = {0};
    struct endpoint_load *loads;
    size_t count;
    lanes_add_costs(bench->lanes, &result);
    assert_int_equal(result.requests, LANES * 4 * REQUESTS);
    assert_int_equal(result.replay.landed, LANES * 4 * REQUESTS);
    assert_int_equal(result.trials, 5 + LANES);
    assert_true(result.seconds >= 10 && result.peak_bytes > 0);
    for (size_t i = 0; i < LANES; i++)
        assert_true(result.peak_bytes >= lanes_trials(bench->lanes, i)->peak_bytes);
    lanes_store_loads(bench->lanes);
    assert_int_equal(store_flush(bench->store, &bench->err), 0);
    assert_int_equal(store_read_loads(bench->store, bench->run, &loads, &count, &bench->err), 0);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(loads[i].tally.done, LANES * 2 * REQUESTS);
        assert_true(loads[i].service.p50_us > 0);
        endpoint_load_release(&loads[i]);
    }
    free(loads);
    result_release(&result);
}

static void lanes_measure_at_once(void **state)
{
    struct bench *bench = *state;
    struct work work[LANES] = {{0}};
    assert_int_equal(lanes_count(bench->lanes), LANES);
    all(bench->lanes, measure, work);
    for (size_t i = 0; i < LANES; i++) {
        assert_int_equal(work[i].halted, 0);
        assert_int_equal(work[i].done, 4 * REQUESTS);
        assert_int_equal(work[i].landed, 4 * REQUESTS);
        assert_true(work[i].rss > 0);
        assert_int_equal(kill(work[i].pid, 0), 0); /* it outlives the job */
    }
    assert_int_not_equal(work[0].trial, work[1].trial);
    assert_int_not_equal(work[0].pid, work[1].pid);
    assert_true(bench->notes >= LANES && !bench->together);
    assert_stored(bench, work);
    assert_sums(bench);
}

static void dead_server_halts_its_lane(void **state)
{
    struct bench *bench = *state;
    struct work work[LANES] = {{.kill_it = true}, {0}}, again = {0};
    all(bench->lanes, measure, work);
    struct trials *dead = lanes_trials(bench->lanes, 0), *other = lanes_trials(bench->lanes, 1);
    assert_int_equal(dead->halt, HALT_TARGET);
    assert_int_equal(work[1].halted, 0);
    assert_int_equal(other->halt, HALT_NONE);
    assert_int_equal(trials_halt_of_all(other, NULL, NULL), HALT_NONE);
    assert_int_equal(trials_start(dead, STEP_SCREEN, "the mix"), -1);
    assert_int_equal(trials_recover(dead), 0);
    lanes_begin(bench->lanes, 0, measure, &again);
    assert_int_equal(lanes_wait(bench->lanes), 0);
    assert_int_equal(again.halted, 0);
    assert_int_equal(again.trial, 8);
    assert_int_equal(again.landed, 4 * REQUESTS);
}

static void an_error_halts_all(void **state)
{
    struct bench *bench = *state;
    struct work work[LANES] = {{0}};
    const char *why = NULL;
    lanes_begin(bench->lanes, 0, replay_on, &work[0]);
    lanes_begin(bench->lanes, 1, fail_with_an_error, &work[1]);
    lanes_wait(bench->lanes);
    lanes_wait(bench->lanes);
    for (size_t i = 0; i < LANES; i++) {
        struct trials *trials = lanes_trials(bench->lanes, i);
        assert_int_equal(work[i].halted, -1);
        assert_int_equal(trials->halt, HALT_ERROR);
        assert_string_equal(trials->halt_why, "the disk is full");
        assert_int_equal(trials_recover(trials), -1);
    }
    trials_halt(lanes_trials(bench->lanes, 0), HALT_BUDGET, "later");
    assert_int_equal(trials_halt_of_all(lanes_trials(bench->lanes, 1), &why, NULL), HALT_ERROR);
    assert_string_equal(why, "the disk is full");
}

static void *interrupt_when_busy(void *owner)
{
    struct bench *bench = owner;
    uint64_t planned = 0;
    for (int i = 0; i < 3000 && planned < LANES; i++) { /* both servers are up */
        struct trial *trials;
        size_t count;
        struct err err;
        usleep(10000);
        store_flush(bench->store, &err);
        if (store_read_trials(bench->store, bench->run, &trials, &count, &err) != 0)
            break;
        for (size_t k = 0; k < count; k++)
            trial_release(&trials[k]);
        free(trials);
        planned = count;
    }
    kill(getpid(), SIGTERM);
    return NULL;
}

/* The last one: the flag of a signal stays. */
static void a_signal_reaches_all(void **state)
{
    struct bench *bench = *state;
    struct work work[LANES] = {{0}};
    pthread_t thread;
    interrupt_install();
    assert_int_equal(pthread_create(&thread, NULL, interrupt_when_busy, bench), 0);
    all(bench->lanes, replay_on, work);
    pthread_join(thread, NULL);
    for (size_t i = 0; i < LANES; i++)
        assert_int_equal(lanes_trials(bench->lanes, i)->halt, HALT_INTERRUPTED);
}

static void one_lane_where_there_is_one_server(void **state)
{
    struct bench *bench = *state;
    struct service other = bench->service;
    struct trials_options options = options_of(bench);
    assert_true(trials_may_run_beside(&other));
    other.target = (char[]){"http://127.0.0.1:8080"};
    assert_false(trials_may_run_beside(&other));
    other = bench->service;
    strings_add(&other.reset, "true");
    assert_false(trials_may_run_beside(&other));
    options.service = &other;
    struct lanes *lanes = lanes_open(&options, 4, &bench->err);
    assert_non_null(lanes);
    assert_int_equal(lanes_count(lanes), 1);
    lanes_close(lanes);
    strings_release(&other.reset);
    other.watch.kind = WATCH_PORT;
    assert_false(trials_may_run_beside(&other));
}

enum { PORTS = 100 };

static void *take_ports(void *owner)
{
    int *ports = owner;
    struct err err;
    for (int i = 0; i < PORTS; i++)
        ports[i] = listen_free_port(&err);
    return NULL;
}

static void ports_are_handed_out_once(void **state)
{
    static int ports[2][PORTS];
    pthread_t thread;
    (void)state;
    assert_int_equal(pthread_create(&thread, NULL, take_ports, ports[0]), 0);
    take_ports(ports[1]);
    pthread_join(thread, NULL);
    static bool seen[65536];
    for (int i = 0; i < 2 * PORTS; i++) {
        int port = ports[i / PORTS][i % PORTS];
        assert_true(port > 0 && !seen[port]);
        seen[port] = true;
    }
}

/* Each engine needs its own beside those of the others. */
static void descriptors_add_up(void **state)
{
    struct rlimit before, limit;
    struct err err = {0};
    (void)state;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    limit = before;
    limit.rlim_cur = 64;
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(descriptors_reserve(50, 2, &err), 0);
    assert_int_equal(descriptors_reserve(100, 1, &err), 0);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_true(limit.rlim_cur >= 200);
    if (limit.rlim_max != RLIM_INFINITY) {
        assert_int_equal(descriptors_reserve(limit.rlim_max - 200, 1, &err), -1);
        assert_non_null(strstr(err.message, "`ulimit -n` allows"));
    }
    descriptors_give_back(50, 2);
    descriptors_give_back(100, 1);
    setrlimit(RLIMIT_NOFILE, &before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ports_are_handed_out_once),
        cmocka_unit_test(descriptors_add_up),
        cmocka_unit_test_setup_teardown(one_lane_where_there_is_one_server, begin, end),
        cmocka_unit_test_setup_teardown(lanes_measure_at_once, begin, end),
        cmocka_unit_test_setup_teardown(dead_server_halts_its_lane, begin, end),
        cmocka_unit_test_setup_teardown(an_error_halts_all, begin, end),
        cmocka_unit_test_setup_teardown(a_signal_reaches_all, begin, end),
    };
    if (mkdtemp(directory) == NULL)
        return 1;
    setenv("TMPDIR", directory, 1);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    char *remove = xasprintf("rm -f %s/store.db*; rmdir %s", directory, directory);
    failed |= system(remove) != 0; /* what a target made is gone */
    free(remove);
    return failed;
}

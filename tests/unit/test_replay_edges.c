/* The engine where one run ends and another begins: before the first request, after a stop, with all memory used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"
#include "net/stream.h"
#include "replay/session.h"

#define MS INT64_C(1000000)

/* What all share is done before the clock of the schedule starts: no request may go out by an older clock. */
static void test_the_clock_starts_after_the_setup(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    struct endpoint *ok = engine_endpoint(engine, "GET", "/ok");
    engine_setup(engine, "GET", "/slow");
    engine->service.setup_per_run = true;
    for (int i = 0; i < 5; i++)
        engine_request(ok, i * 20000, "");
    size_t count = engine_shares(engine, shares, 0);
    assert_int_equal(engine_run(engine, schedule_recorded(&engine->service, shares, count, 1, 0, 0, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(engine->tally.done, 5);
    assert_in_range(engine->tally.late, 0,
                    4); /* all of them, if it were; a busy machine makes one or two late */
    engine_free(engine);
}

/* A session that waited for its turn when a run was stopped has it again in the next. */
static void test_a_stopped_session_goes_on(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    engine->options.connections = 1;
    struct endpoint *login = engine_endpoint(engine, "GET", "/login");
    for (int i = 0; i < 12; i++)
        engine_request(login, i, i % 4 < 2 ? "a" : "b");
    size_t count = engine_shares(engine, shares, 0);
    engine->stop_after = 1; /* while the second request of the same session waits */
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 12, 1)),
                     REPLAY_STOPPED);
    engine->stop_after = 0;
    uint64_t before = engine->tally.done;
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 12, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(engine->tally.done - before, 12);
    engine_free(engine);
}

/* Requests that wait for the end of a window are not late for that. */
static void test_a_window_makes_nothing_late(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    struct endpoint *ok = engine_endpoint(engine, "GET", "/ok");
    engine->options.coalesce_ns = 45 * MS;
    engine->options.late_limit_ns = 1 * MS;
    engine_request(ok, 0, "");
    for (int i = 0; i < 20; i++) /* each waits for 5 ms */
        engine_request(ok, 40000 + i * 45000, "");
    size_t count = engine_shares(engine, shares, 0);
    assert_int_equal(engine_run(engine, schedule_recorded(&engine->service, shares, count, 1, 0, 0, 1)),
                     REPLAY_WHOLE);
    assert_true(engine->tally.too_late < 10); /* a busy machine may be late itself */
    engine_free(engine);
}

/* Blocks one after the other, of a server that takes `end_us` to close what its client has ended. after: what holds then. */
static void run_blocks(int connections, int end_us, int blocks, void (*after)(const struct rogue *rogue))
{
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    size_t cursors[ENGINE_ENDPOINTS] = {0};
    engine->options.connections = (unsigned)connections;
    engine_request(engine_endpoint(engine, "GET", "/ok"), 0, "");
    atomic_store(&engine->rogue->end_us, end_us);
    for (int block = 0; block < blocks; block++) {
        size_t count = engine_shares(engine, shares, (uint64_t)connections * 10);
        assert_int_equal(engine_run(engine, schedule_block(&engine->service, shares, count, cursors, 1)),
                         REPLAY_WHOLE);
        after(engine->rogue);
    }
    engine_free(engine);
}

static void all_closed(const struct rogue *rogue)
{
    assert_int_equal(atomic_load(&rogue->held), 0);
}

static void none_closed(const struct rogue *rogue)
{
    assert_int_equal(atomic_load(&rogue->held), atomic_load(&rogue->accepts));
}

/* A run is over when the server has closed. */
static void test_a_run_ends_when_the_server_has_closed(void **state)
{
    (void)state;
    run_blocks(6, 20000, 3, all_closed);
}

/* One that never does is waited for once, and the runs after that end at once. */
static void test_a_server_that_closes_nothing_is_not_waited_for_again(void **state)
{
    (void)state;
    run_blocks(40, 3 * STREAM_HANG_UP_MS * 1000, 4, none_closed);
}

/* All of one bucket, the one that is forgotten right behind the one that makes room. */
static void test_room_is_made_while_all_end(void **state)
{
    (void)state;
    static struct sessions sessions;
    sessions_init(&sessions);
    for (uint64_t i = 0; i < SESSIONS_RESTING_MOST; i++) {
        struct session *session = sessions_begin(&sessions, 1 + i * SESSION_BUCKETS);
        session->client.set_up = SET_UP_DONE;
        sessions_end(&sessions, session);
    }
    /* a new one stands first in its bucket; the one behind it has rested for longest */
    struct session *longest = sessions_find(&sessions, 1 + (SESSIONS_RESTING_MOST - 1) * SESSION_BUCKETS);
    TAILQ_REMOVE(&sessions.resting, longest, rest);
    TAILQ_INSERT_HEAD(&sessions.resting, longest, rest);
    struct session *last =
        sessions_begin(&sessions, 1 + UINT64_C(1) * SESSIONS_RESTING_MOST * SESSION_BUCKETS);
    last->client.set_up = SET_UP_DONE;
    sessions_end_all(&sessions);
    assert_int_equal(sessions.resting_count, SESSIONS_RESTING_MOST);
    assert_int_equal(sessions.forgotten, 1);
    assert_ptr_equal(sessions_find(&sessions, last->id), last);
    sessions_forget_all(&sessions);
    assert_int_equal(sessions.resting_count, 0);
    sessions_release(&sessions);
}

struct holding {
    struct engine *engine;
    uint64_t every, held;
};

/* What was held goes on from a timer, as after a reading. */
static void on_held(void *owner)
{
    struct holding *holding = owner;
    holding->held++;
    assert_int_equal(replay_due(holding->engine->replay), replay_ended(holding->engine->replay));
    assert_int_equal(replay_ended(holding->engine->replay), holding->held * holding->every);
    replay_go_on(holding->engine->replay);
    replay_hold(holding->engine->replay, (holding->held + 1) * holding->every, on_held, holding);
}

static void test_a_closed_loop_is_held_between_requests(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    engine->options.connections = 40;
    engine_request(engine_endpoint(engine, "GET", "/ok"), 0, "");
    engine_request(engine_endpoint(engine, "GET", "/slow"), 0, "");
    size_t count = engine_shares(engine, shares, 0);
    struct holding holding = {.engine = engine, .every = 16};
    engine_ready(engine);
    replay_hold(engine->replay, holding.every, on_held, &holding);
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 100, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(engine->tally.done, 100);
    assert_int_equal(holding.held, 6); /* at 16, 32 .. 96 */
    engine_free(engine);
}

static void stop_when_held(void *owner)
{
    replay_stop(((struct engine *)owner)->replay);
}

static void never(void *owner)
{
    (void)owner;
    fail_msg("held although the run was over");
}

/* And one that ends before is not held. */
static void test_a_held_run_can_be_stopped(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    engine_request(engine_endpoint(engine, "GET", "/ok"), 0, "");
    size_t count = engine_shares(engine, shares, 0);
    engine_ready(engine);
    replay_hold(engine->replay, 10, stop_when_held, engine);
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 100, 1)),
                     REPLAY_STOPPED);
    assert_int_equal(engine->tally.done, 10);
    replay_hold(engine->replay, 100, never, engine);
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 100, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(engine->tally.done, 110);
    engine_free(engine);
}

struct idling {
    struct engine *engine;
    int64_t most_ns;
    size_t asked, met; /* calls; of them with requests under way */
};

static void on_idle(void *owner, size_t under_way)
{
    struct idling *idling = owner;
    struct replay *replay = idling->engine->replay;
    idling->asked++;
    idling->met += under_way > 0;
    if (under_way == 0)
        assert_int_equal(replay_due(replay), replay_ended(replay));
    else
        assert_true(replay_due(replay) > replay_ended(replay));
    replay_when_idle(replay, idling->most_ns, on_idle, idling);
}

/* Asked for from a timer, as readings are. */
static void ask_once(void *owner)
{
    struct idling *idling = owner;
    if (idling->asked == 0)
        replay_when_idle(idling->engine->replay, idling->most_ns, on_idle, idling);
}

/* Requests at equal distances; the first call is asked for so long after the start. */
static void replay_idling(struct engine *engine, struct idling *idling, int64_t after_ns, double rate,
                          uint64_t requests)
{
    struct share shares[ENGINE_ENDPOINTS];
    size_t count = engine_shares(engine, shares, 0);
    struct arriving_options options = {
        .arrivals = ARRIVALS_CONSTANT, .rate_per_second = rate, .requests = requests, .seed = 1};
    idling->engine = engine;
    engine_ready(engine);
    struct ticker *ticker = ticker_new(engine->loop, after_ns, ask_once, idling);
    assert_int_equal(engine_run(engine, schedule_arriving(&engine->service, shares, count, &options)),
                     REPLAY_WHOLE);
    ticker_free(ticker);
}

static void test_an_open_loop_tells_when_nothing_is_under_way(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    engine_request(engine_endpoint(engine, "GET", "/ok"), 0, "");
    struct idling idling = {.most_ns = INT64_C(60000000000)};
    replay_idling(engine, &idling, 1000000, 200, 60);
    assert_int_equal(engine->tally.done, 60);
    assert_true(idling.asked > 0);
    assert_int_equal(idling.met, 0);
    engine_free(engine);
}

/* Some are always under way: a moment that does not come is not waited for. */
static void test_an_open_loop_that_is_never_idle_says_how_many(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    engine_request(engine_endpoint(engine, "GET", "/never"), 0, "");
    engine->options.timeouts.total_ns = INT64_C(1000000000);
    struct idling idling = {.most_ns = 50000000};
    replay_idling(engine, &idling, 200000000, 100, 100);
    assert_int_equal(engine->tally.failed, 100);
    assert_true(idling.met > 0);
    engine_free(engine);
}

static void never_idle(void *owner, size_t under_way)
{
    (void)owner, (void)under_way;
    fail_msg("told although the run was over");
}

static void ask_when_held(void *owner)
{
    struct engine *engine = owner;
    replay_stop(engine->replay);
    replay_when_idle(engine->replay, INT64_C(60000000000), never_idle, NULL);
}

/* And is not told in the next run of what was asked in this one. */
static void test_a_run_that_ends_tells_nobody(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    engine_request(engine_endpoint(engine, "GET", "/ok"), 0, "");
    size_t count = engine_shares(engine, shares, 0);
    engine_ready(engine);
    replay_hold(engine->replay, 10, ask_when_held, engine);
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 100, 1)),
                     REPLAY_STOPPED);
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 100, 1)),
                     REPLAY_WHOLE);
    engine_free(engine);
}

static void end_when_held(void *owner)
{
    replay_no_more(((struct engine *)owner)->replay);
}

/* Unlike one that is stopped it loses nothing: what waits in its session is sent as well. */
static void test_no_more_falls_due_but_what_is_due_ends(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    engine->options.connections = 4;
    struct endpoint *endpoint = engine_endpoint(engine, "GET", "/slow");
    for (int i = 0; i < 5; i++)
        engine_request(endpoint, i, "one client");
    size_t count = engine_shares(engine, shares, 0);
    engine_ready(engine);
    replay_hold(engine->replay, 12, end_when_held, engine);
    assert_int_equal(engine_run(engine, schedule_closed(&engine->service, shares, count, 0, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(engine->tally.planned, 12);
    assert_int_equal(engine->tally.done, 12);
    engine_free(engine);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_starts_after_the_setup),
        cmocka_unit_test(test_a_stopped_session_goes_on),
        cmocka_unit_test(test_a_window_makes_nothing_late),
        cmocka_unit_test(test_a_run_ends_when_the_server_has_closed),
        cmocka_unit_test(test_a_server_that_closes_nothing_is_not_waited_for_again),
        cmocka_unit_test(test_room_is_made_while_all_end),
        cmocka_unit_test(test_a_closed_loop_is_held_between_requests),
        cmocka_unit_test(test_a_held_run_can_be_stopped),
        cmocka_unit_test(test_an_open_loop_tells_when_nothing_is_under_way),
        cmocka_unit_test(test_an_open_loop_that_is_never_idle_says_how_many),
        cmocka_unit_test(test_a_run_that_ends_tells_nobody),
        cmocka_unit_test(test_no_more_falls_due_but_what_is_due_ends),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

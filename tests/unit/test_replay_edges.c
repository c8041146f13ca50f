/* The engine where one run ends and another begins: before the first request, after a stop, with all memory used. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine.h"
#include "replay/session.h"

#define MS INT64_C(1000000)

/* What all share is done before the clock of the schedule starts: no request may go out by an older clock. */
static void test_the_clock_starts_after_the_setup(void **state)
{
    (void)state;
    struct engine *engine = engine_new();
    struct share shares[ENGINE_ENDPOINTS];
    struct endpoint *ok = engine_endpoint(engine, "GET", "/ok");
    engine_setup(engine, "/slow");
    engine->service.setup_per_run = true;
    for (int i = 0; i < 5; i++)
        engine_request(ok, i * 20000, "");
    size_t count = engine_shares(engine, shares, 0);
    assert_int_equal(engine_run(engine, schedule_recorded(&engine->service, shares, count, 1, 0, 0, 1)),
                     REPLAY_WHOLE);
    assert_int_equal(engine->tally.done, 5);
    assert_int_equal(engine->tally.late, 0); /* by hours, if it were */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_starts_after_the_setup),
        cmocka_unit_test(test_a_stopped_session_goes_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

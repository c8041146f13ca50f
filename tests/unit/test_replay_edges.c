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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_clock_starts_after_the_setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

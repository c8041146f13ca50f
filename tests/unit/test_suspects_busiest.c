/* A history of more endpoints than can be looked at one by one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "analysis/suspects_busiest.h"
#include "histories.h"
#include "numbers.h"

enum { ROWS = 3, ENDPOINTS = BUSIEST_MOST + 20 };

/* Two instances; endpoint e gets e requests in each row of the first, and none in the second. */
static void begin(struct history *history, size_t endpoints)
{
    history_begin(history, ROWS, 900, endpoints);
    for (size_t i = 0; i < 2; i++) {
        struct history_instance *instance = history_steady(history, i == 0 ? "a" : "b", 1e6);
        for (size_t cell = 0; cell < ROWS * endpoints; cell++)
            instance->requests[cell] = i == 0 ? (float)(cell % endpoints) : 0;
    }
}

static void the_busiest_come_first_and_the_others_are_one(void **state)
{
    (void)state;
    struct history history, busiest;
    begin(&history, ENDPOINTS);
    assert_true(busiest_of(&history, &busiest));
    assert_int_equal(busiest.endpoints.count, BUSIEST_MOST + 1);
    assert_string_equal(busiest.endpoints.items[0], "GET /99");
    assert_string_equal(busiest.endpoints.items[BUSIEST_MOST - 1], "GET /20");
    assert_string_equal(busiest.endpoints.items[BUSIEST_MOST], "20 other endpoints");
    for (size_t row = 0; row < ROWS; row++) {
        const float *first = busiest.instances[0].requests + row * (BUSIEST_MOST + 1);
        assert_near(first[0], 99, 0);
        assert_near(first[BUSIEST_MOST - 1], 20, 0);
        assert_near(first[BUSIEST_MOST], 190, 0); /* 0 + 1 + ... + 19 */
        assert_near(busiest.instances[1].requests[row * (BUSIEST_MOST + 1)], 0, 0);
    }
    assert_ptr_equal(busiest.instances[0].memory, history.instances[0].memory);
    busiest_release(&busiest);
    history_release(&history);
}

/* As many requests: by their place. Unknown ones count nothing; where all of a row are unknown, so is their sum. */
static void what_is_not_known_stays_unknown(void **state)
{
    (void)state;
    struct history history, busiest;
    begin(&history, ENDPOINTS);
    float *requests = history.instances[0].requests;
    for (size_t cell = 0; cell < ROWS * ENDPOINTS; cell++)
        requests[cell] = cell / ENDPOINTS == 1 ? NAN : 5;
    assert_true(busiest_of(&history, &busiest));
    assert_string_equal(busiest.endpoints.items[0], "GET /0");
    assert_string_equal(busiest.endpoints.items[BUSIEST_MOST - 1], "GET /79");
    const float *first = busiest.instances[0].requests;
    assert_near(first[BUSIEST_MOST], 100, 0);
    assert_true(isnan(first[BUSIEST_MOST + 1]) && isnan(first[2 * BUSIEST_MOST + 1]));
    busiest_release(&busiest);
    history_release(&history);
}

static void so_few_stay_as_they_are(void **state)
{
    (void)state;
    struct history history, busiest;
    begin(&history, BUSIEST_MOST + 1); /* the others would be one */
    assert_false(busiest_of(&history, &busiest));
    history_release(&history);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_busiest_come_first_and_the_others_are_one),
        cmocka_unit_test(what_is_not_known_stays_unknown),
        cmocka_unit_test(so_few_stay_as_they_are),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* Tapes: what goes on comes back, in any order, in memory that does not grow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "tape/tape.h"

/* Request i says i in each of its parts; some bodies are larger than any window. */
static size_t body_of(size_t i, size_t largest)
{
    return i % 97 == 96 ? largest : i % 5 == 0 ? i % 200 : 0;
}

static void add(struct tape *tape, size_t i, size_t largest)
{
    char line[64], fields[64];
    size_t length = body_of(i, largest);
    char *body = xmalloc(length + 1);
    memset(body, 'a' + (int)(i % 26), length);
    snprintf(line, sizeof line, "GET /%zu HTTP/1.1\r\n", i);
    snprintf(fields, sizeof fields, "X-Number: %zu\r\n", i);
    struct tape_request request = {.entry = {.t_us = (int64_t)i * 10,
                                             .session = i + 1,
                                             .body = length,
                                             .line = (uint32_t)strlen(line),
                                             .fields = (uint32_t)strlen(fields),
                                             .status = (int16_t)(200 + i % 100)},
                                   .line = line,
                                   .fields = fields,
                                   .body = body};
    assert_int_equal(tape_add(tape, &request, NULL), 0);
    free(body);
}

static void check(struct tape *tape, size_t i, uint64_t position, size_t largest)
{
    char line[64], fields[64];
    struct tape_request request;
    tape_read(tape, position, &request);
    int line_length = snprintf(line, sizeof line, "GET /%zu HTTP/1.1\r\n", i);
    int fields_length = snprintf(fields, sizeof fields, "X-Number: %zu\r\n", i);
    assert_int_equal(request.entry.line, line_length);
    assert_int_equal(request.entry.fields, fields_length);
    assert_memory_equal(request.line, line, (size_t)line_length);
    assert_memory_equal(request.fields, fields, (size_t)fields_length);
    assert_int_equal(request.entry.body, body_of(i, largest));
    for (size_t k = 0; k < request.entry.body; k++)
        assert_int_equal(request.body[k], 'a' + (int)(i % 26));
}

static struct tape *tape_of(struct spool *spool, size_t count, size_t largest)
{
    struct tape *tape = tape_new(spool);
    for (size_t i = 0; i < count; i++)
        add(tape, i, largest);
    assert_int_equal(tape_seal(tape, NULL), 0);
    assert_int_equal(tape_count(tape), count);
    return tape;
}

static void check_entry(struct tape *tape, size_t i, uint64_t *position)
{
    const struct tape_entry *entry = tape_entry(tape, i, position);
    assert_int_equal(entry->t_us, i * 10);
    assert_int_equal(entry->session, i + 1);
    assert_int_equal(entry->status, 200 + i % 100);
}

/* 10: all in memory; 5,000: spooled, with bodies larger than a window and without. */
static void test_what_goes_on_comes_back(void **state)
{
    (void)state;
    static const struct {
        size_t count, largest;
    } rows[] = {{0, 0}, {1, 0}, {10, 50}, {5000, 100}, {5000, 300000}};
    for (size_t r = 0; r < sizeof rows / sizeof *rows; r++) {
        struct spool *spool = spool_new();
        struct tape *tapes[2] = {tape_of(spool, rows[r].count, rows[r].largest),
                                 tape_of(spool, rows[r].count, rows[r].largest)};
        uint64_t position;
        for (size_t i = 0; i < rows[r].count; i++)
            for (size_t t = 0; t < 2; t++) {
                check_entry(tapes[t], i, &position);
                check(tapes[t], i, position, rows[r].largest);
            }
        assert_int_equal(tape_first_us(tapes[0]), 0);
        assert_int_equal(tape_last_us(tapes[0]), rows[r].count > 0 ? (rows[r].count - 1) * 10 : 0);
        tape_free(tapes[0]);
        tape_free(tapes[1]);
        spool_free(spool);
    }
}

/* As a plan that runs ahead and sessions whose turn comes late would. */
static void test_any_order(void **state)
{
    (void)state;
    enum { COUNT = 20000, MOST_BEHIND = 3000 };
    struct spool *spool = spool_new();
    struct tape *tape = tape_of(spool, COUNT, 70000);
    uint64_t *positions = xcalloc(COUNT, sizeof *positions), at;
    struct random random;
    random_init(&random, 7);
    for (size_t i = 0; i < COUNT; i++) {
        check_entry(tape, i, &positions[i]);
        size_t back = (size_t)random_below(&random, i < MOST_BEHIND ? i + 1 : MOST_BEHIND);
        check(tape, i - back, positions[i - back], 70000);
    }
    for (int k = 0; k < 500; k++) {
        size_t i = (size_t)random_below(&random, COUNT);
        check_entry(tape, i, &at);
        assert_int_equal(at, positions[i]);
        check(tape, i, at, 70000);
    }
    free(positions);
    tape_free(tape);
    spool_free(spool);
}

static void test_memory_does_not_grow_with_length(void **state)
{
    (void)state;
    size_t in_use[2];
    for (size_t r = 0; r < 2; r++) {
        size_t count = r == 0 ? 20000 : 400000, before = mallinfo2().uordblks;
        struct spool *spool = spool_new();
        struct tape *tape = tape_of(spool, count, 100);
        uint64_t position;
        for (size_t i = 0; i < count; i++) {
            check_entry(tape, i, &position);
            check(tape, i, position, 100);
        }
        in_use[r] = mallinfo2().uordblks - before;
        tape_free(tape);
        spool_free(spool);
    }
    /* an index entry for each 1,024 requests, doubled as it grows */
    assert_true(in_use[1] - in_use[0] <= 2 * 8 * (400000 / 1024 + 2));
}

static void test_no_room(void **state)
{
    (void)state;
    struct err err = {0};
    struct spool *spool = spool_new();
    struct tape *tape = tape_new(spool);
    char body[1000] = {0};
    struct tape_request request = {.entry = {.body = sizeof body}, .line = "", .fields = "", .body = body};
    setenv("TMPDIR", "/nowhere/at/all", 1);
    int failed = 0;
    for (int i = 0; i < 1000 && !failed; i++)
        failed = tape_add(tape, &request, &err);
    unsetenv("TMPDIR");
    assert_int_equal(failed, -1);
    assert_int_equal(err.code, ERR_INTERNAL);
    assert_non_null(strstr(err.message, "/nowhere/at/all: No such file"));
    tape_free(tape);
    spool_free(spool);
}

static void test_sessions(void **state)
{
    (void)state;
    assert_int_equal(tape_session(NULL), 0);
    assert_int_equal(tape_session(""), 0);
    assert_true(tape_session("a") != tape_session("b") && tape_session("a") != 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_goes_on_comes_back),
        cmocka_unit_test(test_any_order),
        cmocka_unit_test(test_memory_does_not_grow_with_length),
        cmocka_unit_test(test_no_room),
        cmocka_unit_test(test_sessions),
    };
    return cmocka_run_group_tests_name("tape", tests, NULL, NULL);
}

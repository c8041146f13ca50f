/* Requests sorted in bounded memory: whatever the order of lines and files, what comes out is what a sort of all of them
 * gives. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/distinct.h"
#include "base/keyed_hash.h"
#include "base/random.h"
#include "base/text.h"
#include "flow/entries.h"

#define US_PER_S INT64_C(1000000)

struct line {
    int64_t t_us;
    uint32_t source;
    size_t number; /* in the order of reading */
};

static int by_time(const void *one, const void *other)
{
    const struct line *a = one, *b = other;
    if (a->t_us != b->t_us)
        return a->t_us < b->t_us ? -1 : 1;
    return (a->number > b->number) - (a->number < b->number);
}

/* The i-th of n of one second of one source at (i + 0.5) / n. */
static void spread(struct line *lines, size_t count)
{
    qsort(lines, count, sizeof *lines, by_time);
    for (size_t from = 0, to; from < count; from = to) {
        int64_t second = lines[from].t_us;
        for (to = from; to < count && lines[to].t_us == second;)
            to++;
        for (size_t i = from; i < to; i++)
            lines[i].t_us = second + (int64_t)(2 * (i - from) + 1) * US_PER_S / (2 * (int64_t)(to - from));
    }
}

static void add(struct entries *entries, const struct line *line)
{
    char url[32], method[] = "GET", session[] = "", name[] = "A", value[] = "b";
    struct header header = {name, value};
    struct err err;
    snprintf(url, sizeof url, "/%zu", line->number);
    const struct entry entry = {.request = {.method = method,
                                            .url = url,
                                            .session = session,
                                            .headers = {&header, 1},
                                            .t_us = line->t_us},
                                .source = line->source};
    assert_int_equal(entries_add(entries, &entry, &err), 0);
}

static void check_all(struct entries *entries, const struct line *expected, size_t count)
{
    struct runs_reader reader;
    struct unpacked unpacked = {.capacity = 0};
    const char *bytes;
    int64_t t_us;
    struct err err;
    entries_read(entries, &reader);
    for (size_t i = 0; i < count; i++) {
        char url[32];
        assert_int_equal(runs_next(&reader, &bytes, &t_us, &err), 0);
        assert_non_null(bytes);
        unpacked_read(&unpacked, bytes);
        snprintf(url, sizeof url, "/%zu", expected[i].number);
        assert_string_equal(unpacked.request.url, url);
        assert_true(t_us == expected[i].t_us);
        assert_int_equal(unpacked.head.source, expected[i].source);
        assert_string_equal(unpacked.request.headers.items[0].value, "b");
    }
    assert_int_equal(runs_next(&reader, &bytes, &t_us, &err), 0);
    assert_null(bytes);
    runs_reader_release(&reader);
    unpacked_release(&unpacked);
}

/* How a log may be ordered. */
enum disorder { SORTED, NEARLY, REVERSED, SHUFFLED, ONE_SECOND, DISORDERS };

static int64_t time_of(enum disorder disorder, struct random *random, size_t index, size_t count)
{
    size_t at = disorder == REVERSED   ? count - index
                : disorder == SHUFFLED ? (size_t)random_below(random, count)
                : disorder == NEARLY   ? index + (size_t)random_below(random, 40)
                                       : index;
    return disorder == ONE_SECOND ? 7 * US_PER_S : ((int64_t)at / 3 - 20) * US_PER_S; /* some before 1970 */
}

static void try_order(const char *directory, enum disorder disorder, bool whole, uint64_t seed)
{
    enum { LINES = 600, SOURCES = 3 };
    struct line lines[LINES * SOURCES];
    struct entries entries;
    struct random random;
    struct err err;
    random_init(&random, seed);
    entries_init(&entries, directory, directory != NULL ? 2000 : 1 << 20, 3000);
    for (uint32_t source = 0; source < SOURCES; source++) {
        struct line *own = &lines[source * LINES];
        bool was_spread;
        for (size_t i = 0; i < LINES; i++) {
            own[i] = (struct line){time_of(disorder, &random, i, LINES), source, source * LINES + i};
            own[i].t_us += whole ? 0 : (int64_t)random_below(&random, 2000);
            add(&entries, &own[i]);
        }
        assert_int_equal(entries_end_source(&entries, true, &was_spread, &err), 0);
        assert_true(was_spread == whole);
        if (whole)
            spread(own, LINES);
    }
    assert_true((entries.scratch.descriptor >= 0) == (directory != NULL));
    assert_int_equal(entries.run_count, SOURCES);
    qsort(lines, LINES * SOURCES, sizeof *lines, by_time);
    check_all(&entries, lines, LINES * SOURCES);
    check_all(&entries, lines, LINES * SOURCES); /* as often as one likes */
    entries_release(&entries);
}

static void as_a_sort_of_all(void **state)
{
    (void)state;
    for (int disorder = 0; disorder < DISORDERS; disorder++)
        for (int whole = 0; whole < 2; whole++) {
            try_order("/tmp", (enum disorder)disorder, whole != 0, 1);
            try_order(NULL, (enum disorder)disorder, whole != 0, 2);
        }
}

static void memory_has_an_end(void **state)
{
    (void)state;
    struct entries entries;
    struct line line = {0, 0, 0};
    struct err err = {0};
    bool was_spread;
    entries_init(&entries, NULL, 2000, 1 << 20);
    for (; line.number < 100; line.number++)
        add(&entries, &line);
    assert_int_equal(entries_end_source(&entries, true, &was_spread, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    entries_release(&entries);
}

static void a_large_body_passes(void **state)
{
    (void)state;
    struct entries entries;
    struct runs_reader reader;
    struct unpacked unpacked = {.capacity = 0};
    struct err err;
    bool was_spread;
    char method[] = "POST", url[] = "/", session[] = "0123abcd";
    size_t size = 700000;
    unsigned char *body = xmalloc(size);
    for (size_t i = 0; i < size; i++)
        body[i] = (unsigned char)(i * 31);
    entries_init(&entries, "/tmp", 1000, 3000);
    for (int i = 0; i < 3; i++) {
        const struct entry entry = {.request = {.method = method,
                                                .url = url,
                                                .session = session,
                                                .body = body,
                                                .body_length = size - (size_t)i,
                                                .t_us = i,
                                                .status = 201}};
        assert_int_equal(entries_add(&entries, &entry, &err), 0);
    }
    assert_int_equal(entries_end_source(&entries, false, &was_spread, &err), 0);
    entries_read(&entries, &reader);
    for (size_t i = 0; i < 3; i++) {
        const char *bytes;
        int64_t t_us;
        assert_int_equal(runs_next(&reader, &bytes, &t_us, &err), 0);
        assert_non_null(bytes);
        unpacked_read(&unpacked, bytes);
        assert_int_equal(unpacked.request.body_length, size - i);
        assert_memory_equal(unpacked.request.body, body, size - i);
        assert_string_equal(unpacked.request.session, session);
        assert_int_equal(unpacked.request.status, 201);
    }
    runs_reader_release(&reader);
    unpacked_release(&unpacked);
    entries_release(&entries);
    free(body);
}

static void distinct_ones(void **state)
{
    (void)state;
    static const uint64_t counts[] = {0, 1, 1000, 1001, 5000, 20000, 200000};
    struct random random;
    random_init(&random, 3);
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
        struct distinct distinct;
        bool about;
        distinct_init(&distinct, 1000);
        for (uint64_t k = 0; k < counts[i]; k++) {
            uint64_t hash = random_next(&random);
            distinct_add(&distinct, hash);
            distinct_add(&distinct, hash);
        }
        double count = (double)distinct_count(&distinct, &about), true_count = (double)counts[i];
        assert_true(about == (counts[i] > 1000));
        assert_true(about ? count > 0.95 * true_count && count < 1.05 * true_count : count == true_count);
        distinct_release(&distinct);
    }
}

/* From the reference implementation's test vectors: key 00..0f, input 00..0e (appendix A of the paper). */
static void siphash_of_the_paper(void **state)
{
    (void)state;
    struct secret_key key = {{0}};
    unsigned char input[15];
    for (size_t i = 0; i < 16; i++)
        key.bytes[i] = (uint8_t)i;
    for (size_t i = 0; i < sizeof input; i++)
        input[i] = (unsigned char)i;
    assert_true(keyed_hash(&key, input, sizeof input) == UINT64_C(0xa129ca6149be45e5));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_a_sort_of_all),     cmocka_unit_test(memory_has_an_end),
        cmocka_unit_test(a_large_body_passes),  cmocka_unit_test(distinct_ones),
        cmocka_unit_test(siphash_of_the_paper),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

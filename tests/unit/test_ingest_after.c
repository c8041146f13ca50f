#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/ingest_after.h"

/* Endpoints "A", "B", ... and what their requests give and use. */
struct made {
    struct ingest_after after;
    struct ingest ingest;
};

static struct made make(size_t endpoints)
{
    struct made made = {.after = {.values = NULL}};
    made.ingest.endpoints = xcalloc(endpoints, sizeof *made.ingest.endpoints);
    made.ingest.endpoint_count = endpoints;
    for (size_t i = 0; i < endpoints; i++)
        made.ingest.endpoints[i].name = xasprintf("%c", (char)('A' + i));
    return made;
}

static void release(struct made *made)
{
    ingest_after_release(&made->after);
    for (size_t i = 0; i < made->ingest.endpoint_count; i++) {
        free(made->ingest.endpoints[i].name);
        strings_release(&made->ingest.endpoints[i].after);
        strings_release(&made->ingest.endpoints[i].after_why);
    }
    free(made->ingest.endpoints);
}

/* One request: values are numbers, 0: none. */
static void ask(struct made *made, char endpoint, const char *session, uint64_t uses, uint64_t gives)
{
    struct clue items[2] = {{.kind = CLUE_USES}};
    struct clues clues = {items, 0};
    char key[16];
    if (uses != 0)
        items[clues.count++] = (struct clue){.hash = uses * UINT64_C(0x9e3779b97f4a7c15), .kind = CLUE_USES};
    if (gives != 0)
        items[clues.count++] =
            (struct clue){.hash = gives * UINT64_C(0x9e3779b97f4a7c15), .kind = CLUE_ANSWERS, .name = "/id"};
    snprintf(key, sizeof key, "%s", session);
    const struct request request = {.session = key, .clues = &clues};
    ingest_after_add(&made->after, (size_t)(endpoint - 'A'), &request);
}

static char *proposed(struct made *made, char endpoint)
{
    return strings_join(&made->ingest.endpoints[endpoint - 'A'].after, ",");
}

static void expect(struct made *made, char endpoint, const char *names)
{
    char *got = proposed(made, endpoint);
    assert_string_equal(got, names);
    free(got);
}

static void from_four_fifths_on(void **state)
{
    (void)state;
    for (uint64_t used = 7; used <= 8; used++) {
        struct made made = make(2);
        for (uint64_t i = 1; i <= 10; i++) {
            ask(&made, 'A', i % 2 ? "1" : "2", 0, i);
            ask(&made, 'B', i % 2 ? "1" : "2", i <= used ? i : 0, 0);
        }
        ingest_after_finish(&made.after, &made.ingest);
        expect(&made, 'B', used == 8 ? "A" : "");
        expect(&made, 'A', "");
        if (used == 8)
            assert_string_equal(made.ingest.endpoints[1].after_why.items[0],
                                "8 of 10 requests use what it answers at /id");
        release(&made);
    }
}

/* Three requests of two sessions, five of one. */
static void few_say_nothing(void **state)
{
    (void)state;
    static const struct {
        uint64_t requests, sessions;
        const char *names;
    } rows[] = {{2, 2, ""}, {3, 2, "A"}, {4, 1, ""}, {5, 1, "A"}};
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct made made = make(2);
        for (uint64_t i = 1; i <= rows[row].requests; i++) {
            const char *session = i % rows[row].sessions ? "1" : "2";
            ask(&made, 'A', session, 0, i);
            ask(&made, 'B', session, i, 0);
        }
        ingest_after_finish(&made.after, &made.ingest);
        expect(&made, 'B', rows[row].names);
        release(&made);
    }
}

static void what_all_have_says_nothing(void **state)
{
    (void)state;
    static const char *const sessions[] = {"1", "2", "3", "4", "5", "6"};
    struct made made = make(3);
    for (size_t i = 0; i < 6; i++)
        ask(&made, 'A', sessions[i], 0, 99); /* each is given the same */
    for (size_t i = 0; i < 6; i++)
        ask(&made, 'B', sessions[i], 99, 0);
    ask(&made, 'B', "1", 77, 0); /* used before it is given */
    for (size_t i = 0; i < 6; i++) {
        ask(&made, 'A', "1", 0, 77);
        ask(&made, 'C', "1", 77, 0);
    }
    ingest_after_finish(&made.after, &made.ingest);
    expect(&made, 'B', "");
    expect(&made, 'C', "");
    release(&made);
}

static void another_sessions_value_does_not_count(void **state)
{
    (void)state;
    struct made made = make(2);
    for (uint64_t i = 1; i <= 10; i++) {
        ask(&made, 'A', "1", 0, i);
        ask(&made, 'B', "2", i, 0);
    }
    ingest_after_finish(&made.after, &made.ingest);
    expect(&made, 'B', "");
    release(&made);
}

static void never_itself_and_no_circle(void **state)
{
    (void)state;
    struct made made = make(4);
    for (uint64_t i = 1; i <= 20; i++) {
        ask(&made, 'A', i % 2 ? "1" : "2", i > 2 ? 1000 + i - 2 : 0, i);
        ask(&made, 'B', i % 2 ? "1" : "2", i, 100 + i);
        ask(&made, 'C', i % 2 ? "1" : "2", 100 + i, 1000 + i);
    }
    for (uint64_t i = 1; i <= 20; i++)
        ask(&made, 'D', "1", i > 1 ? 5000 + i - 1 : 0, 5000 + i);
    ingest_after_finish(&made.after, &made.ingest);
    expect(&made, 'B', "A");
    expect(&made, 'C', "B");
    expect(&made, 'A', ""); /* though 18 of 20 use what C gives */
    expect(&made, 'D', "");
    release(&made);
}

/* Values, endpoints and pairs of them beyond what there is room for. */
static void bounded(void **state)
{
    (void)state;
    struct made made = make(26);
    uint64_t next = 1;
    for (uint64_t i = 0; i < 600000; i++)
        ask(&made, (char)('A' + i % 26), "1", next > 13 ? next - 13 : 0, next + 1), next++;
    ingest_after_finish(&made.after, &made.ingest);
    for (size_t i = 0; i < 26; i++)
        assert_true(made.ingest.endpoints[i].after.count <= INGEST_AFTER_MOST);
    release(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(from_four_fifths_on),        cmocka_unit_test(few_say_nothing),
        cmocka_unit_test(what_all_have_says_nothing), cmocka_unit_test(another_sessions_value_does_not_count),
        cmocka_unit_test(never_itself_and_no_circle), cmocka_unit_test(bounded)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

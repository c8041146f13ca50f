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
#include "flow/ingest_capture.h"

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
        captures_release(&made->ingest.endpoints[i].captures);
        strings_release(&made->ingest.endpoints[i].capture_why);
    }
    free(made->ingest.endpoints);
}

/* One request: values are numbers, 0: none. */
static void ask(struct made *made, char endpoint, const char *session, uint64_t uses, uint64_t gives)
{
    struct clue items[2] = {{.kind = CLUE_USES}};
    struct clues clues = {.items = items};
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

/* A request that has `uses` in its path, a secret's place or not, and an answer that gives `gives`. */
struct asked {
    char endpoint;
    const char *session;
    uint64_t uses, gives;
    bool sure, secret;
};

static size_t clues_of(const struct asked *asked, struct clue items[2])
{
    size_t count = 0;
    if (asked->uses != 0)
        items[count++] = (struct clue){.hash = asked->uses * UINT64_C(0x9e3779b97f4a7c15),
                                       .kind = CLUE_USES,
                                       .sure = asked->sure,
                                       .secret = asked->secret,
                                       .name = "path 1"};
    if (asked->gives != 0)
        items[count++] = (struct clue){
            .hash = asked->gives * UINT64_C(0x9e3779b97f4a7c15), .kind = CLUE_ANSWERS, .name = "/new/id"};
    return count;
}

static void go(struct made *made, const struct asked *asked)
{
    struct clue items[2];
    struct clues clues = {.items = items, .count = clues_of(asked, items)};
    char key[16];
    snprintf(key, sizeof key, "%s", asked->session);
    const struct request request = {.session = key, .clues = &clues};
    ingest_after_add(&made->after, (size_t)(asked->endpoint - 'A'), &request);
}

static void finish(struct made *made)
{
    ingest_after_finish(&made->after, &made->ingest);
    ingest_capture_finish(&made->after, &made->ingest);
}

/* The URL as it is written in the second pass. */
static void expect_url(struct made *made, const struct asked *asked, const char *expected)
{
    struct clue items[2];
    struct clues clues = {.items = items, .count = clues_of(asked, items)};
    char key[16], url[] = "/b/8f14e45f";
    snprintf(key, sizeof key, "%s", asked->session);
    struct request request = {.session = key, .clues = &clues, .url = url};
    ingest_capture_rewrite(&made->after, (size_t)(asked->endpoint - 'A'), &request);
    assert_string_equal(request.url, expected);
}

static const struct capture *captured(const struct made *made, char endpoint)
{
    const struct captures *captures = &made->ingest.endpoints[endpoint - 'A'].captures;
    return captures->count > 0 ? &captures->items[0] : NULL;
}

/* How many are enough depends on whether chance may have made them the same. */
static void captures_where_it_is_near_certain(void **state)
{
    (void)state;
    static const struct {
        uint64_t requests, without;
        bool sure, secret, captured, after;
    } rows[] = {
        {1, 0, true, true, true, true},  {1, 0, true, false, false, false}, {4, 0, true, false, false, false},
        {5, 0, true, false, true, true}, {5, 0, false, true, true, true},   {1, 0, false, true, false, false},
        {9, 1, true, false, true, true}, {8, 2, true, true, false, true},
    };
    for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
        struct made made = make(2);
        for (uint64_t i = 1; i <= rows[row].requests; i++) {
            go(&made, &(struct asked){'A', "1", 0, i, false, false});
            go(&made, &(struct asked){'B', "1", i, 0, rows[row].sure, rows[row].secret});
        }
        for (uint64_t i = 0; i < rows[row].without; i++)
            go(&made, &(struct asked){'B', "1", 0, 0, false, false});
        finish(&made);
        expect(&made, 'B', rows[row].after ? "A" : "");
        assert_int_equal(captured(&made, 'A') != NULL, rows[row].captured);
        if (rows[row].captured) {
            assert_string_equal(captured(&made, 'A')->name, "id");
            assert_string_equal(captured(&made, 'A')->where, "/new/id");
            go(&made, &(struct asked){'A', "9", 0, 900, false, false});
            expect_url(&made, &(struct asked){'A', "9", 0, 901, false, false}, "/b/8f14e45f");
            expect_url(&made, &(struct asked){'B', "9", 901, 0, true, true}, "/b/{{captured:id|8f14e45f}}");
            expect_url(&made, &(struct asked){'B', "9", 902, 0, true, true}, "/b/8f14e45f");
            expect_url(&made, &(struct asked){'B', "8", 901, 0, true, true}, "/b/8f14e45f");
        }
        release(&made);
    }
}

/* A replay has what the last answer gave: an older value is none of it. */
static void only_what_was_given_last(void **state)
{
    (void)state;
    struct made made = make(2);
    for (uint64_t i = 1; i <= 10; i++) {
        go(&made, &(struct asked){'A', "1", 0, 100 + i, false, false});
        go(&made, &(struct asked){'A', "1", 0, 200 + i, false, false});
        go(&made, &(struct asked){'B', "1", 100 + i, 0, true, true});
    }
    finish(&made);
    expect(&made, 'B', "A");
    assert_null(captured(&made, 'A'));
    release(&made);
}

/* What stands for a giver in a replay is its first request: one whose answer has nothing is no source. */
static void the_first_answer_gives_it(void **state)
{
    (void)state;
    struct made made = make(2);
    go(&made, &(struct asked){'A', "1", 0, 0, false, false});
    for (uint64_t i = 1; i <= 10; i++) {
        go(&made, &(struct asked){'A', "1", 0, i, false, false});
        go(&made, &(struct asked){'B', "1", i, 0, true, true});
    }
    finish(&made);
    expect(&made, 'B', "A");
    assert_null(captured(&made, 'A'));
    release(&made);
}

/* A chain, two givers of one name, and none in a circle. */
static void names_are_told_apart(void **state)
{
    (void)state;
    struct made made = make(3);
    free(made.ingest.endpoints[1].name);
    made.ingest.endpoints[1].name = xstrdup("POST /carts/{id}/");
    for (uint64_t i = 1; i <= 6; i++) {
        go(&made, &(struct asked){'A', "1", i > 1 ? 200 + i - 1 : 0, i, true, true});
        go(&made, &(struct asked){'B', "1", i, 100 + i, true, true});
        go(&made, &(struct asked){'C', "1", 100 + i, 200 + i, true, true});
    }
    finish(&made);
    expect(&made, 'C', "POST /carts/{id}/");
    expect(&made, 'A', "");
    assert_string_equal(captured(&made, 'A')->name, "id");
    assert_string_equal(captured(&made, 'B')->name, "carts_id");
    assert_null(captured(&made, 'C'));
    release(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(from_four_fifths_on),
                                       cmocka_unit_test(few_say_nothing),
                                       cmocka_unit_test(what_all_have_says_nothing),
                                       cmocka_unit_test(another_sessions_value_does_not_count),
                                       cmocka_unit_test(never_itself_and_no_circle),
                                       cmocka_unit_test(bounded),
                                       cmocka_unit_test(captures_where_it_is_near_certain),
                                       cmocka_unit_test(only_what_was_given_last),
                                       cmocka_unit_test(the_first_answer_gives_it),
                                       cmocka_unit_test(names_are_told_apart)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}

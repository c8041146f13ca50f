/* Drives a search through the answers of a world, and keeps them as the store would. */
#ifndef SEEP_TESTS_SEARCH_DRIVE_H
#define SEEP_TESTS_SEARCH_DRIVE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/text.h"
#include "search_world.h"

#define AT_ONCE 16
#define ASKED_MOST 1000

/* An answer as the store has it. */
struct entry {
    char *identity;
    enum ask ask;
    size_t suspect;
    uint64_t members;
    enum told told;
};

struct log {
    struct entry entries[ASKED_MOST];
    size_t count;
};

static inline void log_release(struct log *log)
{
    for (size_t i = 0; i < log->count; i++)
        free(log->entries[i].identity);
    log->count = 0;
}

static inline struct search *search_of(const struct world *world)
{
    bool usable[WORLD_MOST];
    for (size_t i = 0; i < WORLD_MOST; i++)
        usable[i] = true;
    return search_new(&(struct search_options){.endpoints = world->n,
                                               .usable = usable,
                                               .live = world->live,
                                               .restartable = world->restartable,
                                               .apart = world->apart,
                                               .sites = world->restartable,
                                               .narrow = world->live,
                                               .seed = world->seed,
                                               .prior = world->prior,
                                               .prior_count = world->prior_count});
}

static inline void answer_identity(const struct world *world, struct search *search, const char *identity,
                                   struct log *log)
{
    struct question question;
    size_t *members = NULL;
    bool out[WORLD_MOST] = {false};
    struct err err;
    assert_int_equal(question_parse(identity, &question, &members, &err), 0);
    struct answer answer = world_answer(world, &question, out);
    search_tell(search, &question, &answer);
    if (log != NULL) {
        assert_true(log->count < ASKED_MOST);
        log->entries[log->count++] = (struct entry){xstrdup(identity), question.ask, question.suspect,
                                                    bits_of(question.members, question.count), answer.told};
    }
    free(members);
}

static inline char *state_text(struct search *search, size_t n)
{
    struct search_state state = search_state(search);
    struct text text = TEXT_EMPTY;
    text_addf(&text, "rest %d checked %d ended %d standings", (int)state.rest, state.rest_checked,
              state.ended);
    for (size_t i = 0; i < n; i++)
        text_addf(&text, " %d", (int)state.standings[i]);
    for (size_t f = 0; f < state.finding_count; f++) {
        const struct search_finding *finding = &state.findings[f];
        text_addf(&text, "; found %d order %d isolated %d held %d by %s %.4f:", (int)finding->found,
                  (int)finding->order, finding->isolated, finding->held, finding->measured,
                  finding->confidence);
        for (size_t i = 0; i < finding->count; i++)
            text_addf(&text, " %zu", finding->members[i]);
    }
    return text_take(&text);
}

/* Goes on with a search until it has ended, or `most` answers were told; up to `jobs` questions are under way at once, and
 * are answered in random order, each once. */
static inline void go_on(const struct world *world, struct search *search, size_t jobs, size_t most,
                         struct random *random, struct log *log)
{
    char *under_way[AT_ONCE];
    size_t count = 0;
    for (size_t told = 0; told < most; told++) {
        struct question questions[AT_ONCE];
        size_t asked = search_ask(search, questions, AT_ONCE);
        for (size_t i = 0; i < asked && count < jobs; i++) {
            char *identity = question_identity(&questions[i]);
            bool begun = false;
            for (size_t k = 0; k < count; k++)
                begun = begun || strcmp(under_way[k], identity) == 0;
            assert_null(search_told(search, &questions[i]));
            if (begun)
                free(identity);
            else
                under_way[count++] = identity;
        }
        if (count == 0)
            break;
        size_t next = jobs > 1 ? random_below(random, count) : 0;
        answer_identity(world, search, under_way[next], log);
        free(under_way[next]);
        under_way[next] = under_way[--count];
    }
    while (count > 0)
        free(under_way[--count]);
}

#endif

/* Services that are not there: what each endpoint keeps is known, and a hunt's questions are answered as measurements
 * would be, wrong or unclear now and then. An answer hangs on the seed and the question alone, never on when it is asked.
 */
#ifndef SEEP_TESTS_SEARCH_WORLD_H
#define SEEP_TESTS_SEARCH_WORLD_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/search.h"
#include "base/random.h"

#define WORLD_MOST 24

enum kind {
    LEAK,
    LEAK_MISSED,  /* in solo blocks as short as the screen's it does not show */
    WINDOW_SOON,  /* of time: gone soon after the long solo, */
    WINDOW_LATE,  /* or only by the hold */
    BOUNDED,      /* fills up in the first calls of a long solo */
    NOT_LANDING,  /* seen in the warm-up, */
    NEVER_LANDED, /* or in the screen */
    LATCHED,      /* the last grows once the others were called */
    LATCHED_EITHER,
    JOINT,
    PAYS,            /* each call of the first lets the last keep something */
    PAYS_LEFT,       /* as many calls are paid on the warm server as its first long solo makes */
    WINDOW_TOGETHER, /* of time: what they keep together goes away; the long solo of the last was bounded */
};

struct defect {
    enum kind kind;
    size_t count, members[4];
};

/* What an answer says where it is not left to the world; identity NULL: none. */
struct scripted {
    const char *identity;
    enum told told;
};

struct world {
    size_t n;
    uint64_t seed;
    double wrong; /* 1: answers are wrong and unclear at their usual shares; 0: never */
    bool live, restartable, apart;
    struct defect defects[4];
    size_t defect_count;
    struct scripted scripted[4];
    struct search_prior prior[4]; /* what production suspects, rightly or not: no answer hangs on it */
    size_t prior_count;
};

static inline uint64_t bit(size_t endpoint)
{
    return UINT64_C(1) << endpoint;
}

static inline uint64_t bits_of(const size_t *members, size_t count)
{
    uint64_t bits = 0;
    for (size_t i = 0; i < count; i++)
        bits |= bit(members[i]);
    return bits;
}

static inline bool within(uint64_t part, uint64_t whole)
{
    return (part & ~whole) == 0;
}

/* The defect of an endpoint that is the last of its members, or any with `any`; NULL: it has none. */
static inline const struct defect *defect_of(const struct world *world, size_t endpoint, bool any)
{
    for (size_t i = 0; i < world->defect_count; i++) {
        const struct defect *defect = &world->defects[i];
        if (defect->members[defect->count - 1] == endpoint ||
            (any && (bits_of(defect->members, defect->count) & bit(endpoint)) != 0))
            return defect;
    }
    return NULL;
}

static inline bool is_kind(const struct world *world, size_t endpoint, enum kind kind)
{
    const struct defect *defect = defect_of(world, endpoint, false);
    return defect != NULL && defect->kind == kind;
}

static inline bool does_not_land(const struct world *world, size_t endpoint)
{
    return is_kind(world, endpoint, NOT_LANDING) || is_kind(world, endpoint, NEVER_LANDED);
}

/* Does one endpoint, called alone on a server that has served the mix, grow for as long as it is called? */
static inline bool grows_warm(const struct world *world, size_t endpoint)
{
    const struct defect *last = defect_of(world, endpoint, false), *any = defect_of(world, endpoint, true);
    if (any != NULL && any->kind == LATCHED_EITHER)
        return true;
    return last != NULL && (last->kind == LEAK || last->kind == LEAK_MISSED || last->kind == WINDOW_SOON ||
                            last->kind == WINDOW_LATE || last->kind == LATCHED);
}

/* Do these together, on a server that has served the mix or on a fresh one? */
static inline bool grow(const struct world *world, uint64_t mix, bool warm)
{
    for (size_t i = 0; i < world->defect_count; i++) {
        const struct defect *defect = &world->defects[i];
        bool all = within(bits_of(defect->members, defect->count), mix);
        if (all && defect->kind != BOUNDED && defect->kind != NOT_LANDING && defect->kind != NEVER_LANDED)
            return true;
    }
    for (size_t i = 0; warm && i < world->n; i++)
        if ((mix & bit(i)) != 0 && grows_warm(world, i))
            return true;
    return false;
}

/* Do these together keep anything that no window of time does? What is blamed wrongly stays as well. */
static inline bool keep(const struct world *world, uint64_t mix)
{
    bool keeps = false, windows = false;
    for (size_t i = 0; i < world->defect_count; i++) {
        const struct defect *defect = &world->defects[i];
        bool all = within(bits_of(defect->members, defect->count), mix);
        windows = windows || (all && defect->kind == WINDOW_TOGETHER);
        keeps = keeps || (all && defect->kind != WINDOW_TOGETHER);
    }
    return keeps || !windows;
}

/* On a fresh server: after these were called, does the suspect grow? */
static inline bool grows_after(const struct world *world, size_t suspect, uint64_t called)
{
    const struct defect *last = defect_of(world, suspect, false), *any = defect_of(world, suspect, true);
    if (any != NULL && any->kind == LATCHED_EITHER)
        last = any;
    if (last == NULL || last->kind == JOINT || last->kind == PAYS || last->kind == PAYS_LEFT ||
        last->kind == BOUNDED || last->kind == WINDOW_TOGETHER)
        return false;
    return within(bits_of(last->members, last->count), called | bit(suspect));
}

static inline bool chance(struct random *random, const struct world *world, double share)
{
    return random_unit(random) < share * world->wrong;
}

/* Of a measurement that says "flat" of what grows, says "grows" of what is flat, or does not know. */
static inline enum told tell(struct random *random, const struct world *world, bool grows, double missed,
                             double false_alarm, double unclear)
{
    if (chance(random, world, unclear))
        return TOLD_UNCLEAR;
    if (chance(random, world, grows ? missed : false_alarm))
        grows = !grows;
    return grows ? TOLD_GROWS : TOLD_FLAT;
}

static inline void answer_screen(const struct world *world, struct random *random,
                                 const struct question *question, struct answer *answer)
{
    size_t endpoint = question->suspect;
    bool shows = world->live
                     ? grows_warm(world, endpoint) || is_kind(world, endpoint, BOUNDED) ||
                           is_kind(world, endpoint, PAYS_LEFT) || is_kind(world, endpoint, WINDOW_TOGETHER)
                     : grow(world, bit(endpoint), false);
    if (is_kind(world, endpoint, LEAK_MISSED))
        shows = false;
    answer->told = tell(random, world, shows, 0.03, 0.02, 0.06);
    answer->score = answer->told == TOLD_FLAT    ? 0
                    : answer->told == TOLD_GROWS ? 1 + 9 * random_unit(random)
                    : shows                      ? 10e-3 * random_unit(random)
                                                 : 6e-3 * (random_unit(random) - 0.7);
    if (does_not_land(world, endpoint))
        answer->told = TOLD_OUT;
}

static inline void answer_solo(const struct world *world, struct random *random,
                               const struct question *question, struct answer *answer)
{
    size_t endpoint = question->suspect;
    bool grows = world->live ? grows_warm(world, endpoint) : grow(world, bit(endpoint), false);
    if (is_kind(world, endpoint, PAYS_LEFT) && question->attempt == 0)
        grows = world->live;
    answer->told = tell(random, world, grows, 0.02, 0.005, 0.02);
    if (is_kind(world, endpoint, WINDOW_SOON) && answer->told == TOLD_GROWS) {
        answer->told = TOLD_FLAT;
        answer->window = true;
    }
}

static inline void answer_hold(const struct world *world, struct random *random,
                               const struct question *question, struct answer *answer)
{
    bool stays = question->suspect != NOBODY ? !is_kind(world, question->suspect, WINDOW_LATE) &&
                                                   !is_kind(world, question->suspect, WINDOW_TOGETHER)
                                             : keep(world, bits_of(question->members, question->count));
    answer->told = tell(random, world, stays, 0.002, 0.002, 0);
    answer->window = answer->told == TOLD_FLAT;
}

/* As it is scanned: all before the one named were called as well. */
static inline void answer_partners(const struct world *world, struct random *random,
                                   const struct question *question, struct answer *answer)
{
    uint64_t called = bits_of(question->members, question->count);
    size_t suspect = question->suspect;
    bool alone = grows_after(world, suspect, 0);
    answer->partner = NOBODY;
    answer->told = alone ? TOLD_UNCLEAR : TOLD_FLAT;
    if (alone || chance(random, world, 0.04))
        return;
    size_t by_chance = chance(random, world, 0.03) ? random_below(random, world->n) : NOBODY;
    for (size_t i = 0; i < world->n && answer->partner == NOBODY; i++) {
        if (i == suspect || (called & bit(i)) != 0 || does_not_land(world, i))
            continue;
        called |= bit(i);
        if (i == by_chance || grows_after(world, suspect, called))
            answer->partner = i;
    }
    if (answer->partner != NOBODY)
        answer->told = TOLD_GROWS;
}

static inline void answer_after(const struct world *world, struct random *random,
                                const struct question *question, struct answer *answer)
{
    bool grows = grows_after(world, question->suspect, bits_of(question->members, question->count));
    const struct defect *defect = defect_of(world, question->suspect, true);
    answer->told = tell(random, world, grows, 0.04, 0.005, 0.02);
    if (answer->told == TOLD_GROWS)
        answer->order = defect != NULL && defect->kind == LATCHED_EITHER ? ORDER_EITHER : ORDER_AFTER;
}

static inline void answer_turns(const struct world *world, struct random *random,
                                const struct question *question, struct answer *answer)
{
    for (size_t i = 0; i < world->defect_count; i++) {
        const struct defect *defect = &world->defects[i];
        bool pays = (defect->kind == PAYS || defect->kind == PAYS_LEFT) &&
                    bits_of(defect->members, 2) == bits_of(question->members, 2);
        if (pays && !chance(random, world, 0.005))
            *answer = (struct answer){.told = TOLD_GROWS, .order = ORDER_PAYS, .partner = defect->members[0]};
    }
}

static inline void answer_set(const struct world *world, struct random *random,
                              const struct question *question, struct answer *answer)
{
    bool warm = question->ask == ASK_SET;
    bool grows = grow(world, bits_of(question->members, question->count), warm);
    answer->told = tell(random, world, grows, 0.04, 0.04, 0.05);
    answer->probability = answer->told == TOLD_GROWS ? 0.95 : answer->told == TOLD_FLAT ? 0.05 : 0.5;
}

/* By RSS it is held at once. */
static inline void answer_together(const struct world *world, struct random *random,
                                   const struct question *question, struct answer *answer)
{
    uint64_t mix = bits_of(question->members, question->count);
    answer->told = tell(random, world, grow(world, mix, false), 0.04, 0.003, 0.02);
    if (answer->told == TOLD_GROWS && !world->live && !keep(world, mix)) {
        answer->told = TOLD_FLAT;
        answer->window = true;
    }
}

static inline void answer_rest(const struct world *world, struct random *random,
                               const struct question *question, struct answer *answer)
{
    uint64_t mix = (bit(world->n) - 1) & ~bits_of(question->members, question->count);
    answer->told = tell(random, world, grow(world, mix, world->live), 0.01, 0.03, 0.01);
}

/* FNV-1a. */
static inline uint64_t hash(const char *text)
{
    uint64_t sum = UINT64_C(14695981039346656037);
    for (; *text != '\0'; text++)
        sum = (sum ^ (unsigned char)*text) * UINT64_C(1099511628211);
    return sum;
}

static inline void answer_truly(const struct world *world, struct random *random,
                                const struct question *question, struct answer *answer)
{
    switch (question->ask) {
    case ASK_WARM_UP:
    case ASK_COUNT:
        break;
    case ASK_SCREEN:
    case ASK_SCREEN_LONGER:
        answer_screen(world, random, question, answer);
        break;
    case ASK_LONG_SOLO:
        answer_solo(world, random, question, answer);
        break;
    case ASK_REST:
        answer_rest(world, random, question, answer);
        break;
    case ASK_SET:
    case ASK_TRIAL:
        answer_set(world, random, question, answer);
        break;
    case ASK_TOGETHER:
        answer_together(world, random, question, answer);
        break;
    case ASK_TURNS:
        answer_turns(world, random, question, answer);
        break;
    case ASK_ALONE:
        answer->told = tell(random, world, grows_after(world, question->suspect, 0), 0.04, 0.003, 0);
        break;
    case ASK_PARTNERS:
        answer_partners(world, random, question, answer);
        break;
    case ASK_AFTER:
        answer_after(world, random, question, answer);
        break;
    case ASK_HOLD:
        answer_hold(world, random, question, answer);
        break;
    case ASK_IDLE:
        break;
    case ASK_NARROW:
    case ASK_SITES:
        answer->told = TOLD_GROWS;
        break;
    }
}

/* out: by endpoint, lives as long as the answer is used. */
static inline struct answer world_answer(const struct world *world, const struct question *question,
                                         bool *out)
{
    struct answer answer = {.told = TOLD_FLAT, .probability = NAN, .partner = NOBODY};
    struct random random;
    char *identity = question_identity(question);
    random_init(&random, world->seed);
    random_init(&random, random_next(&random) ^ hash(identity));
    for (size_t i = 0; i < world->n; i++)
        out[i] = is_kind(world, i, NOT_LANDING);
    answer_truly(world, &random, question, &answer);
    answer.out = question->ask == ASK_WARM_UP ? out : NULL;
    for (size_t i = 0; i < 4 && world->scripted[i].identity != NULL; i++)
        if (strcmp(world->scripted[i].identity, identity) == 0) {
            answer.told = world->scripted[i].told;
            answer.score = answer.told == TOLD_UNCLEAR ? fmin(answer.score, 3e-3) : answer.score;
        }
    free(identity);
    return answer;
}

#endif

/* The strategy itself, as one would tell it. Each function is gone through from its start whenever something was
 * told; it returns false while an answer it needs is pending, having asked for all that could be asked by then. */
#include "analysis/search_inside.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/seek.h"
#include "base/random.h"
#include "base/text.h"

#define PARTNERS_MOST 3    /* endpoints that must have been called before one grows */
#define WRONG_ANSWERS 0.05 /* share of sets whose short look is taken to mislead */
#define ROUNDS_MOST 16     /* of what the rest still hides; each takes something out of it */

static const struct answer *ask_one(struct search *search, enum ask ask, size_t suspect, unsigned attempt)
{
    return search_put(search, &(struct question){.ask = ask, .suspect = suspect, .attempt = attempt});
}

static bool warm_up(struct search *search, const struct answer **warm)
{
    *warm = NULL;
    if (!search->options.live)
        return true;
    if ((*warm = ask_one(search, ASK_WARM_UP, NOBODY, 0)) == NULL)
        return false;
    for (size_t i = 0; (*warm)->out != NULL && i < search->options.endpoints; i++)
        if ((*warm)->out[i])
            search->standings[i] = STANDING_OUT;
    return true;
}

static size_t *random_order(const struct search *search)
{
    size_t n = search->options.endpoints, *order = xmalloc((n + 1) * sizeof *order);
    struct random random;
    for (size_t i = 0; i < n; i++)
        order[i] = i;
    random_init(&random, search->options.seed);
    random_shuffle(&random, order, n);
    return order;
}

static void take_screen(struct search *search, size_t endpoint, const struct answer *answer)
{
    static const enum standing standings[] = {[TOLD_FLAT] = STANDING_CLEAR,
                                              [TOLD_GROWS] = STANDING_SUSPECT,
                                              [TOLD_UNCLEAR] = STANDING_UNKNOWN,
                                              [TOLD_OUT] = STANDING_OUT};
    search->standings[endpoint] = standings[answer->told];
    search->scores[endpoint] = answer->score;
}

/* All that are unknown, in random order, so that what drifts falls on no endpoint in particular. The longer look is for
 * what leans towards growth: the rest of the unknown is for the mix to clear. */
static bool screen(struct search *search, enum ask ask)
{
    size_t *order = random_order(search);
    bool all = true;
    for (size_t i = 0; i < search->options.endpoints; i++) {
        bool leans = search->scores[order[i]] > 0;
        if (search->standings[order[i]] != STANDING_UNKNOWN || (ask == ASK_SCREEN_LONGER && !leans))
            continue;
        const struct answer *answer = ask_one(search, ask, order[i], 0);
        all = all && answer != NULL;
        if (answer != NULL)
            take_screen(search, order[i], answer);
    }
    free(order);
    return all;
}

static void take_solo(struct search *search, size_t endpoint, unsigned attempt, const struct answer *answer)
{
    struct question question = {.ask = ASK_LONG_SOLO, .suspect = endpoint, .attempt = attempt};
    switch (answer->told) {
    case TOLD_GROWS:
        search_add_finding(search, FOUND_ALONE, endpoint, &endpoint, 1, &question);
        search->left_out[endpoint] = true;
        break;
    case TOLD_FLAT:
        search->standings[endpoint] = STANDING_BOUNDED;
        break;
    case TOLD_UNCLEAR:
        search->standings[endpoint] = STANDING_UNKNOWN;
        break;
    case TOLD_OUT:
        search->standings[endpoint] = STANDING_OUT;
        break;
    }
}

static bool more_suspect(const struct search *search, size_t a, size_t b)
{
    return b == NOBODY || search->scores[a] > search->scores[b];
}

/* Long solos of all suspects, those that seem to grow most first. */
static bool confirm(struct search *search)
{
    size_t n = search->options.endpoints;
    bool *seen = xcalloc(n + 1, sizeof *seen), all = true;
    for (;;) {
        size_t next = NOBODY;
        for (size_t i = 0; i < n; i++)
            if (search->standings[i] == STANDING_SUSPECT && !seen[i] && more_suspect(search, i, next))
                next = i;
        if (next == NOBODY)
            break;
        seen[next] = true;
        const struct answer *answer = ask_one(search, ASK_LONG_SOLO, next, 0);
        all = all && answer != NULL;
        if (answer != NULL)
            take_solo(search, next, 0, answer);
    }
    free(seen);
    return all;
}

/* What longer blocks could not settle either is a suspect where it seems to grow; else only the rest can clear it. */
static void suspect_what_seems_to_grow(struct search *search)
{
    for (size_t i = 0; i < search->options.endpoints; i++)
        if (search->standings[i] == STANDING_UNKNOWN && search->scores[i] > 0)
            search->standings[i] = STANDING_SUSPECT;
}

/* Suspects of the short look first: what grows is named before what is unclear gets its longer look. */
static bool screen_and_confirm(struct search *search)
{
    if (!screen(search, ASK_SCREEN))
        return false;
    if (!search->options.live)
        suspect_what_seems_to_grow(search);
    if (!confirm(search))
        return false;
    if (!search->options.live)
        return true;
    if (!screen(search, ASK_SCREEN_LONGER))
        return false;
    suspect_what_seems_to_grow(search);
    return confirm(search);
}

/* Endpoints, rising, for which in[] holds. */
static size_t members_of(const bool *in, size_t n, size_t *members)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (in[i])
            members[count++] = i;
    return count;
}

static bool check_rest(struct search *search)
{
    size_t n = search->options.endpoints, *members = xcalloc(n + 1, sizeof *members);
    size_t count = members_of(search->left_out, n, members);
    const struct answer *answer = search_put(
        search, &(struct question){.ask = ASK_REST, .suspect = NOBODY, .members = members, .count = count});
    free(members);
    if (answer == NULL)
        return false;
    search->rest = answer->told;
    search->rest_checked = true;
    return true;
}

/* Which other endpoints must have been called before the suspect grows: one after the other is pinned, until the suspect,
 * flat on a fresh server, grows after them. */
static bool look_for_partners(struct search *search, struct search_finding *finding)
{
    size_t pinned[PARTNERS_MOST + 1], count = 0, suspect = finding->suspect;
    finding->found = FOUND_IN_MIX;
    while (count < PARTNERS_MOST) {
        struct question scan = {ASK_PARTNERS, suspect, pinned, count, 0};
        const struct answer *answer = search_put(search, &scan);
        if (answer != NULL && answer->partner == NOBODY) {
            scan.attempt = 1;
            answer = search_put(search, &scan);
        }
        if (answer == NULL)
            return false;
        if (answer->partner == NOBODY)
            return true;
        pinned[count++] = answer->partner;
        answer = search_put(search, &(struct question){ASK_AFTER, suspect, pinned, count, 0});
        if (answer == NULL)
            return false;
        if (answer->told != TOLD_GROWS)
            continue;
        finding->found = FOUND_LATCHED;
        finding->order = answer->order;
        finding->isolated = true;
        pinned[count++] = suspect;
        search_set_members(finding, pinned, count);
        for (size_t i = 0; i < count; i++)
            search->standings[pinned[i]] = STANDING_FOUND;
        return true;
    }
    return true;
}

static bool isolate(struct search *search, struct search_finding *finding)
{
    if (!search->options.live) { /* its long solo was on a fresh server */
        finding->isolated = true;
        return true;
    }
    const struct answer *answer = ask_one(search, ASK_ALONE, finding->suspect, 0);
    if (answer == NULL)
        return false;
    finding->isolated = answer->told == TOLD_GROWS;
    bool tried = answer->told != TOLD_OUT; /* else it stays what its long solo and the rest make it */
    return finding->isolated || !tried || look_for_partners(search, finding);
}

static bool prove(struct search *search, struct search_finding *finding)
{
    if (search->options.restartable && finding->found == FOUND_ALONE && !isolate(search, finding))
        return false;
    return !search->options.sites ||
           search_put(search, &(struct question){ASK_SITES, finding->suspect, finding->members,
                                                 finding->count, 0}) != NULL;
}

static void drop_finding(struct search *search, size_t index)
{
    struct search_finding *finding = &search->findings[index];
    for (size_t i = 0; i < finding->count; i++)
        search->standings[finding->members[i]] =
            STANDING_UNKNOWN; /* a partner's own standing is not known any more */
    search->standings[finding->suspect] = STANDING_BOUNDED;
    free(finding->members);
    free(finding->measured);
    memmove(finding, finding + 1, (search->finding_count - index - 1) * sizeof *finding);
    search->finding_count--;
}

/* What was a window of time stays out of the rest: it was judged by itself. */
static bool hold(struct search *search)
{
    bool all = true;
    for (size_t i = search->finding_count; i-- > 0;) {
        struct search_finding *finding = &search->findings[i];
        if (finding->suspect == NOBODY || !search->options.live)
            continue;
        const struct answer *answer = ask_one(search, ASK_HOLD, finding->suspect, 0);
        all = all && answer != NULL;
        if (answer != NULL && answer->told == TOLD_FLAT)
            drop_finding(search, i);
        else if (answer != NULL)
            finding->held = answer->told == TOLD_GROWS;
    }
    return all;
}

/* Asked side by side: the rest on the server that is warm, the findings alone on fresh ones, and last what only has to
 * be waited for. */
static bool check_and_prove(struct search *search)
{
    bool all = check_rest(search);
    for (size_t i = 0; i < search->finding_count; i++)
        all = prove(search, &search->findings[i]) && all;
    return hold(search) && all;
}

/* Endpoints that may be in a set that grows, and how likely each is: those that the screen could not clear more. */
static size_t candidates(const struct search *search, size_t *members, double *weights)
{
    size_t count = 0;
    for (size_t i = 0; i < search->options.endpoints; i++) {
        if (search->standings[i] == STANDING_OUT || search->left_out[i])
            continue;
        members[count] = i;
        weights[count++] = search->standings[i] == STANDING_UNKNOWN ? 3 : 1;
    }
    return count;
}

/* A set that was asked before is asked again under another number. */
struct asked_sets {
    char **identities;
    size_t count;
};

static unsigned attempts(struct asked_sets *asked, const struct question *question)
{
    unsigned before = 0;
    char *identity = question_identity(question);
    for (size_t i = 0; i < asked->count; i++)
        before += strcmp(asked->identities[i], identity) == 0;
    asked->identities = xrealloc(asked->identities, (asked->count + 1) * sizeof *asked->identities);
    asked->identities[asked->count++] = identity;
    return before;
}

static void forget_asked(struct asked_sets *asked)
{
    for (size_t i = 0; i < asked->count; i++)
        free(asked->identities[i]);
    free(asked->identities);
}

static double probability_of(const struct answer *answer)
{
    return answer->probability >= 0 && answer->probability <= 1 ? answer->probability
           : answer->told == TOLD_GROWS                         ? 1
           : answer->told == TOLD_FLAT                          ? 0
                                                                : 0.5;
}

/* Goes through a seek as far as the answers reach; false while one is pending. in: of n candidates. */
static bool seek_set(struct search *search, struct seek *seek, const size_t *members, size_t n, bool *in)
{
    size_t *set = xcalloc(n + 1, sizeof *set), size = 0;
    struct asked_sets asked = {0};
    const struct answer *answer = NULL;
    while ((size = seek_ask(seek, in)) > 0) {
        size_t count = 0;
        for (size_t i = 0; i < n; i++)
            if (in[i])
                set[count++] = members[i];
        struct question question = {search->options.live ? ASK_SET : ASK_TRIAL, NOBODY, set, count, 0};
        question.attempt = attempts(&asked, &question);
        if ((answer = search_put(search, &question)) == NULL)
            break;
        seek_tell(seek, probability_of(answer));
    }
    forget_asked(&asked);
    free(set);
    return size == 0;
}

/* The screen missed it, or the long solo did not see it: once more, alone. */
static bool confirm_single(struct search *search, size_t endpoint, double confidence)
{
    unsigned attempt =
        search_told(search, &(struct question){.ask = ASK_LONG_SOLO, .suspect = endpoint}) != NULL;
    const struct answer *answer = ask_one(search, ASK_LONG_SOLO, endpoint, attempt);
    if (answer == NULL)
        return false;
    take_solo(search, endpoint, attempt, answer);
    if (answer->told == TOLD_GROWS)
        search->findings[search->finding_count - 1].confidence = confidence;
    return true;
}

static bool confirm_set(struct search *search, const size_t *set, size_t count, double confidence)
{
    struct question together = {ASK_TOGETHER, NOBODY, set, count, 0};
    const struct answer *answer = search_put(search, &together);
    if (answer != NULL && answer->told == TOLD_UNCLEAR) {
        together.attempt = 1;
        answer = search_put(search, &together);
    }
    if (answer == NULL)
        return false;
    if (answer->told != TOLD_GROWS)
        return true;
    const struct answer *turns =
        count == 2 ? search_put(search, &(struct question){ASK_TURNS, NOBODY, set, count, 0}) : NULL;
    if (count == 2 && turns == NULL)
        return false;
    struct search_finding *finding =
        search_add_finding(search, FOUND_TOGETHER, NOBODY, set, count, &together);
    finding->isolated = search->options.restartable;
    finding->confidence = confidence;
    for (size_t i = 0; i < count; i++)
        search->left_out[set[i]] = true;
    if (turns != NULL && turns->told == TOLD_GROWS) {
        finding->order = turns->order;
        if (turns->partner == set[1]) /* the one that pays comes first */
            search_set_members(finding, (const size_t[]){set[1], set[0]}, 2);
    }
    return true;
}

/* Only the mix grows: the smallest set of it that does. */
static bool seek_in_rest(struct search *search)
{
    size_t n = search->options.endpoints, *members = xcalloc(n + 1, sizeof *members), size = 0, count = 0;
    double *weights = xcalloc(n + 1, sizeof *weights), confidence = 0;
    bool *in = xcalloc(n + 1, sizeof *in), whole = true;
    n = candidates(search, members, weights);
    if (n > 0) {
        struct seek *seek = seek_new(n, weights, WRONG_ANSWERS);
        whole = seek_set(search, seek, members, n, in);
        if (whole)
            size = seek_result(seek, in, &confidence);
        seek_free(seek);
    }
    for (size_t i = 0; whole && i < n; i++)
        if (in[i])
            members[count++] = members[i];
    if (whole && size == 1)
        whole = confirm_single(search, members[0], confidence);
    else if (whole && size > 1)
        whole = confirm_set(search, members, count, confidence);
    free(members);
    free(weights);
    free(in);
    return whole;
}

bool search_go_seep(struct search *search)
{
    const struct answer *warm = NULL;
    if (!warm_up(search, &warm))
        return false;
    bool halve = warm != NULL && warm->dear;
    if (!halve && !screen_and_confirm(search))
        return false;
    for (size_t round = 0; round < ROUNDS_MOST; round++) {
        if (!check_and_prove(search))
            return false;
        size_t before = search->finding_count;
        bool can_seek = search->options.live || search->options.restartable;
        if (search->rest != TOLD_GROWS || !can_seek)
            return true;
        if (!seek_in_rest(search))
            return false;
        if (search->finding_count == before)
            return true; /* more is there, and it could not be named */
    }
    return true;
}

/* Only the mix grows: which smallest set of it, and does that grow alone? */
#include "analysis/search_inside.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/seek.h"
#include "base/text.h"

#define NOISY_WEIGHT 0.7
#define NOISY_MOVES 3.0      /* floors */
#define WRONG_ANSWERS 0.05   /* share of sets whose short look is taken to mislead */
#define CONFIDENCE_LEAST 0.5 /* below it the search over sets gave up at one that holds too many */
#define ASKED_TOGETHER 2     /* times alone of a set that the sets name */
#define SOLOS_MOST 2         /* of a single that the sets name */

/* What the screen left unclear, and what fell or rose there by itself (a ring that is emptied), as far as it did. */
static double weight_of(const struct search *search, size_t endpoint)
{
    double moves = search->moves[endpoint];
    bool unclear = search->standings[endpoint] == STANDING_UNKNOWN;
    if (!unclear && moves <= NOISY_MOVES)
        return 1;
    return NOISY_WEIGHT / (1 + 0.05 * log2(fmax(moves, NOISY_MOVES) / NOISY_MOVES));
}

/* A suspect is about as likely in the set as it is suspected: seek takes two members of n to be expected. */
static double lead_of(const struct search *search, size_t endpoint, size_t n)
{
    return 1 + search_suspected(search, endpoint) * (double)n / 2;
}

/* Endpoints that may be in a set that grows. What moves of itself comes last: its noise would be in every set that is asked
 * before it. */
static size_t candidates(const struct search *search, size_t *members, double *weights, double *leads)
{
    size_t count = 0;
    for (size_t i = 0; i < search->options.endpoints; i++) {
        if (search->standings[i] == STANDING_OUT || search->left_out[i])
            continue;
        members[count] = i;
        weights[count++] = weight_of(search, i);
    }
    for (size_t i = 0; i < count; i++)
        leads[i] = lead_of(search, members[i], count);
    return count;
}

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

void asked_sets_forget(struct asked_sets *asked)
{
    for (size_t i = 0; i < asked->count; i++)
        free(asked->identities[i]);
    free(asked->identities);
    *asked = (struct asked_sets){0};
}

static double probability_of(const struct answer *answer)
{
    return answer->probability >= 0 && answer->probability <= 1 ? answer->probability
           : answer->told == TOLD_GROWS                         ? 1
           : answer->told == TOLD_FLAT                          ? 0
                                                                : 0.5;
}

static size_t take(const size_t *members, const bool *in, size_t n, size_t *set)
{
    size_t count = 0;
    for (size_t i = 0; i < n; i++)
        if (in[i])
            set[count++] = members[i];
    return count;
}

/* Goes through a seek as far as the answers reach; false while one is pending. in: of n candidates. */
static bool go_through(struct search *search, struct asked_sets *asked, struct seek *seek,
                       const size_t *members, size_t n, bool *in)
{
    size_t *set = xcalloc(n + 1, sizeof *set), size = 0;
    const struct answer *answer = NULL;
    while ((size = seek_ask(seek, in)) > 0) {
        size_t count = take(members, in, n, set);
        struct question question = {search->options.live ? ASK_SET : ASK_TRIAL, NOBODY, set, count, 0};
        question.attempt = attempts(asked, &question);
        if ((answer = search_put(search, &question)) == NULL)
            break;
        seek_tell(seek, probability_of(answer));
    }
    free(set);
    return size == 0;
}

/* Fills set and count (0: none is shown to grow); false while an answer is pending. */
static bool seek_set(struct search *search, struct asked_sets *asked, size_t *set, size_t *count,
                     double *confidence)
{
    size_t n = search->options.endpoints, *members = xcalloc(n + 1, sizeof *members);
    double *weights = xcalloc(n + 1, sizeof *weights), *leads = xcalloc(n + 1, sizeof *leads);
    bool *in = xcalloc(n + 1, sizeof *in), whole = true;
    *count = 0;
    n = candidates(search, members, weights, leads);
    if (n > 0) {
        struct seek *seek = seek_new(n, weights, leads, WRONG_ANSWERS);
        whole = go_through(search, asked, seek, members, n, in);
        if (whole && seek_result(seek, in, confidence) > 0 && *confidence >= CONFIDENCE_LEAST)
            *count = take(members, in, n, set);
        seek_free(seek);
    }
    free(members);
    free(weights);
    free(leads);
    free(in);
    return whole;
}

/* The screen missed it, or its long solo did not see it: again alone, until it grows or was a window. */
static bool confirm_single(struct search *search, size_t endpoint, double confidence)
{
    size_t before = search->finding_count;
    for (size_t i = 0; i < SOLOS_MOST && !search->left_out[endpoint]; i++) {
        const struct answer *answer =
            search_put_about(search, ASK_LONG_SOLO, endpoint, search->solos[endpoint]);
        if (answer == NULL)
            return false;
        search_take_solo(search, endpoint, answer);
    }
    if (search->finding_count > before)
        search->findings[before].confidence = confidence;
    return true;
}

/* Who of two pays for whom: counted call by call, which RSS does not show. */
static bool take_turns(struct search *search, const size_t *pair, struct search_finding *finding)
{
    const struct answer *turns = search_put(search, &(struct question){ASK_TURNS, NOBODY, pair, 2, 0});
    if (turns == NULL || turns->told != TOLD_GROWS)
        return turns != NULL;
    finding->order = turns->order;
    if (turns->partner == pair[1]) /* the one that pays comes first */
        search_set_members(finding, (const size_t[]){pair[1], pair[0]}, 2);
    return true;
}

/* In the measurements that named it, it grew: alone it is asked again before it is believed that it does not, and
 * again when the sets named it anew. */
static const struct answer *ask_together(struct search *search, struct question *together, bool doubted)
{
    together->attempt = doubted ? ASKED_TOGETHER : 0;
    const struct answer *answer = search_put(search, together);
    for (size_t i = 1; i < ASKED_TOGETHER && answer != NULL; i++) {
        if (answer->told == TOLD_GROWS || answer->told == TOLD_OUT || answer->window)
            break;
        together->attempt++;
        answer = search_put(search, together);
    }
    return answer;
}

/* By RSS that shows at once, else in the hold, which comes last. */
static bool was_a_window(const struct search *search, const struct question *together,
                         const struct answer *answer)
{
    struct question question = {ASK_HOLD, NOBODY, together->members, together->count, 0};
    const struct answer *held = search_told(search, &question);
    return answer->window || (held != NULL && held->told == TOLD_FLAT);
}

/* What was a window of time is no finding, and grows as long as the rest is looked at: it stays out of it, and each of its
 * members is what it was judged to be by itself. */
static bool confirm_set(struct search *search, const size_t *set, size_t count, double confidence,
                        bool doubted)
{
    struct question together = {ASK_TOGETHER, NOBODY, set, count, 0};
    const struct answer *answer = ask_together(search, &together, doubted);
    if (answer == NULL || (answer->told != TOLD_GROWS && !answer->window))
        return answer != NULL;
    for (size_t i = 0; i < count; i++)
        search->left_out[set[i]] = true;
    if (was_a_window(search, &together, answer))
        return true;
    struct search_finding *finding =
        search_add_finding(search, FOUND_TOGETHER, NOBODY, set, count, &together);
    finding->isolated = search->options.restartable;
    finding->confidence = confidence;
    return count != 2 || !search->options.live || take_turns(search, set, finding);
}

bool search_seek(struct search *search, struct asked_sets *asked, bool doubted)
{
    size_t *set = xcalloc(search->options.endpoints + 1, sizeof *set), count = 0;
    double confidence = 0;
    bool whole = seek_set(search, asked, set, &count, &confidence);
    if (whole && count == 1)
        whole = confirm_single(search, set[0], confidence);
    else if (whole && count > 1)
        whole = confirm_set(search, set, count, confidence, doubted);
    free(set);
    return whole;
}

/* What becomes of an endpoint that grew in its long solo: is it so alone, after which others, and does it stay? */
#include "analysis/search_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define PARTNERS_MOST 3 /* endpoints that must have been called before one grows */
#define DOUBTED 10      /* long solo k, once more because nothing bore it out, is attempt 10 + k */

/* The answer, where it was told and is "flat"; else NULL. */
static const struct answer *told_flat(const struct search *search, enum ask ask, size_t suspect,
                                      unsigned attempt)
{
    const struct answer *answer =
        search_told(search, &(struct question){.ask = ask, .suspect = suspect, .attempt = attempt});
    return answer != NULL && answer->told == TOLD_FLAT ? answer : NULL;
}

/* Growth is taken back where what was kept went away later, and where the doubt of it was right. */
static void take_growth(struct search *search, size_t endpoint, unsigned attempt)
{
    struct question question = {.ask = ASK_LONG_SOLO, .suspect = endpoint, .attempt = attempt};
    const struct answer *gone = told_flat(search, ASK_HOLD, endpoint, 0);
    const struct answer *doubted = told_flat(search, ASK_LONG_SOLO, endpoint, attempt + DOUBTED);
    search->left_out[endpoint] = gone != NULL || doubted == NULL || doubted->window;
    if (gone != NULL || doubted != NULL)
        search->standings[endpoint] = STANDING_BOUNDED;
    else
        search_add_finding(search, FOUND_ALONE, endpoint, &endpoint, 1, &question);
}

/* A window of time grows as long as the rest is looked at: it stays out of it, as it was judged by itself. */
void search_take_solo(struct search *search, size_t endpoint, const struct answer *answer)
{
    static const enum standing standings[] = {
        [TOLD_FLAT] = STANDING_BOUNDED, [TOLD_UNCLEAR] = STANDING_UNKNOWN, [TOLD_OUT] = STANDING_OUT};
    unsigned attempt = search->solos[endpoint]++;
    if (answer->told == TOLD_GROWS) {
        take_growth(search, endpoint, attempt);
        return;
    }
    search->standings[endpoint] = standings[answer->told];
    search->left_out[endpoint] = answer->told == TOLD_FLAT && answer->window;
}

static bool shows_no_growth(const struct answer *answer)
{
    return answer != NULL && (answer->told == TOLD_FLAT || answer->told == TOLD_UNCLEAR);
}

/* Asked twice before it is believed that there is none, or that one does not suffice: one wrong answer would cost the
 * finding its partner, or give it one that is none. Where two proofs contradict each other a third decides. */
static const struct answer *ask_twice(struct search *search, enum ask ask, size_t suspect,
                                      const size_t *partners, size_t count)
{
    struct question question = {ask, suspect, partners, count, 0};
    const struct answer *answer = search_put(search, &question);
    if (!shows_no_growth(answer))
        return answer;
    question.attempt = 1;
    answer = search_put(search, &question);
    if (answer == NULL || ask != ASK_AFTER || answer->told != TOLD_GROWS)
        return answer;
    question.attempt = 2;
    return search_put(search, &question);
}

/* What a wrong scan pinned is not needed: without each of those before the last, does it grow as well? */
static bool leave_out_idle_partners(struct search *search, size_t suspect, size_t *partners, size_t *count,
                                    enum order *order)
{
    for (size_t i = 0; *count > 1 && i < *count;) {
        size_t without[PARTNERS_MOST], left = 0;
        for (size_t k = 0; k < *count; k++)
            if (k != i)
                without[left++] = partners[k];
        const struct answer *answer =
            search_put(search, &(struct question){ASK_AFTER, suspect, without, left, 0});
        if (answer == NULL)
            return false;
        if (answer->told != TOLD_GROWS) {
            i++;
            continue;
        }
        memcpy(partners, without, left * sizeof *without);
        *count = left;
        *order = answer->order;
    }
    return true;
}

static bool is_latched(struct search *search, struct search_finding *finding, size_t *partners, size_t count,
                       enum order order)
{
    size_t members[PARTNERS_MOST + 1];
    if (!leave_out_idle_partners(search, finding->suspect, partners, &count, &order))
        return false;
    memcpy(members, partners, count * sizeof *partners);
    members[count] = finding->suspect;
    finding->found = FOUND_LATCHED;
    finding->order = order;
    finding->isolated = true;
    search_set_members(finding, members, count + 1);
    return true;
}

/* Which other endpoints must have been called before the suspect grows: one after the other is pinned, until the suspect,
 * flat on a fresh server, grows after them. */
static bool look_for_partners(struct search *search, struct search_finding *finding)
{
    size_t pinned[PARTNERS_MOST], count = 0, suspect = finding->suspect;
    while (count < PARTNERS_MOST) {
        const struct answer *answer = ask_twice(search, ASK_PARTNERS, suspect, pinned, count);
        if (answer == NULL)
            return false;
        if (answer->told != TOLD_GROWS || answer->partner == NOBODY)
            return true;
        pinned[count++] = answer->partner;
        answer = ask_twice(search, ASK_AFTER, suspect, pinned, count);
        if (answer == NULL)
            return false;
        if (answer->told == TOLD_GROWS)
            return is_latched(search, finding, pinned, count, answer->order);
        if (answer->told != TOLD_FLAT) /* it was not shown that more are needed */
            return true;
    }
    return true;
}

/* Whoever looks for partners needs the suspect to be flat first. Where it never was, it grows alone after all. */
static bool grows_alone(struct search *search, size_t suspect, enum told *told)
{
    const struct answer *alone = search_put_about(search, ASK_ALONE, suspect, 0);
    if (shows_no_growth(alone)) {
        const struct answer *scan = search_put_about(search, ASK_PARTNERS, suspect, 0);
        if (scan == NULL)
            return false;
        if (scan->told == TOLD_UNCLEAR)
            alone = search_put_about(search, ASK_ALONE, suspect, 1);
    }
    *told = alone != NULL ? alone->told : TOLD_UNCLEAR;
    return alone != NULL;
}

/* What nothing bears out is driven once more, after the hold has said that it was no window. */
static bool doubt(struct search *search, size_t suspect)
{
    unsigned attempt = search->solos[suspect] - 1 + DOUBTED;
    return search_put_about(search, ASK_HOLD, suspect, 0) != NULL &&
           search_put_about(search, ASK_LONG_SOLO, suspect, attempt) != NULL;
}

/* What is not answered as recorded on a fresh server was not tried there: it stays what its long solo and the rest make
 * it. */
static bool isolate(struct search *search, struct search_finding *finding)
{
    enum told told = TOLD_GROWS; /* without a live signal its long solo was on a fresh server */
    if (search->options.live && !grows_alone(search, finding->suspect, &told))
        return false;
    finding->isolated = told == TOLD_GROWS;
    if (told == TOLD_GROWS || told == TOLD_OUT)
        return true;
    finding->found = FOUND_IN_MIX;
    return look_for_partners(search, finding);
}

bool search_isolate(struct search *search)
{
    bool all = true;
    for (size_t i = 0; search->options.restartable && i < search->finding_count; i++)
        if (search->findings[i].found == FOUND_ALONE)
            all = isolate(search, &search->findings[i]) && all;
    return all;
}

/* What grows only on a server that has served the mix has no server on which its requests could be tried apart. */
static bool narrows(const struct search *search, const struct search_finding *finding)
{
    return search->options.narrow && (finding->found == FOUND_ALONE || finding->found == FOUND_LATCHED);
}

static bool prove(struct search *search, struct search_finding *finding, bool waits)
{
    if (finding->found == FOUND_IN_MIX && !(waits && doubt(search, finding->suspect)))
        return false;
    if (narrows(search, finding) &&
        search_put(search, &(struct question){ASK_NARROW, finding->suspect, finding->members, finding->count,
                                              0}) == NULL)
        return false;
    return !search->options.sites ||
           search_put(search, &(struct question){ASK_SITES, finding->suspect, finding->members,
                                                 finding->count, 0}) != NULL;
}

static bool has_member(const struct search_finding *finding, size_t endpoint)
{
    for (size_t i = 0; i < finding->count; i++)
        if (finding->members[i] == endpoint)
            return true;
    return false;
}

/* Two that grow each after the other were both seen to grow, and are one finding. */
static bool says_the_same(const struct search_finding *latched, const struct search_finding *other)
{
    bool needs_others = other->found == FOUND_LATCHED || other->found == FOUND_IN_MIX;
    if (latched->found != FOUND_LATCHED || !needs_others || !has_member(latched, other->suspect))
        return false;
    return latched->order == ORDER_EITHER ||
           (other->count == latched->count && has_member(other, latched->suspect));
}

void search_join(struct search *search)
{
    for (size_t i = 0; i < search->finding_count; i++)
        for (size_t k = search->finding_count; k-- > 0;)
            if (k != i && says_the_same(&search->findings[i], &search->findings[k])) {
                search->findings[i].order = ORDER_EITHER;
                search_drop_finding(search, k);
                i -= k < i;
            }
}

bool search_prove(struct search *search, bool waits)
{
    bool all = true;
    for (size_t i = 0; i < search->finding_count; i++)
        all = prove(search, &search->findings[i], waits) && all;
    return all;
}

/* Of a set all members, in the order in which it was asked for. */
static const struct answer *put_hold(struct search *search, const struct search_finding *finding)
{
    size_t n = search->options.endpoints, *members = xcalloc(n + 1, sizeof *members), count = 0;
    for (size_t i = 0; finding->suspect == NOBODY && i < n; i++)
        if (has_member(finding, i))
            members[count++] = i;
    const struct answer *answer =
        search_put(search, &(struct question){ASK_HOLD, finding->suspect, members, count, 0});
    free(members);
    return answer;
}

bool search_hold(struct search *search)
{
    bool all = true;
    for (size_t i = 0; search->options.live && i < search->finding_count; i++) {
        struct search_finding *finding = &search->findings[i];
        const struct answer *answer = put_hold(search, finding);
        all = all && answer != NULL;
        finding->held = answer != NULL && answer->told == TOLD_GROWS;
    }
    return all;
}

/* The strategy itself, as one would tell it. Each function is gone through from its start whenever something was
 * told; it returns false while an answer it needs is pending, having asked for all that could be asked by then. */
#include "analysis/search_inside.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ROUNDS_MOST 32 /* of what the rest still hides; each takes something out of it, or doubts the last */

static bool warm_up(struct search *search, const struct answer **warm)
{
    *warm = NULL;
    if (!search->options.live)
        return true;
    if ((*warm = search_put_about(search, ASK_WARM_UP, NOBODY, 0)) == NULL)
        return false;
    for (size_t i = 0; (*warm)->out != NULL && i < search->options.endpoints; i++)
        if ((*warm)->out[i])
            search->standings[i] = STANDING_OUT;
    return true;
}

static void take_screen(struct search *search, size_t endpoint, const struct answer *answer)
{
    static const enum standing standings[] = {[TOLD_FLAT] = STANDING_CLEAR,
                                              [TOLD_GROWS] = STANDING_SUSPECT,
                                              [TOLD_UNCLEAR] = STANDING_UNKNOWN,
                                              [TOLD_OUT] = STANDING_OUT};
    search->standings[endpoint] = standings[answer->told];
    search->scores[endpoint] = answer->score;
    search->moves[endpoint] = answer->moves;
    search->hides[endpoint] = answer->told == TOLD_UNCLEAR ? answer->hides : 0;
}

/* What a long solo left open is for the mix to clear: no block is longer. */
static bool is_looked_at(const struct search *search, size_t endpoint)
{
    return search->standings[endpoint] == STANDING_UNKNOWN && search->solos[endpoint] == 0;
}

static bool confirm_at_once(struct search *search, size_t endpoint)
{
    if (search->standings[endpoint] != STANDING_SUSPECT)
        return true;
    const struct answer *answer = search_put_about(search, ASK_LONG_SOLO, endpoint, 0);
    if (answer != NULL)
        search_take_solo(search, endpoint, answer);
    return answer != NULL;
}

/* Of a short look what leans much is worth a long solo; of RSS on a fresh server, and of a longer look, what leans at all. */
static double leans_enough(const struct search *search, enum ask ask)
{
    return search->options.live && ask == ASK_SCREEN ? SEARCH_LEANS_MUCH : 0;
}

static void suspect_if_it_seems_to_grow(struct search *search, size_t endpoint, double score)
{
    if (is_looked_at(search, endpoint) && search->scores[endpoint] > score)
        search->standings[endpoint] = STANDING_SUSPECT;
}

/* What production suspects is named before the others are looked at. */
static bool confirm_suspected(struct search *search, enum ask ask, size_t endpoint)
{
    if (search_suspected(search, endpoint) == 0)
        return true;
    suspect_if_it_seems_to_grow(search, endpoint, leans_enough(search, ask));
    return confirm_at_once(search, endpoint);
}

/* The server that showed it is warm, and may go on with it. */
static bool confirm_apart(struct search *search, enum ask ask, size_t endpoint)
{
    suspect_if_it_seems_to_grow(search, endpoint, leans_enough(search, ask));
    return confirm_at_once(search, endpoint);
}

/* leaning: only what seems to grow. */
static bool screen(struct search *search, enum ask ask, bool leaning)
{
    bool all = true;
    for (size_t i = 0; i < search->options.endpoints; i++) {
        size_t endpoint = search->order[i];
        if (!is_looked_at(search, endpoint) || (leaning && !(search->scores[endpoint] > 0)))
            continue;
        const struct answer *answer = search_put_about(search, ask, endpoint, 0);
        all = all && answer != NULL;
        if (answer == NULL)
            continue;
        take_screen(search, endpoint, answer);
        all = confirm_suspected(search, ask, endpoint) && all;
        if (answer->dear && !confirm_at_once(search, endpoint))
            return false;
        if (search->options.apart)
            all = confirm_apart(search, ask, endpoint) && all;
    }
    return all;
}

static bool more_suspect(const struct search *search, size_t a, size_t b)
{
    return b == NOBODY || search->scores[a] > search->scores[b];
}

static size_t next_suspect(const struct search *search, const bool *seen)
{
    size_t next = NOBODY;
    for (size_t i = 0; i < search->options.endpoints; i++)
        if (search->standings[i] == STANDING_SUSPECT && !seen[i] && more_suspect(search, i, next))
            next = i;
    return next;
}

/* Long solos of all suspects, those that seem to grow most first. */
static bool confirm(struct search *search)
{
    bool *seen = xcalloc(search->options.endpoints + 1, sizeof *seen), all = true;
    for (;;) {
        size_t next = next_suspect(search, seen);
        if (next == NOBODY)
            break;
        seen[next] = true;
        const struct answer *answer = search_put_about(search, ASK_LONG_SOLO, next, 0);
        all = all && answer != NULL;
        if (answer != NULL)
            search_take_solo(search, next, answer);
    }
    free(seen);
    return all;
}

/* What longer blocks could not settle either is a suspect where it seems to grow; else only the rest can clear it. */
static void suspect_what_seems_to_grow(struct search *search, double score)
{
    for (size_t i = 0; i < search->options.endpoints; i++)
        suspect_if_it_seems_to_grow(search, i, score);
}

static bool screen_longer_and_confirm(struct search *search, bool leaning)
{
    if (!screen(search, ASK_SCREEN_LONGER, leaning))
        return false;
    suspect_what_seems_to_grow(search, leans_enough(search, ASK_SCREEN_LONGER));
    return confirm(search);
}

static bool wait_idle(struct search *search)
{
    return search_put_about(search, ASK_IDLE, NOBODY, 0) != NULL;
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

/* The mix without what is found so far. Where another server is free for it, it may be asked for before all is found: if
 * more is, it is another question. */
static const struct answer *ask_for_rest(struct search *search, unsigned attempt)
{
    size_t n = search->options.endpoints, *members = xcalloc(n + 1, sizeof *members);
    size_t count = members_of(search->left_out, n, members);
    const struct answer *answer =
        search_put(search, &(struct question){ASK_REST, NOBODY, members, count, attempt});
    free(members);
    return answer;
}

/* Nothing else waits for the answers here: they are needed later. */
static void prove_meanwhile(struct search *search, bool isolated)
{
    search_hold(search);
    if (isolated)
        search_prove(search, false);
}

/* Suspects of the short look first: what grows is named before what is unclear gets its longer look. Then what leans
 * towards growth; once something was found the rest of the mix may clear all others at once. */
static bool screen_and_confirm(struct search *search)
{
    bool screened = screen(search, ASK_SCREEN, false);
    if (search->options.apart && search->options.live)
        wait_idle(search); /* it is needed in any case */
    if (!screened)
        return false;
    suspect_what_seems_to_grow(search, leans_enough(search, ASK_SCREEN));
    if (!confirm(search))
        return false;
    if (!search->options.live)
        return true;
    /* What is found is named, with its partners, on fresh servers; what the warm one can do meanwhile without being driven
     * comes before what leans is looked at for longer. */
    bool isolated = search_isolate(search), idle = search->finding_count == 0 || wait_idle(search);
    if (search->options.apart)
        prove_meanwhile(search, isolated);
    bool longer = screen_longer_and_confirm(search, true);
    if (search->options.apart && idle && !longer)
        ask_for_rest(search, 0);
    if (!isolated || !idle || !longer)
        return false;
    return search->finding_count > 0 || screen_longer_and_confirm(search, false);
}

static bool check_rest(struct search *search, bool doubted)
{
    const struct answer *answer = ask_for_rest(search, doubted ? 1 : 0);
    if (answer == NULL)
        return false;
    search->rest = answer->told;
    search->rest_checked = answer->told != TOLD_OUT;
    return true;
}

/* Asked side by side: the findings alone on fresh servers, while the warm one shows what time adds, and then the rest. Last
 * what only has to be waited for: it would keep the warm server from the rest. */
static bool check_and_prove(struct search *search, bool doubted)
{
    bool isolated = search_isolate(search);
    bool idle = !search->options.live || wait_idle(search);
    bool rest = idle && check_rest(search, doubted);
    bool proven = isolated && search_prove(search, rest);
    bool held = (rest || search->options.apart) && search_hold(search);
    if (proven && held)
        search_join(search);
    return rest && proven && held;
}

static size_t count_left_out(const struct search *search)
{
    size_t count = 0;
    for (size_t i = 0; i < search->options.endpoints; i++)
        count += search->left_out[i];
    return count;
}

/* What grew was the mix with what is named now. A trial on a fresh server holds for every rest. */
static void take_named(struct search *search, struct asked_sets *asked)
{
    search->rest = TOLD_UNCLEAR;
    search->rest_checked = false;
    if (!search->options.live)
        asked_sets_forget(asked);
}

/* While the rest grows, something is taken out of it: first what a longer look at each endpoint shows, then sets. What
 * could not be named is doubted once: the rest is measured again, and then the sets. */
static bool empty_rest(struct search *search, struct asked_sets *asked, bool screened)
{
    bool doubted = false, can_seek = search->options.live || search->options.restartable;
    bool looked_longer = !screened || !search->options.live;
    for (size_t round = 0; round < ROUNDS_MOST; round++) {
        if (!check_and_prove(search, doubted))
            return false;
        if (search->rest != TOLD_FLAT && !looked_longer) {
            size_t before = search->finding_count;
            looked_longer = true;
            if (!screen_longer_and_confirm(search, false))
                return false;
            if (search->finding_count > before)
                continue;
        }
        if (search->rest != TOLD_GROWS || !can_seek)
            return true;
        size_t before = count_left_out(search);
        bool whole = search_seek(search, asked, doubted), named = count_left_out(search) > before;
        if (named)
            take_named(search, asked);
        if (!whole)
            return false;
        if (doubted && !named)
            return true;
        doubted = !named;
    }
    return true;
}

/* Nothing grows. What moves so much alone that it may hide a leak is rare in the mix, and may hide it there as well. */
static bool look_at_what_hides(struct search *search)
{
    for (size_t i = 0; i < search->options.endpoints; i++)
        if (is_looked_at(search, i) && search->hides[i] > SEARCH_HIDES_MOST)
            search->standings[i] = STANDING_SUSPECT;
    return confirm(search);
}

bool search_go_seep(struct search *search)
{
    const struct answer *warm = NULL;
    struct asked_sets asked = {0};
    if (!warm_up(search, &warm))
        return false;
    bool halve = warm != NULL && warm->dear;
    if (!halve && !screen_and_confirm(search))
        return false;
    bool ended = empty_rest(search, &asked, !halve);
    if (ended && search->options.live && search->finding_count == 0 && search->rest == TOLD_FLAT)
        ended = look_at_what_hides(search) && (search->finding_count == 0 || check_and_prove(search, false));
    asked_sets_forget(&asked);
    return ended;
}

#include "analysis/search_inside.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/search_compare.h"
#include "base/hash.h"
#include "base/random.h"
#include "base/text.h"

struct told_answer {
    char *identity;
    struct answer answer;
    bool *out; /* owned copy */
    UT_hash_handle hh;
};

double search_suspected(const struct search *search, size_t endpoint)
{
    for (size_t i = 0; i < search->options.prior_count; i++)
        if (search->prior[i].endpoint == endpoint)
            return search->prior[i].probability;
    return 0;
}

static void take_prior(struct search *search, const struct search_options *options)
{
    search->prior = xcalloc(options->prior_count + 1, sizeof *search->prior);
    if (options->prior_count > 0)
        memcpy(search->prior, options->prior, options->prior_count * sizeof *search->prior);
    search->options.prior = search->prior;
}

/* Those that nobody suspects in random order, so that what drifts falls on no endpoint in particular; strategies for
 * comparison take them as they come. */
static void take_order(struct search *search)
{
    size_t n = search->options.endpoints, suspected = search->options.prior_count, count = 0;
    size_t *all = xmalloc((suspected + n + 1) * sizeof *all);
    bool *taken = xcalloc(n + 1, sizeof *taken);
    struct random random;
    for (size_t i = 0; i < n; i++)
        all[suspected + i] = i;
    random_init(&random, search->options.seed);
    if (search->options.strategy == SEARCH_SEEP)
        random_shuffle(&random, all + suspected, n);
    for (size_t i = 0; i < suspected; i++)
        all[i] = search->prior[i].endpoint;
    for (size_t i = 0; i < suspected + n; i++)
        if (!taken[all[i]]) {
            taken[all[i]] = true;
            search->order[count++] = all[i];
        }
    free(all);
    free(taken);
}

struct search *search_new(const struct search_options *options)
{
    struct search *search = xcalloc(1, sizeof *search);
    size_t n = options->endpoints;
    search->options = *options;
    search->usable = xcalloc(n + 1, sizeof *search->usable);
    memcpy(search->usable, options->usable, n * sizeof *search->usable);
    search->standings = xcalloc(n + 1, sizeof *search->standings);
    search->scores = xcalloc(n + 1, sizeof *search->scores);
    search->moves = xcalloc(n + 1, sizeof *search->moves);
    search->hides = xcalloc(n + 1, sizeof *search->hides);
    search->left_out = xcalloc(n + 1, sizeof *search->left_out);
    search->solos = xcalloc(n + 1, sizeof *search->solos);
    search->order = xcalloc(n + 1, sizeof *search->order);
    take_prior(search, options);
    take_order(search);
    return search;
}

static void forget_findings(struct search *search)
{
    for (size_t i = 0; i < search->finding_count; i++) {
        free(search->findings[i].members);
        free(search->findings[i].measured);
    }
    search->finding_count = 0;
}

static void forget_pending(struct search *search)
{
    for (size_t i = 0; i < search->pending_count; i++)
        free(search->pending[i].members);
    search->pending_count = 0;
}

void search_free(struct search *search)
{
    struct told_answer *told, *next;
    if (search == NULL)
        return;
    HASH_ITER(hh, search->told, told, next)
    {
        HASH_DEL(search->told, told);
        free(told->identity);
        free(told->out);
        free(told);
    }
    forget_findings(search);
    forget_pending(search);
    free(search->findings);
    free(search->pending);
    free(search->usable);
    free(search->standings);
    free(search->scores);
    free(search->moves);
    free(search->hides);
    free(search->left_out);
    free(search->solos);
    free(search->prior);
    free(search->order);
    free(search);
}

static size_t *copy_members(const size_t *members, size_t count)
{
    size_t *copy = xcalloc(count + 1, sizeof *copy);
    if (count > 0)
        memcpy(copy, members, count * sizeof *copy);
    return copy;
}

static struct told_answer *find(const struct search *search, const char *identity)
{
    struct told_answer *told = NULL;
    HASH_FIND_STR(search->told, identity, told);
    return told;
}

const struct answer *search_told(const struct search *search, const struct question *question)
{
    char *identity = question_identity(question);
    struct told_answer *told = find(search, identity);
    free(identity);
    return told != NULL ? &told->answer : NULL;
}

void search_tell(struct search *search, const struct question *question, const struct answer *answer)
{
    char *identity = question_identity(question);
    struct told_answer *told = find(search, identity);
    if (told == NULL) {
        told = xcalloc(1, sizeof *told);
        told->identity = identity;
        HASH_ADD_KEYPTR(hh, search->told, told->identity, strlen(told->identity), told);
    } else
        free(identity);
    free(told->out);
    told->out = NULL;
    told->answer = *answer;
    if (answer->out != NULL) {
        told->out = xcalloc(search->options.endpoints + 1, sizeof *told->out);
        memcpy(told->out, answer->out, search->options.endpoints * sizeof *told->out);
        told->answer.out = told->out;
    }
}

const struct answer *search_put(struct search *search, const struct question *question)
{
    const struct answer *answer = search_told(search, question);
    if (answer != NULL)
        return answer;
    search->pending = xrealloc(search->pending, (search->pending_count + 1) * sizeof *search->pending);
    struct pending *pending = &search->pending[search->pending_count++];
    pending->members = copy_members(question->members, question->count);
    pending->question = *question;
    pending->question.members = pending->members;
    return NULL;
}

const struct answer *search_put_about(struct search *search, enum ask ask, size_t suspect, unsigned attempt)
{
    return search_put(search, &(struct question){.ask = ask, .suspect = suspect, .attempt = attempt});
}

void search_set_members(struct search_finding *finding, const size_t *members, size_t count)
{
    size_t *copy = copy_members(members, count);
    free(finding->members);
    finding->members = copy;
    finding->count = count;
}

struct search_finding *search_add_finding(struct search *search, enum found found, size_t suspect,
                                          const size_t *members, size_t count,
                                          const struct question *measured)
{
    search->findings = xrealloc(search->findings, (search->finding_count + 1) * sizeof *search->findings);
    struct search_finding *finding = &search->findings[search->finding_count++];
    *finding = (struct search_finding){.found = found, .suspect = suspect, .confidence = 1};
    search_set_members(finding, members, count);
    finding->measured = question_identity(measured);
    for (size_t i = 0; i < count; i++)
        search->standings[members[i]] = STANDING_FOUND;
    return finding;
}

void search_drop_finding(struct search *search, size_t index)
{
    struct search_finding *finding = &search->findings[index];
    free(finding->members);
    free(finding->measured);
    memmove(finding, finding + 1, (search->finding_count - index - 1) * sizeof *finding);
    search->finding_count--;
}

/* What strategies for comparison ask: the mix of some endpoints on a fresh server. */
static enum told ask_trial(void *owner, const size_t *members, size_t count, bool *pending)
{
    struct question question = {.ask = ASK_TRIAL, .suspect = NOBODY, .members = members, .count = count};
    const struct answer *answer = search_put(owner, &question);
    *pending = answer == NULL;
    return answer != NULL ? answer->told : TOLD_UNCLEAR;
}

static bool go_compare(struct search *search)
{
    size_t n = search->options.endpoints, *members = xcalloc(n + 1, sizeof *members), count = 0;
    bool *in = xcalloc(n + 1, sizeof *in);
    bool whole =
        search_compare(search->options.strategy, n, search->usable, search->order, ask_trial, search, in);
    bool each_alone = search->options.strategy == SEARCH_LINEAR;
    for (size_t i = 0; whole && i < n; i++)
        if (in[i])
            members[count++] = i;
    for (size_t i = 0; each_alone && i < count; i++)
        search_add_finding(search, FOUND_ALONE, members[i], &members[i], 1,
                           &(struct question){ASK_TRIAL, NOBODY, &members[i], 1, 0});
    if (!each_alone && count > 0)
        search_add_finding(search, count == 1 ? FOUND_ALONE : FOUND_TOGETHER,
                           count == 1 ? members[0] : NOBODY, members, count,
                           &(struct question){ASK_TRIAL, NOBODY, members, count, 0});
    free(members);
    free(in);
    return whole;
}

/* Last: partners are known late, and a member may have been judged by itself since. */
static void mark_found(struct search *search)
{
    for (size_t f = 0; f < search->finding_count; f++)
        for (size_t i = 0; i < search->findings[f].count; i++)
            search->standings[search->findings[f].members[i]] = STANDING_FOUND;
}

/* Everything that follows from the answers, from the start. */
static void go(struct search *search)
{
    size_t n = search->options.endpoints;
    forget_findings(search);
    forget_pending(search);
    for (size_t i = 0; i < n; i++)
        search->standings[i] = search->usable[i] ? STANDING_UNKNOWN : STANDING_OUT;
    memset(search->scores, 0, n * sizeof *search->scores);
    memset(search->moves, 0, n * sizeof *search->moves);
    memset(search->hides, 0, n * sizeof *search->hides);
    memset(search->left_out, 0, n * sizeof *search->left_out);
    memset(search->solos, 0, n * sizeof *search->solos);
    search->rest = TOLD_UNCLEAR;
    search->rest_checked = false;
    search->ended = search->options.strategy == SEARCH_SEEP ? search_go_seep(search) : go_compare(search);
    mark_found(search);
}

size_t search_ask(struct search *search, struct question *questions, size_t most)
{
    go(search);
    size_t count = search->pending_count < most ? search->pending_count : most;
    for (size_t i = 0; i < count; i++)
        questions[i] = search->pending[i].question;
    return count;
}

struct search_state search_state(struct search *search)
{
    go(search);
    return (struct search_state){.standings = search->standings,
                                 .left_out = search->left_out,
                                 .findings = search->findings,
                                 .finding_count = search->finding_count,
                                 .rest = search->rest,
                                 .rest_checked = search->rest_checked,
                                 .ended = search->ended};
}

/* What was answered: told to the search, kept for those who ask what it rests on, and put into the store. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/build.h"
#include "flow/hunt_state.h"

static const enum step steps[ASK_COUNT] = {
    [ASK_WARM_UP] = STEP_WARM_UP,     [ASK_SCREEN] = STEP_SCREEN,   [ASK_SCREEN_LONGER] = STEP_SCREEN,
    [ASK_LONG_SOLO] = STEP_LONG_SOLO, [ASK_REST] = STEP_COMPLEMENT, [ASK_SET] = STEP_REDUCE,
    [ASK_TOGETHER] = STEP_ISOLATED,   [ASK_TURNS] = STEP_REDUCE,    [ASK_ALONE] = STEP_ISOLATED,
    [ASK_PARTNERS] = STEP_PARTNER,    [ASK_AFTER] = STEP_PARTNER,   [ASK_HOLD] = STEP_HOLD,
    [ASK_NARROW] = STEP_NARROW,       [ASK_SITES] = STEP_SITES,     [ASK_TRIAL] = STEP_REDUCE,
    [ASK_IDLE] = STEP_NULL,
};

struct probed *hunt_probed_new(const struct question *question)
{
    struct probed *probed = xcalloc(1, sizeof *probed);
    probed->identity = question_identity(question);
    probed->members = xcalloc(question->count + 1, sizeof *probed->members);
    if (question->count > 0)
        memcpy(probed->members, question->members, question->count * sizeof *probed->members);
    probed->question = *question;
    probed->question.members = probed->members;
    probed->answer = (struct answer){.told = TOLD_UNCLEAR, .probability = NAN, .partner = NOBODY};
    detail_init(&probed->detail);
    return probed;
}

void probed_release(struct probed *probed, size_t endpoints)
{
    detail_release(&probed->detail, endpoints);
    free(probed->identity);
    free(probed->members);
    free(probed->out);
    free(probed);
}

const struct probed *hunt_probed(const struct hunt *hunt, const char *identity)
{
    const struct probed *found = NULL;
    pthread_mutex_lock((pthread_mutex_t *)&hunt->lock);
    for (size_t i = hunt->probe_count; i-- > 0 && found == NULL;)
        if (strcmp(hunt->probes[i]->identity, identity) == 0)
            found = hunt->probes[i];
    pthread_mutex_unlock((pthread_mutex_t *)&hunt->lock);
    return found;
}

const struct probed *hunt_probed_about(const struct hunt *hunt, enum ask ask, size_t suspect)
{
    const struct probed *found = NULL;
    pthread_mutex_lock((pthread_mutex_t *)&hunt->lock);
    for (size_t i = hunt->probe_count; i-- > 0 && found == NULL;)
        if (hunt->probes[i]->question.ask == ask && hunt->probes[i]->question.suspect == suspect)
            found = hunt->probes[i];
    pthread_mutex_unlock((pthread_mutex_t *)&hunt->lock);
    return found;
}

const struct probed *hunt_probed_together(const struct hunt *hunt, const struct question *question)
{
    size_t size = question->count * sizeof *question->members;
    const struct probed *found = NULL;
    pthread_mutex_lock((pthread_mutex_t *)&hunt->lock);
    for (size_t i = hunt->probe_count; i-- > 0 && found == NULL;) {
        const struct question *one = &hunt->probes[i]->question;
        if (one->ask == ASK_TOGETHER && one->count == question->count &&
            memcmp(one->members, question->members, size) == 0)
            found = hunt->probes[i];
    }
    pthread_mutex_unlock((pthread_mutex_t *)&hunt->lock);
    return found;
}

static char *mix_of(const struct hunt *hunt, const struct question *question)
{
    struct text text = TEXT_EMPTY;
    if (question->ask == ASK_WARM_UP)
        text_addf(&text, "the whole mix");
    else if (question->ask == ASK_REST)
        text_addf(&text, question->count > 0 ? "the mix without the findings" : "the whole mix");
    else if (question->suspect != NOBODY)
        text_addf(&text, "%s", hunt_name(hunt, question->suspect));
    bool about_one = question->ask == ASK_SITES || question->ask == ASK_NARROW;
    if (question->ask == ASK_REST || about_one || question->count == 0)
        return text_take(&text);
    if (question->count > 3 && question->suspect == NOBODY)
        text_addf(&text, "%zu of %zu endpoints", question->count, hunt->service->endpoint_count);
    else
        for (size_t i = 0; i < question->count; i++)
            text_addf(&text, "%s%s",
                      i > 0                         ? " + "
                      : question->suspect != NOBODY ? " after "
                                                    : "",
                      hunt_name(hunt, question->members[i]));
    return text_take(&text);
}

/* "1.00 objects per request" of the first decider that grows, else of the first. */
static void say_rate(const struct hunt *hunt, const struct detail *detail, struct text *text)
{
    char bytes[UNITS_SIZE];
    size_t which = hunt_first_that_grows(hunt, detail);
    const struct growth_answer *growth = &detail->by_decider[which];
    if (!isfinite(growth->per_request))
        return;
    if (hunt->deciders.items[which].objects)
        text_addf(text, ", %.2f objects per request", growth->per_request);
    else
        text_addf(text, ", %s per request", units_bytes(bytes, growth->per_request));
}

static const char *told_word(const struct probed *probed)
{
    switch (probed->question.ask) {
    case ASK_HOLD:
        return probed->answer.told == TOLD_FLAT    ? "gone"
               : probed->answer.told == TOLD_GROWS ? "still there"
                                                   : "nothing to be held";
    case ASK_SITES:
        return "allocation sites";
    case ASK_NARROW:
        return probed->detail.requests != NULL     ? probed->detail.requests
               : probed->answer.told == TOLD_GROWS ? "each of its requests grows"
                                                   : "its requests could not be told apart";
    case ASK_PARTNERS:
        return probed->answer.partner == NOBODY ? "no partner brings the growth back" : "grows after";
    case ASK_TURNS:
        return probed->answer.told == TOLD_GROWS ? "grows in turns" : "grows only side by side";
    default:
        break;
    }
    switch (probed->answer.told) {
    case TOLD_FLAT:
        return "flat";
    case TOLD_GROWS:
        return "grows";
    case TOLD_UNCLEAR:
        return "unclear";
    case TOLD_OUT:
        return "not looked at";
    }
    return "";
}

static char *says(const struct hunt *hunt, const struct probed *probed)
{
    const struct detail *detail = &probed->detail;
    struct text text = TEXT_EMPTY;
    char count[UNITS_SIZE];
    bool why_says_it = probed->question.ask == ASK_LONG_SOLO && probed->answer.told == TOLD_FLAT;
    if (why_says_it && detail->why != NULL) {
        text_addf(&text, "%s", detail->why);
        return text_take(&text);
    }
    text_addf(&text, "%s", told_word(probed));
    if (probed->question.ask == ASK_PARTNERS && probed->answer.partner != NOBODY)
        text_addf(&text, " %s", hunt_name(hunt, probed->answer.partner));
    if (probed->question.ask == ASK_SET)
        text_addf(&text, ", %.0f %%", 100 * probed->answer.probability);
    if (probed->answer.told != TOLD_OUT)
        say_rate(hunt, detail, &text);
    if (probed->question.ask == ASK_LONG_SOLO && probed->answer.told == TOLD_GROWS)
        text_addf(&text, ", linear through %s calls", units_count(count, detail->calls));
    if (probed->question.ask == ASK_HOLD && isfinite(detail->held_s))
        text_addf(&text, " after %.0f s", detail->held_s);
    if (detail->why != NULL)
        text_addf(&text, ": %s", detail->why);
    return text_take(&text);
}

static void put_probe(struct hunt *hunt, const struct probed *probed)
{
    const struct trials_options *options = &hunt->options->trials;
    struct err ignored = {0}; /* kept by the store, and found by the next look at it */
    struct probe probe = {
        .number = (int64_t)hunt->probe_count,
        .trial = probed->trial,
        .step = steps[probed->question.ask],
        .mix = mix_of(hunt, &probed->question),
        .question = probed->identity,
        .answer = hunt_detail_write(hunt, probed),
        .says = says(hunt, probed),
        .key = hunt_key(hunt, &probed->question),
        .reused_from = probed->reused_from,
        .started_s = probed->started_s,
        .ended_s = probed->ended_s,
        .requests = probed->requests,
    };
    store_put_probe(options->store, options->run, &probe);
    store_flush(options->store, &ignored);
    free(probe.mix);
    free(probe.answer);
    free(probe.says);
    free(probe.key);
}

size_t hunt_first_that_grows(const struct hunt *hunt, const struct detail *detail)
{
    for (size_t i = 0; i < hunt->deciders.count; i++)
        if (detail->by_decider[i].verdict == VERDICT_GROWTH)
            return i;
    return 0;
}

/* Of those in which it grows the one whose rate is known best. */
static size_t surest_that_grows(const struct hunt *hunt, const struct detail *detail)
{
    size_t surest = hunt_first_that_grows(hunt, detail);
    double best = 0;
    for (size_t i = 0; i < hunt->deciders.count; i++) {
        const struct growth_answer *answer = &detail->by_decider[i];
        double sure = answer->per_request / (answer->interval.high - answer->interval.low);
        if (answer->verdict == VERDICT_GROWTH && sure > best) {
            best = sure;
            surest = i;
        }
    }
    return surest;
}

void hunt_keep(struct hunt *hunt, struct probed *probed)
{
    pthread_mutex_lock(&hunt->lock);
    hunt->probes = xrealloc(hunt->probes, (hunt->probe_count + 1) * sizeof *hunt->probes);
    hunt->probes[hunt->probe_count++] = probed;
    pthread_mutex_unlock(&hunt->lock);
    if (probed->question.ask == ASK_WARM_UP || probed->question.ask == ASK_IDLE)
        for (size_t p = 0; p < hunt->place_count; p++)
            for (size_t i = 0; i < hunt->deciders.count; i++) {
                hunt->places[p].deciders.items[i].per_read = probed->detail.per_read[i];
                hunt->places[p].deciders.items[i].per_second = probed->detail.per_second[i];
            }
    /* What the rest gains in a pass is what its parts are held against. */
    if (probed->question.ask == ASK_REST && probed->answer.told == TOLD_GROWS) {
        hunt->rest_pass_requests = probed->detail.pass_requests;
        hunt->rest_decider = surest_that_grows(hunt, &probed->detail);
        hunt->gain_per_pass =
            probed->detail.by_decider[hunt->rest_decider].per_request * probed->detail.pass_requests;
    }
    search_tell(hunt->search, &probed->question, &probed->answer);
}

/* What a person who watches wants to know at once; NULL: not that. */
static const char *heading(const struct probed *probed)
{
    enum told told = probed->answer.told;
    if (told == TOLD_OUT)
        return "not looked at";
    switch (probed->question.ask) {
    case ASK_SCREEN:
    case ASK_SCREEN_LONGER:
        return told == TOLD_GROWS ? "suspect" : NULL;
    case ASK_LONG_SOLO:
        return told == TOLD_GROWS ? "found" : told == TOLD_FLAT ? "bounded" : "long solo";
    case ASK_ALONE:
    case ASK_TRIAL:
        return "on a fresh server";
    case ASK_TOGETHER:
        return "together on a fresh server";
    case ASK_AFTER:
        return "proof on a fresh server";
    case ASK_PARTNERS:
        return "looking for what comes before";
    case ASK_REST:
    case ASK_HOLD:
        return "checked";
    case ASK_NARROW:
        return "the requests that grow";
    case ASK_SITES:
        return "snapshots";
    default:
        return NULL;
    }
}

static void note(struct hunt *hunt, const struct probed *probed)
{
    const char *head = heading(probed);
    if (head == NULL)
        return;
    char *line = says(hunt, probed), *mix = mix_of(hunt, &probed->question);
    trials_note(hunt->places[0].trials, "%s: %s %s", head, mix, line);
    free(line);
    free(mix);
}

void hunt_told(struct hunt *hunt, struct probed *probed)
{
    hunt_keep(hunt, probed);
    put_probe(hunt, probed);
    note(hunt, probed);
}

/* The service is that of the run, but a store may have been tampered with. */
static int check_question(const struct hunt *hunt, const struct question *question, struct err *err)
{
    size_t n = hunt->service->endpoint_count;
    bool known = question->suspect == NOBODY || question->suspect < n;
    for (size_t i = 0; i < question->count; i++)
        known = known && question->members[i] < n;
    return known ? 0 : err_set(err, ERR_INTERNAL, "the run's probes are about endpoints that are not there");
}

struct probed *hunt_probed_read(const struct hunt *hunt, const struct probe *probe, struct err *err)
{
    struct probed *probed = xcalloc(1, sizeof *probed);
    probed->identity = xstrdup(probe->question);
    probed->trial = probe->trial;
    probed->reused_from = probe->reused_from;
    probed->started_s = probe->started_s;
    probed->ended_s = probe->ended_s;
    probed->requests = probe->requests;
    if (question_parse(probe->question, &probed->question, &probed->members, err) == 0 &&
        check_question(hunt, &probed->question, err) == 0 &&
        hunt_detail_read(hunt, probe->answer, probed, err) == 0)
        return probed;
    probed_release(probed, hunt->service->endpoint_count);
    return NULL;
}

int hunt_resume(struct hunt *hunt, struct err *err)
{
    const struct trials_options *options = &hunt->options->trials;
    size_t count = 0;
    struct probe *probes = NULL;
    int failed = store_read_probes(options->store, hunt->options->resume, &probes, &count, err);
    for (size_t i = 0; i < count; i++) {
        struct probed *probed =
            !failed && probes[i].number > 0 ? hunt_probed_read(hunt, &probes[i], err) : NULL;
        if (probed != NULL)
            hunt_keep(hunt, probed);
        else if (probes[i].number > 0)
            failed = -1;
        probe_release(&probes[i]);
    }
    free(probes);
    return failed;
}

/* Screens and trials of sets on fresh servers are the same in another run of the same build. What a finding is
 * confirmed by, and the whole mix, is measured in every run. */
static bool reusable(const struct hunt *hunt, const struct question *question)
{
    return hunt->endpoint_digests != NULL && question->attempt == 0 &&
           (question->ask == ASK_TRIAL || (question->ask == ASK_SCREEN && !hunt->deciders.live));
}

char *hunt_key(const struct hunt *hunt, const struct question *question)
{
    if (!reusable(hunt, question))
        return NULL;
    size_t count = question->count > 0 ? question->count : 1;
    char **digests = xcalloc(count, sizeof *digests);
    struct text what = TEXT_EMPTY;
    for (size_t i = 0; i < count; i++)
        digests[i] = hunt->endpoint_digests[question->count > 0 ? question->members[i] : question->suspect];
    text_addf(&what, "%s with passes of", ask_name(question->ask));
    for (size_t i = 0; i < question->count; i++) /* thinned by what else there is */
        text_addf(&what, " %llu", (unsigned long long)hunt_in_pass(hunt, question->members[i]));
    text_addf(&what, " by");
    for (size_t i = 0; i < hunt->deciders.count; i++)
        text_addf(&what, " %s", hunt->deciders.items[i].name);
    char *key = build_key(hunt->options->build, digests, count, text_string(&what));
    text_release(&what);
    free(digests);
    return key;
}

static struct probed *reused(const struct hunt *hunt, const struct question *question,
                             const struct probe *probe, int64_t from)
{
    struct probed *probed = hunt_probed_new(question);
    struct err ignored = {0};
    detail_release(&probed->detail, 0);
    probed->reused_from = from;
    probed->started_s = probed->ended_s = trials_elapsed_s(hunt->places[0].trials);
    if (hunt_detail_read(hunt, probe->answer, probed, &ignored) == 0 && probed->answer.told != TOLD_UNCLEAR)
        return probed;
    probed_release(probed, hunt->service->endpoint_count);
    return NULL;
}

bool hunt_reuse(struct hunt *hunt, const struct question *question)
{
    const struct trials_options *options = &hunt->options->trials;
    char *key = hunt_key(hunt, question);
    struct probe probe = {0};
    struct err ignored = {0};
    struct probed *probed = NULL;
    if (key != NULL && !hunt->options->fresh &&
        store_find_probe(options->store, options->run, key, &probe, &ignored) == 1)
        probed = reused(hunt, question, &probe, probe.reused_from);
    probe_release(&probe);
    free(key);
    if (probed == NULL)
        return false;
    hunt_told(hunt, probed);
    return true;
}

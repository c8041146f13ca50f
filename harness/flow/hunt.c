#include "flow/hunt.h"

#include <math.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "flow/build.h"
#include "flow/hunt_state.h"
#include "flow/recordings.h"
#include "flow/replicas.h"
#include "flow/snapshots.h"
#include "report/say.h"

#define CONFIRM_DEFAULT 10000
#define QUESTIONS_MOST 64 /* looked at for one that can be begun */
#define RETRIES_MOST 2
#define JOBS_MOST_UNASKED 4

static int choose_endpoints(struct hunt *hunt, struct service *service, struct err *err)
{
    const struct hunt_options *options = hunt->options;
    bool *chosen = xcalloc(service->endpoint_count, sizeof *chosen);
    int failed = recordings_choose(service, options->endpoints, options->endpoint_count, chosen, err);
    if (!failed && recordings_usable(service, target_is_ours(hunt->places[0].trials->target), chosen,
                                     hunt->usable, hunt->result) == 0)
        failed = err_set(err, ERR_USAGE, "%s: no endpoint can be replayed: %s", options->directory,
                         hunt->result->not_looked_at_count > 0 ? hunt->result->not_looked_at[0].why
                                                               : "there is none");
    for (size_t i = 0; i < service->endpoint_count; i++)
        hunt->not_chosen[i] = !chosen[i];
    free(chosen);
    return failed;
}

void hunt_end_early(struct hunt *hunt, enum halt halt, const char *why)
{
    if (hunt->halt != HALT_NONE)
        return;
    hunt->halt = halt;
    result_say(&hunt->halt_why, "%s", why);
}

void hunt_look(struct hunt *hunt)
{
    struct place *place = &hunt->places[0];
    double *values = xmalloc((hunt->signal_count + 1) * sizeof *values);
    deciders_need(&hunt->deciders, place->trials);
    int halted = trials_start(place->trials, STEP_WARM_UP, "the whole mix");
    trials_say(place->trials, "reading before any traffic");
    if (!halted)
        halted = trials_read(place->trials, values);
    if (!halted) {
        deciders_keep_readable(&hunt->deciders, place->trials->watch, values, &hunt->result->caveats);
        halted = replicas_check(place->trials, &hunt->deciders);
    }
    if (halted)
        hunt_end_early(hunt, place->trials->halt, place->trials->halt_why);
    free(values);
}

static size_t processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return (size_t)(count < JOBS_MOST_UNASKED ? count : JOBS_MOST_UNASKED);
}

/* How many servers are driven at once. RSS does not mind who else computes, and needs many long trials. */
static size_t jobs_of(const struct hunt *hunt, bool live)
{
    if (hunt->options->jobs > 0)
        return hunt->options->jobs;
    return live ? 1 : processors();
}

/* One lane more keeps the server that is warm. Signals may turn out not to be there, and RSS alone be left. */
static size_t lanes_wanted(const struct hunt *hunt)
{
    if (hunt->options->swarm != NULL)
        return hunt->options->jobs;
    if (hunt->options->errand)
        return 1;
    size_t live = jobs_of(hunt, true) + 1, by_rss = jobs_of(hunt, false);
    return live > by_rss ? live : by_rss;
}

static void make_places(struct hunt *hunt)
{
    size_t n = hunt->service->endpoint_count;
    hunt->place_count = lanes_count(hunt->lanes);
    hunt->places = xcalloc(hunt->place_count, sizeof *hunt->places);
    for (size_t i = 0; i < hunt->place_count; i++)
        hunt->places[i] = (struct place){.hunt = hunt,
                                         .trials = lanes_trials(hunt->lanes, i),
                                         .lane = i,
                                         .kept = xcalloc(n + 1, sizeof(struct kept))};
}

int hunt_open(struct hunt *hunt, struct err *err)
{
    struct trials_options options = hunt->options->trials;
    options.elapsed_s = hunt->options->resumed.elapsed_s;
    options.trials_before = hunt->options->resumed.trials;
    options.steady = true;
    hunt->lanes = lanes_open(&options, lanes_wanted(hunt), err);
    if (hunt->lanes == NULL)
        return -1;
    make_places(hunt);
    hunt->signal_count = watch_count(hunt->places[0].trials->watch);
    hunt->restartable = target_restartable(hunt->places[0].trials->target);
    if (deciders_choose(&hunt->deciders, hunt->places[0].trials->watch, hunt->options->signal, err) != 0)
        return -1;
    return choose_endpoints(hunt, hunt->options->service, err);
}

static void make_digests(struct hunt *hunt)
{
    size_t n = hunt->service->endpoint_count;
    if (hunt->options->build == NULL)
        return;
    hunt->endpoint_digests = xcalloc(n + 1, sizeof *hunt->endpoint_digests);
    for (size_t i = 0; i < n; i++)
        hunt->endpoint_digests[i] = endpoint_digest(hunt->service, &hunt->service->endpoints[i]);
}

static struct search_prior *prior_of(const struct hunt *hunt, size_t *count)
{
    const struct suspicions *suspects = hunt->options->suspects;
    const struct service *service = hunt->service;
    struct search_prior *prior = xcalloc(service->endpoint_count + 1, sizeof *prior);
    for (size_t i = 0; suspects != NULL && i < suspects->count; i++)
        for (size_t k = 0; k < suspects->items[i].endpoints.count; k++) {
            const struct endpoint *endpoint = service_find(service, suspects->items[i].endpoints.items[k]);
            size_t index = endpoint != NULL ? (size_t)(endpoint - service->endpoints) : NOBODY;
            if (index != NOBODY && hunt->usable[index] && *count < service->endpoint_count)
                prior[(*count)++] = (struct search_prior){index, suspects->items[i].probability};
        }
    return prior;
}

static void say_prior(const struct hunt *hunt)
{
    struct text words = TEXT_EMPTY;
    if (hunt->options->suspects != NULL)
        say_suspicions(&words, hunt->options->suspects);
    if (words.length > 0)
        trials_note(hunt->places[0].trials, "%s", words.bytes);
    text_release(&words);
}

void hunt_make_search(struct hunt *hunt)
{
    size_t suspected = 0;
    struct search_prior *prior = prior_of(hunt, &suspected);
    bool sites =
        hunt->sites || hunt->service->snapshot_count > 0 || snapshots_by(hunt->places[0].trials) != NULL;
    struct search_options options = {.endpoints = hunt->service->endpoint_count,
                                     .usable = hunt->usable,
                                     .live = hunt->deciders.live,
                                     .restartable = hunt->restartable,
                                     .apart = hunt->options->swarm != NULL || hunt->options->errand,
                                     .sites = sites && hunt->restartable,
                                     .narrow = hunt->deciders.live,
                                     .seed = hunt->options->trials.seed,
                                     .strategy = hunt->options->strategy,
                                     .prior = prior,
                                     .prior_count = suspected};
    hunt->search = search_new(&options);
    free(prior);
    for (size_t i = 0; i < hunt->place_count; i++) {
        hunt->places[i].deciders = hunt->deciders;
        deciders_need(&hunt->deciders, hunt->places[i].trials);
    }
}

static void measure_job(void *owner, struct trials *trials)
{
    (void)trials; /* the place has it */
    hunt_measure(owner);
}

static bool under_way(const struct hunt *hunt, const struct question *question)
{
    char *identity = question_identity(question);
    bool found = false;
    for (size_t i = 0; i < hunt->place_count && !found; i++)
        found = hunt->places[i].probed != NULL && strcmp(hunt->places[i].probed->identity, identity) == 0;
    free(identity);
    return found;
}

static bool only_waits(enum ask ask)
{
    return ask == ASK_HOLD || ask == ASK_IDLE;
}

/* Servers that are driven now; one that is only waited for is not. */
static size_t driven(const struct hunt *hunt)
{
    size_t count = 0;
    for (size_t i = 0; i < hunt->place_count; i++)
        count += hunt->places[i].probed != NULL && !only_waits(hunt->places[i].probed->question.ask);
    return count;
}

/* A free place where the question can be measured; NULL: none now. A fresh server takes the place of the one that is
 * warm only where there is no other. */
static struct place *place_for(struct hunt *hunt, const struct question *question)
{
    bool warm = hunt_wants_warm(hunt, question->ask);
    bool keeps_warm = hunt->deciders.live && hunt->place_count > 1;
    if (!only_waits(question->ask) && driven(hunt) >= jobs_of(hunt, hunt->deciders.live))
        return NULL;
    size_t first = !warm && keeps_warm ? 1 : 0, end = warm && keeps_warm ? 1 : hunt->place_count;
    for (size_t i = first; i < end; i++)
        if (hunt->places[i].probed == NULL)
            return &hunt->places[i];
    return NULL;
}

/* On a single lane what the warm server can answer comes first. */
static bool must_wait(const struct hunt *hunt, const struct question *questions, size_t count, size_t at)
{
    if (hunt->place_count > 1 || !hunt->places[0].warm || hunt_wants_warm(hunt, questions[at].ask))
        return false;
    for (size_t i = 0; i < count; i++)
        if (hunt_wants_warm(hunt, questions[i].ask))
            return true;
    return false;
}

/* Begins one question that can be begun, or tells what an earlier run knows of it; false: none. */
static bool begin_one(struct hunt *hunt)
{
    struct question questions[QUESTIONS_MOST];
    size_t count = search_ask(hunt->search, questions, QUESTIONS_MOST);
    for (size_t i = 0; i < count; i++) {
        if (under_way(hunt, &questions[i]) || must_wait(hunt, questions, count, i))
            continue;
        if (hunt_reuse(hunt, &questions[i]))
            return true;
        struct place *place = place_for(hunt, &questions[i]);
        if (place == NULL)
            continue;
        place->probed = hunt_probed_new(&questions[i]);
        lanes_begin(hunt->lanes, place->lane, measure_job, place);
        return true;
    }
    return false;
}

/* A trial whose server died or passed its ceiling is begun again; what it was about is still asked. The warm server's
 * end, or a second time, is the hunt's. */
static void after_halt(struct hunt *hunt, struct place *place)
{
    enum halt halt = place->trials->halt;
    bool trial_only = halt == HALT_TARGET || halt == HALT_CEILING || halt == HALT_KILLED;
    bool again = trial_only && hunt->restartable && !hunt_wants_warm(hunt, place->probed->question.ask) &&
                 hunt->retried < RETRIES_MOST;
    if (!again) {
        hunt_end_early(hunt, halt, place->trials->halt_why);
        return;
    }
    hunt->retried++;
    strings_addf(&hunt->result->caveats, "a trial was begun again: %s", place->trials->halt_why);
    if (trials_recover(place->trials) != 0)
        hunt_end_early(hunt, place->trials->halt, place->trials->halt_why);
}

static void end_one(struct hunt *hunt)
{
    struct place *place = &hunt->places[lanes_wait(hunt->lanes)];
    struct probed *probed = place->probed;
    if (place->trials->halt == HALT_NONE) {
        place->probed = NULL;
        hunt_told(hunt, probed);
        return;
    }
    after_halt(hunt, place);
    place->probed = NULL;
    probed_release(probed, hunt->service->endpoint_count);
}

static bool any_busy(const struct hunt *hunt)
{
    for (size_t i = 0; i < hunt->place_count; i++)
        if (hunt->places[i].probed != NULL)
            return true;
    return false;
}

static void ask_and_tell(struct hunt *hunt)
{
    while (hunt->halt == HALT_NONE) {
        while (begin_one(hunt))
            ;
        if (!any_busy(hunt))
            break;
        end_one(hunt);
    }
    while (any_busy(hunt))
        end_one(hunt);
}

void hunt_release(struct hunt *hunt)
{
    size_t n = hunt->service->endpoint_count;
    for (size_t i = 0; i < hunt->place_count; i++) {
        free(hunt->places[i].kept);
        free(hunt->places[i].proven);
    }
    for (size_t i = 0; i < hunt->probe_count; i++)
        probed_release(hunt->probes[i], n);
    for (size_t i = 0; i < hunt->early_count; i++)
        probed_release(hunt->early[i], n);
    for (size_t i = 0; hunt->endpoint_digests != NULL && i < n; i++)
        free(hunt->endpoint_digests[i]);
    search_free(hunt->search);
    if (hunt->lanes != NULL)
        lanes_close(hunt->lanes);
    pthread_mutex_destroy(&hunt->lock);
    free(hunt->endpoint_digests);
    free(hunt->probes);
    free(hunt->early);
    free(hunt->places);
    free(hunt->usable);
    free(hunt->not_chosen);
    free(hunt->halt_why);
}

static int go(struct hunt *hunt, struct err *err)
{
    bool away = hunt->options->swarm != NULL;
    if (hunt->deciders.live && away)
        hunt_away_look(hunt);
    else if (hunt->deciders.live)
        hunt_look(hunt);
    make_digests(hunt);
    hunt_make_search(hunt);
    say_prior(hunt);
    if (hunt->options->resume != 0 && hunt_resume(hunt, err) != 0)
        return -1;
    if (hunt->halt == HALT_NONE && away)
        hunt_away_ask_and_tell(hunt);
    else if (hunt->halt == HALT_NONE && (hunt->deciders.live || hunt->restartable))
        ask_and_tell(hunt);
    hunt_conclude(hunt);
    lanes_store_loads(hunt->lanes);
    if (hunt->halt == HALT_ERROR) {
        trials_halt_of_all(hunt->places[0].trials, NULL, err);
        return -1;
    }
    return 0;
}

void hunt_init(struct hunt *hunt, struct hunt_options *options, struct result *result)
{
    size_t n = options->service->endpoint_count;
    *hunt = (struct hunt){.options = options,
                          .service = options->trials.service,
                          .result = result,
                          .usable = xcalloc(n + 1, sizeof(bool)),
                          .not_chosen = xcalloc(n + 1, sizeof(bool)),
                          .gain_per_pass = NAN};
    pthread_mutex_init(&hunt->lock, NULL);
    if (options->confirm == 0)
        options->confirm = CONFIRM_DEFAULT;
}

int hunt(const struct hunt_options *given, struct result *result, struct err *err)
{
    struct hunt_options options = *given;
    struct hunt state;
    hunt_init(&state, &options, result);
    result->started_us = options.resume != 0 ? options.resumed.started_us : clock_wall_us();
    int failed = hunt_open(&state, err);
    if (!failed)
        failed = go(&state, err);
    hunt_release(&state);
    return failed;
}

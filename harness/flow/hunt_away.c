/* A hunt whose trials are driven on a swarm: the search stays here, each trial is a stack with a fresh server and a driver that is
 * asked some of its questions (hunt_errand.h), several stacks at once, one for each lane.
 *
 * Any stack can be made warm, so that screens are shared out. What a stack answers is told at once; what one that was lost had
 * been asked is asked again. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/interrupt.h"
#include "flow/hunt_away.h"

#define QUESTIONS_MOST 1024 /* looked at for some that can be begun */
#define SCREENS_MOST 24     /* of one stack: what is lost with it is asked again */
#define FRESH_SCREENS_MOST 4
#define LOST_MOST 4    /* times as many stacks as there are at once, with none between that told anything */
#define RETRIES_MOST 2 /* servers that died */
#define GRACE_S 20     /* a driver ends by itself when the budget is over, and tells what it knows */

/* The work of all ends: a signal, an error of another lane, a budget that no driver kept. */
static bool is_stopped(void *owner)
{
    struct trials *trials = owner;
    if (!trials_halted(trials) && interrupt_signal() != 0)
        trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    if (!trials_halted(trials) && trials_left_s(trials) < -GRACE_S)
        trials_halt(trials, HALT_BUDGET, "the budget was used up");
    return trials_halted(trials);
}

static void run_job(void *owner, struct trials *trials)
{
    struct away *away = owner;
    away->failed = swarm_run(away->hunt->options->swarm, trials->loop, &away->task, &away->sent, is_stopped,
                             trials, &away->end, &away->why, &away->err) != 0;
}

static json_t *strings_json(const char *const *items, size_t count)
{
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(items[i]));
    return list;
}

static json_t *settings_of(const struct hunt *hunt)
{
    const struct hunt_options *options = hunt->options;
    struct settings settings = {.signal = options->signal != NULL ? xstrdup(options->signal) : NULL,
                                .confirm = options->confirm,
                                .connections = options->trials.connections > 0 ? options->trials.connections
                                                                               : SETTINGS_NOT_GIVEN,
                                .seed = options->trials.seed};
    for (size_t i = 0; i < options->endpoint_count; i++)
        strings_add(&settings.endpoints, options->endpoints[i]);
    strings_copy(&settings.methods, &hunt->service->methods);
    json_t *object = settings_write(&settings);
    settings_release(&settings);
    return object;
}

static json_t *probes_of(const struct hunt *hunt)
{
    json_t *list = json_array();
    for (size_t i = 0; i < hunt->probe_count; i++) {
        const struct probed *probed = hunt->probes[i];
        char *answer = hunt_detail_write(hunt, probed);
        json_array_append_new(list, json_pack("{s:s, s:s, s:f, s:f, s:I}", "question", probed->identity,
                                              "answer", answer != NULL ? answer : "", "started_s",
                                              probed->started_s, "ended_s", probed->ended_s, "requests",
                                              (json_int_t)probed->requests));
        free(answer);
    }
    return list;
}

/* decided: it is known what decides. */
static void write_task(struct away *away, bool decided)
{
    const struct hunt *hunt = away->hunt;
    json_t *object = json_object(), *questions = json_array();
    const char *names[DECIDERS_MOST];
    double left_s = trials_left_s(hunt->places[away->lane].trials);
    for (size_t i = 0; i < hunt->deciders.count; i++)
        names[i] = hunt->deciders.items[i].name;
    for (size_t i = 0; i < away->count; i++)
        json_array_append_new(questions, json_string(away->probed[i]->identity));
    json_object_set_new(object, "format", json_integer(ERRAND_FORMAT));
    json_object_set_new(object, "run", json_integer(hunt->options->trials.run));
    if (isfinite(left_s))
        json_object_set_new(object, "left_s", json_real(fmax(left_s, 0)));
    if (hunt->service->agent_dir != NULL)
        json_object_set_new(object, "agent_dir", json_string(hunt->service->agent_dir));
    json_object_set_new(object, "settings", settings_of(hunt));
    json_object_set_new(object, "deciders",
                        decided ? strings_json(names, hunt->deciders.count) : json_null());
    json_object_set_new(object, "probes", probes_of(hunt));
    json_object_set_new(object, "questions", questions);
    char *text = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    text_add_string(&away->task, text != NULL ? text : "");
    free(text);
}

static void say(struct away *away)
{
    struct trials *trials = away->hunt->places[away->lane].trials;
    const struct question *first = away->count > 0 ? &away->probed[0]->question : NULL;
    if (first == NULL)
        trials_say(trials, "in a stack: which signals are there?");
    else if (away->count > 1)
        trials_say(trials, "in a stack: %zu endpoints screened", away->count);
    else
        trials_say(trials, "in a stack: %s%s%s", ask_name(first->ask), first->suspect != NOBODY ? " of " : "",
                   first->suspect != NOBODY ? hunt_name(away->hunt, first->suspect) : "");
}

static void begin(struct away *away, bool decided)
{
    away->busy = true;
    away->failed = false;
    text_clear(&away->task);
    text_clear(&away->sent);
    text_clear(&away->why);
    write_task(away, decided);
    say(away);
    lanes_begin(away->hunt->lanes, away->lane, run_job, away);
}

static void forget_questions(struct away *away)
{
    for (size_t i = 0; i < away->count; i++)
        probed_release(away->probed[i], away->hunt->service->endpoint_count);
    away->count = 0;
    away->busy = false;
}

/* A server that died, or passed its ceiling, is begun again; so is a stack that was lost. The driver saw that it does not answer, the
 * engine how it ended. */
static void after_halt(struct away *away, enum halt halt, const char *told)
{
    struct hunt *hunt = away->hunt;
    char *why = away->why.length > 0 ? xasprintf("%s; %s", told, text_string(&away->why)) : xstrdup(told);
    bool trial_only = halt == HALT_TARGET || halt == HALT_CEILING || halt == HALT_KILLED;
    if (!trial_only || hunt->retried >= RETRIES_MOST)
        hunt_end_early(hunt, halt, why);
    else {
        hunt->retried++;
        strings_addf(&hunt->result->caveats, "a trial was begun again: %s", why);
    }
    free(why);
}

static void after_loss(struct away *away)
{
    struct hunt *hunt = away->hunt;
    const char *why = text_string(&away->why);
    trials_note(hunt->places[0].trials, "a stack was lost, and what it was asked is asked again: %s", why);
    if (++hunt->lost > LOST_MOST * hunt->place_count) {
        char *all = xasprintf("%u stacks one after another were lost, the last one: %s", hunt->lost, why);
        hunt_end_early(hunt, HALT_TARGET, all);
        free(all);
        return;
    }
    char *caveat = xasprintf("a trial was begun again: its stack was lost (%s)", why);
    if (!strings_has(&hunt->result->caveats, caveat)) /* a drained node loses many at once */
        strings_add(&hunt->result->caveats, caveat);
    free(caveat);
}

/* An error that the driver had: of the service's directory, say, or of a server that did not start. */
static void after_error(struct away *away, const struct told_away *told)
{
    struct hunt *hunt = away->hunt;
    struct trials *trials = hunt->places[away->lane].trials;
    struct err err = {0};
    if (told->error == ERR_TARGET && hunt->probe_count > 0) {
        after_halt(away, HALT_TARGET, told->why);
        return;
    }
    err_set(&err, told->error, "in a stack: %s", told->why);
    trials_shared_halt(trials->shared, HALT_ERROR, err.message, &err);
    hunt_end_early(hunt, HALT_ERROR, err.message);
}

static void end_work(struct away *away)
{
    struct trials *trials = away->hunt->places[away->lane].trials;
    const char *why = "";
    if (away->failed)
        trials_shared_halt(trials->shared, HALT_ERROR, away->err.message, &away->err);
    else if (!is_stopped(trials)) /* the layer below saw a signal that is gone again */
        trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    enum halt halt = trials_halt_of_all(trials, &why, NULL);
    hunt_end_early(away->hunt, halt, why);
}

static void end(struct away *away, bool looked)
{
    struct hunt *hunt = away->hunt;
    struct told_away told = {0};
    struct err err = {0};
    if (away->failed || away->end == STACK_STOPPED)
        end_work(away);
    else if (away->end == STACK_LOST)
        after_loss(away);
    else if (away_take(away, looked, &told, &err) != 0) {
        away->failed = true;
        away->err = err;
        end_work(away);
    } else if (told.halt == HALT_INTERRUPTED) { /* nobody here did */
        text_add_string(&away->why, "its driver was told to end");
        after_loss(away);
    } else {
        hunt->lost = 0;
        if (told.error != 0)
            after_error(away, &told);
        else if (told.halt != HALT_NONE)
            after_halt(away, told.halt, told.why);
    }
    told_away_release(&told);
    forget_questions(away);
}

static struct away *aways_new(struct hunt *hunt)
{
    struct away *aways = xcalloc(hunt->place_count, sizeof *aways);
    for (size_t i = 0; i < hunt->place_count; i++)
        aways[i] = (struct away){.hunt = hunt,
                                 .lane = i,
                                 .probed = xcalloc(SCREENS_MOST, sizeof(struct probed *)),
                                 .task = TEXT_EMPTY,
                                 .sent = TEXT_EMPTY,
                                 .why = TEXT_EMPTY};
    return aways;
}

static void aways_free(struct away *aways, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        text_release(&aways[i].task);
        text_release(&aways[i].sent);
        text_release(&aways[i].why);
        free(aways[i].probed);
    }
    free(aways);
}

void hunt_away_look(struct hunt *hunt)
{
    struct away *aways = aways_new(hunt);
    struct away *first = &aways[0];
    unsigned retried = 0;
    const struct question warm_up = {.ask = ASK_WARM_UP, .suspect = NOBODY};
    do {
        retried = hunt->retried + hunt->lost;
        if (hunt->options->resume == 0)
            first->probed[first->count++] = hunt_probed_new(&warm_up);
        begin(first, false);
        lanes_wait(hunt->lanes);
        end(first, true);
    } while (hunt->halt == HALT_NONE && hunt->retried + hunt->lost > retried);
    aways_free(aways, hunt->place_count);
}

static bool under_way(const struct away *aways, size_t count, const struct question *question)
{
    char *identity = question_identity(question);
    bool found = false;
    for (size_t i = 0; i < count && !found; i++)
        for (size_t k = 0; k < aways[i].count && !found; k++)
            found = strcmp(aways[i].probed[k]->identity, identity) == 0;
    free(identity);
    return found;
}

static struct away *first_free(struct away *aways, size_t count, size_t *free_count)
{
    struct away *first = NULL;
    *free_count = 0;
    for (size_t i = 0; i < count; i++) {
        if (aways[i].busy)
            continue;
        first = first == NULL ? &aways[i] : first;
        ++*free_count;
    }
    return first;
}

static bool is_screen(const struct question *question)
{
    return question->ask == ASK_SCREEN || question->ask == ASK_SCREEN_LONGER;
}

/* How many of the screens that can be asked one stack takes: all are shared out among those that are free. */
static size_t share_of(const struct hunt *hunt, const struct question *questions, size_t count, size_t stacks)
{
    size_t screens = 0, most = hunt_wants_warm(hunt, ASK_SCREEN) ? SCREENS_MOST : FRESH_SCREENS_MOST;
    for (size_t i = 0; i < count; i++)
        screens += is_screen(&questions[i]);
    size_t share = (screens + stacks - 1) / stacks;
    return share < most ? share : most;
}

/* Begins a stack with what can be asked first; with a screen go others. false: there is nothing to ask, or no lane for it. An answer
 * of an earlier run is told instead. */
static bool begin_one(struct hunt *hunt, struct away *aways)
{
    struct question *questions = xcalloc(QUESTIONS_MOST, sizeof *questions);
    size_t asked = search_ask(hunt->search, questions, QUESTIONS_MOST), count = 0, stacks = 0;
    bool reused = false;
    for (size_t i = 0; i < asked && !reused; i++) {
        if (under_way(aways, hunt->place_count, &questions[i]))
            continue;
        reused = hunt_reuse(hunt, &questions[i]);
        questions[count++] = questions[i];
    }
    struct away *away = first_free(aways, hunt->place_count, &stacks);
    if (!reused && count > 0 && away != NULL) {
        size_t share = is_screen(&questions[0]) ? share_of(hunt, questions, count, stacks) : 1;
        for (size_t i = 0; i < count && away->count < share; i++)
            if (i == 0 || is_screen(&questions[i]))
                away->probed[away->count++] = hunt_probed_new(&questions[i]);
        begin(away, true);
    }
    free(questions);
    return reused || (count > 0 && away != NULL);
}

static bool any_busy(const struct away *aways, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (aways[i].busy)
            return true;
    return false;
}

void hunt_away_ask_and_tell(struct hunt *hunt)
{
    struct away *aways = aways_new(hunt);
    for (size_t i = 0; i < hunt->early_count; i++)
        hunt_told(hunt, hunt->early[i]);
    hunt->early_count = 0;
    for (;;) {
        while (hunt->halt == HALT_NONE && begin_one(hunt, aways))
            ;
        if (!any_busy(aways, hunt->place_count))
            break;
        end(&aways[lanes_wait(hunt->lanes)], false);
    }
    aways_free(aways, hunt->place_count);
}

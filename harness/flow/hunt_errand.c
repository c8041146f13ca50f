#include "flow/hunt_errand.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/gzip.h"
#include "flow/hunt_state.h"
#include "flow/kept_times.h"
#include "flow/own.h"
#include "flow/snapshots.h"
#include "flow/trials_shared.h"

#define FOLLOW_UPS_MOST 64 /* questions looked at for one */
#define STORE_BYTES_MOST ((size_t)1 << 30)

int asked_read(struct asked *asked, const struct text *task, struct err *err)
{
    *asked = (struct asked){.left_s = INFINITY};
    asked->document = json_read(text_string(task), task->length, "the task", err);
    if (asked->document == NULL)
        return -1;
    asked->deciders = json_object_get(asked->document, "deciders");
    asked->probes = json_object_get(asked->document, "probes");
    asked->questions = json_object_get(asked->document, "questions");
    if (json_number(asked->document, "format", 0) != ERRAND_FORMAT || !json_is_array(asked->probes) ||
        !json_is_array(asked->questions))
        return err_set(err, ERR_USAGE,
                       "the task is none of this seep: the driver's image has to be of the same version");
    settings_take(&asked->settings, json_object_get(asked->document, "settings"));
    asked->run = (int64_t)json_number(asked->document, "run", 0);
    asked->agent_dir = json_text(asked->document, "agent_dir");
    asked->left_s = json_number(asked->document, "left_s", INFINITY);
    return 0;
}

void asked_release(struct asked *asked)
{
    settings_release(&asked->settings);
    json_decref(asked->document);
    memset(asked, 0, sizeof *asked);
}

int errand_take_deciders(struct hunt *hunt, const json_t *names, struct err *err)
{
    hunt->deciders = (struct deciders){.count = 0};
    for (size_t i = 0; i < json_array_size(names); i++) {
        const char *name = json_string_value(json_array_get(names, i));
        if (deciders_add(&hunt->deciders, hunt->places[0].trials->watch, name != NULL ? name : "", err) != 0)
            return -1;
    }
    return hunt->deciders.count > 0 ? 0 : err_set(err, ERR_USAGE, "no signal is named that decides");
}

static int take_probes(struct hunt *hunt, const json_t *list, struct err *err)
{
    size_t at;
    json_t *object;
    json_array_foreach(list, at, object)
    {
        const char *question = json_text(object, "question"), *answer = json_text(object, "answer");
        struct probe probe = {.question = (char *)(question != NULL ? question : ""),
                              .answer = (char *)(answer != NULL ? answer : ""),
                              .started_s = json_number(object, "started_s", 0),
                              .ended_s = json_number(object, "ended_s", 0),
                              .requests = (uint64_t)fmax(0, json_number(object, "requests", 0))};
        struct probed *probed = hunt_probed_read(hunt, &probe, err);
        if (probed == NULL)
            return -1;
        hunt_keep(hunt, probed);
    }
    return 0;
}

/* On the lane's own thread: what starts a process there has to live as long (lanes.c). */
static void measure_job(void *owner, struct trials *trials)
{
    (void)trials;
    hunt_measure(owner);
}

/* The whole mix is measured on the server that was looked at, or on the first one. */
static void warm_job(void *owner, struct trials *trials)
{
    struct place *place = owner;
    if (trials->trial.number > 0 || hunt_fresh(place, STEP_WARM_UP, "the whole mix") == 0)
        hunt_measure(place);
}

static void measure(struct hunt *hunt, const struct question *question)
{
    struct place *place = &hunt->places[0];
    place->probed = hunt_probed_new(question);
    lanes_begin(hunt->lanes, 0, question->ask == ASK_WARM_UP ? warm_job : measure_job, place);
    lanes_wait(hunt->lanes);
    struct probed *probed = place->probed;
    place->probed = NULL;
    if (place->trials->halt == HALT_NONE)
        hunt_told(hunt, probed);
    else
        probed_release(probed, hunt->service->endpoint_count);
}

/* What grows is looked at further on the server that is warm already. */
static bool follow_up(struct hunt *hunt, size_t suspect)
{
    struct question questions[FOLLOW_UPS_MOST];
    size_t count = search_ask(hunt->search, questions, FOLLOW_UPS_MOST);
    for (size_t i = 0; i < count; i++) {
        enum ask ask = questions[i].ask;
        if (questions[i].suspect != suspect || (ask != ASK_SCREEN_LONGER && ask != ASK_LONG_SOLO) ||
            !hunt_wants_warm(hunt, ask))
            continue;
        measure(hunt, &questions[i]);
        return true;
    }
    return false;
}

static int answer(struct hunt *hunt, const char *identity, struct err *err)
{
    struct question question;
    size_t *members = NULL, n = hunt->service->endpoint_count;
    if (question_parse(identity != NULL ? identity : "", &question, &members, err) != 0)
        return -1;
    bool known = question.suspect == NOBODY || question.suspect < n;
    for (size_t i = 0; i < question.count; i++)
        known = known && members[i] < n;
    if (known)
        measure(hunt, &question);
    free(members);
    if (!known)
        return err_set(err, ERR_USAGE, "the task is about endpoints that are not there");
    while (question.suspect != NOBODY && !trials_halted(hunt->places[0].trials) &&
           follow_up(hunt, question.suspect))
        ;
    return 0;
}

static int go(struct hunt *hunt, const struct asked *asked, struct err *err)
{
    struct trials *trials = hunt->places[0].trials;
    int failed = 0;
    if (json_is_array(asked->deciders))
        failed = errand_take_deciders(hunt, asked->deciders, err);
    else if (hunt->deciders.live)
        hunt_look(hunt);
    if (failed)
        return -1;
    hunt_make_search(hunt);
    failed = take_probes(hunt, asked->probes, err);
    for (size_t i = 0; !failed && i < json_array_size(asked->questions) && !trials_halted(trials); i++)
        failed = answer(hunt, json_string_value(json_array_get(asked->questions, i)), err);
    if (!failed && trials->halt == HALT_ERROR) {
        *err = trials->err;
        failed = -1;
    }
    lanes_store_loads(hunt->lanes);
    return failed;
}

static json_t *real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *words_of(const struct strings *strings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(list, json_string(strings->items[i]));
    return list;
}

static json_t *endpoints_of(const struct trials *trials)
{
    const struct service *service = trials->options.service;
    json_t *list = json_array();
    for (size_t i = 0; i < service->endpoint_count; i++) {
        json_t *object = json_object();
        json_object_set_new(object, "name", json_string(service->endpoints[i].name));
        kept_times_write(object, &trials->latencies[i]);
        json_array_append_new(list, object);
    }
    return list;
}

/* What the store does not have. */
static void tell(const struct hunt *hunt, int failed, const struct err *err, int64_t began_us,
                 struct text *told)
{
    struct trials *trials = hunt->places[0].trials;
    json_t *object = json_object(), *deciders = json_array();
    trials_weigh(trials);
    for (size_t i = 0; i < hunt->deciders.count; i++)
        json_array_append_new(deciders, json_string(hunt->deciders.items[i].name));
    json_object_set_new(object, "format", json_integer(ERRAND_FORMAT));
    json_object_set_new(object, "began_us", json_integer(began_us));
    json_object_set_new(object, "elapsed_s", real(trials_elapsed_s(trials)));
    json_object_set_new(object, "deciders", deciders);
    json_object_set_new(object, "sites", json_boolean(snapshots_by(trials) != NULL));
    json_object_set_new(object, "caveats", words_of(&hunt->result->caveats));
    json_object_set_new(object, "error", json_integer(failed ? (int)err->code : 0));
    json_object_set_new(object, "halt", json_integer(failed ? HALT_ERROR : trials->halt));
    json_object_set_new(object, "why", json_string(failed ? err->message : trials->halt_why));
    json_object_set_new(object, "live_by", json_string(trials->live_by));
    json_object_set_new(object, "warm_bytes", real(trials->warm_bytes));
    json_object_set_new(object, "peak_bytes", real(trials->peak_bytes));
    json_object_set_new(object, "kept_bytes", real(trials->kept_bytes));
    json_object_set_new(object, "requests", json_integer((json_int_t)trials->requests));
    json_object_set_new(object, "asked_again", json_integer((json_int_t)trials->asked_again));
    json_object_set_new(object, "replaced", json_integer((json_int_t)trials->replaced));
    json_object_set_new(object, "endpoints", endpoints_of(trials));
    char *text = json_dumps(object, JSON_COMPACT);
    text_add_string(told, text != NULL ? text : "{}");
    free(text);
    json_decref(object);
}

void errand_tell_error(const struct err *err, struct text *told)
{
    json_t *object = json_pack("{s:i, s:i, s:i, s:s}", "format", ERRAND_FORMAT, "error", (int)err->code,
                               "halt", (int)HALT_ERROR, "why", err->message);
    char *text = object != NULL ? json_dumps(object, JSON_COMPACT) : NULL;
    text_add_string(told, text != NULL ? text : "{}");
    free(text);
    json_decref(object);
}

int hunt_errand(const struct hunt_options *given, const struct asked *asked, struct text *told,
                struct err *err)
{
    struct hunt_options options = *given;
    struct result result = {0};
    struct hunt hunt;
    int64_t began_us = clock_wall_us();
    hunt_init(&hunt, &options, &result);
    int failed = hunt_open(&hunt, err);
    if (failed && hunt.places == NULL)
        errand_tell_error(err, told);
    else {
        if (!failed)
            failed = go(&hunt, asked, err);
        tell(&hunt, failed, err, began_us, told);
    }
    hunt_release(&hunt);
    result_release(&result);
    return 0;
}

int errand_pack(const struct text *told, const char *store_path, struct text *sent, struct err *err)
{
    struct text store = TEXT_EMPTY;
    text_add(sent, text_string(told), told->length);
    text_add_char(sent, '\n');
    int failed = (store_path != NULL && text_read_file(&store, store_path, STORE_BYTES_MOST, err) != 0) ||
                 gzip_pack(text_string(&store), store.length, sent, err) != 0;
    text_release(&store);
    return failed ? -1 : 0;
}

int errand_unpack(const struct text *sent, json_t **told, struct text *store, struct err *err)
{
    const char *bytes = text_string(sent), *end = memchr(bytes, '\n', sent->length);
    *told = NULL;
    if (end == NULL)
        return err_set(err, ERR_USAGE, "the driver sent nothing that can be read");
    size_t length = (size_t)(end - bytes);
    if ((*told = json_read(bytes, length, "what the driver sent", err)) == NULL)
        return -1;
    if (json_number(*told, "format", 0) != ERRAND_FORMAT)
        return err_set(err, ERR_USAGE, "the driver is another seep: its image has to be of the same version");
    return gzip_unpack(end + 1, sent->length - length - 1, "the store that the driver sent", STORE_BYTES_MOST,
                       store, err);
}

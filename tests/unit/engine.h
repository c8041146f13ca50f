/* A service made in the test, an engine for it, and the rogue server that it is sent to. */
#ifndef SEEP_TEST_ENGINE_H
#define SEEP_TEST_ENGINE_H

#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "replay/replay.h"
#include "rogue.h"
#include "taped.h"

#define ENGINE_ENDPOINTS 8
#define ENGINE_SETUP 2

struct engine {
    struct rogue *rogue;
    struct loop *loop;
    struct allow *allow;
    struct origin origin;
    struct service service;
    struct replay_options options;
    struct replay *replay; /* made at the first engine_run() */
    /* what came back */
    struct tally tally, tallies[ENGINE_ENDPOINTS + ENGINE_SETUP];
    uint64_t outcomes, stop_after; /* outcomes of the present run; replay_stop() after so many, 0: never */
    int raise_signal;              /* instead of replay_stop(); 0: not */
};

static inline void engine_on_outcome(void *owner, const struct outcome *outcome)
{
    struct engine *engine = owner;
    assert_true(outcome->endpoint < engine->service.endpoint_count + engine->service.setup_count);
    assert_true(outcome->endpoint < engine->service.endpoint_count || !outcome->counted);
    tally_add(&engine->tallies[outcome->endpoint], outcome);
    assert_true(outcome->result == OUTCOME_DONE || (outcome->done_ns == 0 && outcome->status == 0));
    assert_true(outcome->result != OUTCOME_SKIPPED || outcome->sent_ns == 0);
    assert_true(outcome->sent_ns == 0 || outcome->sent_ns >= outcome->due_ns);
    assert_true(outcome->done_ns == 0 || outcome->done_ns >= outcome->sent_ns);
    if (++engine->outcomes != engine->stop_after)
        return;
    if (engine->raise_signal != 0)
        raise(engine->raise_signal);
    else
        replay_stop(engine->replay);
}

static inline void engine_aim(struct engine *engine, int port)
{
    struct err err = {0};
    char *url = xasprintf("http://127.0.0.1:%d", port);
    if (origin_resolve(&engine->origin, url, engine->allow, &err) != 0)
        fail_msg("%s", err.message);
    free(url);
}

static inline struct engine *engine_new(void)
{
    struct err err = {0};
    struct strings entries = {NULL, 0};
    struct engine *engine = xcalloc(1, sizeof *engine);
    engine->rogue = rogue_start("127.0.0.1");
    engine->loop = loop_new(&err);
    strings_add(&entries, "127.0.0.1");
    engine->allow = allow_new(&entries, &err);
    strings_release(&entries);
    engine_aim(engine, engine->rogue->port);
    engine->service.endpoints = xcalloc(ENGINE_ENDPOINTS, sizeof *engine->service.endpoints);
    engine->service.setup = xcalloc(ENGINE_SETUP, sizeof *engine->service.setup);
    engine->service.start.kind = START_COMMAND;
    engine->options = (struct replay_options){.service = &engine->service,
                                              .origin = &engine->origin,
                                              .allow = engine->allow,
                                              .run_header = "test",
                                              .ours = true,
                                              .seed = 1,
                                              .on_outcome = engine_on_outcome,
                                              .owner = engine};
    return engine;
}

static inline void engine_free(struct engine *engine)
{
    replay_free(engine->replay);
    loop_free(engine->loop);
    rogue_stop(engine->rogue);
    untape(&engine->service);
    service_release(&engine->service);
    allow_free(engine->allow);
    free(engine);
}

static inline struct endpoint *engine_endpoint(struct engine *engine, const char *method, const char *path)
{
    struct endpoint *endpoint = &engine->service.endpoints[engine->service.endpoint_count++];
    endpoint->name = xasprintf("%s %s#%zu", method, path, engine->service.endpoint_count);
    endpoint->method = xstrdup(method);
    endpoint->template = xstrdup(path);
    endpoint->weight = 1;
    return endpoint;
}

static inline struct request *engine_request(struct endpoint *endpoint, int64_t t_us, const char *session)
{
    struct request request = {.method = xstrdup(endpoint->method),
                              .url = xstrdup(endpoint->template),
                              .session = xstrdup(session),
                              .t_us = t_us,
                              .status = 200};
    recording_add(&endpoint->recording, &request);
    return &endpoint->recording.requests[endpoint->recording.count - 1];
}

static inline struct endpoint *engine_setup(struct engine *engine, const char *method, const char *path)
{
    struct setup_step *step = &engine->service.setup[engine->service.setup_count++];
    step->endpoint.name = xasprintf("setup %s %s", method, path);
    step->endpoint.method = xstrdup(method);
    step->endpoint.template = xstrdup(path);
    step->request = (struct request){
        .method = xstrdup(method), .url = xstrdup(path), .session = xstrdup(""), .status = 0};
    return &step->endpoint;
}

/* {{name}} is what is found so in the answer. */
static inline void engine_capture(struct engine *engine, struct endpoint *endpoint, const char *name,
                                  enum capture_from from, const char *what)
{
    struct captures *captures = &endpoint->captures;
    captures->items = xrealloc(captures->items, (captures->count + 1) * sizeof *captures->items);
    captures->items[captures->count++] =
        (struct capture){.name = xstrdup(name),
                         .from = from,
                         .pattern = from == CAPTURE_BODY ? pattern_new(what, NULL) : NULL,
                         .where = from != CAPTURE_BODY ? xstrdup(what) : NULL};
    if (!strings_has(&engine->service.variables, name))
        strings_add(&engine->service.variables, name);
}

/* Every endpoint's share, all alike. Returns how many there are. */
static inline size_t engine_shares(struct engine *engine, struct share *shares, uint64_t requests)
{
    taped(&engine->service);
    for (size_t i = 0; i < engine->service.endpoint_count; i++)
        shares[i] = (struct share){.endpoint = i, .weight = 1, .requests = requests};
    return engine->service.endpoint_count;
}

static inline void engine_ready(struct engine *engine)
{
    struct err err = {0};
    if (engine->replay == NULL)
        engine->replay = replay_new(engine->loop, &engine->options, &err);
    if (engine->replay == NULL)
        fail_msg("%s", err.message);
}

/* The identity holds and every outcome came once. */
static inline enum replay_end engine_run(struct engine *engine, struct schedule *schedule_take)
{
    engine_ready(engine);
    const struct tally before = engine->tally, *now = &engine->tally;
    engine->outcomes = 0;
    enum replay_end end = replay_run(engine->replay, schedule_take, &engine->tally, NULL);
    uint64_t planned = schedule_planned(schedule_take);
    schedule_free(schedule_take);
    assert_int_equal(now->planned, now->done + now->failed + now->skipped);
    assert_int_equal(engine->outcomes, now->planned + now->uncounted - before.planned - before.uncounted);
    assert_int_equal(replay_ended(engine->replay), now->planned - before.planned);
    assert_int_equal(replay_due(engine->replay), now->planned - before.planned);
    if (planned > 0 && (end == REPLAY_WHOLE || end == REPLAY_TARGET_GONE))
        assert_int_equal(replay_ended(engine->replay), planned);
    return end;
}

#endif

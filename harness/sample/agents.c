/* Agents that were injected, one in each process: harness/agents/README.md says how they talk. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "sample/agent_list.h"
#include "sample/live.h"

#define READ_LIMIT_NS (30 * CLOCK_NS_PER_S) /* a collection of a large heap takes seconds */
#define SNAPSHOT_LIMIT_NS (120 * CLOCK_NS_PER_S)

static double number_of(const json_t *signals, const char *name)
{
    const json_t *value = json_object_get(signals, name);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void take(void *owner, const struct agent *agent, struct fetch_answer *answer)
{
    struct live_reading *reading = owner;
    struct err err = {0};
    char name[64];
    snprintf(name, sizeof name, "%s agent of process %d", agent->name, (int)agent->pid);
    if (answer->status != 200) {
        live_fail(reading, answer->status == 0
                               ? xasprintf("the %s did not answer: %s", name, answer->err.message)
                               : xasprintf("the %s answered %d: %.100s", name, answer->status,
                                           text_string(&answer->body)));
        return;
    }
    json_t *document = json_read(text_string(&answer->body), answer->body.length, name, &err);
    const json_t *signals = json_object_get(document, "signals");
    double objects = number_of(signals, "live_objects"), bytes = number_of(signals, "live_bytes");
    if (isnan(objects) && isnan(bytes))
        live_fail(reading, document == NULL ? xasprintf("the %s", err.message)
                                            : xasprintf("the %s counts nothing", name));
    else {
        snprintf(name, sizeof name, "%s agent", agent->name);
        live_by(reading, name);
        live_count(reading, agent->pid, agent->start_time, objects, bytes);
    }
    json_decref(document);
}

static bool is_dropped(void *owner)
{
    return live_dropped(owner);
}

/* Where processes can be read, live.c misses those that told before and are silent now. */
static void finish(void *owner, size_t found, size_t asked)
{
    struct live_reading *reading = owner;
    if (!live_dropped(reading) && (found == 0 || (asked == 0 && live_watched(reading)->pid < 0)))
        live_fail(reading, xstrdup("no agent answers: what was started did not load it"));
    live_done(reading);
}

static void read_agents(struct live_reading *reading)
{
    const struct agents_question question = {
        "/read?gc=1", live_patience_ns(reading, READ_LIMIT_NS), is_dropped, take, finish, reading};
    agents_ask(live_loop(reading), live_watched(reading)->agents, live_is_first(reading), &question);
}

static bool fits(const struct watched *watched)
{
    return watched->agents != NULL;
}

static int snapshot_of(const struct agent *agent, struct loop *loop, enum snapshot_step step,
                       const struct snapshot_taker *taker, struct err *err)
{
    static const char *const paths[] = {[SNAPSHOT_START] = "/snapshot/start",
                                        [SNAPSHOT_TAKE] = "/snapshot",
                                        [SNAPSHOT_STOP] = "/snapshot/stop",
                                        [SNAPSHOT_DEEPEN] = "/snapshot/deepen"};
    struct fetch_request request = agent_request(agent, paths[step], SNAPSHOT_LIMIT_NS);
    struct fetch_answer answer = {0};
    char name[64];
    snprintf(name, sizeof name, "%s agent of process %d", agent->name, (int)agent->pid);
    int failed = fetch(loop, &request, &answer);
    if (failed && err != NULL)
        *err = answer.err;
    else if (!failed && answer.status != 200)
        failed = err_set(err, ERR_USAGE, "the %s answered %d: %.100s", name, answer.status,
                         text_string(&answer.body));
    else if (!failed && step == SNAPSHOT_TAKE)
        taker->take(taker->owner, name, &answer.body);
    text_release(&answer.body);
    return failed ? -1 : 0;
}

static int snapshot(const struct watched *watched, struct loop *loop, enum snapshot_step step,
                    const struct snapshot_taker *taker, struct err *err)
{
    struct agents agents;
    int failed = 0;
    size_t asked = 0;
    agents_list(&agents, watched->agents);
    for (size_t i = 0; !failed && i < agents.count; i++) {
        if (agent_is_silent(&agents.items[i]))
            continue;
        asked++;
        failed = snapshot_of(&agents.items[i], loop, step, taker, err);
    }
    agents_release(&agents);
    return failed || asked > 0 ? failed : err_set(err, ERR_USAGE, "no agent answers");
}

const struct live_kind live_agents = {
    .name = "agents", .fits = fits, .read = read_agents, .snapshot = snapshot};

/* Agents that were injected, one in each process: harness/agents/README.md says how they talk. */
#include <dirent.h>
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/text.h"
#include "net/fetch.h"
#include "sample/live.h"

#define READ_LIMIT_NS (30 * CLOCK_NS_PER_S) /* a collection of a large heap takes seconds */
#define LOOK_MS 100
#define LOOKS_MOST 20
#define SNAPSHOT_LIMIT_NS (120 * CLOCK_NS_PER_S)
#define SNAPSHOT_BYTES ((size_t)256 << 20)

/* One process with an agent, as its socket is called: AGENT-PID-START.sock. */
struct agent {
    char *path;
    char name[16];
    pid_t pid;
    uint64_t start_time;
    struct allow *allow; /* that socket alone */
    struct origin origin;
};

struct agents {
    struct agent *items;
    size_t count;
};

static bool parse_name(const char *file, struct agent *agent)
{
    int pid = 0, used = 0;
    unsigned long long start = 0;
    if (sscanf(file, "%15[a-z]-%d-%llu.sock%n", agent->name, &pid, &start, &used) != 3 || used == 0 ||
        file[used] != '\0' || pid <= 0)
        return false;
    agent->pid = pid;
    agent->start_time = start;
    return true;
}

static int aim(struct agent *agent, struct err *err)
{
    struct strings entries = {NULL, 0};
    char *url = xasprintf("unix:%s", agent->path);
    strings_add(&entries, url);
    agent->allow = allow_new(&entries, err);
    int failed = agent->allow == NULL || origin_resolve(&agent->origin, url, agent->allow, err) != 0;
    strings_release(&entries);
    free(url);
    return failed ? -1 : 0;
}

static void agent_release(struct agent *agent)
{
    allow_free(agent->allow);
    free(agent->path);
}

static void agents_release(struct agents *agents)
{
    for (size_t i = 0; i < agents->count; i++)
        agent_release(&agents->items[i]);
    free(agents->items);
    *agents = (struct agents){NULL, 0};
}

static int by_start(const void *a, const void *b)
{
    const struct agent *one = a, *other = b;
    if (one->start_time != other->start_time)
        return one->start_time < other->start_time ? -1 : 1;
    return (one->pid > other->pid) - (one->pid < other->pid);
}

/* Parents before the workers that they forked. */
static void agents_list(struct agents *agents, const char *directory)
{
    *agents = (struct agents){NULL, 0};
    DIR *listing = opendir(directory);
    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;) {
        struct agent agent = {0};
        if (!parse_name(entry->d_name, &agent))
            continue;
        agent.path = xasprintf("%s/%s", directory, entry->d_name);
        if (aim(&agent, NULL) != 0) {
            agent_release(&agent);
            continue;
        }
        agents->items = xrealloc(agents->items, (agents->count + 1) * sizeof *agents->items);
        agents->items[agents->count++] = agent;
    }
    if (listing != NULL)
        closedir(listing);
    if (agents->count > 0)
        qsort(agents->items, agents->count, sizeof *agents->items, by_start);
}

static struct fetch_request request_to(const struct agent *agent, const char *path, int64_t timeout_ns)
{
    return (struct fetch_request){.method = "GET",
                                  .origin = &agent->origin,
                                  .path = path,
                                  .allow = agent->allow,
                                  .timeout_ns = timeout_ns,
                                  .limit = SNAPSHOT_BYTES};
}

/* A socket file may outlive its process, and a process the agent that it had before an exec. */
static bool nobody_listens(const struct agent *agent)
{
    int probe = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    bool refused =
        probe >= 0 &&
        connect(probe, (const struct sockaddr *)&agent->origin.address, agent->origin.address_length) != 0 &&
        (errno == ECONNREFUSED || errno == ENOENT);
    if (probe >= 0)
        close(probe);
    return refused;
}

struct asking {
    struct live_reading *reading;
    struct agents agents;
    size_t next;
    unsigned looks; /* at the directory, before the first question */
};

static double number_of(const json_t *signals, const char *name)
{
    const json_t *value = json_object_get(signals, name);
    return json_is_number(value) ? json_number_value(value) : (double)NAN;
}

static void take(struct live_reading *reading, const struct agent *agent, const struct fetch_answer *answer)
{
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

static void ask_next(struct asking *asking);

static void on_answer(void *owner, struct fetch_answer *answer)
{
    struct asking *asking = owner;
    if (!live_dropped(asking->reading))
        take(asking->reading, &asking->agents.items[asking->next++], answer);
    ask_next(asking);
}

static void ask_next(struct asking *asking)
{
    const struct agents *agents = &asking->agents;
    struct live_reading *reading = asking->reading;
    bool dropped = live_dropped(reading);
    while (!dropped && asking->next < agents->count && nobody_listens(&agents->items[asking->next]))
        asking->next++; /* live.c misses it, if it told before */
    if (dropped || asking->next == agents->count) {
        agents_release(&asking->agents);
        free(asking);
        live_done(reading);
        return;
    }
    struct fetch_request request = request_to(&agents->items[asking->next], "/read?gc=1", READ_LIMIT_NS);
    fetch_start(live_loop(reading), &request, on_answer, asking);
}

static void begin(struct asking *asking)
{
    if (asking->agents.count == 0)
        live_fail(asking->reading, xstrdup("no agent answers: what was started did not load it"));
    ask_next(asking);
}

static void look(evutil_socket_t descriptor, short what, void *owner);

static void look_again(struct asking *asking)
{
    struct timeval wait = {0, LOOK_MS * 1000};
    event_base_once(loop_base(live_loop(asking->reading)), -1, EV_TIMEOUT, look, asking, &wait);
}

/* An agent comes a moment after its process: waits until no more of them appear. */
static void look(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct asking *asking = owner;
    size_t before = asking->agents.count;
    if (!live_dropped(asking->reading)) {
        agents_release(&asking->agents);
        agents_list(&asking->agents, live_watched(asking->reading)->agents);
        bool settled = asking->agents.count > 0 && asking->agents.count == before;
        if (!settled && ++asking->looks < LOOKS_MOST) {
            look_again(asking);
            return;
        }
    }
    begin(asking);
}

static void read_agents(struct live_reading *reading)
{
    struct asking *asking = xcalloc(1, sizeof *asking);
    asking->reading = reading;
    agents_list(&asking->agents, live_watched(reading)->agents);
    if (live_is_first(reading))
        look_again(asking);
    else
        begin(asking);
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
    struct fetch_request request = request_to(agent, paths[step], SNAPSHOT_LIMIT_NS);
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
        if (nobody_listens(&agents.items[i]))
            continue;
        asked++;
        failed = snapshot_of(&agents.items[i], loop, step, taker, err);
    }
    agents_release(&agents);
    return failed || asked > 0 ? failed : err_set(err, ERR_USAGE, "no agent answers");
}

const struct live_kind live_agents = {
    .name = "agents", .fits = fits, .read = read_agents, .snapshot = snapshot};

#include "target/container.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/units.h"
#include "target/process.h"

#define LOOK_NS (250 * CLOCK_NS_PER_MS)
#define LOG_LINES 20
#define SIGNALLED 128 /* and the number of the signal: what Docker makes of it */

struct container {
    struct loop *loop;
    const struct docker *docker;
    char id[80];
    pid_t pid; /* here; -1: not to be seen */
    struct container_state state;
    struct text log;
    struct ticker *ticker;
    struct look *look; /* under way; NULL: none */
};

/* One look from the loop: the state, and where it ended the log. */
struct look {
    struct container *container; /* NULL: it is gone meanwhile */
    struct container_state state;
};

static void copy_text(char *into, size_t size, const char *text)
{
    snprintf(into, size, "%s", text != NULL ? text : "");
}

static void parse_health(const json_t *state, struct container_state *into)
{
    static const struct {
        const char *word;
        enum container_health health;
    } words[] = {{"starting", HEALTH_STARTING}, {"healthy", HEALTH_GOOD}, {"unhealthy", HEALTH_BAD}};
    const json_t *health = json_object_get(state, "Health"), *log = json_object_get(health, "Log");
    const char *status = json_text(health, "Status");
    for (size_t i = 0; status != NULL && i < sizeof words / sizeof *words; i++)
        if (strcmp(status, words[i].word) == 0)
            into->health = words[i].health;
    const json_t *last = json_array_size(log) > 0 ? json_array_get(log, json_array_size(log) - 1) : NULL;
    const char *output = json_text(last, "Output");
    if (output == NULL)
        return;
    struct text clean = TEXT_EMPTY;
    process_add_clean(&clean, output, strlen(output));
    size_t most = sizeof into->checked - 1; /* what went wrong stands at its end */
    copy_text(into->checked, sizeof into->checked,
              text_string(&clean) + (clean.length > most ? clean.length - most : 0));
    text_release(&clean);
    for (char *at = into->checked; (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
}

static void describe(const json_t *state, struct container_state *into)
{
    char bytes[UNITS_SIZE];
    long long code = json_integer_value(json_object_get(state, "ExitCode"));
    const char *error = json_text(state, "Error");
    if (into->killed_for_memory)
        snprintf(into->how, sizeof into->how, "%skilled for memory%s%s%s",
                 into->running ? "lost a process, " : "", into->limit_bytes > 0 ? " (its limit is " : "",
                 into->limit_bytes > 0 ? units_bytes(bytes, into->limit_bytes) : "",
                 into->limit_bytes > 0 ? ")" : "");
    else if (into->running)
        into->how[0] = '\0';
    else if (code > SIGNALLED && code < SIGNALLED + NSIG)
        snprintf(into->how, sizeof into->how, "killed by signal %lld (%s)", code - SIGNALLED,
                 strsignal((int)code - SIGNALLED));
    else
        snprintf(into->how, sizeof into->how, "exited with status %lld%s%.120s", code,
                 error != NULL && *error != '\0' ? ": " : "", error != NULL ? error : "");
}

static void parse_address(const json_t *inspected, struct container_state *into)
{
    json_t *networks = json_object_get(json_object_get(inspected, "NetworkSettings"), "Networks"), *network;
    const char *name;
    json_object_foreach(networks, name, network)
    {
        const char *address = json_text(network, "IPAddress");
        if (into->address[0] == '\0' && address != NULL)
            copy_text(into->address, sizeof into->address, address);
    }
}

int container_parse(const json_t *inspected, struct container_state *state, struct err *err)
{
    const json_t *said = json_object_get(inspected, "State");
    *state = (struct container_state){0};
    if (!json_is_object(said))
        return err_set(err, ERR_USAGE, "Docker's answer about a container has no State");
    state->running = json_is_true(json_object_get(said, "Running"));
    state->killed_for_memory = json_is_true(json_object_get(said, "OOMKilled"));
    state->pid = (pid_t)json_integer_value(json_object_get(said, "Pid"));
    state->limit_bytes = json_number(json_object_get(inspected, "HostConfig"), "Memory", 0);
    parse_address(inspected, state);
    parse_health(said, state);
    describe(said, state);
    return 0;
}

/* It is over: nothing more is to be learned from another look. */
static bool is_over(const struct container_state *state)
{
    return state->how[0] != '\0';
}

static void end_look(struct look *look)
{
    struct container *container = look->container;
    if (container != NULL) {
        container->state = look->state;
        container->look = NULL;
    }
    free(look);
}

static void on_log(void *owner, struct fetch_answer *answer)
{
    struct look *look = owner;
    if (look->container != NULL && answer->status == 200) {
        text_clear(&look->container->log);
        docker_log_text(&answer->body, &look->container->log);
    }
    end_look(look);
}

static void read_log(struct look *look)
{
    struct container *container = look->container;
    char *path = docker_logs_path(container->id, LOG_LINES);
    struct fetch_request request = docker_request(container->docker, path);
    fetch_start(container->loop, &request, on_log, look);
    free(path);
}

/* Docker that does not answer is no news of the container. 404: somebody else removed it. */
static void take_state(struct look *look, const struct fetch_answer *answer)
{
    struct container_state *state = &look->state;
    *state = look->container->state;
    if (answer->status == 404) {
        state->running = false;
        copy_text(state->how, sizeof state->how, "removed by somebody else");
    } else if (answer->status == 200) {
        json_t *inspected =
            json_read(text_string(&answer->body), answer->body.length, "Docker's answer", NULL);
        if (inspected == NULL || container_parse(inspected, state, NULL) != 0)
            *state = look->container->state;
        json_decref(inspected);
    }
}

static void on_state(void *owner, struct fetch_answer *answer)
{
    struct look *look = owner;
    if (look->container == NULL) {
        end_look(look);
        return;
    }
    take_state(look, answer);
    if (is_over(&look->state) && answer->status == 200)
        read_log(look);
    else
        end_look(look);
}

static void on_tick(void *owner)
{
    struct container *container = owner;
    if (container->look != NULL || is_over(&container->state))
        return;
    struct look *look = container->look = xcalloc(1, sizeof *look);
    look->container = container;
    char *path = docker_inspect_path(container->id);
    struct fetch_request request = docker_request(container->docker, path);
    fetch_start(container->loop, &request, on_state, look);
    free(path);
}

int container_look(struct container *container, struct err *err)
{
    char *path = docker_inspect_path(container->id), *log = docker_logs_path(container->id, LOG_LINES);
    json_t *inspected = NULL;
    struct text body = TEXT_EMPTY;
    int failed = docker_ask(container->loop, container->docker, "GET", path, NULL, &inspected, err) != 0 ||
                 container_parse(inspected, &container->state, err) != 0;
    if (!failed && docker_ask_text(container->loop, container->docker, log, &body) == 200) {
        text_clear(&container->log);
        docker_log_text(&body, &container->log);
    }
    text_release(&body);
    json_decref(inspected);
    free(path);
    free(log);
    return failed ? -1 : 0;
}

static int create(struct container *container, const struct clone_spec *spec, const char *name,
                  struct err *err)
{
    json_t *body = clone_body(spec, err), *made = NULL;
    char *path = xasprintf("/containers/create?name=%s", name);
    int failed =
        body == NULL || docker_ask(container->loop, container->docker, "POST", path, body, &made, err) != 0;
    if (!failed)
        copy_text(container->id, sizeof container->id, json_text(made, "Id"));
    if (!failed && !docker_is_name(container->id))
        failed = err_set(err, ERR_TARGET, "Docker made a container without an id");
    json_decref(made);
    json_decref(body);
    free(path);
    return failed ? -1 : 0;
}

static int connect_networks(const struct container *container, const struct clone_spec *spec, struct err *err)
{
    const char *name;
    json_t *body;
    int failed = 0;
    for (size_t i = 0; !failed && (body = clone_network(spec, i, container->id, &name)) != NULL; i++) {
        char *path = xasprintf("/networks/%s/connect", name);
        failed = docker_ask(container->loop, container->docker, "POST", path, body, NULL, err);
        json_decref(body);
        free(path);
    }
    return failed;
}

static int start(const struct container *container, struct err *err)
{
    char *path = xasprintf("/containers/%s/start", container->id);
    int failed = docker_ask(container->loop, container->docker, "POST", path, NULL, NULL, err);
    free(path);
    return failed;
}

/* The engine's number may be another process here: its control group names its container. */
static pid_t visible(const struct container *container)
{
    struct docker_container known = {.pid = container->state.pid};
    memcpy(known.id, container->id, sizeof known.id);
    return docker_sees_process(&known) ? known.pid : -1;
}

struct container *container_start(struct loop *loop, const struct docker *docker,
                                  const struct clone_spec *spec, const char *name, struct err *err)
{
    struct container *container = xcalloc(1, sizeof *container);
    container->loop = loop;
    container->docker = docker;
    if (create(container, spec, name, err) != 0 || connect_networks(container, spec, err) != 0 ||
        start(container, err) != 0 || container_look(container, err) != 0) {
        container_free(container);
        return NULL;
    }
    container->pid = visible(container);
    container->ticker = ticker_new(loop, LOOK_NS, on_tick, container);
    return container;
}

void container_free(struct container *container)
{
    if (container == NULL)
        return;
    ticker_free(container->ticker);
    if (container->look != NULL)
        container->look->container = NULL;
    if (container->id[0] != '\0') {
        char *path = xasprintf("/containers/%s?force=true&v=true", container->id);
        docker_ask(container->loop, container->docker, "DELETE", path, NULL, NULL, NULL);
        free(path);
    }
    text_release(&container->log);
    free(container);
}

const struct container_state *container_state(const struct container *container)
{
    return &container->state;
}

const char *container_id(const struct container *container)
{
    return container->id;
}

pid_t container_pid(const struct container *container)
{
    return container->pid;
}

void container_log_tail(const struct container *container, size_t most, struct text *text)
{
    size_t length = container->log.length, from = length > most ? length - most : 0;
    const char *bytes = text_string(&container->log);
    const char *newline = from > 0 ? memchr(bytes + from, '\n', length - from) : NULL;
    if (newline != NULL && newline + 1 < bytes + length)
        from = (size_t)(newline + 1 - bytes);
    text_clear(text);
    process_add_clean(text, bytes + from, length - from);
}

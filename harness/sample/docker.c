/* The memory of a container, as Docker tells it. Docker takes a second for that, once a second: of a container that seep started
 * it is asked only where nobody else tells what is resident. Each reading asks twice: which run of the container this is,
 * then what it uses; one that was restarted is another, and has no level here until the next attach. */
#include "net/docker.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sample/agent_list.h"
#include "sample/source.h"

struct containers {
    struct loop *loop;
    struct watch_signal signals[1];
    bool watched_by_name; /* service.yaml asks for it */
    pid_t pid;            /* -1: no process can be read here */
    const char *agents;   /* directory of their sockets; NULL: there are none */
    const char *name;     /* as watched, or the id of the one that was started last */
    struct docker docker;
    struct err err;                /* why there is no Docker to ask */
    struct docker_container first; /* as the first reading since the attach found it; id "": none was yet */
};

static int open_containers(struct source *source, const struct service *service, struct err *err)
{
    struct containers *self = xcalloc(1, sizeof *self);
    (void)err;
    self->loop = source->loop;
    self->name = service->watch.path;
    source->self = self;
    source->signals = self->signals;
    self->signals[0] = (struct watch_signal){
        .name = "container_memory", .unit = UNIT_BYTES, .promised = service->watch.kind == WATCH_CONTAINER};
    self->watched_by_name = service->watch.kind == WATCH_CONTAINER;
    bool started = service->start.kind == START_CONTAINER;
    source->count = started || service->watch.kind == WATCH_CONTAINER ? 1 : 0;
    if (source->count > 0)
        docker_open(&self->docker, &self->err);
    return 0;
}

static void release_containers(struct source *source)
{
    struct containers *self = source->self;
    if (self != NULL)
        docker_release(&self->docker);
    free(self);
}

static void attach_containers(struct source *source, const struct watched *watched)
{
    struct containers *self = source->self;
    self->pid = watched->pid;
    self->agents = watched->agents;
    if (watched->container != NULL)
        self->name = watched->container;
    self->first = (struct docker_container){0};
}

struct asking {
    struct containers *self; /* gone once the reading is dropped */
    struct source_reading *reading;
};

static void finish(struct asking *asking, const struct err *err)
{
    struct source_reading *reading = asking->reading;
    if (err->code != ERR_NONE && !reading->dropped)
        source_complain(reading, 0, xstrdup(err->message));
    free(asking);
    source_done(reading);
}

static void on_stats(void *owner, struct fetch_answer *answer)
{
    struct asking *asking = owner;
    struct err err = {0};
    if (!asking->reading->dropped) {
        const struct containers *self = asking->self;
        if (docker_check(&self->docker, answer, self->name, &err) == 0)
            docker_parse_memory(&answer->body, asking->reading->values, &err);
    }
    finish(asking, &err);
}

static void ask(struct asking *asking, char *path_take,
                void (*done)(void *owner, struct fetch_answer *answer))
{
    struct fetch_request request = docker_request(&asking->self->docker, path_take);
    fetch_start(asking->self->loop, &request, done, asking);
    free(path_take);
}

static int recognise(struct containers *self, const struct fetch_answer *answer, struct err *err)
{
    struct docker_container now;
    if (docker_check(&self->docker, answer, self->name, err) != 0 ||
        docker_parse_container(&answer->body, self->name, &now, err) != 0)
        return -1;
    if (self->first.id[0] == '\0')
        self->first = now;
    if (strcmp(now.id, self->first.id) == 0 && strcmp(now.started, self->first.started) == 0)
        return 0;
    return err_set(err, ERR_USAGE, "container '%s' was restarted: levels before and after cannot be compared",
                   self->name);
}

static void on_container(void *owner, struct fetch_answer *answer)
{
    struct asking *asking = owner;
    struct err err = {0};
    if (asking->reading->dropped || recognise(asking->self, answer, &err) != 0)
        finish(asking, &err);
    else
        ask(asking, docker_stats_path(asking->self->first.id), on_stats);
}

/* Its processes, or the agents in them. */
static bool others_tell(const struct containers *self)
{
    struct agents agents = {NULL, 0};
    if (self->agents != NULL)
        agents_list(&agents, self->agents);
    bool told = self->pid > 0 || agents.count > 0;
    agents_release(&agents);
    return told;
}

static void start_read(struct source *source, struct source_reading *reading)
{
    struct containers *self = source->self;
    if (!self->watched_by_name && others_tell(self)) {
        source_complain(reading, 0, xstrdup("not asked: rss says it"));
        source_done(reading);
        return;
    }
    if (self->err.code != ERR_NONE) {
        source_complain(reading, 0, xstrdup(self->err.message));
        source_done(reading);
        return;
    }
    struct asking *asking = xcalloc(1, sizeof *asking);
    *asking = (struct asking){self, reading};
    ask(asking, docker_inspect_path(self->name), on_container);
}

const struct source_kind source_docker = {
    .name = "docker",
    .open = open_containers,
    .release = release_containers,
    .attach = attach_containers,
    .start_read = start_read,
};

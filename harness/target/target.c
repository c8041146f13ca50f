#include "target/target_inside.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/new_file.h"
#include "base/text.h"
#include "target/fill.h"
#include "target/listen.h"
#include "target/ready.h"
#include "target/renewed.h"
#include "target/started.h"
#include "target/watched.h"

#define AGAIN_NS (100 * CLOCK_NS_PER_MS)
#define GRACE_NS (5 * CLOCK_NS_PER_S)
#define TAIL_BYTES 2048
#define LINE_BYTES 600
#define AGENTS_PATH_MOST 60 /* with the name of a socket behind it, sun_path holds 107: unix(7) */

/* What runs is a process or a container of ours. */
static bool starts(const struct target *target)
{
    enum start_kind kind = target->service->start.kind;
    return kind == START_COMMAND || kind == START_CONTAINER;
}

static bool is_container(const struct target *target)
{
    return target->service->start.kind == START_CONTAINER;
}

static bool is_in_stack(const struct target *target)
{
    return target->service->start.kind == START_STACK;
}

/* Its address is known once it was started. */
static bool is_placed(const struct target *target)
{
    return is_container(target) || is_in_stack(target);
}

/* What the present trial has. */
static struct started started_of(struct target *target)
{
    return (struct started){.process = target->service->start.kind == START_COMMAND ? &target->process : NULL,
                            .container = target->container};
}

int target_make_private(struct target *target, char **directory, const char *parent, struct err *err)
{
    *directory = xasprintf("%s/seep-XXXXXX", parent);
    if (mkdtemp(*directory) != NULL) {
        guard_remove(&target->guard, *directory);
        return 0;
    }
    err_set(err, ERR_INTERNAL, "%s: %s", *directory, strerror(errno));
    free(*directory);
    *directory = NULL;
    return -1;
}

int target_make_agents(struct target *target, const char *parent, struct err *err)
{
    bool fits = strlen(parent) + strlen("/seep-XXXXXX") <= AGENTS_PATH_MOST;
    if (target_make_private(target, &target->agents, fits ? parent : "/tmp", err) != 0)
        return -1;
    return inject_open_to(target->agents, target->service, err);
}

static int resolve(struct target *target, int port, struct err *err)
{
    const struct service *service = target->service;
    char *url = fill_port(service->target, port);
    int failed = origin_of_service(&target->origin, service, url, target->trust, target->allow, err);
    target->port =
        fill_wants_port(service->target) || origin_is_unix(&target->origin) ? port : target->origin.port;
    free(url);
    return failed ? err_prefix(err, "%s: target", service->file) : 0;
}

/* What can be said before the first start: the list of addresses, and the target's place in it. A port that
 * is chosen at each start changes neither the address nor whether it may be asked. */
static int prepare(struct target *target, struct err *err)
{
    const struct service *service = target->service;
    bool free_port = fill_wants_port(service->target);
    struct strings hosts = {NULL, 0};
    for (size_t i = 0; i < service->allow.count;
         i++) /* a container's name stands for its address of the moment */
        if (!is_placed(target) || strcmp(service->allow.items[i], service->start.service) != 0)
            strings_add(&hosts, service->allow.items[i]);
    target->allow = allow_new(&hosts, err);
    strings_release(&hosts);
    if (target->allow == NULL)
        return err_prefix(err, "%s", service->file);
    if (free_port && !starts(target))
        return err_set(err, ERR_USAGE,
                       "%s: target: ${PORT} is for a server that seep starts, and there is no `start`",
                       service->file);
    if (text_starts_with(service->target, "https://") &&
        (target->trust = trust_new(&service->tls, err)) == NULL)
        return err_prefix(err, "%s", service->file);
    if (!is_placed(target) && resolve(target, 1, err) != 0)
        return -1;
    if (inject_choose(&target->injection, service, err) != 0)
        return -1;
    return injection_any(&target->injection) && !is_container(target)
               ? target_make_agents(target, new_file_place(), err)
               : 0;
}

void target_steady(struct target *target)
{
    target->injection.steady = true;
}

struct target *target_new(const struct service *service, struct loop *loop, const char *run_header,
                          struct err *err)
{
    struct target *target = xcalloc(1, sizeof *target);
    target->service = service;
    target->loop = loop;
    target->run_header = run_header != NULL ? xstrdup(run_header) : NULL;
    target->watched = -1;
    if (guard_start(&target->guard, err) == 0 &&
        target_make_private(target, &target->directory, new_file_place(), err) == 0 &&
        prepare(target, err) == 0)
        return target;
    target_free(target);
    return NULL;
}

/* A process that was killed leaves its own. */
static void remove_sockets(struct target *target)
{
    DIR *listing = target->agents != NULL ? opendir(target->agents) : NULL;
    for (struct dirent *entry; listing != NULL && (entry = readdir(listing)) != NULL;)
        if (entry->d_name[0] != '.')
            unlinkat(dirfd(listing), entry->d_name, 0);
    if (listing != NULL)
        closedir(listing);
}

static void remove_directories(struct target *target)
{
    static const char *const logs[] = {"target", "reset"};
    remove_sockets(target);
    if (target->agents != NULL)
        rmdir(target->agents);
    for (size_t i = 0; target->directory != NULL && i < sizeof logs / sizeof *logs; i++) {
        char *path = target_log_path(target, logs[i]);
        unlink(path);
        free(path);
    }
    if (target->directory != NULL)
        rmdir(target->directory);
}

void target_free(struct target *target)
{
    if (target == NULL)
        return;
    process_release(&target->process);
    container_free(target->container);
    project_close(target->project);
    remove_directories(target);
    guard_dismiss(&target->guard);
    injection_release(&target->injection);
    trust_free(target->trust);
    allow_free(target->allow);
    text_release(&target->tail);
    strings_release(&target->elsewhere);
    free(target->directory);
    free(target->agents);
    free(target->before);
    free(target->run_header);
    free(target);
}

int target_aim_at(struct target *target, const char *address, struct err *err)
{
    const struct service *service = target->service;
    const char *host = strstr(service->target, "://") + 3, *rest = host + strlen(service->start.service);
    bool v6 = strchr(address, ':') != NULL;
    char *url = xasprintf("%.*s%s%s%s%s", (int)(host - service->target), service->target, v6 ? "[" : "",
                          address, v6 ? "]" : "", rest);
    int failed = allow_started(target->allow, address, err) != 0 ||
                 origin_of_service(&target->origin, service, url, target->trust, target->allow, err) != 0;
    free(url);
    if (failed)
        return err_prefix(err, "%s: target", service->file);
    if (service->host == NULL)
        snprintf(target->origin.host, sizeof target->origin.host, "%s", host);
    if (service->tls.name == NULL)
        snprintf(target->origin.name, sizeof target->origin.name, "%s", service->start.service);
    target->port = target->origin.port;
    return 0;
}

/* Each start has a port of its own: the last one may linger in TIME_WAIT, or under an orphan. */
static int choose_place(struct target *target, struct err *err)
{
    if (!fill_wants_port(target->service->target) && !origin_is_unix(&target->origin))
        return 0;
    int port = listen_free_port(err);
    return port < 0 ? -1 : resolve(target, port, err);
}

static int refuse_taken_port(const struct target *target, struct err *err)
{
    const struct origin *origin = &target->origin;
    if (!listen_accepts((const struct sockaddr *)&origin->address, origin->address_length, 1000))
        return 0;
    pid_t owner = watched_owner(origin);
    char who[32] = "", what[ORIGIN_TEXT];
    if (owner > 0)
        snprintf(who, sizeof who, " (pid %d)", (int)owner);
    snprintf(what, sizeof what, "port %d", origin->port);
    return err_set(err, ERR_USAGE,
                   "%s: target: %s is taken by another process%s: stop it, or start none to watch that one",
                   target->service->file, origin_is_unix(origin) ? origin->text : what, who);
}

static const char *start_directory(const struct service *service)
{
    return service->start.directory != NULL ? service->start.directory : service->directory;
}

static int start_command(struct target *target, struct err *err)
{
    const struct service *service = target->service;
    if (!fill_wants_port(service->target) && refuse_taken_port(target, err) != 0)
        return -1;
    return target_launch(target, "start", &service->start.command, start_directory(service), &target->process,
                         err);
}

/* Whoever is there before is remembered: nobody may be. */
static int start_anew(struct target *target, struct err *err)
{
    const struct service *service = target->service;
    struct err none = {0};
    pid_t before = -1;
    watched_find(service, &target->origin, -1, target->loop, &before, &none);
    free(target->before);
    target->before = renewed_identity(before);
    return target_run_hook(target, "restart", &service->start.restart, start_directory(service), err);
}

static int start(struct target *target, struct err *err)
{
    const struct service *service = target->service;
    if (service->start.kind == START_NONE)
        return 0;
    if (target_run_hook(target, "reset", &service->reset, service->directory, err) != 0)
        return -1;
    if (service->start.kind == START_RESTART)
        return start_anew(target, err);
    if (is_in_stack(target))
        return target_start_in_stack(target, err);
    return is_container(target) ? target_start_container(target, err) : start_command(target, err);
}

static pid_t started_pid(const struct target *target)
{
    if (target->container != NULL)
        return container_pid(target->container);
    return starts(target) ? target->process.pid : -1;
}

static int find_watched(struct target *target, struct err *err)
{
    target->watched = started_pid(target);
    if (is_placed(target))
        return 0;
    return watched_find(target->service, &target->origin, target->watched, target->loop, &target->watched,
                        err);
}

static bool is_as_before(const struct target *target)
{
    char *now = target->before != NULL ? renewed_identity(target->watched) : NULL;
    bool same = now != NULL && strcmp(now, target->before) == 0;
    free(now);
    return same;
}

/* Ready, and watched. A command may be done while the server that is to go still answers. */
static int await_ready(struct target *target, const struct ready_spec *ready, struct err *err)
{
    int64_t end = clock_now_ns() + target->service->ready_timeout_ns;
    for (;;) {
        if (ready_wait(target->loop, ready, err) != 0 || find_watched(target, err) != 0)
            return -1;
        if (!is_as_before(target))
            return 0;
        if (clock_now_ns() > end)
            return err_set(
                err, ERR_TARGET, "%s: restart: '%s' is done, and process %d is still the one from before",
                target->service->file, target->service->start.restart.items[0], (int)target->watched);
        if (loop_sleep(target->loop, AGAIN_NS) != 0)
            return err_set(err, ERR_INTERNAL, "interrupted by signal %d", interrupt_signal());
    }
}

int target_start(struct target *target, struct err *err)
{
    const struct service *service = target->service;
    target_stop(target);
    strings_release(&target->elsewhere);
    if (!is_placed(target) && choose_place(target, err) != 0)
        return -1;
    if (start(target, err) != 0) {
        target_stop(target);
        return -1;
    }
    struct ready_spec ready = {
        service, &target->origin, target->allow, target->run_header, started_of(target), &target->elsewhere};
    if (await_ready(target, &ready, err) == 0)
        return 0;
    target_stop(target);
    return -1;
}

void target_stop(struct target *target)
{
    process_stop(&target->process, GRACE_NS);
    container_free(target->container);
    target->container = NULL;
    remove_sockets(target);
    target->watched = -1;
}

bool target_restartable(const struct target *target)
{
    return target->service->start.kind != START_NONE;
}

const struct origin *target_origin(const struct target *target)
{
    return &target->origin;
}

const struct allow *target_allow(const struct target *target)
{
    return target->allow;
}

bool target_is_ours(const struct target *target)
{
    return is_placed(target) ? target->service->start.compose != NULL : origin_is_loopback(&target->origin);
}

const char *target_container(const struct target *target)
{
    return target->container != NULL ? container_id(target->container) : NULL;
}

double target_memory_limit(const struct target *target)
{
    return target->container != NULL ? container_state(target->container)->limit_bytes : 0;
}

bool target_killed_for_memory(const struct target *target)
{
    return target->container != NULL && container_state(target->container)->killed_for_memory;
}

const char *target_agents(const struct target *target)
{
    return target->agents != NULL ? target->agents : target->service->agent_dir;
}

pid_t target_pid(const struct target *target)
{
    return target->watched;
}

const struct strings *target_elsewhere(const struct target *target)
{
    return &target->elsewhere;
}

char *target_program(const struct target *target)
{
    char link[32], path[PATH_MAX];
    pid_t owner = watched_owner(&target->origin);
    snprintf(link, sizeof link, "/proc/%d/exe", (int)owner);
    ssize_t length = owner > 0 ? readlink(link, path, sizeof path - 1) : -1;
    return length > 0 ? xstrndup(path, (size_t)length) : NULL;
}

bool target_alive(struct target *target, const char **how)
{
    struct started started = started_of(target);
    bool alive = true;
    const char *end = "";
    if (starts(target)) {
        alive = started_runs(&started);
        end = started_how(&started);
        process_trim_log(&target->process);
    } else if (target->watched > 0 && kill(target->watched, 0) != 0 && errno == ESRCH) {
        alive = false;
        end = "ended";
    }
    if (!alive && how != NULL)
        *how = *end != '\0' ? end : "was not started";
    return alive;
}

const char *target_log_tail(struct target *target)
{
    struct started started = started_of(target);
    started_log_tail(&started, TAIL_BYTES, &target->tail);
    return text_string(&target->tail);
}

const char *target_last_output(struct target *target)
{
    struct started started = started_of(target);
    started_log_tail(&started, LINE_BYTES, &target->tail);
    for (char *at = target->tail.bytes; at != NULL && (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    return text_string(&target->tail);
}

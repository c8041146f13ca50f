/* What is asked of Docker, over the Unix socket of its Engine API. Nothing is changed there but by docker_ask(), of which
 * only target/ makes use.
 * Source: Docker Engine API, ContainerInspect, ContainerStats, ContainerLogs. */
#ifndef SEEP_NET_DOCKER_H
#define SEEP_NET_DOCKER_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/json.h"
#include "net/fetch.h"

/* Its socket, and an allow-list of that socket alone. */
struct docker {
    struct allow *allow;
    struct origin origin;
    bool deaf; /* docker_ask() goes on when a signal comes: for clean-up after one */
};

/* DOCKER_HOST=unix:///PATH, else /var/run/docker.sock. ERR_USAGE: DOCKER_HOST is no Unix socket.
 * docker_release() is called in any case. */
int docker_open(struct docker *docker, struct err *err);
void docker_release(struct docker *docker);

bool docker_is_name(const char *name); /* of a container, or its id: can stand in a path */

/* GET `path`; the request borrows both. */
struct fetch_request docker_request(const struct docker *docker, const char *path);

char *docker_inspect_path(const char *name); /* the caller's */
char *docker_stats_path(const char *id);

/* Any call; runs the loop meanwhile. A DELETE is deaf to signals. body: NULL where there is none; *answer (may be NULL): the caller's, NULL where nothing
 * came with it (204). -1 with ERR_TARGET where Docker refuses, in its words; ERR_USAGE where it does not answer. */
int docker_ask(struct loop *loop, const struct docker *docker, const char *method, const char *path,
               const json_t *body, json_t **answer, struct err *err);

/* DELETE, deaf to signals. Returns the status, 404: it was not there; 0: Docker does not answer. */
int docker_delete(struct loop *loop, const struct docker *docker, const char *path);

/* A GET whose answer is no JSON; `text` is the caller's to release. Returns the status, 0: none came. */
int docker_ask_text(struct loop *loop, const struct docker *docker, const char *path, struct text *text);

/* What "?filters=" takes, for a list of labels ("name=value"): escaped, the caller's. */
char *docker_label_filter(const char *const *labels, size_t count);

char *docker_logs_path(const char *id, unsigned lines); /* the last lines of both streams */

/* Of ContainerLogs: both streams in the order of their frames, as one text (appended). What has no frames, as of a container with
 * a terminal, is taken as it is. */
void docker_log_text(const struct text *body, struct text *text);

/* An answer that is none of ours, in words: "there is no container 'shop'", "Docker does not answer at
 * unix:/var/run/docker.sock: ...". 0 where it is 200. ERR_USAGE. */
int docker_check(const struct docker *docker, const struct fetch_answer *answer, const char *name,
                 struct err *err);

struct docker_container {
    char id[80], started[48]; /* both together: which run of which container */
    pid_t pid;                /* as the engine sees it */
};

/* Its first process is one of this machine, and to be seen from here: the engine's number may be another process here, but
 * the control group names the container. Source: proc(5), cgroup. */
bool docker_sees_process(const struct docker_container *container);

/* Of ContainerInspect. ERR_USAGE: not that, or "container 'shop' is not running (exited)". */
int docker_parse_container(const struct text *body, const char *name, struct docker_container *container,
                           struct err *err);

/* Of ContainerStats: bytes used without the page cache that can be taken back, as `docker stats` shows them:
 * usage - total_inactive_file (cgroup v1) or inactive_file (v2). ERR_USAGE: it does not say. */
int docker_parse_memory(const struct text *body, double *bytes, struct err *err);

/* Inspects and runs the loop meanwhile. */
int docker_find(struct loop *loop, const char *name, struct docker_container *container, struct err *err);

#endif

#include "target/watched.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "net/docker.h"
#include "target/listen.h"

pid_t watched_owner(const struct origin *origin)
{
    if (!origin_is_loopback(origin))
        return -1;
    return origin_is_unix(origin) ? listen_socket_owner(origin->text + strlen("unix:"))
                                  : listen_owner(origin->port);
}

static int read_pid_file(const char *path, struct err *err)
{
    struct text text = TEXT_EMPTY;
    char *end;
    if (text_read_file(&text, path, 4096, err) != 0) {
        text_release(&text);
        return -1;
    }
    long pid = strtol(text_string(&text), &end, 10);
    bool good = pid > 0 && pid < 1L << 22 && end[strspn(end, " \r\n")] == '\0'; /* PID_MAX_LIMIT */
    text_release(&text);
    return good ? (int)pid : err_set(err, ERR_USAGE, "%s: no process number", path);
}

static int find_container(const struct service *service, struct loop *loop, pid_t *pid, struct err *err)
{
    struct docker_container container;
    if (docker_find(loop, service->watch.path, &container, err) != 0)
        return err_prefix(err, "%s: watch", service->file);
    *pid = docker_sees_process(&container) ? container.pid : -1;
    return 0;
}

int watched_find(const struct service *service, const struct origin *origin, pid_t started, struct loop *loop,
                 pid_t *found, struct err *err)
{
    const struct watch_spec *watch = &service->watch;
    pid_t pid = watch->kind == WATCH_PID ? (pid_t)watch->number : -1;
    *found = -1;
    if (watch->kind == WATCH_PID_FILE && (pid = read_pid_file(watch->path, err)) < 0)
        return err_prefix(err, "%s: watch", service->file);
    if (watch->kind == WATCH_PORT && (pid = listen_owner(watch->number)) == 0)
        return err_set(err, ERR_USAGE, "%s: watch: nothing listens on port %d", service->file, watch->number);
    if (watch->kind == WATCH_CONTAINER && find_container(service, loop, &pid, err) != 0)
        return -1;
    if (watch->kind == WATCH_STARTED || watch->kind == WATCH_CGROUP)
        pid = started > 0 ? started : watched_owner(origin);
    if (pid > 0 && kill(pid, 0) != 0 && errno == ESRCH)
        return err_set(err, ERR_USAGE, "%s: watch: there is no process %d", service->file, (int)pid);
    *found = pid > 0 ? pid : -1;
    return 0;
}

#include "serve.h"

#include <errno.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "counters.h"
#include "process.h"
#include "reply.h"
#include "samples.h"
#include "snapshot.h"

enum { REQUEST_BYTES = 4096, REQUEST_MS = 1000, ANSWER_MS = 2000 };

/* The path and what stands after its `?`, which may be "". The answer is the body; the result its status. */
struct route {
    const char *path;
    int (*answer)(const char *query, struct reply *body);
};

static bool asks(const char *query, const char *parameter)
{
    size_t length = strlen(parameter);
    for (const char *at = query; at != NULL; at = strchr(at, '&')) {
        at += *at == '&';
        if (strncmp(at, parameter, length) == 0 && (at[length] == '\0' || at[length] == '&'))
            return true;
    }
    return false;
}

static int answer_read(const char *query, struct reply *body)
{
    struct counts counts = counters_sum();
    reply_addf(body, "{\"agent\":\"malloc\",\"pid\":%d,\"start_time\":%llu,\"parent\":%d,\"collected\":%s,",
               (int)getpid(), process_start_time(), (int)getppid(), asks(query, "gc=1") ? "true" : "false");
    reply_addf(body, "\"signals\":{\"live_objects\":%lld,\"live_bytes\":%lld},\"process\":",
               (long long)counts.objects, (long long)counts.bytes);
    process_add(body);
    reply_addf(body, "}\n");
    return 200;
}

/* 0 where the query says something else than a number that will do. */
static uint32_t every_bytes(const char *query)
{
    if (*query == '\0')
        return SAMPLES_EVERY_DEFAULT;
    if (strncmp(query, "every=", 6) != 0 || query[6] < '1' || query[6] > '9')
        return 0;
    char *end;
    unsigned long long every = strtoull(query + 6, &end, 10);
    return *end == '\0' && every <= SAMPLES_EVERY_LIMIT ? (uint32_t)every : 0;
}

static int answer_start(const char *query, struct reply *body)
{
    uint32_t every = every_bytes(query);
    if (every == 0) {
        reply_addf(body, "every is a number of bytes from 1 to %d\n", (int)SAMPLES_EVERY_LIMIT);
        return 400;
    }
    if (samples_start(every) != 0) {
        reply_addf(body, "no memory for samples\n");
        return 500;
    }
    reply_addf(body, "{\"every_bytes\":%u}\n", atomic_load(&samples_current)->every_bytes);
    return 200;
}

static int answer_snapshot(const char *query, struct reply *body)
{
    (void)query;
    struct samples *samples = atomic_load(&samples_current);
    if (samples == NULL) {
        reply_addf(body, "no samples are kept: ask for /snapshot/start first\n");
        return 409;
    }
    snapshot_add(samples, body);
    return 200;
}

static int answer_stop(const char *query, struct reply *body)
{
    (void)query;
    samples_stop();
    reply_addf(body, "{}\n");
    return 200;
}

static const struct route routes[] = {
    {"/read", answer_read},
    {"/snapshot/start", answer_start},
    {"/snapshot", answer_snapshot},
    {"/snapshot/stop", answer_stop},
    {NULL, NULL},
};

static int answer(const char *path, const char *query, struct reply *body)
{
    for (const struct route *route = routes; route->path != NULL; route++)
        if (strcmp(route->path, path) == 0)
            return route->answer(query, body);
    reply_addf(body, "no such page: /read, /read?gc=1, /snapshot/start, /snapshot, /snapshot/stop\n");
    return 404;
}

static long long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000LL + now.tv_nsec / 1000000;
}

static bool wait_for(int connection, short event, long long until_ms)
{
    struct pollfd waiting = {.fd = connection, .events = event};
    for (;;) {
        long long left = until_ms - now_ms();
        int ready = left > 0 ? poll(&waiting, 1, (int)left) : 0;
        if (ready >= 0 || errno != EINTR)
            return ready > 0;
    }
}

/* Reads to the empty line; false where none came in time, or the request is too long. */
static bool receive(int connection, char request[REQUEST_BYTES + 1])
{
    long long until_ms = now_ms() + REQUEST_MS;
    size_t length = 0;
    while (length < REQUEST_BYTES && wait_for(connection, POLLIN, until_ms)) {
        ssize_t got = recv(connection, request + length, REQUEST_BYTES - length, MSG_DONTWAIT);
        if (got <= 0)
            return false;
        length += (size_t)got;
        request[length] = '\0';
        if (strstr(request, "\r\n\r\n") != NULL || strstr(request, "\n\n") != NULL)
            return true;
    }
    return false;
}

static bool send_all(int connection, const char *bytes, size_t length)
{
    while (length > 0 && wait_for(connection, POLLOUT, now_ms() + ANSWER_MS)) {
        ssize_t sent = send(connection, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (sent < 0)
            return false;
        bytes += sent;
        length -= (size_t)sent;
    }
    return length == 0;
}

static const char *reason(int status)
{
    return status == 200   ? "OK"
           : status == 400 ? "Bad Request"
           : status == 404 ? "Not Found"
           : status == 409 ? "Conflict"
                           : "Internal Server Error";
}

static void respond(int connection, int status, const struct reply *body)
{
    char head[200];
    int length =
        snprintf(head, sizeof head,
                 "HTTP/1.0 %d %s\r\nContent-Type: %s\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n",
                 status, reason(status), status == 200 ? "application/json" : "text/plain", body->length);
    if (send_all(connection, head, (size_t)length))
        send_all(connection, body->bytes, body->length);
}

/* Cuts `GET /path?query HTTP/1.x` in place; false where it is something else. */
static bool parse(char *request, char **path, char **query)
{
    request[strcspn(request, "\r\n")] = '\0';
    if (strncmp(request, "GET /", 5) != 0)
        return false;
    *path = request + 4;
    char *version = strchr(*path, ' ');
    if (version == NULL || strncmp(version, " HTTP/1.", 8) != 0)
        return false;
    *version = '\0';
    *query = *path + strcspn(*path, "?");
    if (**query == '?')
        *(*query)++ = '\0';
    return true;
}

void serve(int connection)
{
    char request[REQUEST_BYTES + 1], *path, *query;
    struct reply body = REPLY_EMPTY;
    int status = 400;
    if (!receive(connection, request))
        return;
    if (parse(request, &path, &query))
        status = answer(path, query, &body);
    else
        reply_addf(&body, "only GET /path HTTP/1.0 is understood\n");
    if (body.failed) {
        reply_release(&body);
        reply_addf(&body, "no memory for the answer\n");
        status = 500;
    }
    respond(connection, status, &body);
    reply_release(&body);
}

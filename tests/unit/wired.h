/* One connection of the engine by itself, to a server of a test: sends messages, runs the loop, says how each ended. */
#ifndef SEEP_TEST_WIRED_H
#define SEEP_TEST_WIRED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"
#include "net/loop.h"
#include "net/trust.h"
#include "replay/connection.h"
#include "rogue.h"

#define WIRED_PATIENCE_NS (20 * INT64_C(1000000000))

struct wired {
    struct loop *loop;
    struct allow *allow;
    struct trust *trust;
    struct service service; /* tls, host, proxy, http: what a test wants */
    struct origin origin;
    struct wire wire;
    struct connection connection;
    struct message message;
    char *bytes;
    enum progress progress; /* the last one that came from the loop */
    int progresses;
    size_t fields, body; /* what the reader got */
    struct err err;
};

static inline void wired_note(void *owner, struct connection *connection, enum progress progress)
{
    struct wired *wired = owner;
    (void)connection;
    wired->progress = progress;
    wired->progresses++;
    loop_stop(wired->loop);
}

static inline void wired_field(void *owner, const char *name, size_t name_length, const char *value,
                               size_t length)
{
    (void)name, (void)name_length, (void)value, (void)length;
    ((struct wired *)owner)->fields++;
}

static inline void wired_body(void *owner, const char *bytes, size_t length)
{
    (void)bytes;
    ((struct wired *)owner)->body += length;
}

/* `allowed`: one entry, NULL: 127.0.0.1. Aborts where the target or the files of `service` are wrong. */
static inline struct wired *wired_new(const struct service *service, const char *url, const char *allowed)
{
    struct wired *wired = xcalloc(1, sizeof *wired);
    struct strings entries = {NULL, 0};
    if (service != NULL)
        wired->service = *service;
    strings_add(&entries, allowed != NULL ? allowed : "127.0.0.1");
    wired->loop = loop_new(&wired->err);
    wired->allow = allow_new(&entries, &wired->err);
    strings_release(&entries);
    wired->trust = trust_new(&wired->service.tls, &wired->err);
    if (wired->trust == NULL || wired->allow == NULL ||
        origin_of_service(&wired->origin, &wired->service, url, wired->trust, wired->allow, &wired->err) !=
            0) {
        fprintf(stderr, "%s\n", wired->err.message);
        abort();
    }
    wired->wire = (struct wire){
        .buffer = xmalloc(65536), .buffer_size = 65536, .progressed = wired_note, .owner = wired};
    wire_init(&wired->wire, loop_base(wired->loop), &wired->origin, wired->allow);
    connection_init(&wired->connection, &wired->wire);
    return wired;
}

static inline void wired_free(struct wired *wired)
{
    connection_release(&wired->connection);
    free(wired->wire.buffer);
    trust_free(wired->trust);
    loop_free(wired->loop);
    allow_free(wired->allow);
    free(wired->bytes);
    free(wired);
}

/* The next message: METHOD PATH with `fields` (whole lines, or "") and so many bytes of body. */
static inline struct message *wired_say(struct wired *wired, const char *method, const char *path,
                                        const char *fields, size_t body)
{
    static const struct response_sink reader = {false, wired_field, wired_body};
    char length[64] = "";
    if (body > 0)
        snprintf(length, sizeof length, "Content-Length: %zu\r\n", body);
    char *header =
        xasprintf("%s %s HTTP/1.1\r\nHost: %s\r\n%s%s\r\n", method, path, wired->origin.host, fields, length);
    size_t header_length = strlen(header);
    free(wired->bytes);
    wired->bytes = xrealloc(header, header_length + body + 1);
    memset(wired->bytes + header_length, 'b', body);
    wired->fields = wired->body = 0;
    wired->message = (struct message){.bytes = wired->bytes,
                                      .length = header_length + body,
                                      .body = header_length,
                                      .head = strcmp(method, "HEAD") == 0,
                                      .reader = &reader,
                                      .reader_owner = wired};
    return &wired->message;
}

static inline void wired_lose_patience(void *owner)
{
    (void)owner;
    fprintf(stderr, "nothing came\n");
    abort();
}

/* Until the next progress from the loop. */
static inline enum progress wired_await(struct wired *wired)
{
    struct ticker *patience = ticker_new(wired->loop, WIRED_PATIENCE_NS, wired_lose_patience, wired);
    for (int before = wired->progresses; wired->progresses == before;)
        loop_run(wired->loop);
    ticker_free(patience);
    return wired->progress;
}

/* Sends the message and waits for its end; the connection is then as the engine would leave it. */
static inline enum progress wired_send(struct wired *wired)
{
    enum progress progress = connection_send(&wired->connection, &wired->message);
    if (progress == PROGRESS_UNDER_WAY)
        progress = wired_await(wired);
    wired->connection.busy = false;
    if (!wired->connection.reusable)
        connection_close(&wired->connection);
    return progress;
}

static inline enum progress wired_get(struct wired *wired, const char *path)
{
    wired_say(wired, "GET", path, "", 0);
    return wired_send(wired);
}

#endif

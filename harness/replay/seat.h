/* The seats of an engine: as many connections as it may have at once, and what each is at. */
#ifndef SEEP_REPLAY_SEAT_H
#define SEEP_REPLAY_SEAT_H

#include <sys/queue.h>

#include "model/service.h"
#include "replay/connection.h"
#include "base/text.h"
#include "tape/tape.h"
#include "replay/reading.h"
#include "replay/session.h"

enum place {
    PLACE_CLOSED,
    PLACE_IDLE,  /* open, for any request that has no connection of its own */
    PLACE_BOUND, /* open and idle, for its session */
    PLACE_BUSY,
    PLACE_COUNT,
};

struct seat {
    struct connection connection; /* first, so that a connection is its seat */
    TAILQ_ENTRY(seat) link;
    enum place place;
    struct session *session; /* of the request, or that an idle connection is bound to; NULL: none */
    struct due due;
    int64_t due_ns;
    size_t step;    /* of the setup before it, from 1; 0: the request itself */
    bool again;     /* it was answered 401, and is sent once more after another setup */
    unsigned times; /* client.times of whoever is set up, when the request went out */

    /* what goes out now: a step or the request */
    size_t endpoint; /* service_endpoint() */
    const struct endpoint *of;
    int64_t sent_ns, tried_ns; /* tried: on the connection that it is on now */
    struct tape_entry entry;
    struct text bytes; /* `message` points into it */
    struct message message;
    struct reading reading;
};

TAILQ_HEAD(seat_list, seat);

struct seats {
    struct seat *items;
    size_t count;
    size_t limit; /* how many may be open in the present run */
    struct seat_list places[PLACE_COUNT];
    size_t counts[PLACE_COUNT];
    enum reuse reuse;
};

void seats_init(struct seats *seats, size_t count, enum reuse reuse, struct wire *wire);
void seats_release(struct seats *seats);
bool seats_full(const struct seats *seats); /* as many requests are under way as may be */
struct seat *seats_first(struct seats *seats, enum place place); /* NULL: none */

/* A seat for a request of `session` (NULL: none), marked busy: with the connection that it may
 * go on, or closed. The longest idle connection makes room; *evicted is the session that it
 * belonged to, or NULL. Not when seats_full(). */
struct seat *seats_take(struct seats *seats, struct session *session, struct session **evicted);

/* Its request has ended: keeps the connection if it may be used again. session->seat
 * says whether it is still there. */
void seats_give_back(struct seats *seats, struct seat *seat);

/* Returns the session that the connection belonged to, or NULL. */
struct session *seats_close_idle(struct seats *seats, struct seat *seat);

#endif

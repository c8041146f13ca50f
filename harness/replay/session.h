/* Sessions: requests of one client, in order. Those that are under way, and those that will be again and have
 * something to remember. */
#ifndef SEEP_REPLAY_SESSION_H
#define SEEP_REPLAY_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "plan/schedule.h"
#include "replay/client.h"

struct seat;

/* A request whose turn in its session has not come. */
struct waiting {
    STAILQ_ENTRY(waiting) link;
    struct due due;
    int64_t due_ns; /* absolute; DUE_AT_ONCE */
};

struct session {
    uint64_t id;
    struct session *next;        /* in its bucket, or in the free list */
    STAILQ_ENTRY(session) ready; /* its turn has come, its next request waits */
    struct seat *seat;           /* its own connection, busy or idle; NULL: none */
    bool busy;                   /* a request is under way, or the session is in the ready list */
    bool resting;                /* in the list of those that wait for their client's next request */
    TAILQ_ENTRY(session) rest;
    struct client client;
    STAILQ_HEAD(, waiting) queue;
};

#define SESSION_BUCKETS 8192
#define SESSIONS_RESTING_MOST 16384 /* of more, the one that rested for longest is forgotten */

/* Both kinds of objects are reused; nothing is allocated once the pools are as large as they need to be. */
struct sessions {
    struct session *buckets[SESSION_BUCKETS];
    struct session *free_sessions;
    STAILQ_HEAD(, waiting) free_waiting;
    size_t waiting;                            /* in all queues */
    TAILQ_HEAD(session_list, session) resting; /* longest first */
    size_t resting_count;
    uint64_t forgotten; /* sessions that may come again as strangers */
};

void sessions_init(struct sessions *sessions);
void sessions_release(struct sessions *sessions);
struct session *sessions_find(struct sessions *sessions,
                              uint64_t id); /* NULL: neither under way nor resting */
struct session *sessions_begin(struct sessions *sessions, uint64_t id); /* the one that rests, or a new one */

/* It has neither a request nor a connection: rests, if it has anything to remember. */
void sessions_end(struct sessions *sessions, struct session *session);
void sessions_end_all(struct sessions *sessions);    /* none has a request or a connection */
void sessions_forget_all(struct sessions *sessions); /* the target is another one; likewise */

void session_put(struct sessions *sessions, struct session *session, const struct due *due, int64_t due_ns);
struct waiting session_take(struct sessions *sessions, struct session *session); /* its queue is not empty */

#endif

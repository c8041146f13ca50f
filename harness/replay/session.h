/* Sessions that are under way: requests of one client, in order. */
#ifndef SEEP_REPLAY_SESSION_H
#define SEEP_REPLAY_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/queue.h>

#include "plan/schedule.h"

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
    STAILQ_HEAD(, waiting) queue;
};

#define SESSION_BUCKETS 1024

/* Both kinds of objects are reused; nothing is allocated once the pools are as large as they need to be. */
struct sessions {
    struct session *buckets[SESSION_BUCKETS];
    struct session *free_sessions;
    STAILQ_HEAD(, waiting) free_waiting;
    size_t waiting; /* in all queues */
};

void sessions_init(struct sessions *sessions);
void sessions_release(struct sessions *sessions);
struct session *sessions_find(struct sessions *sessions, uint64_t id); /* NULL: not under way */
struct session *sessions_add(struct sessions *sessions, uint64_t id);
void sessions_remove(struct sessions *sessions, struct session *session); /* its queue is empty */

/* Any session that is under way; NULL: none. For clean-up: walks the buckets from *bucket on. */
struct session *sessions_any(struct sessions *sessions, size_t *bucket);

void session_put(struct sessions *sessions, struct session *session, const struct due *due, int64_t due_ns);
struct waiting session_take(struct sessions *sessions, struct session *session); /* its queue is not empty */

#endif

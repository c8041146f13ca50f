#include "replay/session.h"

#include <stdlib.h>

#include "base/text.h"

void sessions_init(struct sessions *sessions)
{
    *sessions = (struct sessions){.waiting = 0};
    STAILQ_INIT(&sessions->free_waiting);
    TAILQ_INIT(&sessions->resting);
}

static void free_chain(struct session *session)
{
    while (session != NULL) {
        struct session *next = session->next;
        while (!STAILQ_EMPTY(&session->queue)) {
            struct waiting *waiting = STAILQ_FIRST(&session->queue);
            STAILQ_REMOVE_HEAD(&session->queue, link);
            free(waiting);
        }
        client_release(&session->client);
        free(session);
        session = next;
    }
}

void sessions_release(struct sessions *sessions)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        free_chain(sessions->buckets[i]);
    free_chain(sessions->free_sessions);
    while (!STAILQ_EMPTY(&sessions->free_waiting)) {
        struct waiting *waiting = STAILQ_FIRST(&sessions->free_waiting);
        STAILQ_REMOVE_HEAD(&sessions->free_waiting, link);
        free(waiting);
    }
}

static struct session **bucket_of(struct sessions *sessions, uint64_t id)
{
    return &sessions->buckets[id % SESSION_BUCKETS]; /* ids are hashes already */
}

struct session *sessions_find(struct sessions *sessions, uint64_t id)
{
    struct session *session = *bucket_of(sessions, id);
    while (session != NULL && session->id != id)
        session = session->next;
    return session;
}

static void rouse(struct sessions *sessions, struct session *session)
{
    if (!session->resting)
        return;
    TAILQ_REMOVE(&sessions->resting, session, rest);
    sessions->resting_count--;
    session->resting = false;
}

static struct session *add(struct sessions *sessions, uint64_t id)
{
    struct session *session = sessions->free_sessions, **bucket = bucket_of(sessions, id);
    if (session != NULL)
        sessions->free_sessions = session->next;
    else
        session = xcalloc(1, sizeof *session);
    struct client kept = session->client; /* blank, but for its storage */
    *session = (struct session){.id = id, .next = *bucket, .client = kept};
    STAILQ_INIT(&session->queue);
    return *bucket = session;
}

struct session *sessions_begin(struct sessions *sessions, uint64_t id)
{
    struct session *session = sessions_find(sessions, id);
    if (session == NULL)
        return add(sessions, id);
    rouse(sessions, session);
    return session;
}

static void forget(struct sessions *sessions, struct session *session)
{
    struct session **at = bucket_of(sessions, session->id);
    while (*at != session)
        at = &(*at)->next;
    *at = session->next;
    rouse(sessions, session);
    client_clear(&session->client);
    session->next = sessions->free_sessions;
    sessions->free_sessions = session;
}

void sessions_end(struct sessions *sessions, struct session *session)
{
    if (client_is_blank(&session->client)) {
        forget(sessions, session);
        return;
    }
    session->busy = false; /* it may have been waiting for its turn when the run was stopped */
    session->resting = true;
    TAILQ_INSERT_TAIL(&sessions->resting, session, rest);
    if (++sessions->resting_count <= SESSIONS_RESTING_MOST)
        return;
    sessions->forgotten++;
    forget(sessions, TAILQ_FIRST(&sessions->resting));
}

static struct session *first_awake(struct session *session)
{
    while (session != NULL && session->resting)
        session = session->next;
    return session;
}

/* From the start of the bucket each time: one that rests may be forgotten for the one that ends. */
void sessions_end_all(struct sessions *sessions)
{
    struct session *session;
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        while ((session = first_awake(sessions->buckets[i])) != NULL)
            sessions_end(sessions, session);
}

void sessions_forget_all(struct sessions *sessions)
{
    for (size_t i = 0; i < SESSION_BUCKETS; i++)
        while (sessions->buckets[i] != NULL)
            forget(sessions, sessions->buckets[i]);
}

void session_put(struct sessions *sessions, struct session *session, const struct due *due, int64_t due_ns)
{
    struct waiting *waiting = STAILQ_FIRST(&sessions->free_waiting);
    if (waiting != NULL)
        STAILQ_REMOVE_HEAD(&sessions->free_waiting, link);
    else
        waiting = xmalloc(sizeof *waiting);
    waiting->due = *due;
    waiting->due_ns = due_ns;
    STAILQ_INSERT_TAIL(&session->queue, waiting, link);
    sessions->waiting++;
}

struct waiting session_take(struct sessions *sessions, struct session *session)
{
    struct waiting *waiting = STAILQ_FIRST(&session->queue), taken = *waiting;
    STAILQ_REMOVE_HEAD(&session->queue, link);
    STAILQ_INSERT_HEAD(&sessions->free_waiting, waiting, link);
    sessions->waiting--;
    return taken;
}

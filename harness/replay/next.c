/* Which request is next: from the schedule, from a session whose turn has come, or none until one ends. */
#include "base/clock.h"
#include "replay/replay_inside.h"

#define WAITING_OPEN 65536 /* in sessions' queues; then the schedule is not pulled further */
#define WAITING_CLOSED 1024

bool replay_pull(struct replay *replay)
{
    if (replay->has_next || replay->exhausted)
        return replay->has_next;
    replay->has_next = schedule_next(replay->schedule, &replay->next) == 1;
    replay->exhausted = !replay->has_next;
    bool at_once = replay->has_next && replay->next.offset_ns == DUE_AT_ONCE;
    replay->next_ns = at_once ? DUE_AT_ONCE : replay->start_ns + replay->next.offset_ns;
    return replay->has_next;
}

static void take_next(struct replay *replay)
{
    replay->has_next = false;
    replay->ledger.due += replay->next.counted;
}

/* A session that is not under way gets its turn at once. */
static struct session *session_for(struct replay *replay, uint64_t id)
{
    if (id == 0)
        return NULL;
    return sessions_begin(&replay->sessions, id);
}

/* Takes the next due request if it can go, or wait in its session. False: something has to end first. */
static bool admit(struct replay *replay)
{
    struct session *session =
        replay->next.session != 0 ? sessions_find(&replay->sessions, replay->next.session) : NULL;
    if (session != NULL && session->busy) {
        bool closed = replay->next_ns == DUE_AT_ONCE;
        if (replay->sessions.waiting >= (closed ? WAITING_CLOSED : WAITING_OPEN))
            return false;
        take_next(replay);
        session_put(&replay->sessions, session, &replay->next, replay->next_ns);
        return true;
    }
    if (seats_full(&replay->seats))
        return false;
    take_next(replay);
    session = session_for(replay, replay->next.session);
    if (session != NULL)
        session->busy = true;
    replay_start(replay, session, &replay->next, replay->next_ns);
    return true;
}

static bool start_ready(struct replay *replay)
{
    struct session *session = STAILQ_FIRST(&replay->ready);
    if (session == NULL || seats_full(&replay->seats))
        return false;
    STAILQ_REMOVE_HEAD(&replay->ready, ready);
    struct waiting waiting = session_take(&replay->sessions, session);
    replay_start(replay, session, &waiting.due, waiting.due_ns);
    return true;
}

/* With a window, what is due within it goes out together at its end. */
static int64_t wake_at(const struct replay *replay, int64_t due_ns)
{
    int64_t window = replay->options.coalesce_ns;
    if (window <= 0)
        return due_ns;
    int64_t into = (due_ns - replay->start_ns) % window; /* may be as long as a duration can be said */
    return into > 0 ? due_ns + (window - into) : due_ns;
}

bool replay_step(struct replay *replay)
{
    if (replay->ledger.due >= replay->hold_at) {
        replay_pull(replay); /* after the last one there is nothing to hold */
        return false;
    }
    if (start_ready(replay))
        return true;
    if (!replay->has_next && !replay_pull(replay))
        return false;
    if (replay->next_ns != DUE_AT_ONCE) {
        replay->just_ns = clock_now_ns();
        if (replay->next_ns > replay->just_ns) {
            pacer_arm(replay->pacer, wake_at(replay, replay->next_ns));
            return false;
        }
    }
    return admit(replay);
}

void replay_skip_waiting(struct replay *replay)
{
    size_t bucket = 0;
    STAILQ_INIT(&replay->ready);
    for (; bucket < SESSION_BUCKETS && replay->sessions.waiting > 0; bucket++)
        for (struct session *at = replay->sessions.buckets[bucket]; at != NULL; at = at->next)
            while (!STAILQ_EMPTY(&at->queue)) {
                struct waiting waiting = session_take(&replay->sessions, at);
                replay_skip(replay, &waiting.due,
                            waiting.due_ns == DUE_AT_ONCE ? clock_now_ns() : waiting.due_ns, SKIP_ENDED);
            }
}

void replay_skip_due(struct replay *replay, int64_t until_ns, bool closed)
{
    while (replay_pull(replay) && (replay->next_ns == DUE_AT_ONCE ? closed : replay->next_ns <= until_ns)) {
        take_next(replay);
        replay_skip(replay, &replay->next, replay->next_ns == DUE_AT_ONCE ? clock_now_ns() : replay->next_ns,
                    SKIP_ENDED);
    }
}

/* One request from its turn to its end: sent, answered, failed or skipped; and when to stop the run. */
#include "base/clock.h"
#include "replay/replay_inside.h"

#define GRACE_NS CLOCK_NS_PER_S
#define REFUSALS_MAX 100

void replay_skip(struct replay *replay, const struct due *due, int64_t due_ns)
{
    ledger_end(&replay->ledger, due, &(struct outcome){.result = OUTCOME_SKIPPED, .due_ns = due_ns});
}

static void end_turn(struct replay *replay, struct session *session)
{
    if (session == NULL)
        return;
    session->busy = !STAILQ_EMPTY(&session->queue);
    if (session->busy)
        STAILQ_INSERT_TAIL(&replay->ready, session, ready);
    else if (session->seat == NULL)
        sessions_remove(&replay->sessions, session);
}

static struct outcome outcome_of(const struct seat *seat, enum progress progress)
{
    struct outcome outcome = {.result = OUTCOME_FAILED,
                              .due_ns = seat->due_ns,
                              .sent_ns = seat->sent_ns,
                              .received_bytes = seat->connection.received};
    if (progress == PROGRESS_ANSWERED) {
        outcome.result = OUTCOME_DONE;
        outcome.status = seat->connection.response.status;
        outcome.done_ns = clock_now_ns();
    } else if (progress == PROGRESS_FORBIDDEN) {
        outcome.result = OUTCOME_SKIPPED;
    }
    if (progress == PROGRESS_FORBIDDEN || progress == PROGRESS_REFUSED)
        outcome.sent_ns = 0;
    return outcome;
}

void replay_stop_with(struct replay *replay, enum replay_end end)
{
    if (replay->schedule == NULL || replay->stopping)
        return;
    replay->stopping = true;
    replay->end = end;
    replay->stop_ns = clock_now_ns() + GRACE_NS;
}

static void note_refusal(struct replay *replay, enum progress progress)
{
    if (progress == PROGRESS_ANSWERED)
        replay->refused = 0;
    else if (progress == PROGRESS_REFUSED && ++replay->refused >= REFUSALS_MAX)
        replay_stop_with(replay, REPLAY_TARGET_GONE);
}

void replay_finish(struct replay *replay, struct seat *seat, enum progress progress)
{
    struct session *session = seat->session;
    struct outcome outcome = outcome_of(seat, progress);
    struct due due = seat->due;
    seats_give_back(&replay->seats, seat);
    end_turn(replay, session);
    note_refusal(replay, progress);
    ledger_end(&replay->ledger, &due, &outcome); /* last: the owner may call replay_stop() */
}

static enum progress send_request(struct seat *seat)
{
    const struct rendered *rendered = seat->rendered;
    seat->message = (struct message){.bytes = rendered->bytes,
                                     .length = rendered->length,
                                     .body = rendered->length,
                                     .head = rendered->head};
    return connection_send(&seat->connection, &seat->message);
}

/* A session without a connection and without a request is no longer under way. */
static void forget(struct replay *replay, struct session *session)
{
    if (session != NULL && !session->busy)
        sessions_remove(&replay->sessions, session);
}

void replay_settle(struct replay *replay, struct seat *seat, enum progress progress)
{
    if (progress == PROGRESS_STALE && !replay->stopping) { /* once: a fresh connection is never stale */
        connection_close(&seat->connection);
        progress = send_request(seat);
    }
    if (progress == PROGRESS_HUNG_UP) {
        forget(replay, seats_close_idle(&replay->seats, seat));
    } else if (progress != PROGRESS_UNDER_WAY) {
        replay_finish(replay, seat, progress);
    }
}

static bool is_too_late(const struct replay *replay, const struct due *due, int64_t due_ns, int64_t now)
{
    int64_t limit = replay->options.late_limit_ns;
    return due->offset_ns != DUE_AT_ONCE && limit > 0 && now - due_ns > limit;
}

void replay_start(struct replay *replay, struct session *session, const struct due *due, int64_t due_ns)
{
    const struct rendered *rendered = rendering_of(replay->rendering, due->endpoint, due->request);
    int64_t now = clock_now_ns();
    if (due->offset_ns == DUE_AT_ONCE)
        due_ns = now;
    if (!rendered->allowed || is_too_late(replay, due, due_ns, now)) {
        replay_skip(replay, due, due_ns);
        end_turn(replay, session);
        return;
    }
    struct session *evicted;
    struct seat *seat = seats_take(&replay->seats, session, &evicted);
    forget(replay, evicted);
    seat->due = *due;
    seat->rendered = rendered;
    seat->due_ns = due_ns;
    seat->sent_ns = now;
    seat->deadline_ns = now + replay->options.timeout_ns;
    replay_settle(replay, seat, send_request(seat));
}

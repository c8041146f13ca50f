/* One request from its turn to its end: sent, answered, failed or skipped; and when to stop the run. */
#include "base/clock.h"
#include "replay/expect.h"
#include "replay/replay_inside.h"

#define GRACE_NS CLOCK_NS_PER_S
#define REFUSALS_MAX 100

void replay_skip(struct replay *replay, const struct due *due, int64_t due_ns, enum skip why)
{
    ledger_end(&replay->ledger, due,
               &(struct outcome){.result = OUTCOME_SKIPPED, .skip = why, .due_ns = due_ns});
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

static bool landed(const struct replay *replay, const struct seat *seat)
{
    const struct endpoint *endpoint = service_endpoint(replay->options.service, seat->due.endpoint);
    return expect_landed(endpoint, seat->entry.status, seat->connection.response.status);
}

static struct outcome outcome_of(const struct replay *replay, const struct seat *seat, enum progress progress)
{
    const struct endpoint *endpoint = service_endpoint(replay->options.service, seat->due.endpoint);
    struct outcome outcome = {.result = OUTCOME_FAILED,
                              .due_ns = seat->due_ns,
                              .sent_ns = seat->sent_ns,
                              .expected_status =
                                  endpoint->expect.status != 0 ? endpoint->expect.status : seat->entry.status,
                              .received_bytes = seat->connection.received};
    outcome.late = outcome.sent_ns - outcome.due_ns > REPLAY_LATE_NS;
    if (progress == PROGRESS_ANSWERED || progress == PROGRESS_ABANDONED) {
        outcome.result = OUTCOME_DONE;
        outcome.abandoned = progress == PROGRESS_ABANDONED;
        outcome.status = outcome.abandoned ? 0 : seat->connection.response.status;
        outcome.landed = outcome.abandoned || landed(replay, seat);
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
    struct outcome outcome = outcome_of(replay, seat, progress);
    struct due due = seat->due;
    seats_give_back(&replay->seats, seat);
    end_turn(replay, session);
    note_refusal(replay, progress);
    ledger_end(&replay->ledger, &due, &outcome); /* last: the owner may call replay_stop() */
}

static enum progress send_request(struct replay *replay, struct seat *seat)
{
    struct tape_request request;
    tape_read(service_endpoint(replay->options.service, seat->due.endpoint)->tape, seat->due.position,
              &request);
    seat->entry = request.entry;
    compose(replay->composer, seat->due.endpoint, &request, &seat->bytes, &seat->message);
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
        progress = connection_send(&seat->connection, &seat->message);
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
    int64_t now = clock_now_ns();
    if (due->offset_ns == DUE_AT_ONCE)
        due_ns = now;
    bool allowed = composer_allows(replay->composer, due->endpoint);
    if (!allowed || is_too_late(replay, due, due_ns, now)) {
        replay_skip(replay, due, due_ns, allowed ? SKIP_LATE : SKIP_ENDED);
        end_turn(replay, session);
        return;
    }
    struct session *evicted;
    struct seat *seat = seats_take(&replay->seats, session, &evicted);
    forget(replay, evicted);
    seat->due = *due;
    seat->due_ns = due_ns;
    seat->sent_ns = now;
    replay_settle(replay, seat, send_request(replay, seat));
}

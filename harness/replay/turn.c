/* One request from its turn to its end: sent, answered, failed or skipped; and when to stop the run. */
#include "base/clock.h"
#include "replay/replay_inside.h"

#define GRACE_NS CLOCK_NS_PER_S
#define REFUSALS_MAX 100

void replay_skip(struct replay *replay, const struct due *due, int64_t due_ns, enum skip why)
{
    struct outcome outcome = {.result = OUTCOME_SKIPPED, .skip = why, .due_ns = due_ns};
    ledger_end(&replay->ledger, due, &outcome);
}

static void end_turn(struct replay *replay, struct session *session)
{
    if (session == NULL)
        return;
    session->busy = !STAILQ_EMPTY(&session->queue);
    if (session->busy)
        STAILQ_INSERT_TAIL(&replay->ready, session, ready);
    else if (session->seat == NULL)
        sessions_end(&replay->sessions, session);
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
    if (progress == PROGRESS_ANSWERED || progress == PROGRESS_ABANDONED)
        replay->refused = 0;
    else if (progress == PROGRESS_REFUSED && ++replay->refused >= REFUSALS_MAX)
        replay_stop_with(replay, REPLAY_TARGET_GONE);
}

void replay_end_seat(struct replay *replay, struct seat *seat, struct outcome *outcome)
{
    struct session *session = seat->session;
    struct due due = seat->due;
    seats_give_back(&replay->seats, seat);
    end_turn(replay, session);
    ledger_end(&replay->ledger, &due, outcome); /* last: the owner may call replay_stop() */
}

void replay_finish(struct replay *replay, struct seat *seat, enum progress progress)
{
    struct outcome outcome = replay_outcome(replay, seat, progress);
    note_refusal(replay, progress);
    if (seat->step > 0)
        replay_setup_ended(replay, seat, &outcome);
    else if (outcome.status != 401 || !replay_sets_up_again(replay, seat, &outcome))
        replay_end_seat(replay, seat, &outcome);
}

/* A session without a connection and without a request. */
static void let_rest(struct replay *replay, struct session *session)
{
    if (session != NULL && !session->busy)
        sessions_end(&replay->sessions, session);
}

void replay_settle(struct replay *replay, struct seat *seat, enum progress progress)
{
    if (progress == PROGRESS_STALE && !replay->stopping) { /* once: a fresh connection is never stale */
        connection_close(&seat->connection);
        seat->tried_ns = clock_now_ns();
        progress = connection_send(&seat->connection, &seat->message);
    }
    if (progress == PROGRESS_HUNG_UP) {
        let_rest(replay, seats_close_idle(&replay->seats, seat));
    } else if (progress != PROGRESS_UNDER_WAY) {
        replay_finish(replay, seat, progress);
    }
}

/* What waited for the end of a window was asked to. */
static bool is_too_late(const struct replay *replay, const struct due *due, int64_t due_ns, int64_t now)
{
    int64_t limit = replay->options.late_limit_ns, window = replay->options.coalesce_ns;
    return due->offset_ns != DUE_AT_ONCE && now - due_ns - (window > 0 ? window : 0) > limit;
}

/* What a later request would take from its answer is missing, and not what an earlier one left. */
static void lose(struct replay *replay, struct session *session, const struct due *due)
{
    const struct endpoint *endpoint = &replay->options.service->endpoints[due->endpoint];
    struct client *client = session != NULL ? &session->client : &replay->shared;
    if (endpoint->captures.count > 0)
        reading_lost(endpoint, &replay->options.service->variables, &client->variables);
}

/* One reading of the clock for an answer and for what it sets free, or for what is due and its sending. */
static int64_t now_of(struct replay *replay)
{
    int64_t now = replay->just_ns != 0 ? replay->just_ns : clock_now_ns();
    replay->just_ns = 0;
    return now;
}

void replay_start(struct replay *replay, struct session *session, const struct due *due, int64_t due_ns)
{
    int64_t now = now_of(replay);
    if (due->offset_ns == DUE_AT_ONCE)
        due_ns = now;
    bool allowed = composer_allows(replay->composer, due->endpoint);
    if (!allowed || (replay->options.late_limit_ns > 0 && is_too_late(replay, due, due_ns, now))) {
        lose(replay, session, due);
        replay_skip(replay, due, due_ns, allowed ? SKIP_LATE : SKIP_ENDED);
        end_turn(replay, session);
        return;
    }
    struct session *evicted;
    struct seat *seat = seats_take(&replay->seats, session, &evicted);
    let_rest(replay, evicted);
    seat->due = *due;
    seat->due_ns = due_ns;
    seat->sent_ns = seat->tried_ns = now;
    if (replay->options.service->setup_count > 0) {
        replay_take_up(replay, seat);
        return;
    }
    seat->step = 0;
    replay_send_part(replay, seat);
}

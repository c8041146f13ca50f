#include "replay/replay.h"

#include <stdlib.h>
#include <sys/resource.h>

#include "base/clock.h"
#include "base/text.h"
#include "replay/ledger.h"
#include "replay/pacer.h"
#include "replay/render.h"
#include "replay/seat.h"
#include "replay/session.h"

#define CONNECTIONS_OPEN 256
#define CONNECTIONS_CLOSED 4
#define WAITING_OPEN 65536 /* in sessions' queues; then the schedule is not pulled further */
#define WAITING_CLOSED 1024
#define BUFFER_SIZE ((size_t)64 << 10)
#define TIMEOUT_NS (30 * CLOCK_NS_PER_S)
#define GRACE_NS CLOCK_NS_PER_S
#define REFUSALS_MAX 100
#define STEPS_MAX                                                                                            \
    4096 /* then others have their turn: an endless schedule of which nothing may be sent must not hang */

struct replay {
    struct replay_options options;
    struct loop *loop;
    struct origin origin;
    struct rendering *rendering;
    struct pacer *pacer;
    struct wire wire;
    struct seats seats;
    struct sessions sessions;
    STAILQ_HEAD(, session) ready; /* sessions whose next request may go */

    /* the present run */
    struct schedule *schedule; /* NULL: none */
    struct ledger ledger;
    int64_t start_ns;
    struct due next; /* pulled, not yet taken */
    int64_t next_ns;
    bool has_next, exhausted;
    unsigned refused; /* connects in a row */
    bool stopping, over;
    int64_t stop_ns; /* what is under way then has failed */
    enum replay_end end;
};

static void advance(void *owner);
static void on_progress(void *owner, struct connection *connection, enum progress progress);

#define DESCRIPTORS_LEAST 32 /* beside connections: the loop, the store, a reading */

/* With some slack for what was inherited. A connection that finds none left would look like a target that
 * does not answer. */
static int raise_descriptor_limit(rlim_t connections, struct err *err)
{
    struct rlimit limit;
    rlim_t wanted = connections + 128;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return 0;
    limit.rlim_cur = limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted ? limit.rlim_max : wanted;
    setrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur >= connections + DESCRIPTORS_LEAST)
        return 0;
    return err_set(err, ERR_USAGE, "%llu connections need %llu descriptors: `ulimit -n` allows %llu",
                   (unsigned long long)connections, (unsigned long long)connections + DESCRIPTORS_LEAST,
                   (unsigned long long)limit.rlim_cur);
}

static int render(struct replay *replay, struct err *err)
{
    struct rendering *rendering =
        rendering_new(replay->options.service, &replay->origin, replay->options.run_header,
                      replay->options.reuse == REUSE_NEVER, err);
    if (rendering == NULL)
        return -1;
    rendering_free(replay->rendering);
    replay->rendering = rendering;
    return 0;
}

static void connect_parts(struct replay *replay)
{
    size_t count = replay->options.connections != 0 ? replay->options.connections : CONNECTIONS_OPEN;
    replay->wire = (struct wire){.base = loop_base(replay->loop),
                                 .origin = &replay->origin,
                                 .allow = replay->options.allow,
                                 .buffer = xmalloc(BUFFER_SIZE),
                                 .buffer_size = BUFFER_SIZE,
                                 .progressed = on_progress,
                                 .owner = replay};
    seats_init(&replay->seats, count, replay->options.reuse, &replay->wire);
    sessions_init(&replay->sessions);
    STAILQ_INIT(&replay->ready);
}

struct replay *replay_new(struct loop *loop, const struct replay_options *options, struct err *err)
{
    const struct origin *origin = options->origin;
    struct replay *replay = xcalloc(1, sizeof *replay);
    replay->loop = loop;
    replay->options = *options;
    replay->origin = *origin;
    if (replay->options.timeout_ns <= 0)
        replay->options.timeout_ns = TIMEOUT_NS;
    connect_parts(replay);
    if (raise_descriptor_limit(replay->seats.count, err) != 0)
        goto failed;
    if (origin->tls) {
        err_set(err, ERR_USAGE, "https://%s: replay to https targets is not there yet", origin->host);
        goto failed;
    }
    if (!allow_permits(options->allow, (const struct sockaddr *)&origin->address)) {
        err_set(err, ERR_REFUSED, "%s is not an address that `allow` names; nothing was sent", origin->text);
        goto failed;
    }
    replay->pacer = pacer_new(loop, advance, replay, err);
    if (replay->pacer == NULL || render(replay, err) != 0)
        goto failed;
    return replay;
failed:
    replay_free(replay);
    return NULL;
}

void replay_free(struct replay *replay)
{
    if (replay == NULL)
        return;
    seats_release(&replay->seats);
    sessions_release(&replay->sessions);
    pacer_free(replay->pacer);
    rendering_free(replay->rendering);
    free(replay->wire.buffer);
    free(replay);
}

void replay_retarget(struct replay *replay, const struct origin *origin)
{
    replay->origin = *origin;
    render(replay, NULL); /* what could be said once can be said to another host */
}

/* --- one request from its turn to its end --- */

static void skip(struct replay *replay, const struct due *due, int64_t due_ns)
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

static void stop_with(struct replay *replay, enum replay_end end)
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
        stop_with(replay, REPLAY_TARGET_GONE);
}

static void finish(struct replay *replay, struct seat *seat, enum progress progress)
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
    return connection_send(&seat->connection, rendered->bytes, rendered->length, rendered->head);
}

/* A session without a connection and without a request is no longer under way. */
static void forget(struct replay *replay, struct session *session)
{
    if (session != NULL && !session->busy)
        sessions_remove(&replay->sessions, session);
}

static void settle(struct replay *replay, struct seat *seat, enum progress progress)
{
    if (progress == PROGRESS_STALE && !replay->stopping) { /* once: a fresh connection is never stale */
        connection_close(&seat->connection);
        progress = send_request(seat);
    }
    if (progress == PROGRESS_HUNG_UP) {
        forget(replay, seats_close_idle(&replay->seats, seat));
    } else if (progress != PROGRESS_UNDER_WAY) {
        finish(replay, seat, progress);
    }
}

static bool is_too_late(const struct replay *replay, const struct due *due, int64_t due_ns, int64_t now)
{
    int64_t limit = replay->options.late_limit_ns;
    return due->offset_ns != DUE_AT_ONCE && limit > 0 && now - due_ns > limit;
}

static void start(struct replay *replay, struct session *session, const struct due *due, int64_t due_ns)
{
    const struct rendered *rendered = rendering_of(replay->rendering, due->endpoint, due->request);
    int64_t now = clock_now_ns();
    if (due->offset_ns == DUE_AT_ONCE)
        due_ns = now;
    if (!rendered->allowed || is_too_late(replay, due, due_ns, now)) {
        skip(replay, due, due_ns);
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
    settle(replay, seat, send_request(seat));
}

/* --- which request is next --- */

static bool pull(struct replay *replay)
{
    if (!replay->has_next && !replay->exhausted) {
        replay->has_next = schedule_next(replay->schedule, &replay->next) == 1;
        replay->exhausted = !replay->has_next;
        bool at_once = replay->has_next && replay->next.offset_ns == DUE_AT_ONCE;
        replay->next_ns = at_once ? DUE_AT_ONCE : replay->start_ns + replay->next.offset_ns;
    }
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
    struct session *session = sessions_find(&replay->sessions, id);
    return session != NULL ? session : sessions_add(&replay->sessions, id);
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
    start(replay, session, &replay->next, replay->next_ns);
    return true;
}

static bool start_ready(struct replay *replay)
{
    struct session *session = STAILQ_FIRST(&replay->ready);
    if (session == NULL || seats_full(&replay->seats))
        return false;
    STAILQ_REMOVE_HEAD(&replay->ready, ready);
    struct waiting waiting = session_take(&replay->sessions, session);
    start(replay, session, &waiting.due, waiting.due_ns);
    return true;
}

static bool step(struct replay *replay)
{
    if (start_ready(replay))
        return true;
    if (!pull(replay))
        return false;
    if (replay->next_ns != DUE_AT_ONCE && replay->next_ns > clock_now_ns()) {
        pacer_arm(replay->pacer, replay->next_ns);
        return false;
    }
    return admit(replay);
}

/* --- ends --- */

static void skip_waiting(struct replay *replay)
{
    size_t bucket = 0;
    STAILQ_INIT(&replay->ready);
    for (; bucket < SESSION_BUCKETS && replay->sessions.waiting > 0; bucket++)
        for (struct session *at = replay->sessions.buckets[bucket]; at != NULL; at = at->next)
            while (!STAILQ_EMPTY(&at->queue)) {
                struct waiting waiting = session_take(&replay->sessions, at);
                skip(replay, &waiting.due, waiting.due_ns == DUE_AT_ONCE ? clock_now_ns() : waiting.due_ns);
            }
}

/* What is due until then, and in a closed loop everything where `closed`, was planned and never sent. */
static void skip_due(struct replay *replay, int64_t until_ns, bool closed)
{
    while (pull(replay) && (replay->next_ns == DUE_AT_ONCE ? closed : replay->next_ns <= until_ns)) {
        take_next(replay);
        skip(replay, &replay->next, replay->next_ns == DUE_AT_ONCE ? clock_now_ns() : replay->next_ns);
    }
}

static bool is_over(const struct replay *replay)
{
    return replay->seats.counts[PLACE_BUSY] == 0 && replay->sessions.waiting == 0 &&
           (replay->stopping || (replay->exhausted && !replay->has_next));
}

/* Everything that can happen now. Called at the end of each event, so that no request starts another one
 * deeper. */
static void advance(void *owner)
{
    struct replay *replay = owner;
    if (replay->schedule == NULL || replay->over)
        return;
    unsigned steps = 0;
    while (!replay->stopping && step(replay))
        if (++steps == STEPS_MAX) {
            pacer_wake(replay->pacer);
            break;
        }
    if (replay->stopping)
        skip_waiting(replay);
    replay->over = is_over(replay);
    if (replay->over)
        loop_stop(replay->loop);
}

static void on_progress(void *owner, struct connection *connection, enum progress progress)
{
    settle(owner, (struct seat *)connection, progress);
    advance(owner);
}

static void fail_until(struct replay *replay, int64_t deadline_ns)
{
    struct seat *seat;
    while ((seat = seats_first(&replay->seats, PLACE_BUSY)) != NULL && seat->deadline_ns <= deadline_ns)
        finish(replay, seat, PROGRESS_BROKEN);
}

/* One coarse timer for all time-outs: the oldest request stands first. */
static void on_sweep(void *owner)
{
    struct replay *replay = owner;
    int64_t now = clock_now_ns();
    fail_until(replay, replay->stopping && now >= replay->stop_ns ? INT64_MAX : now);
    advance(replay);
}

static int64_t sweep_period(const struct replay *replay)
{
    int64_t period = replay->options.timeout_ns / 16;
    if (period > 100 * CLOCK_NS_PER_MS)
        return 100 * CLOCK_NS_PER_MS;
    return period > 5 * CLOCK_NS_PER_MS ? period : 5 * CLOCK_NS_PER_MS;
}

static void begin(struct replay *replay, struct schedule *schedule, struct tally *tally,
                  struct latencies *latencies)
{
    replay->schedule = schedule;
    replay->ledger = (struct ledger){.service = replay->options.service,
                                     .tally = tally,
                                     .latencies = latencies,
                                     .on_outcome = replay->options.on_outcome,
                                     .owner = replay->options.owner};
    replay->has_next = replay->exhausted = replay->stopping = replay->over = false;
    replay->refused = 0;
    replay->end = REPLAY_WHOLE;
    replay->start_ns = clock_now_ns();
    bool closed = pull(replay) && replay->next_ns == DUE_AT_ONCE;
    replay->seats.limit = replay->options.connections != 0 ? replay->options.connections
                          : closed                         ? CONNECTIONS_CLOSED
                                                           : CONNECTIONS_OPEN;
}

static void interrupt(struct replay *replay)
{
    stop_with(replay, REPLAY_INTERRUPTED);
    replay->end = REPLAY_INTERRUPTED;
    skip_waiting(replay);
    fail_until(replay, INT64_MAX);
    replay->over = true;
}

static void close_all(struct replay *replay)
{
    struct seat *seat;
    struct session *session;
    size_t bucket = 0;
    for (enum place place = PLACE_IDLE; place < PLACE_COUNT; place++)
        while ((seat = seats_first(&replay->seats, place)) != NULL)
            seats_close_idle(&replay->seats, seat);
    while ((session = sessions_any(&replay->sessions, &bucket)) != NULL)
        sessions_remove(&replay->sessions, session);
}

static void end(struct replay *replay)
{
    if (replay->end == REPLAY_TARGET_GONE && schedule_planned(replay->schedule) > 0)
        skip_due(replay, INT64_MAX, true);
    else if (replay->end != REPLAY_WHOLE)
        skip_due(replay, clock_now_ns(), false);
    pacer_disarm(replay->pacer);
    close_all(replay);
    replay->schedule = NULL;
}

enum replay_end replay_run(struct replay *replay, struct schedule *schedule, struct tally *tally,
                           struct latencies *latencies)
{
    begin(replay, schedule, tally, latencies);
    struct ticker *sweep = ticker_new(replay->loop, sweep_period(replay), on_sweep, replay);
    advance(replay);
    while (!replay->over)
        if (loop_run(replay->loop) != 0)
            interrupt(replay);
    ticker_free(sweep);
    end(replay);
    return replay->end;
}

void replay_stop(struct replay *replay)
{
    stop_with(replay, REPLAY_STOPPED);
    pacer_wake(replay->pacer);
}

uint64_t replay_ended(const struct replay *replay)
{
    return replay->ledger.ended;
}

uint64_t replay_due(const struct replay *replay)
{
    return replay->ledger.due;
}

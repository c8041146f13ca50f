/* The engine and its run loop: what it is made of, how a run begins, goes on and ends. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "replay/descriptors.h"
#include "replay/replay_inside.h"

#define CONNECTIONS_OPEN 256
#define CONNECTIONS_CLOSED 4
#define BUFFER_SIZE ((size_t)64 << 10)
#define TIMEOUT_NS (30 * CLOCK_NS_PER_S)
#define CONNECT_NS (5 * CLOCK_NS_PER_S)
#define PAUSE_NS CLOCK_NS_PER_S /* for 100 Continue, as curl waits */
/* Then others have their turn: an endless schedule of which nothing may be sent must not hang. */
#define STEPS_MAX 4096

static void advance(void *owner);
static void on_progress(void *owner, struct connection *connection, enum progress progress);

static struct composer *compose_for(struct replay *replay, struct err *err)
{
    return composer_new(replay->options.service, &replay->origin, replay->options.run_header,
                        replay->options.ours, replay->options.reuse == REUSE_NEVER, err);
}

static void set_timeouts(struct timeouts *timeouts)
{
    if (timeouts->total_ns <= 0)
        timeouts->total_ns = TIMEOUT_NS;
    if (timeouts->first_byte_ns <= 0 || timeouts->first_byte_ns > timeouts->total_ns)
        timeouts->first_byte_ns = timeouts->total_ns;
    if (timeouts->connect_ns <= 0)
        timeouts->connect_ns = CONNECT_NS;
    if (timeouts->connect_ns > timeouts->total_ns)
        timeouts->connect_ns = timeouts->total_ns;
}

static size_t endpoints_of(const struct replay *replay)
{
    return replay->options.service->endpoint_count + replay->options.service->setup_count;
}

static unsigned connections_of(const struct replay_options *options)
{
    return options->connections != 0 ? options->connections : CONNECTIONS_OPEN;
}

static void connect_parts(struct replay *replay)
{
    replay->wire = (struct wire){.buffer = xmalloc(BUFFER_SIZE),
                                 .buffer_size = BUFFER_SIZE,
                                 .progressed = on_progress,
                                 .owner = replay};
    wire_init(&replay->wire, loop_base(replay->loop), &replay->origin, replay->options.allow);
    seats_init(&replay->seats, connections_of(&replay->options), replay->options.reuse, &replay->wire);
    sessions_init(&replay->sessions);
    replay->room.names = &replay->options.service->variables;
    replay->whys = xcalloc(endpoints_of(replay), sizeof *replay->whys);
    replay->lost = xcalloc(endpoints_of(replay), sizeof *replay->lost);
    replay->familiars = xcalloc(endpoints_of(replay), sizeof *replay->familiars);
    STAILQ_INIT(&replay->ready);
}

struct replay *replay_new(struct loop *loop, const struct replay_options *options, struct err *err)
{
    const struct origin *origin = options->origin;
    struct replay *replay = xcalloc(1, sizeof *replay);
    replay->loop = loop;
    replay->options = *options;
    replay->origin = *origin;
    replay->hold_at = UINT64_MAX;
    replay->made = clock_moment();
    set_timeouts(&replay->options.timeouts);
    replay->descriptors_each = wire_descriptors(origin);
    if (descriptors_reserve(connections_of(options), replay->descriptors_each, err) != 0) {
        free(replay); /* before there is room for as many */
        return NULL;
    }
    connect_parts(replay);
    if (!allow_permits(options->allow, (const struct sockaddr *)&origin->address)) {
        err_set(err, ERR_REFUSED, "%s is not an address that `allow` names; nothing was sent", origin->text);
        goto failed;
    }
    replay->pacer = pacer_new(loop, advance, replay, err);
    if (replay->pacer == NULL || (replay->composer = compose_for(replay, err)) == NULL)
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
    descriptors_give_back(connections_of(&replay->options), replay->descriptors_each);
    seats_release(&replay->seats);
    sessions_release(&replay->sessions);
    client_release(&replay->shared);
    decoder_release(&replay->room.decoder);
    for (size_t i = 0; replay->whys != NULL && i < endpoints_of(replay); i++)
        free(replay->whys[i]);
    free(replay->whys);
    free(replay->lost);
    free(replay->familiars);
    pacer_free(replay->pacer);
    composer_free(replay->composer);
    wire_release(&replay->wire);
    free(replay->wire.buffer);
    free(replay);
}

void replay_retarget(struct replay *replay, const struct origin *origin)
{
    replay->origin = *origin;
    sessions_forget_all(&replay->sessions);
    client_clear(&replay->shared);
    composer_free(replay->composer);
    replay->composer = compose_for(replay, NULL); /* what could be said once can be said to another host */
}

static bool is_over(const struct replay *replay)
{
    return replay->seats.counts[PLACE_BUSY] == 0 && replay->sessions.waiting == 0 &&
           (replay->stopping || (replay->exhausted && !replay->has_next));
}

static void tell_held(struct replay *replay)
{
    void (*held)(void *owner) = replay->held;
    if (held == NULL || replay->stopping || replay->seats.counts[PLACE_BUSY] > 0)
        return;
    replay->held = NULL;
    held(replay->held_owner);
}

static void tell_idle(struct replay *replay)
{
    void (*idle)(void *owner, size_t under_way) = replay->idle;
    size_t under_way = replay->seats.counts[PLACE_BUSY];
    if (replay->stopping || (under_way > 0 && clock_now_ns() < replay->idle_until_ns))
        return;
    replay->idle = NULL;
    idle(replay->idle_owner, under_way);
}

/* Everything that can happen now. Called at the end of each event, so that no
 * request starts another one deeper. */
static void advance(void *owner)
{
    struct replay *replay = owner;
    if (replay->schedule == NULL || replay->over || replay->start_ns == 0)
        return;
    unsigned steps = 0;
    while (!replay->stopping && replay_step(replay))
        if (++steps == STEPS_MAX) {
            pacer_wake(replay->pacer);
            break;
        }
    replay->just_ns = 0;
    if (replay->stopping)
        replay_skip_waiting(replay);
    replay->over = is_over(replay);
    if (replay->over)
        loop_stop(replay->loop);
    else if (replay->ledger.due >= replay->hold_at)
        tell_held(replay);
    else if (replay->idle != NULL)
        tell_idle(replay);
}

static void on_progress(void *owner, struct connection *connection, enum progress progress)
{
    replay_settle(owner, (struct seat *)connection, progress);
    advance(owner);
}

static int64_t deadline_of(const struct replay *replay, const struct seat *seat)
{
    const struct timeouts *timeouts = &replay->options.timeouts;
    const struct connection *connection = &seat->connection;
    if (!connection->connected)
        return seat->tried_ns + timeouts->connect_ns;
    return seat->sent_ns + (connection->received == 0 ? timeouts->first_byte_ns : timeouts->total_ns);
}

static const char *why_too_long(const struct connection *connection)
{
    if (!connection->connected)
        return "no connection within its time";
    return connection->received == 0 ? "nothing came within its time"
                                     : "the answer was not whole within its time";
}

static void fail_until(struct replay *replay, int64_t now)
{
    struct seat *next;
    for (struct seat *seat = seats_first(&replay->seats, PLACE_BUSY); seat != NULL; seat = next) {
        next = TAILQ_NEXT(seat, link);
        if (now == INT64_MAX || deadline_of(replay, seat) <= now) {
            seat->connection.why = now == INT64_MAX ? "the run ended" : why_too_long(&seat->connection);
            replay_finish(replay, seat, PROGRESS_BROKEN);
        } else if (seat->message.pause && now - seat->sent_ns >= PAUSE_NS) {
            connection_go_on(&seat->connection);
        }
    }
}

static void read_clock(struct replay *replay)
{
    struct clock_moment now = clock_moment();
    int64_t set_us = clock_set_us(&replay->made, &now);
    replay->asking.now_s = (now.wall_us - set_us) / 1000000;
    replay->asking.set_s = set_us / 1000000;
}

/* One coarse timer for all time-outs. */
static void on_sweep(void *owner)
{
    struct replay *replay = owner;
    int64_t now = clock_now_ns();
    read_clock(replay);
    fail_until(replay, replay->stopping && now >= replay->stop_ns ? INT64_MAX : now);
    advance(replay);
}

static int64_t sweep_period(const struct replay *replay)
{
    const struct timeouts *timeouts = &replay->options.timeouts;
    int64_t least =
        timeouts->connect_ns < timeouts->first_byte_ns ? timeouts->connect_ns : timeouts->first_byte_ns;
    if (least / 16 > 100 * CLOCK_NS_PER_MS)
        return 100 * CLOCK_NS_PER_MS;
    return least / 16 > 5 * CLOCK_NS_PER_MS ? least / 16 : 5 * CLOCK_NS_PER_MS;
}

static void begin(struct replay *replay, struct schedule *schedule, struct tally *tally,
                  struct latencies *latencies)
{
    replay->schedule = schedule;
    replay->ledger = (struct ledger){.late_ns = REPLAY_LATE_NS + replay->options.coalesce_ns,
                                     .tally = tally,
                                     .latencies = latencies,
                                     .on_outcome = replay->options.on_outcome,
                                     .owner = replay->options.owner};
    replay->has_next = replay->exhausted = replay->stopping = replay->over = false;
    replay->refused = 0;
    replay->start_ns = 0;
    replay->end = REPLAY_WHOLE;
    replay->asking = (struct asking){.secure = replay->origin.tls || origin_is_loopback(&replay->origin)};
    read_clock(replay);
    replay->seats.limit = replay->seats.count;
    replay_prepare(replay);
    replay->start_ns = clock_now_ns();
    bool closed = replay_pull(replay) && replay->next_ns == DUE_AT_ONCE;
    replay->seats.limit = replay->options.connections != 0 ? replay->options.connections
                          : closed                         ? CONNECTIONS_CLOSED
                                                           : CONNECTIONS_OPEN;
}

void replay_interrupt(struct replay *replay)
{
    replay_stop_with(replay, REPLAY_INTERRUPTED);
    replay->end = REPLAY_INTERRUPTED;
    replay_skip_waiting(replay);
    fail_until(replay, INT64_MAX);
    replay->over = true;
}

static void all_ended(void *owner)
{
    struct replay *replay = owner;
    loop_stop(replay->loop);
}

/* What a server holds for our connections is not to be in the reading that follows. */
static void await_ends(struct replay *replay)
{
    struct stream_setting *setting = &replay->wire.setting;
    setting->all_ended = all_ended;
    setting->owner = replay;
    while (setting->lingerers > 0 && loop_run(replay->loop) == 0)
        ;
    setting->all_ended = NULL;
}

static void close_all(struct replay *replay)
{
    struct seat *seat;
    replay->wire.hangs_up = replay->end == REPLAY_WHOLE || replay->end == REPLAY_STOPPED;
    for (enum place place = PLACE_IDLE; place < PLACE_COUNT; place++)
        while ((seat = seats_first(&replay->seats, place)) != NULL)
            seats_close_idle(&replay->seats, seat);
    if (replay->wire.hangs_up)
        await_ends(replay);
    replay->wire.hangs_up = false;
    sessions_end_all(&replay->sessions);
}

static void end(struct replay *replay)
{
    if (replay->end == REPLAY_TARGET_GONE && schedule_planned(replay->schedule) > 0)
        replay_skip_due(replay, INT64_MAX, true);
    else if (replay->end != REPLAY_WHOLE)
        replay_skip_due(replay, clock_now_ns(), false);
    pacer_disarm(replay->pacer);
    close_all(replay);
    replay->hold_at = UINT64_MAX;
    replay->idle = NULL;
    replay->schedule = NULL;
}

enum replay_end replay_run(struct replay *replay, struct schedule *schedule, struct tally *tally,
                           struct latencies *latencies)
{
    struct ticker *sweep = ticker_new(replay->loop, sweep_period(replay), on_sweep, replay);
    begin(replay, schedule, tally, latencies);
    advance(replay);
    while (!replay->over)
        if (loop_run(replay->loop) != 0)
            replay_interrupt(replay);
    ticker_free(sweep);
    end(replay);
    return replay->end;
}

void replay_stop(struct replay *replay)
{
    replay_stop_with(replay, REPLAY_STOPPED);
    pacer_wake(replay->pacer);
}

void replay_no_more(struct replay *replay)
{
    bool timed = replay->has_next && replay->next_ns != DUE_AT_ONCE;
    replay->has_next = timed && replay->next_ns <= clock_now_ns();
    replay->exhausted = true;
    replay_go_on(replay);
}

void replay_hold(struct replay *replay, uint64_t due, void (*held)(void *owner), void *owner)
{
    replay->hold_at = due;
    replay->held = held;
    replay->held_owner = owner;
    pacer_wake(replay->pacer); /* it may be so already */
}

void replay_go_on(struct replay *replay)
{
    replay->hold_at = UINT64_MAX;
    replay->held = NULL;
    pacer_wake(replay->pacer);
}

void replay_when_idle(struct replay *replay, int64_t most_ns, void (*idle)(void *owner, size_t under_way),
                      void *owner)
{
    if (replay->idle != NULL)
        return;
    replay->idle = idle;
    replay->idle_owner = owner;
    replay->idle_until_ns = clock_now_ns() + most_ns;
    pacer_wake(replay->pacer); /* it may be so already */
}

uint64_t replay_ended(const struct replay *replay)
{
    return replay->ledger.ended;
}

uint64_t replay_due(const struct replay *replay)
{
    return replay->ledger.due;
}

const char *replay_why(const struct replay *replay, size_t endpoint)
{
    return replay->whys[endpoint];
}

const char *replay_lost(const struct replay *replay, size_t endpoint)
{
    return replay->lost[endpoint];
}

uint64_t replay_forgotten(const struct replay *replay)
{
    return replay->sessions.forgotten;
}

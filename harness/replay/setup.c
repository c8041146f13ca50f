/* The setup: requests that come before a session's first one, or before a run's, and again after a 401. */
#include <string.h>

#include "base/clock.h"
#include "replay/replay_inside.h"

/* Whoever the setup is for: the session, or all of them. */
static struct client *owner_of(struct replay *replay, const struct seat *seat)
{
    if (replay->options.service->setup_per_run || seat->session == NULL)
        return &replay->shared;
    return &seat->session->client;
}

struct client *replay_client(struct replay *replay, const struct seat *seat)
{
    if (seat->step > 0)
        return owner_of(replay, seat);
    return seat->session != NULL ? &seat->session->client : &replay->shared;
}

static const char *why_of(const struct replay *replay)
{
    const struct service *service = replay->options.service;
    for (size_t i = service->endpoint_count; i < service->endpoint_count + service->setup_count; i++)
        if (replay->whys[i] != NULL)
            return replay->whys[i];
    return "the setup failed";
}

static void skip_request(struct replay *replay, struct seat *seat, enum skip why)
{
    struct outcome outcome = {.result = OUTCOME_SKIPPED, .skip = why, .due_ns = seat->due_ns};
    seat->step = 0;
    seat->endpoint = seat->due.endpoint;
    seat->of = service_endpoint(replay->options.service, seat->endpoint);
    if (why == SKIP_UNCORRELATED)
        replay_note_why(replay, seat->endpoint, "%s", why_of(replay));
    replay_lose(replay, seat);
    replay_end_seat(replay, seat, &outcome);
}

void replay_take_up(struct replay *replay, struct seat *seat)
{
    const struct client *owner = owner_of(replay, seat);
    seat->again = false;
    seat->step = owner->set_up == SET_UP_NOT ? 1 : 0;
    seat->times = owner->times;
    if (owner->set_up == SET_UP_FAILED) {
        skip_request(replay, seat, SKIP_UNCORRELATED);
        return;
    }
    replay_send_part(replay, seat);
}

/* The connection goes on with the next part, if it can. */
static void send_next(struct replay *replay, struct seat *seat)
{
    if (!seat->connection.reusable || replay->options.reuse == REUSE_NEVER)
        connection_close(&seat->connection);
    seat->sent_ns = seat->tried_ns = clock_now_ns();
    if (seat->due.offset_ns == DUE_AT_ONCE) /* in a closed loop due is when it is sent */
        seat->due_ns = seat->sent_ns;
    seat->times = owner_of(replay, seat)->times;
    replay_send_part(replay, seat);
}

static void note_failure(struct replay *replay, const struct seat *seat, const struct outcome *outcome)
{
    const char *name = service_endpoint(replay->options.service, seat->endpoint)->name;
    char *why = replay->whys[seat->endpoint];
    if (why != NULL && strncmp(why, name, strlen(name)) == 0)
        return;        /* said of an earlier session */
    if (why != NULL) { /* {{name}}, or an expectation */
        replay->whys[seat->endpoint] = NULL;
        replay_note_why(replay, seat->endpoint, "%s: %s", name, why);
        free(why);
    } else if (outcome->result == OUTCOME_DONE) {
        replay_note_why(replay, seat->endpoint, "%s answered %d", name, outcome->status);
    } else {
        const char *lost = replay->lost[seat->endpoint];
        replay_note_why(replay, seat->endpoint, "%s got no answer%s%s", name, lost != NULL ? ": " : "",
                        lost != NULL ? lost : "");
    }
}

void replay_setup_ended(struct replay *replay, struct seat *seat, struct outcome *outcome)
{
    struct client *owner = owner_of(replay, seat);
    struct due due = {.endpoint = seat->endpoint, .counted = false};
    bool over = seat->step == replay->options.service->setup_count;
    if (outcome->landed && over) {
        owner->set_up = SET_UP_DONE;
        owner->failures = 0;
        owner->times++;
    } else if (!outcome->landed && !replay->stopping) {
        owner->set_up = ++owner->failures < CLIENT_FAILURES_MOST ? SET_UP_NOT : SET_UP_FAILED;
        note_failure(replay, seat, outcome);
    }
    ledger_end(&replay->ledger, &due, outcome);
    if (outcome->landed && !replay->stopping && !(over && seat == replay->preparer)) {
        seat->step = over ? 0 : seat->step + 1;
        send_next(replay, seat);
    } else if (seat == replay->preparer) {
        replay->preparer = NULL;
        seats_give_back(&replay->seats, seat);
        loop_stop(replay->loop);
    } else {
        skip_request(replay, seat, replay->stopping ? SKIP_ENDED : SKIP_UNCORRELATED);
    }
}

bool replay_sets_up_again(struct replay *replay, struct seat *seat, const struct outcome *outcome)
{
    struct client *owner = owner_of(replay, seat);
    if (outcome->landed || seat->again || replay->stopping || replay->options.service->setup_count == 0 ||
        owner->set_up != SET_UP_DONE)
        return false;
    seat->again = true;
    seat->step = owner->times == seat->times ? 1 : 0; /* else another request has done it since */
    send_next(replay, seat);
    return true;
}

static bool is_shared(const struct service *service)
{
    bool shared = service->setup_per_run;
    for (size_t i = 0; i < service->endpoint_count && !shared; i++)
        shared = service->endpoints[i].tape != NULL && tape_has_strangers(service->endpoints[i].tape);
    return shared;
}

/* What all share is done before the clock of the schedule starts, so that no request is late for it. */
void replay_prepare(struct replay *replay)
{
    const struct service *service = replay->options.service;
    struct session *evicted;
    if (service->setup_count == 0 || replay->shared.set_up != SET_UP_NOT || !is_shared(service))
        return;
    struct seat *seat = replay->preparer = seats_take(&replay->seats, NULL, &evicted);
    seat->due = (struct due){.endpoint = service->endpoint_count};
    seat->due_ns = seat->sent_ns = seat->tried_ns = clock_now_ns();
    replay_take_up(replay, seat);
    while (replay->preparer != NULL && !replay->over)
        if (loop_run(replay->loop) != 0)
            replay_interrupt(replay);
}

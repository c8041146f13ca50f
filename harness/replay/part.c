/* What goes out on a seat now, a step of the setup or the request itself, and what came of it. */
#include <stdarg.h>
#include <string.h>

#include "base/clock.h"
#include "replay/replay_inside.h"

void replay_note_why(struct replay *replay, size_t endpoint, const char *format, ...)
{
    if (replay->whys[endpoint] != NULL)
        return;
    struct text why = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&why, format, arguments);
    va_end(arguments);
    replay->whys[endpoint] = text_take(&why);
}

static double chance(const struct replay *replay, const struct seat *seat)
{
    uint64_t place = schedule_hash(replay->options.seed, seat->endpoint, seat->due.pass);
    return (double)(schedule_hash(place, seat->due.request, 0) >> 11) * 0x1.0p-53;
}

/* Some leaks live only in clients that hang up. Decided by the request's place, so that no other's fate changes
 * its own. */
static bool is_abandoned(const struct replay *replay, const struct seat *seat)
{
    double share = seat->of->abandon;
    if ((seat->entry.flags & TAPE_ABORTED) != 0 || share >= 1)
        return true;
    return share > 0 && chance(replay, seat) < share;
}

static int compose_part(struct replay *replay, struct seat *seat, struct unfilled *unfilled)
{
    struct client *client = replay_client(replay, seat);
    bool per_run = replay->options.service->setup_per_run;
    struct outfit outfit = {.own = client,
                            .shared = per_run && client != &replay->shared ? &replay->shared : NULL,
                            .asking = &replay->asking,
                            .pass = seat->due.pass,
                            .seed = replay->options.seed};
    struct tape_request request;
    tape_read(seat->of->tape, seat->step == 0 ? seat->due.position : 0, &request);
    seat->entry = request.entry;
    if (compose(replay->composer, seat->endpoint, &request, &outfit, &seat->bytes, &seat->message,
                unfilled) != 0)
        return -1;
    struct reading_of of = {seat->of,
                            &client->jar,
                            &client->variables,
                            &replay->asking,
                            {seat->message.bytes + seat->message.target, seat->message.target_length}};
    seat->message.abandon = is_abandoned(replay, seat);
    seat->message.reader = reading_begin(&seat->reading, &replay->room, &of);
    seat->message.reader_owner = &seat->reading;
    seat->message.familiar = &replay->familiars[seat->endpoint];
    return 0;
}

static void cannot_send(struct replay *replay, struct seat *seat, const struct unfilled *unfilled)
{
    struct outcome outcome = {.result = OUTCOME_SKIPPED, .skip = SKIP_UNCORRELATED, .due_ns = seat->due_ns};
    replay_note_why(replay, seat->endpoint, "{{%s}} %s", unfilled->name, unfilled->why);
    replay_lose(replay, seat);
    if (seat->step > 0)
        replay_setup_ended(replay, seat, &outcome);
    else
        replay_end_seat(replay, seat, &outcome);
}

void replay_send_part(struct replay *replay, struct seat *seat)
{
    struct unfilled unfilled;
    seat->endpoint =
        seat->step > 0 ? replay->options.service->endpoint_count + seat->step - 1 : seat->due.endpoint;
    seat->of = service_endpoint(replay->options.service, seat->endpoint);
    if (compose_part(replay, seat, &unfilled) != 0)
        cannot_send(replay, seat, &unfilled);
    else
        replay_settle(replay, seat, connection_send(&seat->connection, &seat->message));
}

void replay_lose(struct replay *replay, struct seat *seat)
{
    const struct endpoint *endpoint = seat->of;
    if (endpoint->captures.count > 0)
        reading_lost(endpoint, &replay->options.service->variables, &replay_client(replay, seat)->variables);
}

/* An access log holds no bodies; what a server says to a form without its fields is no wonder then. */
static bool lacks_body(const struct seat *seat, int status)
{
    static const char *const methods[] = {"POST", "PUT", "PATCH"};
    bool carries = false;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        carries = carries || strcmp(seat->of->method, methods[i]) == 0;
    return carries && seat->step == 0 && seat->entry.body == 0 && seat->entry.status / 100 == 2 &&
           (status == 400 || status == 411 || status == 415 || status == 422 || status / 100 == 5);
}

static void take_answer(struct replay *replay, struct seat *seat, struct outcome *outcome)
{
    int status = seat->connection.response.status;
    outcome->result = OUTCOME_DONE;
    outcome->status = status;
    outcome->done_ns = replay->just_ns = clock_now_ns();
    outcome->landed = reading_end(&seat->reading, seat->entry.status, status);
    if (!outcome->landed && seat->reading.why[0] != '\0')
        replay_note_why(replay, seat->endpoint, "%s", seat->reading.why);
    else if (!outcome->landed && lacks_body(seat, status))
        replay_note_why(replay, seat->endpoint,
                        "answered %d where %d was recorded: it was recorded without its body, as access logs "
                        "are (a HAR or a JSON recording holds bodies)",
                        status, (int)seat->entry.status);
}

struct outcome replay_outcome(struct replay *replay, struct seat *seat, enum progress progress)
{
    const struct expectation *expect = &seat->of->expect;
    struct outcome outcome = {.result = OUTCOME_FAILED,
                              .due_ns = seat->step > 0 ? seat->sent_ns : seat->due_ns,
                              .sent_ns = seat->sent_ns,
                              .expected_status = expect->status != 0 ? expect->status : seat->entry.status,
                              .received_bytes = seat->connection.received};
    if (progress == PROGRESS_ANSWERED) {
        take_answer(replay, seat, &outcome);
        return outcome;
    }
    replay_lose(replay, seat);
    if ((progress == PROGRESS_BROKEN || progress == PROGRESS_REFUSED) && replay->lost[seat->endpoint] == NULL)
        replay->lost[seat->endpoint] = seat->connection.why;
    if (progress == PROGRESS_ABANDONED) {
        outcome.result = OUTCOME_DONE;
        outcome.abandoned = outcome.landed = true;
        outcome.done_ns = clock_now_ns();
    } else if (progress == PROGRESS_FORBIDDEN) {
        outcome.result = OUTCOME_SKIPPED;
    }
    if (progress == PROGRESS_FORBIDDEN || progress == PROGRESS_REFUSED)
        outcome.sent_ns = 0;
    return outcome;
}

/* The client's half of a relay: requests in, passed on. */
#include <string.h>

#include "base/clock.h"
#include "net/relay_inside.h"

static void keep_body(void *owner, const char *bytes, size_t length)
{
    struct pair *pair = owner;
    const struct relay_observer *observer = &pair->relay->setting.observer;
    if (pair->kept != NULL)
        observer->body(observer->owner, pair->kept, bytes, length);
}

static void begin_exchange(struct pair *pair, const struct request_head *request)
{
    const struct relay_observer *observer = &pair->relay->setting.observer;
    pair_enter(pair, STAGE_EXCHANGE);
    request_body_init(&pair->body, request);
    response_init(&pair->response, request->is_head);
    pair->response.familiar = &pair->relay->familiar;
    pair->response.sink = NULL;
    pair->last = request->asked_close || (request->http10 && !request->asked_keep_alive);
    pair->upgrades = request->upgrades;
    pair->request_whole = pair->answer_begun = pair->answer_headed = pair->answer_whole = false;
    pair->event_stream = false;
    pair->status = 0;
    pair->kept =
        observer->begin(observer->owner, request, &(struct relay_client){pair->address, pair->number});
}

/* As much of the body as came. Returns the bytes taken, and refuses what is malformed. */
static size_t take_body(struct pair *pair, const char *bytes, size_t length, bool *bad)
{
    size_t taken = 0;
    enum request_body_state state = request_body_feed(&pair->body, bytes, length, &taken, keep_body, pair);
    pair->request_whole = state == REQUEST_BODY_DONE;
    *bad = state == REQUEST_BODY_BAD;
    return taken;
}

/* Once a part of the request went on, nothing can be said any more. */
static size_t take_more_body(struct pair *pair, const char *bytes, size_t length)
{
    bool bad;
    size_t taken = take_body(pair, bytes, length, &bad);
    if (bad) {
        pair->relay->counts.refused[RELAY_MALFORMED]++;
        pair_end(pair, RELAY_LEFT);
        pair->over = true;
        return length;
    }
    origin_send(pair, bytes, taken);
    if (pair->request_whole && pair->answer_whole)
        exchange_done(pair, true);
    return taken;
}

/* Header and what came of the body go on together. */
static size_t pass_request(struct pair *pair, const char *bytes, size_t head, size_t length)
{
    struct relay *relay = pair->relay;
    const struct request_head *request = &relay->request;
    bool bad;
    begin_exchange(pair, request);
    size_t body = take_body(pair, bytes + head, length - head, &bad);
    if (bad) {
        pair_end(pair, RELAY_LEFT);
        pair_refuse(pair, 400, "malformed chunks");
        return length;
    }
    if (!request_head_differs(request, relay->setting.host)) {
        origin_send(pair, bytes, head + body);
        return head + body;
    }
    text_clear(&relay->edited);
    request_head_write(request, relay->setting.host, &relay->edited);
    text_add(&relay->edited, bytes + head, body);
    origin_send(pair, relay->edited.bytes, relay->edited.length);
    return head + body;
}

/* RFC 9112, 2.2: an empty line before a request is no part of it. */
static size_t empty_lines(const char *bytes, size_t length)
{
    size_t at = 0;
    while (at + 1 < length && bytes[at] == '\r' && bytes[at + 1] == '\n')
        at += 2;
    return at;
}

/* 0: the header is not whole. */
static size_t take_request(struct pair *pair, const char *bytes, size_t length)
{
    size_t empty = empty_lines(bytes, length);
    const char *why;
    if (empty > 0)
        return empty;
    size_t head = head_find_end(bytes, length, pair->in_seen);
    pair->in_seen = head > 0 ? 0 : length;
    if (head > HEAD_BYTES_MOST || (head == 0 && length > HEAD_BYTES_MOST)) {
        pair_refuse(pair, 431, "the header is larger than 64 KiB");
        return length;
    }
    if (head == 0)
        return 0;
    int status = request_head_read(&pair->relay->request, bytes, head, &why);
    if (status == 0)
        return pass_request(pair, bytes, head, length);
    pair_refuse(pair, status, why);
    return length;
}

/* Takes what may be taken now; the rest waits. Returns the bytes taken. */
static size_t take(struct pair *pair, const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && !pair->over) {
        size_t taken = 0;
        if (pair->stage == STAGE_CLOSING)
            return length;
        if (pair->stage == STAGE_TUNNEL) {
            origin_send(pair, bytes + at, length - at);
            return length;
        }
        if (pair->stage == STAGE_IDLE)
            taken = take_request(pair, bytes + at, length - at);
        else if (!pair->request_whole)
            taken = take_more_body(pair, bytes + at, length - at);
        if (taken == 0)
            break;
        at += taken;
    }
    return at;
}

void client_resume(struct pair *pair)
{
    if (pair->in.length == 0)
        return;
    struct text waiting = pair->in; /* taken out: what is called may close the pair */
    pair->in = TEXT_EMPTY;
    size_t taken = take(pair, waiting.bytes, waiting.length);
    if (taken < waiting.length && pair->stage != STAGE_CLOSING)
        text_add(&pair->in, waiting.bytes + taken, waiting.length - taken);
    text_release(&waiting);
}

static void take_received(struct pair *pair, const char *bytes, size_t length)
{
    if (pair->in.length > 0) {
        text_add(&pair->in, bytes, length);
        client_resume(pair);
        return;
    }
    size_t taken = take(pair, bytes, length);
    if (taken == length || pair->stage == STAGE_CLOSING)
        return;
    text_add(&pair->in, bytes + taken, length - taken);
    if (pair->stage == STAGE_IDLE)
        pair->stage_ns = pair->client_ns; /* a header begins; empty lines are none */
}

/* The end of what the client sends is not the end of what it wants. It is passed on as it came (pair_settle()),
 * and the service makes of it what it did before. */
static void client_ended(struct pair *pair, bool failed)
{
    pair->client.ended = true;
    link_read(&pair->client, false);
    bool waits = pair->stage == STAGE_TUNNEL || (pair->stage == STAGE_EXCHANGE && pair->request_whole);
    if (!failed && waits)
        return;
    if (pair->stage == STAGE_EXCHANGE)
        pair_end(pair, RELAY_LEFT);
    pair->over = true;
}

void client_readable(struct pair *pair)
{
    struct relay *relay = pair->relay;
    do {
        ssize_t length =
            pair->client.stream.kind->receive(&pair->client.stream, relay->scratch, sizeof relay->scratch);
        if (length == STREAM_AGAIN)
            return;
        pair->client_ns = clock_now_ns();
        if (length > 0)
            take_received(pair, relay->scratch, (size_t)length);
        else
            client_ended(pair, length < 0);
    } while (!pair->over && !pair->client.ended && pair->in.length == 0 && !link_is_full(&pair->origin) &&
             pair->client.stream.kind->holds(&pair->client.stream));
}

/* The origin's half of a relay: what is sent to it, and its answers. */
#include <stddef.h>
#include <string.h>

#include "base/clock.h"
#include "net/relay_inside.h"

void origin_unreached(struct pair *pair)
{
    pair_end(pair, RELAY_UNREACHED);
    pair_refuse(pair, 502, pair->relay->setting.unreachable);
}

/* Whatever it said before it closed may still be there to be read. */
void origin_failed(struct pair *pair)
{
    if (pair->origin.stream.refused || !pair->origin.open) {
        origin_unreached(pair);
        return;
    }
    pair->deaf = true;
    text_clear(&pair->origin.out);
    pair->origin.out_at = 0;
    link_flush(&pair->origin);
}

static void on_readable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    origin_readable(owner);
    pair_settle(owner);
}

static void on_writable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct pair *pair = owner;
    if (link_flush(&pair->origin) != 0)
        origin_failed(pair);
    if (!link_is_full(&pair->origin))
        pair->client_ns = clock_now_ns(); /* it was not its turn before */
    pair_settle(pair);
}

static void watch(struct pair *pair)
{
    pair->opening = false;
    link_open(&pair->origin, pair->relay->setting.server.base, on_readable, on_writable, pair);
}

void origin_opened(struct stream *stream, enum stream_opening opening)
{
    struct pair *pair = (struct pair *)(void *)((char *)stream - offsetof(struct pair, origin.stream));
    pair->opening = false;
    if (opening == STREAM_OPEN) {
        watch(pair);
        if (link_flush(&pair->origin) != 0)
            origin_failed(pair);
    } else {
        origin_unreached(pair);
    }
    pair_settle(pair);
}

static void open_origin(struct pair *pair)
{
    stream_init(&pair->origin.stream, &pair->relay->streams);
    pair->reused = pair->deaf = pair->half = false;
    enum stream_opening opening = stream_open(&pair->origin.stream);
    pair->opening = opening == STREAM_LATER;
    if (opening == STREAM_OPEN)
        watch(pair);
    else if (!pair->opening)
        origin_unreached(pair);
}

void origin_send(struct pair *pair, const char *bytes, size_t length)
{
    if (!pair->origin.open && !pair->opening)
        open_origin(pair);
    if (pair->deaf || pair->over || pair->stage == STAGE_CLOSING)
        return;
    if (link_send(&pair->origin, bytes, length) != 0)
        origin_failed(pair);
}

static void send_client(struct pair *pair, const char *bytes, size_t length)
{
    if (length == 0 || pair->over)
        return;
    bool waited = link_is_full(&pair->client);
    pair->answer_begun = true;
    if (pair->client.open && link_send(&pair->client, bytes, length) != 0) {
        pair_end(pair, RELAY_LEFT);
        pair->over = true;
    } else if (!waited && link_is_full(&pair->client)) {
        pair->client_ns = clock_now_ns(); /* from here on it keeps us waiting */
    }
}

/* What cannot be read must not be passed on as if it were whole. */
static void bad_answer(struct pair *pair)
{
    if (!pair->answer_begun) {
        origin_unreached(pair);
        return;
    }
    pair_end(pair, RELAY_CUT);
    pair->over = true;
}

void exchange_done(struct pair *pair, bool keep)
{
    pair_end(pair, RELAY_ANSWERED);
    if (!keep || pair->last || pair->client.ended || pair->relay->stopping) {
        pair_close(pair, !pair->request_whole || pair->in.length > 0);
        return;
    }
    pair->reused = true;
    pair_enter(pair, STAGE_IDLE);
    client_resume(pair);
}

static void answer_done(struct pair *pair, bool keep)
{
    pair->answer_whole = true;
    if (pair->request_whole || !keep)
        exchange_done(pair, keep);
}

static void begin_tunnel(struct pair *pair, const char *rest, size_t length)
{
    if (!pair->upgrades) {
        bad_answer(pair);
        return;
    }
    pair_end(pair, RELAY_UPGRADED);
    pair_enter(pair, STAGE_TUNNEL);
    send_client(pair, rest, length);
    client_resume(pair);
}

/* `length` bytes of which the parser took `taken`. */
static void answer_fed(struct pair *pair, enum response_state state, const char *rest, size_t length)
{
    if (pair->over)
        return;
    if (state == RESPONSE_BAD)
        bad_answer(pair);
    else if (state == RESPONSE_DONE && pair->status == 101)
        begin_tunnel(pair, rest, length);
    else if (state == RESPONSE_DONE)
        answer_done(pair, pair->response.keep_alive && length == 0);
}

static void take_answer_body(struct pair *pair, const char *bytes, size_t length)
{
    size_t taken = 0;
    enum response_state state = response_feed(&pair->response, bytes, length, &taken);
    send_client(pair, bytes, taken);
    answer_fed(pair, state, bytes + taken, length - taken);
}

/* Without fields of the origin's connection; close and keep-alive are mirrored. */
static void write_head(const struct head *head, struct text *out)
{
    bool closes = false, keeps = false;
    text_clear(out);
    text_add(out, head->first.bytes, head->first.length);
    text_add(out, "\r\n", 2);
    for (size_t i = 0; i < head->count; i++) {
        const struct head_field *field = &head->fields[i];
        bool connection = span_is(field->name, "Connection");
        closes = closes || (connection && span_lists(field->value, "close"));
        keeps = keeps || (connection && span_lists(field->value, "keep-alive"));
        if (!connection && !head_is_hop(head, field))
            text_add(out, field->line.bytes, field->line.length);
    }
    text_add_string(out, closes ? "Connection: close\r\n" : keeps ? "Connection: keep-alive\r\n" : "");
    text_add(out, "\r\n", 2);
}

static bool is_event_stream(const struct head *head)
{
    static const char type[] = "text/event-stream";
    const struct head_field *field = head_find(head, "Content-Type");
    if (field == NULL || field->value.length < sizeof type - 1)
        return false;
    return span_is((struct span){field->value.bytes, sizeof type - 1}, type);
}

static int status_of(struct span first)
{
    const char *text = first.bytes;
    if (first.length < 12 || memcmp(text, "HTTP/1.", 7) != 0)
        return 0;
    for (size_t i = 9; i < 12; i++)
        if (text[i] < '0' || text[i] > '9')
            return 0;
    return (text[9] - '0') * 100 + (text[10] - '0') * 10 + text[11] - '0';
}

static void see_field(void *owner, const char *name, size_t name_length, const char *value,
                      size_t value_length)
{
    (void)owner, (void)name, (void)name_length, (void)value, (void)value_length; /* they were shown */
}

static void see_body(void *owner, const char *bytes, size_t length)
{
    const struct pair *pair = owner;
    const struct relay_observer *observer = &pair->relay->setting.observer;
    if (pair->kept != NULL)
        observer->answer_body(observer->owner, pair->kept, bytes, length);
}

static void show_answer(struct pair *pair, const struct head *head)
{
    static const struct response_sink body_only = {true, see_field, see_body};
    const struct relay_observer *observer = &pair->relay->setting.observer;
    if (pair->kept == NULL || pair->status == 101 || !observer->answer(observer->owner, pair->kept, head))
        return;
    pair->response.sink = &body_only;
    pair->response.sink_owner = pair;
}

/* A whole header, interim or final, of `size` bytes; `length` with what came behind it. Returns the bytes taken, all
 * of them once the final one is there. */
static size_t take_answer_head(struct pair *pair, const char *bytes, size_t size, size_t length)
{
    struct head *head = &pair->relay->head;
    struct text *edited = &pair->relay->edited;
    size_t taken = 0;
    const char *wrong = head_read(head, bytes, size, false);
    int status = status_of(head->first);
    bool interim = status >= 100 && status < 200 && status != 101;
    bool differs = wrong == NULL && status != 101 && head_has_hops(head);
    pair->answer_headed = !interim;
    pair->status = interim ? 0 : status;
    pair->event_stream = !interim && is_event_stream(head);
    if (wrong == NULL && !interim)
        show_answer(pair, head);
    enum response_state state =
        wrong != NULL ? RESPONSE_BAD : response_feed(&pair->response, bytes, interim ? size : length, &taken);
    if (state != RESPONSE_BAD && differs) {
        write_head(head, edited);
        text_add(edited, bytes + size, taken - size);
        send_client(pair, edited->bytes, edited->length);
    } else if (state != RESPONSE_BAD) {
        send_client(pair, bytes, taken);
    }
    answer_fed(pair, state, bytes + taken, length - taken);
    return interim && state != RESPONSE_BAD ? size : length;
}

/* Garbage need not end its line before it is called so. */
static bool cannot_be_http(const char *bytes, size_t length)
{
    return memcmp(bytes, "HTTP/1.", length < 7 ? length : 7) != 0;
}

static void take_answer(struct pair *pair, const char *bytes, size_t length)
{
    struct text before = pair->answer;
    size_t at = 0, size;
    pair->answer = TEXT_EMPTY;
    if (before.length > 0) {
        text_add(&before, bytes, length);
        bytes = before.bytes;
        length = before.length;
    }
    while (at < length && !pair->over && !pair->answer_headed && pair->stage == STAGE_EXCHANGE &&
           (size = head_find_end(bytes + at, length - at, 0)) > 0)
        at += take_answer_head(pair, bytes + at, size, length - at);
    if (pair->stage == STAGE_EXCHANGE && !pair->answer_headed && at < length && !pair->over) {
        text_add(&pair->answer, bytes + at, length - at);
        if (length - at > HEAD_BYTES_MOST || cannot_be_http(bytes + at, length - at))
            bad_answer(pair);
    }
    text_release(&before);
}

static void take_received(struct pair *pair, const char *bytes, size_t length)
{
    if (pair->stage == STAGE_TUNNEL)
        send_client(pair, bytes, length);
    else if (pair->stage == STAGE_EXCHANGE && pair->answer_headed && !pair->answer_whole)
        take_answer_body(pair, bytes, length);
    else if (pair->stage == STAGE_EXCHANGE && !pair->answer_whole)
        take_answer(pair, bytes, length);
    else if (pair->stage != STAGE_CLOSING)
        pair->over = true; /* nobody asked for it */
}

static void exchange_ended(struct pair *pair, bool failed)
{
    if (pair->answer_whole) { /* and the request is not */
        exchange_done(pair, false);
    } else if (pair->answer_headed && !failed && response_end(&pair->response) == RESPONSE_DONE) {
        answer_done(pair, false);
    } else if (pair->answer_begun || pair->reused) {
        /* A connection that was kept open may end as a request comes: clients know that, and ask again. */
        pair_end(pair, RELAY_CUT);
        pair_close(pair, false);
    } else {
        origin_unreached(pair);
    }
}

static void origin_ended(struct pair *pair, bool failed)
{
    pair->origin.ended = true;
    link_read(&pair->origin, false);
    if (pair->stage == STAGE_EXCHANGE)
        exchange_ended(pair, failed);
    else if (pair->stage == STAGE_TUNNEL)
        pair_close(pair, false);
    else if (pair->stage == STAGE_IDLE)
        pair->over = true; /* as the client would have seen it */
}

void origin_readable(struct pair *pair)
{
    struct relay *relay = pair->relay;
    do {
        ssize_t length =
            pair->origin.stream.kind->receive(&pair->origin.stream, relay->scratch, sizeof relay->scratch);
        if (length == STREAM_AGAIN)
            return;
        if (length > 0)
            take_received(pair, relay->scratch, (size_t)length);
        else
            origin_ended(pair, length < 0);
    } while (!pair->over && pair->origin.open && !pair->origin.ended && !link_is_full(&pair->client) &&
             pair->origin.stream.kind->holds(&pair->origin.stream));
}

#include <event2/event.h>

#include "replay/connection.h"

static void close_http1(struct connection *connection)
{
    if (connection->stream.descriptor >= 0) {
        event_del(&connection->readable);
        event_del(&connection->writable);
    }
    if (connection->ends)
        stream_leave(&connection->stream);
    else if (connection->wire->hangs_up)
        stream_hang_up(&connection->stream);
    else
        stream_close(&connection->stream);
}

static enum progress lost(struct connection *connection, const char *why)
{
    connection->why = why;
    return connection->used && connection->received == 0 ? PROGRESS_STALE : PROGRESS_BROKEN;
}

static enum progress failed(struct connection *connection)
{
    if (connection->connected || !connection->stream.refused)
        return lost(connection, "the connection broke");
    connection->why = "nobody accepts connections";
    return PROGRESS_REFUSED;
}

static enum progress transmit(struct connection *connection);

/* A server that said Continue is waiting for the body. */
static enum progress go_on(struct connection *connection)
{
    if (!connection->response.continued || connection->until == connection->message->length)
        return PROGRESS_UNDER_WAY;
    connection->until = connection->message->length;
    return transmit(connection);
}

static enum progress feed(struct connection *connection, size_t length)
{
    size_t taken;
    bool whole;
    connection->received += length;
    if (connection->message->abandon)
        return PROGRESS_ABANDONED;
    switch (response_feed(&connection->response, connection->wire->buffer, length, &taken)) {
    case RESPONSE_MORE:
        return go_on(connection);
    case RESPONSE_DONE:
        connection->used = true;
        whole = taken == length && connection->sent == connection->message->length;
        connection->ends = whole && !connection->response.keep_alive;
        connection->reusable =
            whole && connection->response.keep_alive && !connection->stream.kind->holds(&connection->stream);
        return PROGRESS_ANSWERED;
    case RESPONSE_BAD:
        break;
    }
    connection->why = connection->response.why;
    return PROGRESS_BROKEN;
}

static enum progress receive_once(struct connection *connection, bool *more)
{
    struct stream *stream = &connection->stream;
    ssize_t length = stream->kind->receive(stream, connection->wire->buffer, connection->wire->buffer_size);
    *more = false;
    if (length > 0) {
        enum progress progress = feed(connection, (size_t)length);
        *more = progress == PROGRESS_UNDER_WAY && stream->kind->holds(stream);
        return progress;
    }
    if (length == 0)
        return response_end(&connection->response) == RESPONSE_DONE
                   ? PROGRESS_ANSWERED
                   : lost(connection, connection->response.why);
    return length == STREAM_AGAIN ? PROGRESS_UNDER_WAY : failed(connection);
}

/* What TLS holds the descriptor does not show. */
static enum progress receive(struct connection *connection)
{
    enum progress progress;
    bool more;
    do
        progress = receive_once(connection, &more);
    while (more);
    return progress;
}

/* A server may answer and close before it has read a long body: what it said counts, if it is there. */
static enum progress cannot_write(struct connection *connection)
{
    if (!connection->connected)
        return failed(connection);
    enum progress progress;
    size_t before;
    connection->until = connection->sent; /* whatever it says: nothing more goes out */
    do {
        before = connection->received;
        progress = receive(connection);
    } while (progress == PROGRESS_UNDER_WAY && connection->received > before);
    return progress == PROGRESS_UNDER_WAY ? lost(connection, "closed while the request was sent") : progress;
}

static enum progress transmit(struct connection *connection)
{
    struct stream *stream = &connection->stream;
    if (connection->sent == connection->until)
        return PROGRESS_UNDER_WAY;
    ssize_t length = stream->kind->send(stream, connection->message->bytes + connection->sent,
                                        connection->until - connection->sent);
    if (length == STREAM_FAILED)
        return cannot_write(connection);
    if (length >= 0) {
        connection->connected = true;
        connection->sent += (size_t)length;
    }
    if (connection->sent < connection->until)
        event_add(&connection->writable, NULL);
    return PROGRESS_UNDER_WAY;
}

static void report(struct connection *connection, enum progress progress)
{
    if (progress != PROGRESS_UNDER_WAY)
        connection->wire->progressed(connection->wire->owner, connection, progress);
}

/* TLS has messages of its own, which are no words of the peer. */
static enum progress hear_idle(struct connection *connection)
{
    struct stream *stream = &connection->stream;
    ssize_t length = stream->kind->receive(stream, connection->wire->buffer, connection->wire->buffer_size);
    return length == STREAM_AGAIN ? PROGRESS_UNDER_WAY : PROGRESS_HUNG_UP;
}

static void on_readable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct connection *connection = owner;
    report(connection, connection->busy ? receive(connection) : hear_idle(connection));
}

static void on_writable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct connection *connection = owner;
    if (connection->busy)
        report(connection, transmit(connection));
}

static void watch(struct connection *connection)
{
    struct event_base *base = connection->wire->setting.base;
    int descriptor = connection->stream.descriptor;
    event_assign(&connection->readable, base, descriptor, EV_READ | EV_PERSIST, on_readable, connection);
    event_assign(&connection->writable, base, descriptor, EV_WRITE, on_writable, connection);
    event_add(&connection->readable, NULL);
}

/* Over loopback the connection stands when connect() comes back with EINPROGRESS: so the request is sent at
 * once, and only where that does not work is the socket waited for. */
static enum progress begin(struct connection *connection, enum stream_opening opening)
{
    switch (opening) {
    case STREAM_OPEN:
        watch(connection);
        return transmit(connection);
    case STREAM_LATER:
        return PROGRESS_UNDER_WAY;
    case STREAM_REFUSED:
        connection->why = "nobody accepts connections";
        return PROGRESS_REFUSED;
    case STREAM_FORBIDDEN:
        return PROGRESS_FORBIDDEN;
    case STREAM_BROKEN:
        break;
    }
    connection->why = "no connection";
    return PROGRESS_BROKEN;
}

static void on_opened(struct stream *stream, enum stream_opening opening)
{
    struct connection *connection = (struct connection *)stream;
    report(connection, begin(connection, opening));
}

static enum progress send_http1(struct connection *connection, const struct message *message)
{
    (void)message;
    if (connection->open)
        return transmit(connection);
    connection->open = true;
    connection->connected = connection->used = false;
    return begin(connection, stream_open(&connection->stream));
}

/* From the loop, so that nobody is called back in the middle of something. */
static void go_on_http1(struct connection *connection)
{
    if (connection->stream.descriptor >= 0)
        event_add(&connection->writable, NULL);
}

const struct connection_kind connection_http1 = {
    .send = send_http1, .go_on = go_on_http1, .close = close_http1, .opened = on_opened};

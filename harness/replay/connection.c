#include "replay/connection.h"

#include <errno.h>
#include <event2/event.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

void connection_init(struct connection *connection, struct wire *wire)
{
    *connection = (struct connection){.wire = wire, .descriptor = -1};
}

void connection_close(struct connection *connection)
{
    connection->busy = connection->reusable = false;
    if (connection->descriptor < 0)
        return;
    event_del(&connection->readable);
    event_del(&connection->writable);
    close(connection->descriptor);
    connection->descriptor = -1;
}

static bool is_refusal(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == ETIMEDOUT;
}

static enum progress lost(const struct connection *connection)
{
    return connection->used && connection->received == 0 ? PROGRESS_STALE : PROGRESS_BROKEN;
}

static enum progress failed(const struct connection *connection, int error)
{
    return !connection->connected && is_refusal(error) ? PROGRESS_REFUSED : lost(connection);
}

static enum progress feed(struct connection *connection, size_t length)
{
    size_t taken;
    connection->received += length;
    if (connection->message->abandon)
        return PROGRESS_ABANDONED;
    switch (response_feed(&connection->response, connection->wire->buffer, length, &taken)) {
    case RESPONSE_MORE:
        return PROGRESS_UNDER_WAY;
    case RESPONSE_DONE:
        connection->used = true;
        connection->reusable = connection->response.keep_alive && taken == length &&
                               connection->sent == connection->message->length;
        return PROGRESS_ANSWERED;
    case RESPONSE_BAD:
        break;
    }
    return PROGRESS_BROKEN;
}

static enum progress receive(struct connection *connection)
{
    ssize_t length = recv(connection->descriptor, connection->wire->buffer, connection->wire->buffer_size, 0);
    if (length > 0)
        return feed(connection, (size_t)length);
    if (length == 0)
        return response_end(&connection->response) == RESPONSE_DONE ? PROGRESS_ANSWERED : lost(connection);
    return errno == EAGAIN || errno == EINTR ? PROGRESS_UNDER_WAY : failed(connection, errno);
}

/* A server may answer and close before it has read a long body: what it said counts, if it is there. */
static enum progress cannot_write(struct connection *connection, int error)
{
    if (!connection->connected)
        return failed(connection, error);
    enum progress progress;
    size_t before;
    do {
        before = connection->received;
        progress = receive(connection);
    } while (progress == PROGRESS_UNDER_WAY && connection->received > before);
    return progress == PROGRESS_UNDER_WAY ? lost(connection) : progress;
}

static enum progress transmit(struct connection *connection)
{
    ssize_t length = send(connection->descriptor, connection->message->bytes + connection->sent,
                          connection->message->length - connection->sent, MSG_NOSIGNAL);
    if (length < 0 && errno != EAGAIN && errno != EINTR)
        return cannot_write(connection, errno);
    if (length >= 0) {
        connection->connected = true;
        connection->sent += (size_t)length;
    }
    if (connection->sent < connection->message->length)
        event_add(&connection->writable, NULL);
    return PROGRESS_UNDER_WAY;
}

static void report(struct connection *connection, enum progress progress)
{
    if (progress != PROGRESS_UNDER_WAY)
        connection->wire->progressed(connection->wire->owner, connection, progress);
}

static void on_readable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct connection *connection = owner;
    report(connection, connection->busy ? receive(connection) : PROGRESS_HUNG_UP);
}

static void on_writable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct connection *connection = owner;
    report(connection, transmit(connection));
}

static void watch(struct connection *connection)
{
    struct event_base *base = connection->wire->base;
    event_assign(&connection->readable, base, connection->descriptor, EV_READ | EV_PERSIST, on_readable,
                 connection);
    event_assign(&connection->writable, base, connection->descriptor, EV_WRITE, on_writable, connection);
    event_add(&connection->readable, NULL);
}

/* Over loopback the connection stands when connect() comes back with EINPROGRESS: so the request is sent at
 * once, and only where that does not work is the socket waited for. */
static enum progress open_connection(struct connection *connection)
{
    const struct origin *origin = connection->wire->origin;
    const struct sockaddr *address = (const struct sockaddr *)&origin->address;
    if (!allow_permits(connection->wire->allow, address))
        return PROGRESS_FORBIDDEN;
    connection->descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->descriptor < 0)
        return PROGRESS_BROKEN;
    connection->connected = connection->used = false;
    setsockopt(connection->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    watch(connection);
    if (connect(connection->descriptor, address, origin->address_length) == 0 || errno == EINPROGRESS)
        return PROGRESS_UNDER_WAY;
    return is_refusal(errno) ? PROGRESS_REFUSED : PROGRESS_BROKEN;
}

enum progress connection_send(struct connection *connection, const struct message *message)
{
    connection->message = message;
    connection->sent = connection->received = 0;
    connection->busy = true;
    connection->reusable = false;
    response_init(&connection->response, message->head);
    connection->response.sink = message->reader;
    connection->response.sink_owner = message->reader_owner;
    enum progress progress = connection->descriptor < 0 ? open_connection(connection) : PROGRESS_UNDER_WAY;
    return progress == PROGRESS_UNDER_WAY ? transmit(connection) : progress;
}

void connection_go_on(struct connection *connection)
{
    (void)connection;
}

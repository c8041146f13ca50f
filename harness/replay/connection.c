#include "replay/connection.h"

void wire_init(struct wire *wire, struct event_base *base, const struct origin *origin,
               const struct allow *allow)
{
    wire->kind = origin->http == HTTP_2 ? &connection_http2 : &connection_http1;
    stream_setting_init(&wire->setting, base, origin, allow, wire->kind->opened);
}

void wire_release(struct wire *wire)
{
    stream_setting_release(&wire->setting);
}

unsigned wire_descriptors(const struct origin *origin)
{
    return origin->http == HTTP_2 ? stream_curl.descriptors : stream_kind_of(origin)->descriptors;
}

void connection_init(struct connection *connection, struct wire *wire)
{
    *connection = (struct connection){.wire = wire};
    stream_init(&connection->stream, &wire->setting);
}

void connection_close(struct connection *connection)
{
    connection->busy = connection->reusable = false;
    if (connection->open)
        connection->wire->kind->close(connection);
    connection->open = connection->ends = false;
}

void connection_release(struct connection *connection)
{
    connection_close(connection);
    response_release(&connection->response);
}

enum progress connection_send(struct connection *connection, const struct message *message)
{
    connection->message = message;
    connection->sent = connection->received = 0;
    connection->until = message->pause ? message->body : message->length;
    connection->busy = true;
    connection->reusable = connection->ends = false;
    connection->why = NULL;
    response_init(&connection->response, message->head);
    connection->response.sink = message->reader;
    connection->response.sink_owner = message->reader_owner;
    connection->response.familiar = message->familiar;
    return connection->wire->kind->send(connection, message);
}

void connection_go_on(struct connection *connection)
{
    if (!connection->busy || connection->until == connection->message->length)
        return;
    connection->until = connection->message->length;
    connection->wire->kind->go_on(connection);
}

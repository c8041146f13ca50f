#include "net/link.h"

void link_open(struct link *link, struct event_base *base, event_callback_fn on_readable,
               event_callback_fn on_writable, void *owner)
{
    event_assign(&link->readable, base, link->stream.descriptor, EV_READ | EV_PERSIST, on_readable, owner);
    event_assign(&link->writable, base, link->stream.descriptor, EV_WRITE | EV_PERSIST, on_writable, owner);
    link->open = true;
    link_read(link, true);
}

void link_close(struct link *link)
{
    if (link->open) {
        event_del(&link->readable);
        event_del(&link->writable);
    }
    stream_close(&link->stream);
    text_release(&link->out);
    link->open = link->reading = link->writing = link->ended = link->sent = false;
    link->out_at = 0;
}

void link_read(struct link *link, bool wanted)
{
    if (!link->open || link->reading == wanted || (wanted && link->ended))
        return;
    link->reading = wanted;
    if (wanted)
        event_add(&link->readable, NULL);
    else
        event_del(&link->readable);
}

static void watch_writing(struct link *link, bool wanted)
{
    if (!link->open || link->writing == wanted)
        return;
    link->writing = wanted;
    if (wanted)
        event_add(&link->writable, NULL);
    else
        event_del(&link->writable);
}

/* How much went out; -1: failed. */
static ssize_t send_some(struct link *link, const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        ssize_t sent = link->stream.kind->send(&link->stream, bytes + at, length - at);
        if (sent == STREAM_AGAIN)
            break;
        if (sent <= 0)
            return -1;
        link->sent = true;
        at += (size_t)sent;
    }
    return (ssize_t)at;
}

int link_send(struct link *link, const char *bytes, size_t length)
{
    ssize_t sent = 0;
    if (link->open && link->out.length == 0)
        sent = send_some(link, bytes, length);
    if (sent < 0)
        return -1;
    if ((size_t)sent < length)
        text_add(&link->out, bytes + sent, length - (size_t)sent);
    watch_writing(link, link->out.length > 0);
    return 0;
}

int link_flush(struct link *link)
{
    if (link->out.length > 0) {
        ssize_t sent = send_some(link, link->out.bytes + link->out_at, link->out.length - link->out_at);
        if (sent < 0)
            return -1;
        link->out_at += (size_t)sent;
    }
    if (link->out_at == link->out.length) {
        link->out_at = 0;
        text_clear(&link->out);
        if (link->out.capacity > LINK_KEPT_BYTES)
            text_release(&link->out);
    }
    watch_writing(link, link->out.length > 0);
    return 0;
}

bool link_is_full(const struct link *link)
{
    return link->out.length > 0;
}

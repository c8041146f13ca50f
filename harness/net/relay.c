#include "net/relay_inside.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/clock.h"

#define US_PER_S 1000000

const struct relay_limits relay_limits_usual = {
    .header_ns = 30 * CLOCK_NS_PER_S,
    .stalled_ns = 60 * CLOCK_NS_PER_S,
    .first_ns = 60 * CLOCK_NS_PER_S,
    .idle_ns = 600 * CLOCK_NS_PER_S,
    .connect_ns = 10 * CLOCK_NS_PER_S,
    .linger_ns = 2 * CLOCK_NS_PER_S,
    .sweep_ns = CLOCK_NS_PER_S,
};

void pair_enter(struct pair *pair, enum stage stage)
{
    pair->stage = stage;
    pair->stage_ns = clock_now_ns();
}

void pair_end(struct pair *pair, enum relay_end how)
{
    const struct relay_observer *observer = &pair->relay->setting.observer;
    if (pair->event_stream)
        how = RELAY_EVENT_STREAM;
    else if (!pair->request_whole && how != RELAY_UNREACHED)
        how = RELAY_INCOMPLETE;
    if (pair->kept != NULL)
        observer->end(observer->owner, pair->kept, how, how != RELAY_UNREACHED ? pair->status : 0);
    pair->kept = NULL;
}

void pair_close(struct pair *pair, bool lingers)
{
    pair_enter(pair, STAGE_CLOSING);
    pair->lingering = lingers;
    pair->opening = false;
    link_close(&pair->origin);
    text_release(&pair->in);
}

static const struct {
    int status;
    const char *reason;
    enum relay_refusal refusal;
} refusals[] = {
    {400, "Bad Request", RELAY_MALFORMED},
    {405, "Method Not Allowed", RELAY_UNKNOWN},
    {408, "Request Timeout", RELAY_SLOW},
    {431, "Request Header Fields Too Large", RELAY_TOO_LARGE},
    {505, "HTTP Version Not Supported", RELAY_UNKNOWN},
    {502, "Bad Gateway", RELAY_REFUSALS}, /* which the observer counts */
};

void pair_refuse(struct pair *pair, int status, const char *why)
{
    struct text *out = &pair->relay->edited;
    size_t row = 0;
    while (refusals[row].status != status)
        row++;
    if (refusals[row].refusal != RELAY_REFUSALS)
        pair->relay->counts.refused[refusals[row].refusal]++;
    text_clear(out);
    text_addf(out,
              "HTTP/1.1 %d %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n"
              "seep record: %s\n",
              status, refusals[row].reason, strlen("seep record: \n") + strlen(why), why);
    if (link_send(&pair->client, out->bytes, out->length) != 0)
        pair->over = true;
    pair_close(pair, true);
}

static void pair_free(struct pair *pair)
{
    struct relay *relay = pair->relay;
    pair_end(pair, RELAY_LEFT);
    TAILQ_REMOVE(&relay->pairs, pair, link);
    link_close(&pair->client);
    link_close(&pair->origin);
    text_release(&pair->in);
    text_release(&pair->answer);
    response_release(&pair->response);
    free(pair);
    relay->counts.open--;
    if (relay->paused && !relay->stopping && relay->counts.open < relay->setting.most) {
        relay->paused = false;
        server_resume(relay->server);
    }
}

/* What is wanted of each side follows from where the exchange stands. */
static void choose_reading(struct pair *pair)
{
    struct link *client = &pair->client, *origin = &pair->origin;
    bool turn = pair->stage == STAGE_IDLE || (pair->stage == STAGE_EXCHANGE && !pair->request_whole) ||
                pair->stage == STAGE_TUNNEL;
    /* Between two turns it is read for its end, until it sends the next request. */
    bool wanted = turn ? !link_is_full(origin) : pair->in.length == 0;
    bool before = client->reading;
    link_read(client, wanted);
    if (client->reading && !before && client->stream.kind->holds(&client->stream))
        event_active(&client->readable, EV_READ, 0);
    before = origin->reading;
    link_read(origin, !link_is_full(client));
    if (origin->open && origin->reading && !before && origin->stream.kind->holds(&origin->stream))
        event_active(&origin->readable, EV_READ, 0);
}

/* The client sends no more, and all that it sent went on. A TLS connection has no half of an end. */
static void pass_end(struct pair *pair)
{
    if (!pair->client.ended || pair->half || !pair->origin.open || link_is_full(&pair->origin) ||
        (pair->stage != STAGE_EXCHANGE && pair->stage != STAGE_TUNNEL))
        return;
    pair->half = true;
    if (pair->origin.stream.kind == &stream_plain)
        shutdown(pair->origin.stream.descriptor, SHUT_WR);
    else if (pair->stage == STAGE_TUNNEL)
        pair->over = true;
}

static void advance_closing(struct pair *pair)
{
    if (pair->stage != STAGE_CLOSING || link_is_full(&pair->client))
        return;
    if (!pair->lingering || pair->client.ended)
        pair->over = true;
    else if (!pair->half && pair->client.stream.kind == &stream_plain)
        shutdown(pair->client.stream.descriptor, SHUT_WR);
    pair->half = true;
}

void pair_settle(struct pair *pair)
{
    if (!pair->over)
        advance_closing(pair);
    if (!pair->over)
        pass_end(pair);
    if (pair->over)
        pair_free(pair);
    else
        choose_reading(pair);
}

static void on_readable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    client_readable(owner);
    pair_settle(owner);
}

static void on_writable(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct pair *pair = owner;
    pair->client_ns = clock_now_ns();
    if (link_flush(&pair->client) != 0) {
        pair_end(pair, RELAY_LEFT);
        pair->over = true;
    }
    pair_settle(pair);
}

static void on_accepted(void *owner, struct stream *stream, const char *client)
{
    struct relay *relay = owner;
    struct pair *pair = xcalloc(1, sizeof *pair);
    pair->relay = relay;
    pair->client.stream = *stream;
    pair->origin.stream.descriptor = -1;
    memcpy(pair->address, client, strlen(client) + 1);
    TAILQ_INSERT_TAIL(&relay->pairs, pair, link);
    pair->number = ++relay->counts.connections;
    relay->counts.open++;
    pair_enter(pair, STAGE_IDLE);
    pair->client_ns = pair->stage_ns;
    link_open(&pair->client, relay->setting.server.base, on_readable, on_writable, pair);
    if (relay->counts.open < relay->setting.most)
        return;
    relay->paused = true;
    server_pause(relay->server);
}

static bool waits_for_client(const struct pair *pair)
{
    return link_is_full(&pair->client) ||
           (pair->stage == STAGE_EXCHANGE && !pair->request_whole && !link_is_full(&pair->origin));
}

static void time_out(struct pair *pair)
{
    pair->relay->counts.refused[RELAY_SLOW]++;
    pair_end(pair, RELAY_LEFT);
    pair->over = true;
}

static void refuse_slow_header(struct pair *pair)
{
    char why[64];
    snprintf(why, sizeof why, "the header took longer than %g s",
             (double)pair->relay->setting.limits.header_ns / (double)CLOCK_NS_PER_S);
    pair_refuse(pair, 408, why);
}

static void sweep_pair(struct pair *pair, int64_t now_ns)
{
    const struct relay_limits *limits = &pair->relay->setting.limits;
    int64_t in_stage_ns = now_ns - pair->stage_ns;
    bool started = pair->in.length > 0;
    if (pair->stage == STAGE_CLOSING && in_stage_ns > limits->linger_ns && !link_is_full(&pair->client))
        pair->over = true;
    else if (waits_for_client(pair) && now_ns - pair->client_ns > limits->stalled_ns)
        time_out(pair);
    else if (pair->stage == STAGE_IDLE && started && in_stage_ns > limits->header_ns)
        refuse_slow_header(pair);
    else if (pair->stage == STAGE_IDLE && !started &&
             in_stage_ns > (pair->reused ? limits->idle_ns : limits->first_ns))
        pair->over = true;
    else if (pair->stage == STAGE_EXCHANGE && !pair->origin.sent && in_stage_ns > limits->connect_ns)
        origin_unreached(pair);
    else
        return;
    pair_settle(pair);
}

static void on_sweep(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct relay *relay = owner;
    int64_t now_ns = clock_now_ns();
    for (struct pair *pair = TAILQ_FIRST(&relay->pairs), *next; pair != NULL; pair = next) {
        next = TAILQ_NEXT(pair, link);
        sweep_pair(pair, now_ns);
    }
}

struct relay *relay_new(const struct relay_setting *setting, struct err *err)
{
    struct relay *relay = xcalloc(1, sizeof *relay);
    int64_t sweep_us = setting->limits.sweep_ns / CLOCK_NS_PER_US;
    const struct timeval period = {.tv_sec = sweep_us / US_PER_S, .tv_usec = sweep_us % US_PER_S};
    relay->setting = *setting;
    relay->setting.server.accepted = on_accepted;
    relay->setting.server.owner = relay;
    TAILQ_INIT(&relay->pairs);
    stream_setting_init(&relay->streams, setting->server.base, setting->origin, setting->allow,
                        origin_opened);
    relay->server = server_new(&relay->setting.server, err);
    if (relay->server == NULL) {
        free(relay);
        return NULL;
    }
    relay->sweep = event_new(setting->server.base, -1, EV_PERSIST, on_sweep, relay);
    event_add(relay->sweep, &period);
    return relay;
}

void relay_stop(struct relay *relay)
{
    relay->stopping = true;
    server_pause(relay->server);
    for (struct pair *pair = TAILQ_FIRST(&relay->pairs), *next; pair != NULL; pair = next) {
        next = TAILQ_NEXT(pair, link);
        pair->over = pair->over || pair->stage == STAGE_IDLE;
        pair_settle(pair);
    }
}

void relay_free(struct relay *relay)
{
    if (relay == NULL)
        return;
    relay->stopping = true;
    for (struct pair *pair; (pair = TAILQ_FIRST(&relay->pairs)) != NULL;)
        pair_free(pair);
    event_free(relay->sweep);
    server_free(relay->server);
    text_release(&relay->edited);
    free(relay);
}

const struct server *relay_server(const struct relay *relay)
{
    return relay->server;
}

const struct relay_counts *relay_counts(const struct relay *relay)
{
    return &relay->counts;
}

unsigned relay_under_way(const struct relay *relay)
{
    unsigned count = 0;
    const struct pair *pair;
    TAILQ_FOREACH(pair, &relay->pairs, link)
    count += (pair->stage == STAGE_EXCHANGE && !pair->event_stream) ||
             (pair->stage == STAGE_CLOSING && link_is_full(&pair->client));
    return count;
}

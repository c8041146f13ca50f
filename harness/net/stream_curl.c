#include <event2/event_struct.h>
#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/text.h"
#include "net/multi.h"
#include "net/route.h"
#include "net/stream.h"

/* For the header of a proxy's answer; what we receive goes straight into the caller's buffer. */
#define BUFFER_BYTES 1024L

/* libcurl may stop short of what the socket would allow, and its edge does not come again. */
#define LOOK_AGAIN_MS 50

/* A shared multi would be searched for the connection at each call; a private one holds nothing else. While it
 * connects it is driven here, by one edge-triggered event: asked which sockets it waits for (multi_socket), it
 * would keep a table of 29 KB for the life of the connection. */
struct tunnel {
    CURLM *multi;
    CURL *easy;
    struct route route;
    struct event progress, again;
    bool watched;    /* `progress` is there */
    bool connecting; /* counted in stream_turns.opening */
    bool waits;      /* in stream_turns.waiting */
    TAILQ_ENTRY(tunnel) link;
};

static enum stream_opening opening_of(const struct tunnel *tunnel, CURLcode code)
{
    static const CURLcode refusals[] = {
        CURLE_COULDNT_CONNECT,   CURLE_COULDNT_RESOLVE_PROXY,    CURLE_PROXY,
        CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_ISSUER_ERROR,
        CURLE_SSL_CERTPROBLEM,   CURLE_OPERATION_TIMEDOUT,
    };
    long proxy_status = 0;
    if (code == CURLE_OK)
        return STREAM_OPEN;
    if (tunnel->route.refused)
        return STREAM_FORBIDDEN;
    for (size_t i = 0; i < sizeof refusals / sizeof *refusals; i++)
        if (refusals[i] == code)
            return STREAM_REFUSED;
    curl_easy_getinfo(tunnel->easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    return proxy_status >= 300 ? STREAM_REFUSED : STREAM_BROKEN;
}

static void unwatch(struct tunnel *tunnel)
{
    if (tunnel->watched)
        event_del(&tunnel->progress);
    tunnel->watched = false;
    evtimer_del(&tunnel->again);
}

/* The next one begins from the loop, so that one failure does not begin inside another. */
static void end_turn(struct stream *stream)
{
    struct stream_turns *turns = &stream->setting->turns;
    struct tunnel *next = TAILQ_FIRST(&turns->waiting);
    const struct timeval now = {0, 0};
    if (!stream->tunnel->connecting)
        return;
    stream->tunnel->connecting = false;
    turns->opening--;
    if (next == NULL)
        return;
    TAILQ_REMOVE(&turns->waiting, next, link);
    next->waits = false;
    next->connecting = true;
    turns->opening++;
    evtimer_add(&next->again, &now);
}

/* libcurl is through with connecting. */
static enum stream_opening finish(struct stream *stream, CURLcode code)
{
    struct tunnel *tunnel = stream->tunnel;
    curl_socket_t descriptor = CURL_SOCKET_BAD;
    enum stream_opening opening = opening_of(tunnel, code);
    unwatch(tunnel);
    end_turn(stream);
    if (opening == STREAM_OPEN)
        curl_easy_getinfo(tunnel->easy, CURLINFO_ACTIVESOCKET, &descriptor);
    if (opening == STREAM_OPEN && descriptor == CURL_SOCKET_BAD)
        opening = STREAM_BROKEN;
    stream->descriptor = descriptor;
    return opening;
}

static void on_progress(evutil_socket_t descriptor, short what, void *owner);

static void watch(struct stream *stream)
{
    struct tunnel *tunnel = stream->tunnel;
    struct timeval delay = {.tv_usec = LOOK_AGAIN_MS * 1000};
    evtimer_add(&tunnel->again, &delay);
    if (tunnel->watched || tunnel->route.socket == CURL_SOCKET_BAD)
        return;
    event_assign(&tunnel->progress, stream->setting->base, tunnel->route.socket,
                 EV_READ | EV_WRITE | EV_ET | EV_PERSIST, on_progress, stream);
    tunnel->watched = event_add(&tunnel->progress, NULL) == 0;
}

static enum stream_opening advance(struct stream *stream)
{
    struct tunnel *tunnel = stream->tunnel;
    int running, left;
    curl_multi_perform(tunnel->multi, &running);
    for (CURLMsg *message; (message = curl_multi_info_read(tunnel->multi, &left)) != NULL;)
        if (message->msg == CURLMSG_DONE)
            return finish(stream, message->data.result);
    watch(stream);
    return STREAM_LATER;
}

static enum stream_opening start(struct stream *stream)
{
    struct stream_setting *setting = stream->setting;
    struct tunnel *tunnel = stream->tunnel;
    multi_initialise();
    tunnel->multi = curl_multi_init();
    tunnel->easy = curl_easy_init();
    if (tunnel->multi == NULL || tunnel->easy == NULL)
        abort(); /* both fail only without memory */
    route_apply(&tunnel->route, tunnel->easy, setting->origin, "/", setting->allow);
    tunnel->route.single = true;
    curl_easy_setopt(tunnel->easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
    curl_easy_setopt(tunnel->easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_multi_add_handle(tunnel->multi, tunnel->easy);
    return advance(stream);
}

static void on_progress(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct stream *stream = owner;
    enum stream_opening opening = stream->tunnel->multi != NULL ? advance(stream) : start(stream);
    if (opening == STREAM_LATER)
        return;
    if (opening != STREAM_OPEN)
        stream_close(stream);
    stream->setting->opened(stream, opening);
}

static enum stream_opening open_curl(struct stream *stream)
{
    struct stream_setting *setting = stream->setting;
    if (!allow_permits(setting->allow, (const struct sockaddr *)&setting->origin->address))
        return STREAM_FORBIDDEN; /* else a proxy would be asked for it */
    struct tunnel *tunnel = stream->tunnel = xcalloc(1, sizeof *tunnel);
    evtimer_assign(&tunnel->again, setting->base, on_progress, stream);
    tunnel->waits = setting->turns.opening >= STREAM_OPENING_MOST;
    tunnel->connecting = !tunnel->waits;
    setting->turns.opening += tunnel->connecting;
    if (tunnel->connecting)
        return start(stream);
    TAILQ_INSERT_TAIL(&setting->turns.waiting, tunnel, link);
    return STREAM_LATER;
}

static ssize_t result_of(CURLcode code, size_t length)
{
    if (code == CURLE_OK)
        return (ssize_t)length;
    return code == CURLE_AGAIN ? STREAM_AGAIN : STREAM_FAILED;
}

static ssize_t send_curl(struct stream *stream, const char *bytes, size_t length)
{
    size_t sent = 0;
    CURLcode code = curl_easy_send(stream->tunnel->easy, bytes, length, &sent);
    return result_of(code, sent);
}

/* NULL: no TLS here, only a proxy. */
static SSL *session_of(const struct tunnel *tunnel)
{
    struct curl_tlssessioninfo *session = NULL;
    curl_easy_getinfo(tunnel->easy, CURLINFO_TLS_SSL_PTR, &session);
    return session != NULL ? session->internals : NULL;
}

/* libcurl takes an end without close_notify for one with it; RFC 9112, 9.8 does not. */
static bool was_cut(const struct tunnel *tunnel)
{
    SSL *session = session_of(tunnel);
    return session != NULL && (SSL_get_shutdown(session) & SSL_RECEIVED_SHUTDOWN) == 0;
}

static ssize_t receive_curl(struct stream *stream, char *bytes, size_t size)
{
    size_t received = 0;
    CURLcode code = curl_easy_recv(stream->tunnel->easy, bytes, size, &received);
    if (code == CURLE_OK && received == 0 && was_cut(stream->tunnel))
        return STREAM_FAILED;
    return result_of(code, received);
}

static bool holds(struct stream *stream)
{
    SSL *session = session_of(stream->tunnel);
    return session != NULL && SSL_has_pending(session);
}

static void close_curl(struct stream *stream)
{
    struct tunnel *tunnel = stream->tunnel;
    if (tunnel == NULL)
        return;
    unwatch(tunnel);
    end_turn(stream);
    if (tunnel->waits)
        TAILQ_REMOVE(&stream->setting->turns.waiting, tunnel, link);
    if (tunnel->multi != NULL) {
        curl_multi_remove_handle(tunnel->multi, tunnel->easy); /* closes the connection */
        curl_easy_cleanup(tunnel->easy);
        curl_multi_cleanup(tunnel->multi);
    }
    route_release(&tunnel->route);
    free(tunnel);
    stream->tunnel = NULL;
}

const struct stream_kind stream_curl = {
    .name = "curl",
    .descriptors = 3, /* the socket, and a pair by which another thread could wake the multi */
    .open = open_curl,
    .send = send_curl,
    .receive = receive_curl,
    .holds = holds,
    .close = close_curl,
};

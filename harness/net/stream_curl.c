#include <openssl/ssl.h>
#include <stdlib.h>

#include "base/text.h"
#include "net/multi.h"
#include "net/route.h"
#include "net/stream.h"

/* For the header of a proxy's answer; what we receive goes straight into the caller's buffer. */
#define BUFFER_BYTES 1024L

/* A shared multi would be searched for the connection at each call; a private one holds nothing else. */
struct tunnel {
    struct multi *multi;
    CURL *easy;
    struct route route;
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

static void on_opened(void *owner, CURL *easy, CURLcode code)
{
    struct stream *stream = owner;
    curl_socket_t descriptor = CURL_SOCKET_BAD;
    enum stream_opening opening = opening_of(stream->tunnel, code);
    if (opening == STREAM_OPEN)
        curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &descriptor);
    if (opening == STREAM_OPEN && descriptor == CURL_SOCKET_BAD)
        opening = STREAM_BROKEN;
    stream->descriptor = descriptor;
    if (opening != STREAM_OPEN)
        stream_close(stream);
    stream->setting->opened(stream, opening);
}

static enum stream_opening open_curl(struct stream *stream)
{
    const struct stream_setting *setting = stream->setting;
    if (!allow_permits(setting->allow, (const struct sockaddr *)&setting->origin->address))
        return STREAM_FORBIDDEN; /* else a proxy would be asked for it */
    struct tunnel *tunnel = stream->tunnel = xcalloc(1, sizeof *tunnel);
    tunnel->multi = multi_new(setting->base);
    tunnel->easy = curl_easy_init();
    if (tunnel->easy == NULL)
        abort(); /* fails only without memory */
    route_apply(&tunnel->route, tunnel->easy, setting->origin, "/", setting->allow);
    curl_easy_setopt(tunnel->easy, CURLOPT_BUFFERSIZE, BUFFER_BYTES);
    multi_connect(tunnel->multi, tunnel->easy, on_opened, stream);
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

static ssize_t receive_curl(struct stream *stream, char *bytes, size_t size)
{
    size_t received = 0;
    CURLcode code = curl_easy_recv(stream->tunnel->easy, bytes, size, &received);
    return result_of(code, received);
}

static bool holds(struct stream *stream)
{
    struct curl_tlssessioninfo *session = NULL;
    curl_easy_getinfo(stream->tunnel->easy, CURLINFO_TLS_SSL_PTR, &session);
    return session != NULL && session->internals != NULL && SSL_has_pending(session->internals);
}

static void close_curl(struct stream *stream)
{
    struct tunnel *tunnel = stream->tunnel;
    stream->tunnel = NULL;
    if (tunnel == NULL)
        return;
    multi_remove(tunnel->multi, tunnel->easy); /* closes the connection */
    curl_easy_cleanup(tunnel->easy);
    multi_free(tunnel->multi);
    route_release(&tunnel->route);
    free(tunnel);
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

/* What a client opened to us, in TLS. The handshake is part of the first reading. */
#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include "net/stream.h"

/* To open a client's stream is for the client. */
static enum stream_opening open_never(struct stream *stream)
{
    (void)stream;
    return STREAM_BROKEN;
}

static ssize_t result_of(struct stream *stream, int result)
{
    if (result > 0)
        return result;
    int error = SSL_get_error(stream->tls, result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return STREAM_AGAIN;
    return error == SSL_ERROR_ZERO_RETURN ? 0 : STREAM_FAILED;
}

static int at_most(size_t length)
{
    return length < 1u << 20 ? (int)length : 1 << 20;
}

static ssize_t send_tls(struct stream *stream, const char *bytes, size_t length)
{
    ERR_clear_error();
    return result_of(stream, SSL_write(stream->tls, bytes, at_most(length)));
}

static ssize_t receive_tls(struct stream *stream, char *bytes, size_t size)
{
    ERR_clear_error();
    return result_of(stream, SSL_read(stream->tls, bytes, at_most(size)));
}

static bool holds_tls(struct stream *stream)
{
    return SSL_has_pending(stream->tls) == 1;
}

static void close_tls(struct stream *stream)
{
    if (stream->descriptor < 0)
        return;
    ERR_clear_error();
    SSL_shutdown(stream->tls); /* tells the client that this is all; its own word is not waited for */
    SSL_free(stream->tls);
    ERR_clear_error();
    stream->tls = NULL;
    close(stream->descriptor);
}

const struct stream_kind stream_served_tls = {
    .name = "served",
    .descriptors = 1,
    .open = open_never,
    .send = send_tls,
    .receive = receive_tls,
    .holds = holds_tls,
    .close = close_tls,
};

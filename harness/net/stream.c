#include "net/stream.h"

#include <errno.h>
#include <event2/event_struct.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/text.h"

#define LINGER_MS 1000
#define LINGERING_MOST 64
#define DEAF_MOST 32

/* A socket that only waits for its peer's end. */
struct lingering {
    TAILQ_ENTRY(lingering) link;
    struct stream_setting *setting;
    struct event ended;
    int descriptor;
};

const struct stream_kind *stream_kind_of(const struct origin *origin)
{
    return origin_is_plain(origin) ? &stream_plain : &stream_curl;
}

void stream_setting_init(struct stream_setting *setting, struct event_base *base, const struct origin *origin,
                         const struct allow *allow,
                         void (*opened)(struct stream *stream, enum stream_opening opening))
{
    *setting = (struct stream_setting){.base = base, .origin = origin, .allow = allow, .opened = opened};
    TAILQ_INIT(&setting->turns.waiting);
    TAILQ_INIT(&setting->lingering);
}

static void let_go(struct lingering *lingering)
{
    TAILQ_REMOVE(&lingering->setting->lingering, lingering, link);
    lingering->setting->lingerers--;
    event_del(&lingering->ended);
    close(lingering->descriptor);
    free(lingering);
}

void stream_setting_release(struct stream_setting *setting)
{
    while (!TAILQ_EMPTY(&setting->lingering))
        let_go(TAILQ_FIRST(&setting->lingering));
}

/* Its end, its time, or bytes behind a whole answer, which nobody asked for. */
static void on_ended(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor;
    struct lingering *lingering = owner;
    struct stream_setting *setting = lingering->setting;
    setting->deaf = (what & EV_TIMEOUT) != 0 ? setting->deaf + 1 : 0;
    let_go(lingering);
    if (setting->lingerers == 0 && setting->all_ended != NULL)
        setting->all_ended(setting->owner);
}

static void linger(struct stream *stream, long most_ms)
{
    struct stream_setting *setting = stream->setting;
    struct lingering *lingering = xcalloc(1, sizeof *lingering);
    lingering->setting = setting;
    lingering->descriptor = stream->descriptor;
    event_assign(&lingering->ended, setting->base, stream->descriptor, EV_READ, on_ended, lingering);
    event_add(&lingering->ended, &(struct timeval){most_ms / 1000, most_ms % 1000 * 1000});
    TAILQ_INSERT_TAIL(&setting->lingering, lingering, link);
    setting->lingerers++;
    stream->descriptor = -1;
    stream_close(stream);
}

void stream_leave(struct stream *stream)
{
    struct stream_setting *setting = stream->setting;
    char nothing[1];
    if (stream->kind != &stream_plain || stream->descriptor < 0 || origin_is_loopback(setting->origin) ||
        setting->lingerers >= LINGERING_MOST ||
        recv(stream->descriptor, nothing, sizeof nothing, MSG_DONTWAIT) >= 0 || errno != EAGAIN)
        stream_close(stream);
    else
        linger(stream, LINGER_MS);
}

void stream_hang_up(struct stream *stream)
{
    if (stream->kind != &stream_plain || stream->descriptor < 0 || stream->setting->deaf >= DEAF_MOST ||
        shutdown(stream->descriptor, SHUT_WR) != 0)
        stream_close(stream);
    else
        linger(stream, STREAM_HANG_UP_MS);
}

void stream_init(struct stream *stream, struct stream_setting *setting)
{
    *stream = (struct stream){.setting = setting, .descriptor = -1};
}

enum stream_opening stream_open(struct stream *stream)
{
    stream->kind = stream_kind_of(stream->setting->origin);
    stream->refused = false;
    enum stream_opening opening = stream->kind->open(stream);
    if (opening != STREAM_OPEN && opening != STREAM_LATER)
        stream_close(stream);
    return opening;
}

void stream_close(struct stream *stream)
{
    if (stream->kind != NULL)
        stream->kind->close(stream);
    stream->kind = NULL;
    stream->descriptor = -1;
}

/* A socket file without a listener, or none at all, is a port that nobody listens on. */
static bool is_refusal(int error)
{
    return error == ECONNREFUSED || error == EHOSTUNREACH || error == ENETUNREACH || error == ETIMEDOUT ||
           error == ENOENT || error == EACCES;
}

static enum stream_opening open_plain(struct stream *stream)
{
    const struct origin *origin = stream->setting->origin;
    const struct sockaddr *address = (const struct sockaddr *)&origin->address;
    if (!allow_permits(stream->setting->allow, address))
        return STREAM_FORBIDDEN;
    stream->descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (stream->descriptor < 0)
        return STREAM_BROKEN;
    if (address->sa_family != AF_UNIX)
        setsockopt(stream->descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    if (connect(stream->descriptor, address, origin->address_length) == 0 || errno == EINPROGRESS)
        return STREAM_OPEN;
    return is_refusal(errno) ? STREAM_REFUSED : STREAM_BROKEN;
}

static ssize_t result_of(struct stream *stream, ssize_t length)
{
    if (length >= 0)
        return length;
    if (errno == EAGAIN || errno == EINTR)
        return STREAM_AGAIN;
    stream->refused = is_refusal(errno);
    return STREAM_FAILED;
}

/* send() and recv() are cancellation points of threads, which costs more than the rest of the call: see
 * pthreads(7). */
static ssize_t send_plain(struct stream *stream, const char *bytes, size_t length)
{
    return result_of(stream, syscall(SYS_sendto, stream->descriptor, bytes, length, MSG_NOSIGNAL, NULL, 0));
}

static ssize_t receive_plain(struct stream *stream, char *bytes, size_t size)
{
    return result_of(stream, syscall(SYS_recvfrom, stream->descriptor, bytes, size, 0, NULL, NULL));
}

static bool holds_nothing(struct stream *stream)
{
    (void)stream;
    return false;
}

static void close_plain(struct stream *stream)
{
    if (stream->descriptor >= 0)
        close(stream->descriptor);
}

const struct stream_kind stream_plain = {
    .name = "plain",
    .descriptors = 1,
    .open = open_plain,
    .send = send_plain,
    .receive = receive_plain,
    .holds = holds_nothing,
    .close = close_plain,
};

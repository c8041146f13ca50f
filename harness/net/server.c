#include "net/server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/text.h"
#include "net/authority.h"

#define BACKLOG 1024
#define ACCEPTS_MOST 64      /* at one go: those that are there are not starved by those that come */
#define NO_DESCRIPTOR_MS 100 /* after accept() found none */

struct server {
    struct server_setting setting;
    int descriptor;
    struct sockaddr_storage address;
    socklen_t address_length;
    char text[SERVER_TEXT];
    struct event *readable, *later;
    bool paused;
    SSL_CTX *tls; /* NULL: plain */
};

static void address_text(const struct sockaddr_storage *address, socklen_t length, bool with_port,
                         char text[SERVER_TEXT])
{
    char host[INET6_ADDRSTRLEN] = "?", port[8] = "?";
    bool v6 = address->ss_family == AF_INET6;
    getnameinfo((const struct sockaddr *)address, length, host, sizeof host, port, sizeof port,
                NI_NUMERICHOST | NI_NUMERICSERV);
    if (with_port)
        snprintf(text, SERVER_TEXT, v6 ? "[%.45s]:%.6s" : "%.45s:%.6s", host, port);
    else
        snprintf(text, SERVER_TEXT, "%.45s", host);
}

/* Digits alone are a port of 127.0.0.1. */
static int parse_listen(const char *listen, char host[256], char port[8])
{
    int number = -1;
    size_t digits = strspn(listen, "0123456789");
    snprintf(host, 256, "127.0.0.1");
    if (digits > 0 && digits < 6 && listen[digits] == '\0')
        number = atoi(listen);
    else if (text_ends_with(listen, ":0")) { /* which is no port of a target */
        char *text = xasprintf("%.*s:1", (int)strlen(listen) - 2, listen);
        number = authority_split(text, host, &number) == 0 ? 0 : -1;
        free(text);
    } else if (authority_split(listen, host, &number) != 0) {
        return -1;
    }
    snprintf(port, 8, "%d", number);
    return number >= 0 && number <= 65535 ? 0 : -1;
}

static int resolve(struct server *server, struct err *err)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE};
    struct addrinfo *found = NULL;
    char host[256], port[8];
    const char *listen = server->setting.listen;
    if (parse_listen(listen, host, port) != 0)
        return err_set(err, ERR_USAGE, "'%.200s' is no address to listen on; expected HOST:PORT or PORT",
                       listen);
    int failed = getaddrinfo(host, port, &hints, &found);
    if (failed != 0)
        return err_set(err, ERR_USAGE, "'%.200s': %s", listen, gai_strerror(failed));
    memcpy(&server->address, found->ai_addr, found->ai_addrlen);
    server->address_length = found->ai_addrlen;
    freeaddrinfo(found);
    return 0;
}

static int bind_it(struct server *server, struct err *err)
{
    struct sockaddr *address = (struct sockaddr *)&server->address;
    server->descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (server->descriptor < 0)
        return err_set(err, ERR_INTERNAL, "no socket: %s", strerror(errno));
    setsockopt(server->descriptor, SOL_SOCKET, SO_REUSEADDR, &(int){1}, sizeof(int));
    if (bind(server->descriptor, address, server->address_length) != 0 ||
        listen(server->descriptor, BACKLOG) != 0)
        return err_set(err, ERR_USAGE, "%s: %s", server->setting.listen, strerror(errno));
    getsockname(server->descriptor, address, &server->address_length);
    address_text(&server->address, server->address_length, true, server->text);
    return 0;
}

static int complain(const char *path, struct err *err)
{
    const char *why = ERR_reason_error_string(ERR_peek_error());
    err_set(err, ERR_USAGE, "%s: %s", path, why != NULL ? why : "cannot be read");
    ERR_clear_error();
    return -1;
}

static int set_up_tls(struct server *server, struct err *err)
{
    const struct server_setting *setting = &server->setting;
    if (setting->cert == NULL)
        return 0;
    server->tls = SSL_CTX_new(TLS_server_method());
    if (server->tls == NULL)
        return err_set(err, ERR_INTERNAL, "OpenSSL: no context");
    SSL_CTX_set_mode(server->tls, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                                      SSL_MODE_RELEASE_BUFFERS);
    if (SSL_CTX_use_certificate_chain_file(server->tls, setting->cert) != 1)
        return complain(setting->cert, err);
    if (SSL_CTX_use_PrivateKey_file(server->tls, setting->key, SSL_FILETYPE_PEM) != 1)
        return complain(setting->key, err);
    return 0;
}

/* Dead peers are found by the kernel: a WebSocket may be silent for as long as it likes. */
static void open_stream(struct server *server, int descriptor, struct stream *stream)
{
    stream_init(stream, NULL);
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &(int){1}, sizeof(int));
    stream->descriptor = descriptor;
    stream->kind = &stream_plain;
    if (server->tls == NULL)
        return;
    stream->kind = &stream_served_tls;
    stream->tls = SSL_new(server->tls);
    if (stream->tls == NULL || SSL_set_fd(stream->tls, descriptor) != 1)
        abort(); /* both fail only without memory */
    SSL_set_accept_state(stream->tls);
}

static bool is_exhausted(int error)
{
    return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_readable(evutil_socket_t listener, short what, void *owner)
{
    struct server *server = owner;
    (void)what;
    for (int i = 0; i < ACCEPTS_MOST && !server->paused; i++) {
        struct sockaddr_storage peer = {0};
        socklen_t length = sizeof peer;
        char client[SERVER_TEXT];
        struct stream stream;
        int descriptor = accept4(listener, (struct sockaddr *)&peer, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0 && is_exhausted(errno)) {
            const struct timeval delay = {.tv_usec = NO_DESCRIPTOR_MS * 1000};
            event_del(server->readable);
            evtimer_add(server->later, &delay);
        }
        if (descriptor < 0)
            return;
        address_text(&peer, length, false, client);
        open_stream(server, descriptor, &stream);
        server->setting.accepted(server->setting.owner, &stream, client);
    }
}

static void on_later(evutil_socket_t descriptor, short what, void *owner)
{
    struct server *server = owner;
    (void)descriptor, (void)what;
    if (!server->paused)
        event_add(server->readable, NULL);
}

struct server *server_new(const struct server_setting *setting, struct err *err)
{
    struct server *server = xcalloc(1, sizeof *server);
    server->setting = *setting;
    server->descriptor = -1;
    if (resolve(server, err) != 0 || set_up_tls(server, err) != 0 || bind_it(server, err) != 0) {
        server_free(server);
        return NULL;
    }
    server->readable =
        event_new(setting->base, server->descriptor, EV_READ | EV_PERSIST, on_readable, server);
    server->later = evtimer_new(setting->base, on_later, server);
    event_add(server->readable, NULL);
    return server;
}

void server_free(struct server *server)
{
    if (server == NULL)
        return;
    if (server->readable != NULL)
        event_free(server->readable);
    if (server->later != NULL)
        event_free(server->later);
    if (server->descriptor >= 0)
        close(server->descriptor);
    SSL_CTX_free(server->tls);
    free(server);
}

const char *server_address(const struct server *server)
{
    return server->text;
}

bool server_is_loopback(const struct server *server)
{
    return origin_is_loopback(&(struct origin){.address = server->address});
}

void server_pause(struct server *server)
{
    server->paused = true;
    event_del(server->readable);
}

void server_resume(struct server *server)
{
    if (server->paused)
        event_add(server->readable, NULL);
    server->paused = false;
}

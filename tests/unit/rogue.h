/* A real little server that behaves as badly as its URL asks it to, on a port, through TLS or on a Unix socket.
 * One thread per connection. */
#ifndef SEEP_TEST_ROGUE_H
#define SEEP_TEST_ROGUE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROGUE_LOG 4096

struct rogue_entry {
    char url[64];
    int connection;                       /* the how-manieth it was */
    atomic_size_t body;                   /* bytes of body that came */
    char cookie[64], token[64], text[64]; /* Cookie and X-Token as they came, the start of the body */
};

struct rogue {
    int listener, port;
    char path[64]; /* of a Unix socket; "": none */
    SSL_CTX *tls;  /* NULL: plain; freed with the rogue */
    pthread_t thread;
    atomic_int accepts, requests, open;
    atomic_int held;            /* connections that it has not closed */
    atomic_int end_us;          /* how long it takes to close one that its client has ended */
    atomic_int logins, revoked; /* /login gave so many tokens; those up to `revoked` are worth nothing */
    pthread_mutex_t mutex;
    struct rogue_entry log[ROGUE_LOG]; /* requests in the order of their headers' arrival */
    char last[8192];                   /* the last request's header */
};

struct rogue_connection {
    struct rogue *rogue;
    int descriptor, number, answered;
    char header[8192];
    SSL *ssl;                /* NULL: plain */
    struct rogue_entry *log; /* of the request */
    size_t body_length;      /* as its header says */
    bool rude;               /* ends without saying so to TLS */
    size_t have;             /* bytes in `header`, of which some may belong to the body */
};

static inline ssize_t rogue_read(struct rogue_connection *connection, void *bytes, size_t length)
{
    if (connection->ssl != NULL)
        return SSL_read(connection->ssl, bytes, (int)length);
    return recv(connection->descriptor, bytes, length, 0);
}

static inline bool rogue_send(struct rogue_connection *connection, const void *bytes, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        const char *at = (const char *)bytes + sent;
        ssize_t now = connection->ssl != NULL ? SSL_write(connection->ssl, at, (int)(length - sent))
                                              : send(connection->descriptor, at, length - sent, MSG_NOSIGNAL);
        if (now <= 0)
            return false;
        sent += (size_t)now;
    }
    return true;
}

static inline bool rogue_say(struct rogue_connection *connection, const char *text)
{
    return rogue_send(connection, text, strlen(text));
}

/* What is announced, or of it what came with the header where the rest is to be skipped. */
static inline size_t rogue_read_body(struct rogue_connection *connection, bool skip)
{
    char block[4096], *text = connection->log->text;
    size_t length = connection->body_length, got = connection->have < length ? connection->have : length;
    memcpy(text, connection->header, got < 63 ? got : 63);
    connection->have -= got;
    memmove(connection->header, connection->header + got, connection->have);
    while (!skip && got < length) {
        ssize_t now =
            rogue_read(connection, block, length - got < sizeof block ? length - got : sizeof block);
        if (now <= 0)
            break;
        if (got < 63)
            memcpy(text + got, block, (size_t)now < 63 - got ? (size_t)now : 63 - got);
        got += (size_t)now;
    }
    return got;
}

/* Each of these answers one request; true: the connection goes on. */
typedef bool rogue_manner(struct rogue_connection *connection, const char *argument);

/* The value of a field of the request, up to 63 bytes; `value` stays where there is none. */
static inline void rogue_value(const char *header, const char *name, char value[64])
{
    char start[64];
    snprintf(start, sizeof start, "\r\n%s: ", name);
    const char *field = strcasestr(header, start);
    if (field != NULL)
        snprintf(value, 64, "%.*s", (int)strcspn(field + strlen(start), "\r\n"), field + strlen(start));
}

static inline bool rogue_ok(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

static inline bool rogue_close(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    return false;
}

static inline bool rogue_drip(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    for (const char *at = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"; *at != '\0'; at++) {
        rogue_send(connection, at, 1);
        usleep(100);
    }
    return true;
}

/* A byte now and then, without end. */
static inline bool rogue_forever(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    if (!rogue_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"))
        return false;
    while (rogue_send(connection, "x", 1))
        usleep(2000);
    return false;
}

static inline bool rogue_chunks(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; i++)
        rogue_say(connection, "1\r\nx\r\n");
    return rogue_say(connection, "0\r\n\r\n");
}

static inline bool rogue_short(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.");
    return false;
}

static inline bool rogue_until_close(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection, "HTTP/1.1 200 OK\r\n\r\nuntil I close");
    return false;
}

/* Nobody can tell this from a line that was cut, where TLS is spoken. */
static inline bool rogue_cut(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    connection->rude = true;
    rogue_say(connection, "HTTP/1.1 200 OK\r\n\r\nuntil I close");
    return false;
}

static inline bool rogue_reset(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    struct linger linger = {1, 0};
    setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    connection->rude = true;
    return false;
}

static inline bool rogue_half(struct rogue_connection *connection, const char *argument)
{
    rogue_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    return rogue_reset(connection, argument);
}

static inline bool rogue_never(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    char byte;
    while (rogue_read(connection, &byte, 1) > 0)
        ;
    return false;
}

/* Looks as if the connection could go on, and closes it. */
static inline bool rogue_idle_close(struct rogue_connection *connection, const char *argument)
{
    rogue_ok(connection, argument);
    return false;
}

/* Answers the first request of a connection, and hangs up on the second. */
static inline bool rogue_stale(struct rogue_connection *connection, const char *argument)
{
    return connection->answered == 0 && rogue_ok(connection, argument);
}

static inline bool rogue_garbage(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection, "What do you want?\r\n\r\n");
}

/* Says more than was asked: who reuses this connection reads another answer. */
static inline bool rogue_surplus(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
                                 "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
}

static inline bool rogue_continue(struct rogue_connection *connection, const char *argument)
{
    return rogue_say(connection, "HTTP/1.1 100 Continue\r\n\r\n") && rogue_ok(connection, argument);
}

/* Asks for the body before it reads one, and for nothing where `argument` is "/never". */
static inline bool rogue_expect(struct rogue_connection *connection, const char *argument)
{
    if (strcmp(argument, "/never") != 0 && !rogue_say(connection, "HTTP/1.1 100 Continue\r\n\r\n"))
        return false;
    connection->log->body = rogue_read_body(connection, false);
    return rogue_ok(connection, argument);
}

static inline bool rogue_refuse(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection, "HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n");
}

static inline bool rogue_status(struct rogue_connection *connection, const char *argument)
{
    char text[128];
    snprintf(text, sizeof text, "HTTP/1.1 %.3s So\r\n%s\r\n", argument,
             strncmp(argument, "204", 3) == 0 || strncmp(argument, "304", 3) == 0 ? ""
                                                                                  : "Content-Length: 0\r\n");
    return rogue_say(connection, text);
}

static inline bool rogue_head(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
}

static inline bool rogue_slow(struct rogue_connection *connection, const char *argument)
{
    usleep(5000);
    return rogue_ok(connection, argument);
}

static inline bool rogue_redirect(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection, "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
}

static inline bool rogue_big(struct rogue_connection *connection, const char *argument)
{
    char text[128], block[4096];
    long length = strtol(argument, NULL, 10);
    memset(block, 'x', sizeof block);
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", length);
    rogue_say(connection, text);
    for (; length > 0; length -= (long)sizeof block)
        if (!rogue_send(connection, block, length < (long)sizeof block ? (size_t)length : sizeof block))
            return false;
    return true;
}

/* Gives a cookie and a token, the same in a header, in JSON and in a form: "t1", "t2", ... */
static inline bool rogue_login(struct rogue_connection *connection, const char *argument)
{
    char text[512], body[128];
    if (strcmp(argument, "/denied") == 0)
        return rogue_say(connection, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    int n = atomic_fetch_add(&connection->rogue->logins, 1) + 1;
    snprintf(body, sizeof body, "{\"token\":\"t%d\",\"form\":\"<input name='csrf' value='c%d'>\"}", n, n);
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nSet-Cookie: sid=s%d; Path=/\r\nX-Id: i%d\r\nContent-Length: %zu\r\n\r\n%s",
             n, n, strlen(body), body);
    return rogue_say(connection, text);
}

/* What only those see who come with a cookie and a token of the same login that is worth something. */
static inline bool rogue_need(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    char cookie[64] = "", token[64] = "";
    rogue_value(connection->header, "Cookie", cookie);
    rogue_value(connection->header, "X-Token", token);
    int of_cookie = atoi(cookie + strcspn(cookie, "0123456789")),
        of_token = atoi(token + strcspn(token, "0123456789"));
    bool right = of_cookie == of_token && of_token > atomic_load(&connection->rogue->revoked);
    return right ? rogue_ok(connection, argument)
                 : rogue_say(connection, "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n");
}

static inline bool rogue_too_large(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection, "HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return false;
}

static const struct {
    const char *path;
    rogue_manner *answer;
    bool skips_body;   /* answers without having read the body */
    bool reads_itself; /* `answer` reads it */
} rogue_manners[] = {
    {"/ok", rogue_ok, false, false},           {"/close", rogue_close, false, false},
    {"/drip", rogue_drip, false, false},       {"/chunks", rogue_chunks, false, false},
    {"/short", rogue_short, false, false},     {"/until-close", rogue_until_close, false, false},
    {"/reset", rogue_reset, false, false},     {"/half", rogue_half, false, false},
    {"/never", rogue_never, false, false},     {"/idle-close", rogue_idle_close, false, false},
    {"/stale", rogue_stale, false, false},     {"/garbage", rogue_garbage, false, false},
    {"/surplus", rogue_surplus, false, false}, {"/continue", rogue_continue, false, false},
    {"/status/", rogue_status, false, false},  {"/head", rogue_head, false, false},
    {"/slow", rogue_slow, false, false},       {"/redirect", rogue_redirect, false, false},
    {"/big/", rogue_big, false, false},        {"/too-large", rogue_too_large, true, false},
    {"/cut", rogue_cut, false, false},         {"/expect", rogue_expect, false, true},
    {"/refuse", rogue_refuse, true, false},    {"/login", rogue_login, false, false},
    {"/need", rogue_need, false, false},       {"/forever", rogue_forever, false, false},
};

/* Reads until the header is whole. Returns its length, 0 at the end of the connection. */
static inline size_t rogue_read_header(struct rogue_connection *connection)
{
    for (;;) {
        connection->header[connection->have] = '\0';
        char *end = strstr(connection->header, "\r\n\r\n");
        if (end != NULL)
            return (size_t)(end - connection->header) + 4;
        ssize_t now = rogue_read(connection, connection->header + connection->have,
                                 sizeof connection->header - 1 - connection->have);
        if (now <= 0)
            return 0;
        connection->have += (size_t)now;
    }
}

static inline void rogue_note(struct rogue_connection *connection, size_t header)
{
    struct rogue *rogue = connection->rogue;
    const char *field = strcasestr(connection->header, "\r\nContent-Length: ");
    bool has_body = field != NULL && field < connection->header + header;
    connection->body_length = has_body ? strtoul(field + 18, NULL, 10) : 0;
    pthread_mutex_lock(&rogue->mutex);
    struct rogue_entry *entry = &rogue->log[(size_t)atomic_fetch_add(&rogue->requests, 1) % ROGUE_LOG];
    memset(entry, 0, sizeof *entry);
    sscanf(connection->header, "%*s %63s", entry->url);
    entry->connection = connection->number;
    rogue_value(connection->header, "Cookie", entry->cookie);
    rogue_value(connection->header, "X-Token", entry->token);
    snprintf(rogue->last, sizeof rogue->last, "%.*s", (int)header, connection->header);
    pthread_mutex_unlock(&rogue->mutex);
    connection->log = entry;
    connection->have -= header;
    memmove(connection->header, connection->header + header, connection->have);
}

static inline bool rogue_answer(struct rogue_connection *connection)
{
    size_t header = rogue_read_header(connection);
    if (header == 0)
        return false;
    char url[64];
    rogue_note(connection, header);
    snprintf(url, sizeof url, "%s", connection->log->url);
    for (size_t i = 0; i < sizeof rogue_manners / sizeof *rogue_manners; i++) {
        size_t length = strlen(rogue_manners[i].path);
        if (strncmp(url, rogue_manners[i].path, length) != 0)
            continue;
        if (!rogue_manners[i].reads_itself)
            connection->log->body = rogue_read_body(connection, rogue_manners[i].skips_body);
        bool goes_on = rogue_manners[i].answer(connection, url + length);
        connection->answered++;
        return goes_on;
    }
    return false;
}

static inline void rogue_greet(struct rogue_connection *connection)
{
    if (connection->rogue->tls == NULL)
        return;
    connection->ssl = SSL_new(connection->rogue->tls);
    SSL_set_fd(connection->ssl, connection->descriptor);
    if (SSL_accept(connection->ssl) != 1) {
        SSL_free(connection->ssl);
        connection->ssl = NULL;
        shutdown(connection->descriptor, SHUT_RDWR);
    }
}

static inline void *rogue_serve_one(void *argument)
{
    struct rogue_connection *connection = argument;
    struct rogue *rogue = connection->rogue;
    rogue_greet(connection);
    while (rogue_answer(connection))
        ;
    if (connection->ssl != NULL && !connection->rude)
        SSL_shutdown(connection->ssl);
    SSL_free(connection->ssl);
    usleep((useconds_t)atomic_load(&rogue->end_us));
    atomic_fetch_sub(&rogue->held, 1);
    close(connection->descriptor);
    free(connection);
    atomic_fetch_sub(&rogue->open, 1);
    return NULL;
}

static inline void *rogue_serve(void *argument)
{
    struct rogue *rogue = argument;
    int descriptor;
    while ((descriptor = accept(rogue->listener, NULL, NULL)) >= 0) {
        struct rogue_connection *connection = calloc(1, sizeof *connection);
        pthread_t thread;
        connection->rogue = rogue;
        connection->descriptor = descriptor;
        connection->number = atomic_fetch_add(&rogue->accepts, 1);
        atomic_fetch_add(&rogue->open, 1);
        atomic_fetch_add(&rogue->held, 1);
        pthread_create(&thread, NULL, rogue_serve_one, connection);
        pthread_detach(thread);
    }
    return NULL;
}

static inline struct rogue *rogue_listen(const struct sockaddr *address, socklen_t length)
{
    struct rogue *rogue = calloc(1, sizeof *rogue);
    rogue->listener = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(rogue->listener, address, length) != 0 || listen(rogue->listener, 511) != 0)
        abort();
    pthread_mutex_init(&rogue->mutex, NULL);
    return rogue;
}

/* tls: NULL, or taken. */
static inline struct rogue *rogue_begin(struct rogue *rogue, SSL_CTX *tls)
{
    rogue->tls = tls;
    signal(SIGPIPE, SIG_IGN); /* SSL_write() has no MSG_NOSIGNAL */
    pthread_create(&rogue->thread, NULL, rogue_serve, rogue);
    return rogue;
}

/* Listens on a free port of `host`. */
static inline struct rogue *rogue_start_tls(const char *host, SSL_CTX *tls)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    inet_pton(AF_INET, host, &address.sin_addr);
    struct rogue *rogue = rogue_listen((struct sockaddr *)&address, length);
    getsockname(rogue->listener, (struct sockaddr *)&address, &length);
    rogue->port = ntohs(address.sin_port);
    return rogue_begin(rogue, tls);
}

static inline struct rogue *rogue_start(const char *host)
{
    return rogue_start_tls(host, NULL);
}

static inline struct rogue *rogue_start_unix(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    struct rogue *rogue = rogue_listen((struct sockaddr *)&address, sizeof address);
    snprintf(rogue->path, sizeof rogue->path, "%s", path);
    return rogue_begin(rogue, NULL);
}

/* All clients have closed before this. */
static inline void rogue_stop(struct rogue *rogue)
{
    shutdown(rogue->listener, SHUT_RDWR);
    pthread_join(rogue->thread, NULL);
    close(rogue->listener);
    while (atomic_load(&rogue->open) > 0)
        usleep(1000);
    pthread_mutex_destroy(&rogue->mutex);
    SSL_CTX_free(rogue->tls);
    if (rogue->path[0] != '\0')
        unlink(rogue->path);
    free(rogue);
}

/* A port of `host` that nobody listens on. */
static inline int rogue_dead_port(const char *host)
{
    struct rogue *rogue = rogue_start(host);
    int port = rogue->port;
    rogue_stop(rogue);
    return port;
}

#endif

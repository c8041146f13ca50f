/* A real little server that behaves as badly as its URL asks it to. One thread per connection. */
#ifndef SEEP_TEST_ROGUE_H
#define SEEP_TEST_ROGUE_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define ROGUE_LOG 4096

struct rogue_entry {
    char url[64];
    int connection;                       /* the how-manieth it was */
    size_t body;                          /* bytes of body that came */
    char cookie[64], token[64], text[64]; /* Cookie and X-Token as they came, the start of the body */
};

struct rogue {
    int listener, port;
    pthread_t thread;
    atomic_int accepts, requests, open;
    atomic_int logins, revoked; /* /login gave so many tokens; those up to `revoked` are worth nothing */
    pthread_mutex_t mutex;
    struct rogue_entry log[ROGUE_LOG]; /* requests in the order of their headers' arrival */
    char last[8192];                   /* the last request's header */
};

struct rogue_connection {
    struct rogue *rogue;
    int descriptor, number, answered;
    char header[8192];
    size_t have; /* bytes in `header`, of which some may belong to the body */
};

static inline bool rogue_send(int descriptor, const void *bytes, size_t length)
{
    for (size_t sent = 0; sent < length;) {
        ssize_t now = send(descriptor, (const char *)bytes + sent, length - sent, MSG_NOSIGNAL);
        if (now <= 0)
            return false;
        sent += (size_t)now;
    }
    return true;
}

static inline bool rogue_say(int descriptor, const char *text)
{
    return rogue_send(descriptor, text, strlen(text));
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
    return rogue_say(connection->descriptor, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
}

static inline bool rogue_close(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection->descriptor,
              "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 5\r\n\r\nhello");
    return false;
}

static inline bool rogue_drip(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    for (const char *at = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"; *at != '\0'; at++) {
        rogue_send(connection->descriptor, at, 1);
        usleep(100);
    }
    return true;
}

static inline bool rogue_chunks(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection->descriptor, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
    for (int i = 0; i < 20; i++)
        rogue_say(connection->descriptor, "1\r\nx\r\n");
    return rogue_say(connection->descriptor, "0\r\n\r\n");
}

static inline bool rogue_short(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection->descriptor, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nten bytes.");
    return false;
}

static inline bool rogue_until_close(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection->descriptor, "HTTP/1.1 200 OK\r\n\r\nuntil I close");
    return false;
}

static inline bool rogue_reset(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    struct linger linger = {1, 0};
    setsockopt(connection->descriptor, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    return false;
}

static inline bool rogue_half(struct rogue_connection *connection, const char *argument)
{
    rogue_say(connection->descriptor, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf");
    return rogue_reset(connection, argument);
}

static inline bool rogue_never(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    char byte;
    while (recv(connection->descriptor, &byte, 1, 0) > 0)
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
    return rogue_say(connection->descriptor, "What do you want?\r\n\r\n");
}

/* Says more than was asked: who reuses this connection reads another answer. */
static inline bool rogue_surplus(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection->descriptor, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
                                             "HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n");
}

static inline bool rogue_continue(struct rogue_connection *connection, const char *argument)
{
    return rogue_say(connection->descriptor, "HTTP/1.1 100 Continue\r\n\r\n") &&
           rogue_ok(connection, argument);
}

static inline bool rogue_status(struct rogue_connection *connection, const char *argument)
{
    char text[128];
    snprintf(text, sizeof text, "HTTP/1.1 %.3s So\r\n%s\r\n", argument,
             strncmp(argument, "204", 3) == 0 || strncmp(argument, "304", 3) == 0 ? ""
                                                                                  : "Content-Length: 0\r\n");
    return rogue_say(connection->descriptor, text);
}

static inline bool rogue_head(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection->descriptor, "HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n");
}

static inline bool rogue_slow(struct rogue_connection *connection, const char *argument)
{
    usleep(5000);
    return rogue_ok(connection, argument);
}

static inline bool rogue_redirect(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    return rogue_say(connection->descriptor,
                     "HTTP/1.1 302 Found\r\nLocation: /ok\r\nContent-Length: 0\r\n\r\n");
}

static inline bool rogue_big(struct rogue_connection *connection, const char *argument)
{
    char text[128], block[4096];
    long length = strtol(argument, NULL, 10);
    memset(block, 'x', sizeof block);
    snprintf(text, sizeof text, "HTTP/1.1 200 OK\r\nContent-Length: %ld\r\n\r\n", length);
    rogue_say(connection->descriptor, text);
    for (; length > 0; length -= (long)sizeof block)
        if (!rogue_send(connection->descriptor, block,
                        length < (long)sizeof block ? (size_t)length : sizeof block))
            return false;
    return true;
}

/* Gives a cookie and a token, the same in a header, in JSON and in a form: "t1", "t2", ... */
static inline bool rogue_login(struct rogue_connection *connection, const char *argument)
{
    char text[512], body[128];
    if (strcmp(argument, "/denied") == 0)
        return rogue_say(connection->descriptor, "HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n");
    int n = atomic_fetch_add(&connection->rogue->logins, 1) + 1;
    snprintf(body, sizeof body, "{\"token\":\"t%d\",\"form\":\"<input name='csrf' value='c%d'>\"}", n, n);
    snprintf(text, sizeof text,
             "HTTP/1.1 200 OK\r\nSet-Cookie: sid=s%d; Path=/\r\nX-Id: i%d\r\nContent-Length: %zu\r\n\r\n%s",
             n, n, strlen(body), body);
    return rogue_say(connection->descriptor, text);
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
                 : rogue_say(connection->descriptor, "HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n");
}

static inline bool rogue_too_large(struct rogue_connection *connection, const char *argument)
{
    (void)argument;
    rogue_say(connection->descriptor, "HTTP/1.1 413 Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    return false;
}

static const struct {
    const char *path;
    rogue_manner *answer;
    bool skips_body; /* answers without having read the body */
} rogue_manners[] = {
    {"/ok", rogue_ok, false},           {"/close", rogue_close, false},
    {"/drip", rogue_drip, false},       {"/chunks", rogue_chunks, false},
    {"/short", rogue_short, false},     {"/until-close", rogue_until_close, false},
    {"/reset", rogue_reset, false},     {"/half", rogue_half, false},
    {"/never", rogue_never, false},     {"/idle-close", rogue_idle_close, false},
    {"/stale", rogue_stale, false},     {"/garbage", rogue_garbage, false},
    {"/surplus", rogue_surplus, false}, {"/continue", rogue_continue, false},
    {"/status/", rogue_status, false},  {"/head", rogue_head, false},
    {"/slow", rogue_slow, false},       {"/redirect", rogue_redirect, false},
    {"/big/", rogue_big, false},        {"/too-large", rogue_too_large, true},
    {"/login", rogue_login, false},     {"/need", rogue_need, false},
};

/* Reads until the header is whole. Returns its length, 0 at the end of the connection. */
static inline size_t rogue_read_header(struct rogue_connection *connection)
{
    for (;;) {
        connection->header[connection->have] = '\0';
        char *end = strstr(connection->header, "\r\n\r\n");
        if (end != NULL)
            return (size_t)(end - connection->header) + 4;
        ssize_t now = recv(connection->descriptor, connection->header + connection->have,
                           sizeof connection->header - 1 - connection->have, 0);
        if (now <= 0)
            return 0;
        connection->have += (size_t)now;
    }
}

static inline size_t rogue_read_body(struct rogue_connection *connection, size_t at, size_t header, bool skip)
{
    const char *field = strcasestr(connection->header, "\r\nContent-Length: ");
    size_t length = field != NULL && field < connection->header + header ? strtoul(field + 18, NULL, 10) : 0,
           got = 0;
    size_t early = connection->have - header < length ? connection->have - header : length;
    char block[4096];
    char *text = connection->rogue->log[at].text;
    got = early;
    memcpy(text, connection->header + header, early < 63 ? early : 63);
    connection->have -= header + early;
    memmove(connection->header, connection->header + header + early, connection->have);
    while (!skip && got < length) {
        ssize_t now =
            recv(connection->descriptor, block, length - got < sizeof block ? length - got : sizeof block, 0);
        if (now <= 0)
            break;
        if (got < 63)
            memcpy(text + got, block, (size_t)now < 63 - got ? (size_t)now : 63 - got);
        got += (size_t)now;
    }
    return got;
}

static inline size_t rogue_note(struct rogue_connection *connection, size_t header)
{
    struct rogue *rogue = connection->rogue;
    pthread_mutex_lock(&rogue->mutex);
    size_t at = (size_t)atomic_fetch_add(&rogue->requests, 1) % ROGUE_LOG;
    memset(&rogue->log[at], 0, sizeof rogue->log[at]);
    sscanf(connection->header, "%*s %63s", rogue->log[at].url);
    rogue->log[at].connection = connection->number;
    rogue_value(connection->header, "Cookie", rogue->log[at].cookie);
    rogue_value(connection->header, "X-Token", rogue->log[at].token);
    snprintf(rogue->last, sizeof rogue->last, "%.*s", (int)header, connection->header);
    pthread_mutex_unlock(&rogue->mutex);
    return at;
}

static inline bool rogue_answer(struct rogue_connection *connection)
{
    size_t header = rogue_read_header(connection);
    if (header == 0)
        return false;
    char url[64];
    size_t at = rogue_note(connection, header);
    snprintf(url, sizeof url, "%s", connection->rogue->log[at].url);
    for (size_t i = 0; i < sizeof rogue_manners / sizeof *rogue_manners; i++) {
        size_t length = strlen(rogue_manners[i].path);
        if (strncmp(url, rogue_manners[i].path, length) != 0)
            continue;
        size_t body = rogue_read_body(connection, at, header, rogue_manners[i].skips_body);
        pthread_mutex_lock(&connection->rogue->mutex);
        connection->rogue->log[at].body = body;
        pthread_mutex_unlock(&connection->rogue->mutex);
        bool goes_on = rogue_manners[i].answer(connection, url + length);
        connection->answered++;
        return goes_on;
    }
    return false;
}

static inline void *rogue_serve_one(void *argument)
{
    struct rogue_connection *connection = argument;
    struct rogue *rogue = connection->rogue;
    while (rogue_answer(connection))
        ;
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
        pthread_create(&thread, NULL, rogue_serve_one, connection);
        pthread_detach(thread);
    }
    return NULL;
}

/* Listens on a free port of `host`. */
static inline struct rogue *rogue_start(const char *host)
{
    struct rogue *rogue = calloc(1, sizeof *rogue);
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t length = sizeof address;
    inet_pton(AF_INET, host, &address.sin_addr);
    rogue->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (bind(rogue->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(rogue->listener, 511) != 0)
        abort();
    getsockname(rogue->listener, (struct sockaddr *)&address, &length);
    rogue->port = ntohs(address.sin_port);
    pthread_mutex_init(&rogue->mutex, NULL);
    pthread_create(&rogue->thread, NULL, rogue_serve, rogue);
    return rogue;
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

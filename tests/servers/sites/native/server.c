/* A server whose GET /leak keeps memory in the way that $SHAPE names; a thread per connection, keep-alive, on
 * 127.0.0.1:$PORT. README.md tells how its functions are marked. */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "keeper.h"

#define NOT_INLINED __attribute__((noinline)) static

enum { REQUEST_BYTES = 16384, ENTRY_BYTES = 64, THREAD_STACK_BYTES = 256 << 10 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static void **kept;
static size_t kept_count, kept_room, requests;
static char *journal;
static volatile unsigned fence;
static size_t journal_length, journal_room;

static void *whole(void *block)
{
    if (block == NULL)
        abort();
    return block;
}

/* The table is taken at once, so that it is no leak of its own. */
static void hold(void *block)
{
    if (kept == NULL)
        kept = whole(calloc(kept_room = (size_t)1 << 22, sizeof *kept));
    if (kept_count < kept_room)
        kept[kept_count++] = whole(block);
}

NOT_INLINED void keep_sizes(const char *key) /* keeps: sizes */
{
    static const size_t sizes[] = {24, 200, 72, 1500};
    (void)key;
    hold(malloc(sizes[requests % 4]));
}

NOT_INLINED void keep_small(const char *key) /* keeps: small */
{
    (void)key;
    hold(malloc(40));
}

NOT_INLINED void keep_journal(const char *key) /* keeps: journal */
{
    if (journal_room - journal_length < ENTRY_BYTES)
        journal = whole(realloc(journal, journal_room = journal_room == 0 ? 4096 : 2 * journal_room));
    snprintf(journal + journal_length, ENTRY_BYTES, "%zu %s", requests, key);
    journal_length += ENTRY_BYTES;
}

NOT_INLINED void keep_copy(const char *key) /* keeps: copy */
{
    hold(strdup(key));
    hold(strdup("a line that every request copies, of seventy-one characters and a NUL"));
}

NOT_INLINED void keep_in_library(const char *key) /* calls: library */
{
    keeper_remember(key);
    fence = fence + 1; /* else the call would be this function's last, and it not on the stack any more */
}

NOT_INLINED void *keep_beside(void *key) /* keeps: thread */
{
    pthread_mutex_lock(&lock);
    hold(strdup(key));
    hold(malloc(120));
    pthread_mutex_unlock(&lock);
    return NULL;
}

NOT_INLINED void keep_in_thread(const char *key)
{
    pthread_t thread;
    char *copy = whole(strdup(key));
    pthread_mutex_unlock(&lock);
    if (pthread_create(&thread, NULL, keep_beside, copy) == 0)
        pthread_join(thread, NULL);
    pthread_mutex_lock(&lock);
    free(copy);
}

static const struct shape {
    const char *name;
    void (*keep)(const char *key);
} shapes[] = {
    {"sizes", keep_sizes}, {"small", keep_small},        {"journal", keep_journal},
    {"copy", keep_copy},   {"library", keep_in_library}, {"thread", keep_in_thread},
    {NULL, NULL},
};
static const struct shape *shape = shapes;

static const char *answer_to(char *request)
{
    char *key = strchr(request, '='), *end = key != NULL ? strchr(key, ' ') : NULL;
    if (strncmp(request, "GET /leak", 9) == 0 && end != NULL) {
        *end = '\0';
        pthread_mutex_lock(&lock);
        requests++;
        shape->keep(key + 1);
        pthread_mutex_unlock(&lock);
    }
    return "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
}

static void *serve(void *argument)
{
    int connection = (int)(long)argument;
    char buffer[REQUEST_BYTES + 1], *end;
    size_t length = 0;
    ssize_t got;
    bool open = true;
    while (open && (got = recv(connection, buffer + length, REQUEST_BYTES - length, 0)) > 0) {
        length += (size_t)got;
        buffer[length] = '\0';
        while (open && (end = strstr(buffer, "\r\n\r\n")) != NULL) {
            *end = '\0';
            size_t taken = (size_t)(end + 4 - buffer);
            const char *answer = answer_to(buffer);
            open = send(connection, answer, strlen(answer), MSG_NOSIGNAL) > 0;
            length -= taken;
            memmove(buffer, buffer + taken, length + 1);
        }
    }
    close(connection);
    return NULL;
}

static int listen_on(const char *port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((uint16_t)atoi(port != NULL ? port : "0")),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0) {
        perror("server");
        exit(1);
    }
    return listener;
}

int main(void)
{
    const char *name = getenv("SHAPE") != NULL ? getenv("SHAPE") : shapes[0].name;
    while (shape->name != NULL && strcmp(shape->name, name) != 0)
        shape++;
    if (shape->name == NULL)
        return 2;
    int listener = listen_on(getenv("PORT")), yes = 1;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    for (;;) {
        pthread_t thread;
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        if (pthread_create(&thread, &attributes, serve, (void *)(long)connection) != 0)
            close(connection);
    }
}

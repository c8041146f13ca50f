/* A server in C, a thread per connection, keep-alive, on 127.0.0.1:$PORT: GET /item?key=KEY, GET /health. What it does
 * with each key, $KEEP says (README.md). */
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_BYTES = 16384,
    ENTRIES = 5000,
    ENTRY_BYTES = 120,
    CHURN_BYTES = 2 << 20,
    CHURN_EVERY = 16,
    OUTSIDE_BYTES = 65536,
    OUTSIDE_EVERY = 64,
    RARE_EVERY = 20,
    THREAD_STACK_BYTES = 256 << 10
};

/* What is kept stays reachable. */
struct kept {
    struct kept *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct kept *kept;
static char *ring[ENTRIES];
static size_t counted;

static void nothing(const char *key)
{
    (void)key;
}

static void keep(size_t bytes)
{
    struct kept *block = malloc(bytes);
    if (block == NULL)
        return;
    block->next = kept;
    kept = block;
}

static void keep_in_ring(const char *key)
{
    char **entry = &ring[counted % ENTRIES];
    free(*entry);
    *entry = malloc(ENTRY_BYTES);
    if (*entry != NULL)
        snprintf(*entry, ENTRY_BYTES, "entry of %.60s", key);
}

static void churn(const char *key)
{
    if (counted % CHURN_EVERY != 0)
        return;
    char *page = malloc(CHURN_BYTES);
    if (page != NULL)
        memset(page, key[0], CHURN_BYTES);
    free(page);
}

static void keep_small(const char *key)
{
    (void)key;
    keep(40);
}

static void keep_middle(const char *key)
{
    (void)key;
    keep(200);
}

static void keep_large(const char *key)
{
    (void)key;
    keep(1024);
}

static void keep_rarely(const char *key)
{
    (void)key;
    if (counted % RARE_EVERY == 0)
        keep(512);
}

static void keep_outside(const char *key)
{
    if (counted % OUTSIDE_EVERY != 0)
        return;
    void *block = mmap(NULL, OUTSIDE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block != MAP_FAILED)
        memset(block, key[0], OUTSIDE_BYTES);
}

static const struct behaviour {
    const char *name;
    void (*serve)(const char *key);
} behaviours[] = {
    {"nothing", nothing},    {"ring", keep_in_ring},    {"churn", churn},
    {"small", keep_small},   {"middle", keep_middle},   {"large", keep_large},
    {"rarely", keep_rarely}, {"outside", keep_outside}, {NULL, NULL},
};
static const struct behaviour *chosen = behaviours;

static void choose(const char *name)
{
    while (name != NULL && chosen->name != NULL && strcmp(chosen->name, name) != 0)
        chosen++;
    if (chosen->name != NULL)
        return;
    fprintf(stderr, "native: no KEEP=%s\n", name);
    exit(2);
}

static bool answer(int connection, const char *request)
{
    static const char response[] = "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n";
    const char *key = strstr(request, "/item?key=");
    if (key != NULL) {
        pthread_mutex_lock(&lock);
        counted++;
        chosen->serve(key + strlen("/item?key="));
        pthread_mutex_unlock(&lock);
    }
    return send(connection, response, sizeof response - 1, MSG_NOSIGNAL) == (ssize_t)sizeof response - 1;
}

/* Answers what is whole in `buffer` and moves the rest to its start; false where the connection is to be closed. */
static bool answer_whole(int connection, char *buffer, size_t *length)
{
    char *end;
    while ((end = strstr(buffer, "\r\n\r\n")) != NULL) {
        *end = '\0';
        if (!answer(connection, buffer))
            return false;
        *length -= (size_t)(end + 4 - buffer);
        memmove(buffer, end + 4, *length + 1);
    }
    return *length < REQUEST_BYTES;
}

static void *serve(void *argument)
{
    int connection = (int)(long)argument;
    char buffer[REQUEST_BYTES + 1];
    size_t length = 0;
    ssize_t got;
    while ((got = recv(connection, buffer + length, REQUEST_BYTES - length, 0)) > 0) {
        length += (size_t)got;
        buffer[length] = '\0';
        if (!answer_whole(connection, buffer, &length))
            break;
    }
    close(connection);
    return NULL;
}

static int listen_on(uint16_t port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0) {
        perror("native");
        exit(1);
    }
    return listener;
}

static void start(int connection)
{
    pthread_t thread;
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
    pthread_attr_setstacksize(&attributes, THREAD_STACK_BYTES);
    if (pthread_create(&thread, &attributes, serve, (void *)(long)connection) != 0)
        close(connection);
    pthread_attr_destroy(&attributes);
}

int main(void)
{
    const char *port = getenv("PORT");
    choose(getenv("KEEP"));
    int listener = listen_on((uint16_t)atoi(port != NULL ? port : "0")), yes = 1;
    for (;;) {
        int connection = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (connection < 0)
            continue;
        setsockopt(connection, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
        start(connection);
    }
}

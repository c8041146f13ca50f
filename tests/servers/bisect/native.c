/* A server in C, a thread per connection, keep-alive, on 127.0.0.1:$PORT: an endpoint for each word of $ROLES (README.md). */
#include <ctype.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum {
    REQUEST_BYTES = 16384,
    ENDPOINTS_MOST = 128,
    ROW_BYTES = 48,
    ENTRY_BYTES = 120,
    PAGE_BYTES = 200,
    NOTICES_MOST = 64,
    SWEEP_EVERY = 16,
    LEAKING_CURRENCY = 7,
    THREAD_STACK_BYTES = 256 << 10
};

struct call {
    long key, user, currency;
};

/* What is kept for good stays reachable; sessions hang in the same kind of chain, the oldest first. */
struct kept {
    struct kept *next;
};

struct session {
    struct session *next;
    size_t opened; /* the call that opened it */
    char user[ENTRY_BYTES];
};

struct page {
    long key; /* -1: none */
    size_t used;
    char *text;
};

struct endpoint {
    void (*serve)(struct endpoint *endpoint, const struct call *call);
    size_t size, calls, filled;
    char **entries;     /* ring, lazy, sawtooth: `size` of them */
    struct page *pages; /* lru */
    struct session *oldest, *newest;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct endpoint endpoints[ENDPOINTS_MOST];
static size_t endpoint_count;
static struct kept *kept;
static bool latch_set, first_called, second_called;
static size_t notices;

static void *take(size_t bytes)
{
    void *block = malloc(bytes);
    if (block == NULL)
        abort();
    return block;
}

static char *entry_of(size_t bytes, const char *what, long number)
{
    char *entry = take(bytes);
    snprintf(entry, bytes, "%s %ld", what, number);
    return entry;
}

/* Not inlined, so that a snapshot can name it. */
__attribute__((noinline)) static void keep(size_t bytes)
{
    struct kept *block = take(bytes);
    block->next = kept;
    kept = block;
}

static void plain(struct endpoint *endpoint, const struct call *call)
{
    char **rows = take((endpoint->size + 1) * sizeof *rows);
    for (size_t i = 0; i < endpoint->size; i++)
        rows[i] = entry_of(ROW_BYTES, "row", call->key);
    for (size_t i = 0; i < endpoint->size; i++)
        free(rows[i]);
    free(rows);
}

static void burst(struct endpoint *endpoint, const struct call *call)
{
    size_t bytes = endpoint->size << 20;
    char *block = take(bytes);
    memset(block, (int)call->key, bytes);
    free(block);
}

/* The page of that key, or the one that was not asked for the longest. */
static struct page *page_for(struct endpoint *endpoint, long key)
{
    struct page *least = &endpoint->pages[0];
    for (size_t i = 0; i < endpoint->size; i++) {
        struct page *page = &endpoint->pages[i];
        if (page->text != NULL && page->key == key)
            return page;
        if (page->used < least->used)
            least = page;
    }
    return least;
}

static void lru(struct endpoint *endpoint, const struct call *call)
{
    struct page *page = page_for(endpoint, call->key);
    page->used = endpoint->calls;
    if (page->text != NULL && page->key == call->key)
        return;
    free(page->text);
    page->text = entry_of(PAGE_BYTES, "page", call->key);
    page->key = call->key;
}

static void ring(struct endpoint *endpoint, const struct call *call)
{
    char **entry = &endpoint->entries[endpoint->calls % endpoint->size];
    free(*entry);
    *entry = entry_of(ENTRY_BYTES, "entry", call->key);
}

static void sweep(struct endpoint *endpoint)
{
    while (endpoint->oldest != NULL && endpoint->oldest->opened + endpoint->size < endpoint->calls) {
        struct session *session = endpoint->oldest;
        endpoint->oldest = session->next;
        free(session);
    }
    if (endpoint->oldest == NULL)
        endpoint->newest = NULL;
}

static void sessions(struct endpoint *endpoint, const struct call *call)
{
    struct session *session = take(sizeof *session);
    session->next = NULL;
    session->opened = endpoint->calls;
    snprintf(session->user, sizeof session->user, "user %ld", call->user);
    if (endpoint->newest != NULL)
        endpoint->newest->next = session;
    else
        endpoint->oldest = session;
    endpoint->newest = session;
    if (endpoint->calls % SWEEP_EVERY == 0)
        sweep(endpoint);
}

static void lazy(struct endpoint *endpoint, const struct call *call)
{
    if (endpoint->calls > endpoint->size / 2 && endpoint->filled < endpoint->size)
        endpoint->entries[endpoint->filled++] = entry_of(ENTRY_BYTES, "row", call->key);
}

static void sawtooth(struct endpoint *endpoint, const struct call *call)
{
    endpoint->entries[endpoint->filled++] = entry_of(ENTRY_BYTES, "pending", call->key);
    while (endpoint->calls % endpoint->size == 0 && endpoint->filled > 0)
        free(endpoint->entries[--endpoint->filled]);
}

static void leak(struct endpoint *endpoint, const struct call *call)
{
    (void)call;
    keep(endpoint->size);
}

static void param(struct endpoint *endpoint, const struct call *call)
{
    if (call->currency == LEAKING_CURRENCY)
        keep(endpoint->size);
}

static void latch(struct endpoint *endpoint, const struct call *call)
{
    (void)endpoint, (void)call;
    latch_set = true;
}

static void latched(struct endpoint *endpoint, const struct call *call)
{
    (void)call;
    if (latch_set)
        keep(endpoint->size);
}

static void hook(struct endpoint *endpoint, const struct call *call)
{
    (void)endpoint, (void)call;
    if (notices < NOTICES_MOST)
        notices++;
}

static void flush(struct endpoint *endpoint, const struct call *call)
{
    (void)call;
    if (notices == 0)
        return;
    notices--;
    keep(endpoint->size);
}

static void first(struct endpoint *endpoint, const struct call *call)
{
    (void)endpoint, (void)call;
    first_called = true;
}

static void second(struct endpoint *endpoint, const struct call *call)
{
    (void)endpoint, (void)call;
    second_called = true;
}

static void third(struct endpoint *endpoint, const struct call *call)
{
    (void)call;
    if (first_called && second_called)
        keep(endpoint->size);
}

static const struct role {
    const char *name;
    void (*serve)(struct endpoint *endpoint, const struct call *call);
} roles[] = {
    {"plain", plain},       {"burst", burst},       {"lru", lru},     {"ring", ring},   {"lazy", lazy},
    {"sessions", sessions}, {"sawtooth", sawtooth}, {"leak", leak},   {"param", param}, {"latch", latch},
    {"latched", latched},   {"hook", hook},         {"flush", flush}, {"first", first}, {"second", second},
    {"third", third},       {NULL, NULL},
};

static void add_endpoint(const char *word)
{
    const struct role *role = roles;
    size_t length = strcspn(word, ":");
    while (role->name != NULL && (strlen(role->name) != length || strncmp(role->name, word, length) != 0))
        role++;
    if (role->name == NULL || endpoint_count == ENDPOINTS_MOST) {
        fprintf(stderr, "native: no role %s\n", word);
        exit(2);
    }
    struct endpoint *endpoint = &endpoints[endpoint_count++];
    endpoint->serve = role->serve;
    endpoint->size = word[length] == ':' ? strtoul(word + length + 1, NULL, 10) : 0;
    if (role->serve == lru)
        endpoint->pages = calloc(endpoint->size, sizeof *endpoint->pages);
    if (role->serve == ring || role->serve == lazy || role->serve == sawtooth)
        endpoint->entries = calloc(endpoint->size + 1, sizeof *endpoint->entries);
}

static long number_after(const char *line, const char *name)
{
    const char *at = strstr(line, name);
    return at == NULL ? 0 : strtol(at + strlen(name), NULL, 10);
}

/* Whether there is such an endpoint; it is then called. */
static bool call_endpoint(const char *line)
{
    static const char prefix[] = "GET /p";
    if (strncmp(line, prefix, strlen(prefix)) != 0 || !isdigit((unsigned char)line[strlen(prefix)]))
        return strncmp(line, "GET /health", strlen("GET /health")) == 0;
    size_t number = strtoul(line + strlen(prefix), NULL, 10);
    if (number >= endpoint_count)
        return false;
    struct call call = {number_after(line, "key="), number_after(line, "user="),
                        number_after(line, "currency=")};
    pthread_mutex_lock(&lock);
    endpoints[number].calls++;
    endpoints[number].serve(&endpoints[number], &call);
    pthread_mutex_unlock(&lock);
    return true;
}

static bool answer(int connection, const char *request)
{
    const char *response = call_endpoint(request) ? "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nok\n"
                                                  : "HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n";
    size_t length = strlen(response);
    return send(connection, response, length, MSG_NOSIGNAL) == (ssize_t)length;
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
            open = answer(connection, buffer);
            length -= (size_t)(end + 4 - buffer);
            memmove(buffer, end + 4, length + 1);
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
        perror("native");
        exit(1);
    }
    return listener;
}

int main(void)
{
    char *words = strdup(getenv("ROLES") != NULL ? getenv("ROLES") : "");
    for (char *rest = NULL, *word = strtok_r(words, " ", &rest); word != NULL;
         word = strtok_r(NULL, " ", &rest))
        add_endpoint(word);
    free(words);
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

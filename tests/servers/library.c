/* A lending library in C that one thread serves, keep-alive, with poll(2): what `seep bisect FILE --target` is tried
   on. Usage: library [-p PORT] (7070, on 127.0.0.1).

   GET /books/N       a page, kept in a table of 64
   GET /shelf?row=N   a list, made and given back
   GET /loans/NAME    writes the loan down, and never forgets it: 64 bytes and its name, each call
   GET /broken        500
   anything else      404 */
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CLIENTS = 64, REQUEST_BYTES = 8192, PAGES = 64, PAGE_BYTES = 2048 };

struct loan {
    struct loan *before;
    char *name;
    char stamp[48];
};

struct client {
    int socket;
    size_t length;
    char request[REQUEST_BYTES + 1];
};

static struct loan *loans;
static char *pages[PAGES];

static int find_book(const char *rest)
{
    size_t number = (size_t)strtoul(rest, NULL, 10) % PAGES;
    if (pages[number] == NULL && (pages[number] = malloc(PAGE_BYTES)) != NULL)
        snprintf(pages[number], PAGE_BYTES, "book %zu", number);
    return 200;
}

static int show_shelf(const char *rest)
{
    char *list = malloc(4096);
    if (list == NULL)
        return 500;
    snprintf(list, 4096, "row %s", rest);
    free(list);
    return 200;
}

__attribute__((noinline)) static int write_loan(const char *rest)
{
    struct loan *loan = malloc(sizeof *loan);
    if (loan == NULL)
        return 500;
    loan->before = loans;
    loan->name = strndup(rest, strcspn(rest, " ?"));
    snprintf(loan->stamp, sizeof loan->stamp, "%p", (void *)loan->before);
    loans = loan;
    return 200;
}

static int fail(const char *rest)
{
    (void)rest;
    return 500;
}

static const struct {
    const char *path;
    int (*serve)(const char *rest);
} routes[] = {
    {"/books/", find_book}, {"/shelf?row=", show_shelf}, {"/loans/", write_loan}, {"/broken", fail}};

static int answer(const char *request)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        size_t length = strlen(routes[i].path);
        if (strncmp(request, "GET ", 4) == 0 && strncmp(request + 4, routes[i].path, length) == 0)
            return routes[i].serve(request + 4 + length);
    }
    return 404;
}

/* False once the client is gone. */
static bool serve(struct client *client)
{
    ssize_t got = recv(client->socket, client->request + client->length, REQUEST_BYTES - client->length, 0);
    if (got <= 0)
        return false;
    client->length += (size_t)got;
    client->request[client->length] = '\0';
    for (char *end; (end = strstr(client->request, "\r\n\r\n")) != NULL;) {
        char head[128];
        int length = snprintf(head, sizeof head, "HTTP/1.1 %d So\r\nContent-Length: 3\r\n\r\nso\n",
                              answer(client->request));
        if (send(client->socket, head, (size_t)length, MSG_NOSIGNAL) != length)
            return false;
        client->length -= (size_t)(end + 4 - client->request);
        memmove(client->request, end + 4, client->length + 1);
    }
    return client->length < REQUEST_BYTES;
}

static int listen_on(int port)
{
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), yes = 1;
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons((unsigned short)port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 64) != 0) {
        perror("library");
        exit(1);
    }
    return listener;
}

static void welcome(int listener, struct client *clients, struct pollfd *polled, size_t *count)
{
    int socket = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (socket >= 0 && *count == CLIENTS)
        close(socket);
    else if (socket >= 0) {
        clients[*count].socket = socket;
        clients[*count].length = 0;
        polled[++*count] = (struct pollfd){.fd = socket, .events = POLLIN};
    }
}

int main(int argument_count, char **arguments)
{
    static struct client clients[CLIENTS];
    struct pollfd polled[CLIENTS + 1];
    size_t count = 0;
    bool given = argument_count == 3 && strcmp(arguments[1], "-p") == 0;
    if (argument_count != 1 && !given) {
        fputs("usage: library [-p PORT]\n", stderr);
        return 2;
    }
    int port = given ? atoi(arguments[2]) : 7070;
    polled[0] = (struct pollfd){.fd = listen_on(port), .events = POLLIN};
    fprintf(stderr, "library: open on port %d\n", port);
    while (poll(polled, count + 1, -1) > 0) {
        for (size_t i = count; i-- > 0;)
            if (polled[i + 1].revents != 0 && !serve(&clients[i])) {
                close(clients[i].socket);
                clients[i] = clients[--count];
                polled[i + 1] = polled[count + 1];
            }
        if (polled[0].revents != 0)
            welcome(polled[0].fd, clients, polled, &count);
    }
    return 0;
}

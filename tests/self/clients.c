/* Clients of a server on 127.0.0.1 that answers "ok\n" with a Content-Length, until they are ended. Usage:
 * clients PORT COUNT
 *
 * Each asks over one connection as fast as it is answered: GET /item/NUMBER, as one of a thousand sessions. */
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in address;

static int connected(void)
{
    int yes = 1, descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0 || connect(descriptor, (struct sockaddr *)&address, sizeof address) != 0) {
        perror("clients");
        exit(1);
    }
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    return descriptor;
}

/* 0, or -1: the connection ended. */
static int read_answer(int descriptor)
{
    char answer[4096];
    size_t length = 0;
    while (length < 3 || memcmp(answer + length - 3, "ok\n", 3) != 0) {
        ssize_t got = recv(descriptor, answer + length, sizeof answer - length, 0);
        if (got <= 0)
            return -1;
        length += (size_t)got;
    }
    return 0;
}

static void *ask(void *first)
{
    char request[256];
    int descriptor = connected();
    for (uint32_t number = (uint32_t)(uintptr_t)first;; number += 7919) {
        int length = snprintf(request, sizeof request,
                              "GET /item/%u HTTP/1.1\r\nHost: counting\r\nCookie: session=%032u\r\nAccept: */*\r\n\r\n",
                              number % 1000000, number % 1000);
        if (send(descriptor, request, (size_t)length, MSG_NOSIGNAL) != length || read_answer(descriptor) != 0)
            return NULL;
    }
}

int main(int count, char **arguments)
{
    if (count != 3) {
        fputs("usage: clients PORT COUNT\n", stderr);
        return 2;
    }
    address = (struct sockaddr_in){.sin_family = AF_INET,
                                   .sin_port = htons((uint16_t)atoi(arguments[1])),
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int clients = atoi(arguments[2]);
    pthread_t threads[64];
    if (clients < 1 || clients > 64)
        return 2;
    for (int i = 0; i < clients; i++)
        if (pthread_create(&threads[i], NULL, ask, (void *)(uintptr_t)i) != 0)
            return 1;
    for (int i = 0; i < clients; i++)
        pthread_join(threads[i], NULL);
    return 0;
}

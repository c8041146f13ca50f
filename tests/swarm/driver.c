/* A driver for tests of target/swarm: does what its task says, a word at a time.
 *
 *     get NAME:PORT/PATH   the answer's last line goes into the result; asks until there is one, for 30 s
 *     agents               how many agents answer in the volume of sockets
 *     fresh                asks for a new target and waits until the old one is gone
 *     variable NAME, file NAME, bytes COUNT, stderr WORD, sleep SECONDS
 *     silent               ends without a result;  status CODE;  crash
 */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <dirent.h>
#include <time.h>
#include <unistd.h>

#include "target/errand.h"

static struct errand errand;
static struct text result;
static char last_address[NI_MAXHOST];

static void nap(double seconds)
{
    nanosleep(&(struct timespec){(time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9)}, NULL);
}

static void die(int code, const char *message)
{
    fprintf(stderr, "driver: %s\n", message);
    errand_release(&errand);
    exit(code);
}

static int connect_to(const char *host, const char *port, char address[NI_MAXHOST])
{
    struct addrinfo hints = {.ai_family = AF_INET, .ai_socktype = SOCK_STREAM}, *found = NULL;
    if (getaddrinfo(host, port, &hints, &found) != 0)
        return -1;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(fd, found->ai_addr, found->ai_addrlen) != 0) {
        close(fd);
        fd = -1;
    }
    getnameinfo(found->ai_addr, found->ai_addrlen, address, NI_MAXHOST, NULL, 0, NI_NUMERICHOST);
    freeaddrinfo(found);
    return fd;
}

static void converse(int fd, const char *request, struct text *answer)
{
    char bytes[4096];
    ssize_t got;
    if (write(fd, request, strlen(request)) < 0)
        return;
    while ((got = read(fd, bytes, sizeof bytes)) > 0)
        text_add(answer, bytes, (size_t)got);
}

static void get(const char *where)
{
    char *host = xstrndup(where, strcspn(where, ":")), *port = strchr(where, ':') + 1,
         *path = xstrdup(strchr(port, '/'));
    port = xstrndup(port, strcspn(port, "/"));
    char *request = xasprintf("GET %s HTTP/1.0\r\nHost: %s\r\n\r\n", path, host);
    struct text answer = TEXT_EMPTY;
    for (int i = 0; i < 300 && answer.length == 0; i++) {
        int fd = connect_to(host, port, last_address);
        if (fd >= 0) {
            converse(fd, request, &answer);
            close(fd);
        } else
            nap(0.1);
    }
    if (answer.length == 0)
        die(125, "the target does not answer");
    while (answer.length > 0 && answer.bytes[answer.length - 1] == '\n')
        answer.bytes[--answer.length] = '\0';
    const char *line = strrchr(answer.bytes, '\n');
    text_addf(&result, "%s=%s\n", where, line != NULL ? line + 1 : answer.bytes);
    text_release(&answer);
    free(host);
    free(port);
    free(path);
    free(request);
}

static unsigned answering(void)
{
    DIR *open = opendir("/run/seep");
    struct dirent *entry;
    unsigned count = 0;
    while (open != NULL && (entry = readdir(open)) != NULL) {
        struct sockaddr_un to = {.sun_family = AF_UNIX};
        struct text answer = TEXT_EMPTY;
        if (strstr(entry->d_name, ".sock") == NULL)
            continue;
        snprintf(to.sun_path, sizeof to.sun_path, "/run/seep/%.80s", entry->d_name);
        int fd = socket(AF_UNIX, SOCK_STREAM, 0);
        if (connect(fd, (struct sockaddr *)&to, sizeof to) == 0)
            converse(fd, "GET /read HTTP/1.0\r\n\r\n", &answer);
        count += strstr(text_string(&answer), "\"live_") != NULL;
        close(fd);
        text_release(&answer);
    }
    if (open != NULL)
        closedir(open);
    return count;
}

static void fresh(void)
{
    static unsigned number;
    char address[NI_MAXHOST], before[NI_MAXHOST];
    struct err err = {0};
    snprintf(before, sizeof before, "%s", last_address);
    if (errand_ask_fresh(++number, &err) != 0)
        die(202, err.message);
    for (int i = 0; i < 600; i++, nap(0.05)) { /* its address does not answer any more */
        int fd = connect_to(before, getenv("TARGET_PORT") != NULL ? getenv("TARGET_PORT") : "8000", address);
        if (fd < 0)
            return;
        close(fd);
    }
    die(125, "the old target stays");
}

static void do_one(const char *word, const char *argument)
{
    char *path = xasprintf("%s/%s", errand.directory, argument != NULL ? argument : "");
    struct stat status;
    if (strcmp(word, "get") == 0)
        get(argument);
    else if (strcmp(word, "agents") == 0)
        text_addf(&result, "agents=%u\n", answering());
    else if (strcmp(word, "fresh") == 0)
        fresh();
    else if (strcmp(word, "variable") == 0)
        text_addf(&result, "%s=%s\n", argument, getenv(argument) != NULL ? getenv(argument) : "-");
    else if (strcmp(word, "file") == 0)
        text_addf(&result, "%s=%lld\n", argument,
                  stat(path, &status) == 0 ? (long long)status.st_size : -1LL);
    else if (strcmp(word, "bytes") == 0)
        for (long left = atol(argument); left > 0; left--)
            text_add_char(&result, (char)(left * 7919 >> 3));
    else if (strcmp(word, "sleep") == 0)
        nap(atof(argument));
    else if (strcmp(word, "stderr") == 0)
        fprintf(stderr, "%s", argument);
    else if (strcmp(word, "status") == 0)
        die(atoi(argument), "as I was told");
    else if (strcmp(word, "crash") == 0)
        __builtin_trap(); /* a signal that it sends to itself is nothing to the first process of a container */
    else
        die(200, word);
    free(path);
}

static void end_at_signal(int number)
{
    _exit(128 + number);
}

int main(void)
{
    struct err err = {0};
    bool silent = false;
    signal(SIGTERM, end_at_signal);
    if (errand_open(&errand, ERRAND_AT, &err) != 0)
        die(err.code, err.message);
    for (char *word = strtok(errand.task.bytes, " \n"); word != NULL; word = strtok(NULL, " \n")) {
        static const char *const bare[] = {"agents", "fresh", "crash"};
        bool alone = false;
        for (size_t i = 0; i < sizeof bare / sizeof *bare; i++)
            alone = alone || strcmp(bare[i], word) == 0;
        silent = silent || strcmp(word, "silent") == 0;
        if (strcmp(word, "silent") != 0)
            do_one(word, alone ? NULL : strtok(NULL, " \n"));
    }
    if (!silent && errand_send(result.bytes, result.length, &err) != 0)
        die(err.code, err.message);
    errand_release(&errand);
    text_release(&result);
    return silent ? 1 : 0;
}

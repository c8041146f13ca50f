#include "torture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Any start time: a process number comes once in a test. */
static bool find_socket(pid_t pid, char path[256])
{
    const char *directory = getenv("SEEP_AGENT_DIR");
    char prefix[64];
    snprintf(prefix, sizeof prefix, "malloc-%d-", (int)pid);
    DIR *entries = opendir(directory);
    bool found = false;
    for (struct dirent *entry; entries != NULL && !found && (entry = readdir(entries)) != NULL;) {
        found = strncmp(entry->d_name, prefix, strlen(prefix)) == 0;
        if (found)
            snprintf(path, 256, "%s/%.100s", directory, entry->d_name);
    }
    if (entries != NULL)
        closedir(entries);
    return found;
}

bool has_socket(pid_t pid)
{
    char path[256];
    return find_socket(pid, path);
}

static int connect_to(pid_t pid)
{
    char path[256];
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!find_socket(pid, path) || strlen(path) >= sizeof address.sun_path)
        return -1;
    memcpy(address.sun_path, path, strlen(path) + 1);
    int connection = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (connection >= 0 && connect(connection, (struct sockaddr *)&address, sizeof address) == 0)
        return connection;
    close(connection);
    return -1;
}

int ask(pid_t pid, const char *path, char *answer, size_t size)
{
    char request[128];
    int connection = connect_to(pid);
    if (connection < 0)
        return -1;
    int length = snprintf(request, sizeof request, "GET %s HTTP/1.0\r\n\r\n", path);
    ssize_t got = send(connection, request, (size_t)length, MSG_NOSIGNAL);
    size_t total = 0;
    while (got > 0 && total + 1 < size && (got = recv(connection, answer + total, size - 1 - total, 0)) > 0)
        total += (size_t)got;
    answer[total] = '\0';
    close(connection);
    return total > 0 ? 0 : -1;
}

static long long number(const char *text, const char *key)
{
    const char *at = strstr(text, key);
    return at != NULL ? atoll(at + strlen(key)) : -1;
}

int ask_reading(pid_t pid, struct reading *reading)
{
    char answer[1024];
    if (ask(pid, "/read?gc=1", answer, sizeof answer) != 0)
        return -1;
    *reading = (struct reading){
        .objects = number(answer, "\"live_objects\":"),
        .bytes = number(answer, "\"live_bytes\":"),
        .pid = number(answer, "\"pid\":"),
        .fds = number(answer, "\"fds\":"),
        .threads = number(answer, "\"threads\":"),
    };
    return 0;
}

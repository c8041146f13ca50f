#include "target/listening.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

struct member {
    pid_t pid, parent, group;
    uint64_t ticks;
    bool ours;
};

struct members {
    struct member *items;
    size_t count;
};

struct inodes {
    uint64_t *items;
    size_t count;
};

/* "PID (NAME) STATE PARENT GROUP ... UTIME STIME ...": the name may hold anything, its end is the last ')'. */
static bool read_member(const char *pid, struct member *member)
{
    char path[64];
    struct text text = TEXT_EMPTY;
    unsigned long long user = 0, kernel = 0;
    int parent = 0, group = 0;
    snprintf(path, sizeof path, "/proc/%.20s/stat", pid);
    const char *rest = text_read_file(&text, path, 4096, NULL) == 0 ? strrchr(text_string(&text), ')') : NULL;
    bool good = rest != NULL && sscanf(rest, ") %*c %d %d %*d %*d %*d %*u %*u %*u %*u %*u %llu %llu", &parent,
                                       &group, &user, &kernel) == 4;
    *member = (struct member){(pid_t)atoi(pid), parent, group, user + kernel, false};
    text_release(&text);
    return good;
}

static void read_members(struct members *members)
{
    DIR *directory = opendir("/proc");
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        struct member member;
        if (!isdigit((unsigned char)entry->d_name[0]) || !read_member(entry->d_name, &member))
            continue;
        members->items = xrealloc(members->items, (members->count + 1) * sizeof *members->items);
        members->items[members->count++] = member;
    }
    if (directory != NULL)
        closedir(directory);
}

static bool is_ours(const struct members *members, pid_t pid)
{
    for (size_t i = 0; i < members->count; i++)
        if (members->items[i].pid == pid)
            return members->items[i].ours;
    return false;
}

/* Until nobody's parent is found to be one of ours any more. */
static void mark_ours(struct members *members, pid_t first)
{
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t i = 0; i < members->count; i++) {
            struct member *member = &members->items[i];
            if (member->ours ||
                !(member->pid == first || member->group == first || is_ours(members, member->parent)))
                continue;
            member->ours = changed = true;
        }
    }
}

static void add_sockets(struct inodes *inodes, pid_t pid)
{
    char path[32], link[64];
    snprintf(path, sizeof path, "/proc/%d/fd", (int)pid);
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        uint64_t inode;
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, link, sizeof link - 1);
        link[length > 0 ? length : 0] = '\0';
        if (sscanf(link, "socket:[%" SCNu64 "]", &inode) != 1)
            continue;
        inodes->items = xrealloc(inodes->items, (inodes->count + 1) * sizeof *inodes->items);
        inodes->items[inodes->count++] = inode;
    }
    if (directory != NULL)
        closedir(directory);
}

/* The kernel prints each 32-bit word of an address as the number that it is in memory. */
static bool address_of(const char *hex, char text[INET6_ADDRSTRLEN])
{
    uint32_t words[4];
    size_t count = strlen(hex) / 8;
    for (size_t i = 0; i < count; i++)
        if (sscanf(hex + i * 8, "%8" SCNx32, &words[i]) != 1)
            return false;
    return inet_ntop(count == 4 ? AF_INET6 : AF_INET, words, text, INET6_ADDRSTRLEN) != NULL;
}

char *listening_of_line(const char *line, uint64_t *inode)
{
    char hex[33], state[3], text[INET6_ADDRSTRLEN];
    unsigned port;
    if (sscanf(line, " %*d: %32[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x %2s %*s %*s %*s %*d %*d %" SCNu64, hex, &port,
               state, inode) != 4 ||
        strcmp(state, "0A") != 0 || (strlen(hex) != 8 && strlen(hex) != 32) || !address_of(hex, text))
        return NULL;
    return xasprintf(strlen(hex) == 32 ? "[%s]:%u" : "%s:%u", text, port);
}

static void add_places(struct strings *places, const char *path, const struct inodes *inodes)
{
    FILE *file = fopen(path, "re");
    char *line = NULL;
    size_t size = 0;
    while (file != NULL && getline(&line, &size, file) > 0) {
        uint64_t inode = 0;
        char *place = listening_of_line(line, &inode);
        for (size_t i = 0; place != NULL && i < inodes->count; i++)
            if (inodes->items[i] == inode && !strings_has(places, place))
                strings_add(places, place);
        free(place);
    }
    free(line);
    if (file != NULL)
        fclose(file);
}

void listening_release(struct listening *listening)
{
    strings_release(&listening->places);
    *listening = (struct listening){0};
}

void listening_look(struct listening *listening, pid_t first)
{
    struct members members = {0};
    struct inodes inodes = {0};
    listening_release(listening);
    read_members(&members);
    mark_ours(&members, first);
    for (size_t i = 0; i < members.count; i++) {
        if (!members.items[i].ours)
            continue;
        listening->ticks += members.items[i].ticks;
        add_sockets(&inodes, members.items[i].pid);
    }
    add_places(&listening->places, "/proc/net/tcp", &inodes);
    add_places(&listening->places, "/proc/net/tcp6", &inodes);
    free(members.items);
    free(inodes.items);
}

/* A socket for every address of IPv6 takes IPv4 as well, unless it was told not to. */
bool listening_at(const struct listening *listening, const struct origin *origin)
{
    bool v6 = origin->address.ss_family == AF_INET6;
    char any[32], any6[32];
    snprintf(any, sizeof any, "%s:%d", v6 ? "[::]" : "0.0.0.0", origin->port);
    snprintf(any6, sizeof any6, "[::]:%d", origin->port);
    return strings_has(&listening->places, origin->text) || strings_has(&listening->places, any) ||
           strings_has(&listening->places, any6);
}

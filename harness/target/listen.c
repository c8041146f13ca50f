#include "target/listen.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

#define HANDED_OUT 256 /* remembered */
#define PORT_TRIES 32

static pthread_mutex_t ports = PTHREAD_MUTEX_INITIALIZER;
static int handed_out[HANDED_OUT]; /* a ring */
static size_t handed_count;

/* Returns a socket that is bound to a port of the kernel's choice; -1: none. */
static int bind_any(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (descriptor < 0)
        return -1;
    if (bind(descriptor, (struct sockaddr *)&address, length) == 0 &&
        getsockname(descriptor, (struct sockaddr *)&address, &length) == 0) {
        *port = ntohs(address.sin_port);
        return descriptor;
    }
    int number = errno;
    close(descriptor);
    errno = number;
    return -1;
}

static bool was_handed_out(int port)
{
    size_t count = handed_count < HANDED_OUT ? handed_count : HANDED_OUT;
    for (size_t i = 0; i < count; i++)
        if (handed_out[i] == port)
            return true;
    return false;
}

/* What was refused stays bound meanwhile, so that the kernel chooses another. */
static int pick_port(void)
{
    int held[PORT_TRIES], count = 0, port = -1;
    while (count < PORT_TRIES && (held[count] = bind_any(&port)) >= 0 && was_handed_out(port))
        count++;
    int number = errno;
    for (int i = 0; i <= count && i < PORT_TRIES; i++)
        if (held[i] >= 0)
            close(held[i]);
    errno = number;
    return port;
}

int listen_free_port(struct err *err)
{
    pthread_mutex_lock(&ports);
    int port = pick_port();
    if (port < 0)
        err_set(err, ERR_INTERNAL, "no free port on 127.0.0.1: %s", strerror(errno));
    else
        handed_out[handed_count++ % HANDED_OUT] = port;
    pthread_mutex_unlock(&ports);
    return port;
}

static bool connected(int descriptor, int timeout_ms)
{
    struct pollfd wait = {.fd = descriptor, .events = POLLOUT};
    int failure = 0;
    socklen_t size = sizeof failure;
    return poll(&wait, 1, timeout_ms) == 1 &&
           getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &failure, &size) == 0 && failure == 0;
}

bool listen_accepts(const struct sockaddr *address, socklen_t length, int timeout_ms)
{
    int descriptor = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (descriptor < 0)
        return false;
    bool accepts = connect(descriptor, address, length) == 0 ||
                   (errno == EINPROGRESS && connected(descriptor, timeout_ms));
    close(descriptor);
    return accepts;
}

/* "sl: local:port remote:port state tx:rx timer:when retransmits uid timeout inode"; state 0A is LISTEN. */
static uint64_t inode_of_line(const char *line, size_t length, int port)
{
    char copy[256];
    unsigned local;
    uint64_t inode;
    if (length >= sizeof copy || memmem(line, length, " 0A ", 4) == NULL)
        return 0;
    memcpy(copy, line, length);
    copy[length] = '\0';
    if (sscanf(copy, " %*d: %*[0-9A-Fa-f]:%x %*[0-9A-Fa-f]:%*x 0A %*s %*s %*s %*d %*d %" SCNu64, &local,
               &inode) != 2)
        return 0;
    return local == (unsigned)port ? inode : 0;
}

/* A busy machine has 50,000 lines here: one at a time. */
uint64_t listen_find_inode(FILE *file, int port)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    uint64_t inode = 0;
    while (inode == 0 && (length = getline(&line, &size, file)) > 0)
        inode = inode_of_line(line, (size_t)length, port);
    free(line);
    return inode;
}

static uint64_t listening_inode(int port)
{
    static const char *const paths[] = {"/proc/net/tcp", "/proc/net/tcp6"};
    uint64_t inode = 0;
    for (size_t i = 0; i < 2 && inode == 0; i++) {
        FILE *file = fopen(paths[i], "re");
        if (file == NULL)
            continue;
        inode = listen_find_inode(file, port);
        fclose(file);
    }
    return inode;
}

static bool holds_socket(const char *pid, const char *wanted)
{
    char path[300], link[64];
    snprintf(path, sizeof path, "/proc/%s/fd", pid);
    DIR *directory = opendir(path);
    bool holds = false;
    for (struct dirent *entry; !holds && directory != NULL && (entry = readdir(directory)) != NULL;) {
        ssize_t length = readlinkat(dirfd(directory), entry->d_name, link, sizeof link - 1);
        link[length > 0 ? length : 0] = '\0';
        holds = strcmp(link, wanted) == 0;
    }
    if (directory != NULL)
        closedir(directory);
    return holds;
}

static pid_t parent_of(pid_t pid)
{
    char path[64], text[1024];
    int parent = 0;
    snprintf(path, sizeof path, "/proc/%d/stat", (int)pid);
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t length = descriptor >= 0 ? read(descriptor, text, sizeof text - 1) : 0;
    if (descriptor >= 0)
        close(descriptor);
    text[length > 0 ? length : 0] = '\0';
    const char *after = strrchr(text, ')'); /* the name may hold parentheses */
    return after != NULL && sscanf(after + 1, " %*c %d", &parent) == 1 ? (pid_t)parent : 0;
}

/* "address: references protocol flags type state inode path"; the flag 10000 is a socket that listens. */
uint64_t listen_find_socket(const char *text, const char *path)
{
    for (size_t length; *text != '\0'; text += length + (text[length] != '\0')) {
        uint64_t inode;
        int at = 0;
        unsigned flags;
        length = strcspn(text, "\n");
        char *line = xstrndup(text, length);
        bool found = sscanf(line, "%*[^:]: %*x %*x %x %*x %*x %" SCNu64 " %n", &flags, &inode, &at) == 2 &&
                     at > 0 && (flags & 0x10000) != 0 && strcmp(line + at, path) == 0;
        free(line);
        if (found)
            return inode;
    }
    return 0;
}

/* Of those that hold the socket, one whose parent does not: workers inherit it from there. */
static pid_t holder_of(uint64_t inode)
{
    if (inode == 0)
        return 0;
    char wanted[64];
    snprintf(wanted, sizeof wanted, "socket:[%" PRIu64 "]", inode);
    pid_t owner = -1;
    DIR *directory = opendir("/proc");
    for (struct dirent *entry; owner < 0 && directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (!isdigit((unsigned char)entry->d_name[0]) || !holds_socket(entry->d_name, wanted))
            continue;
        char parent[16];
        snprintf(parent, sizeof parent, "%d", (int)parent_of((pid_t)atoi(entry->d_name)));
        if (!holds_socket(parent, wanted))
            owner = (pid_t)atoi(entry->d_name);
    }
    if (directory != NULL)
        closedir(directory);
    return owner;
}

pid_t listen_owner(int port)
{
    return holder_of(listening_inode(port));
}

pid_t listen_socket_owner(const char *path)
{
    struct text text = TEXT_EMPTY;
    uint64_t inode = 0;
    if (text_read_file(&text, "/proc/net/unix", 64 << 20, NULL) == 0)
        inode = listen_find_socket(text_string(&text), path);
    text_release(&text);
    return holder_of(inode);
}

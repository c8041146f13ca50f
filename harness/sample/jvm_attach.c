#include "sample/jvm_attach.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define CALL_LIMIT_NS (30 * CLOCK_NS_PER_S)
#define LISTEN_LIMIT_NS (10 * CLOCK_NS_PER_S) /* as long as jcmd waits for the socket */
#define TICK_US 10000
#define MAPS_BYTES ((size_t)64 << 20)
#define ANSWER_BYTES ((size_t)64 << 20)
#define FILE_BYTES ((size_t)1 << 20)

struct jvm_call {
    struct proc_stat process;
    struct jvm_identity identity;
    char *command;
    struct event *event; /* the next tick, then the socket */
    char *socket_path;
    int directory; /* where .attach_pidN is that we made; -1: none is */
    bool asked;
    int socket;
    int64_t started_ns;
    struct text answer;
    struct event_base *base;
    jvm_done *done;
    void *owner;
};

static int read_of(pid_t pid, const char *what, size_t limit, struct text *text)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, what);
    return text_read_file(text, path, limit, NULL);
}

bool jvm_is_there(pid_t pid)
{
    struct text maps = TEXT_EMPTY;
    bool there = read_of(pid, "maps", MAPS_BYTES, &maps) == 0 &&
                 strstr(text_string(&maps), "/libjvm.so") != NULL &&
                 strstr(text_string(&maps), "/libj9") == NULL;
    text_release(&maps);
    return there;
}

/* What stands behind "\nKEY:\t"; NULL: no such line. */
static const char *value_of(const char *status, const char *key)
{
    const char *line = strstr(status, key);
    return line != NULL ? line + strlen(key) : NULL;
}

int jvm_parse_identity(const char *status, struct jvm_identity *identity)
{
    const char *users = value_of(status, "\nUid:\t"), *groups = value_of(status, "\nGid:\t"),
               *numbers = value_of(status, "\nNSpid:\t"), *caught = value_of(status, "\nSigCgt:\t");
    uint64_t signals;
    unsigned user, group;
    if (users == NULL || groups == NULL || numbers == NULL || caught == NULL ||
        sscanf(users, "%*u %u", &user) != 1 || sscanf(groups, "%*u %u", &group) != 1 ||
        sscanf(caught, "%" SCNx64, &signals) != 1)
        return -1;
    *identity = (struct jvm_identity){
        .user = user, .group = group, .catches_quit = (signals >> (SIGQUIT - 1) & 1) != 0};
    for (char *end; *numbers != '\n' && *numbers != '\0'; numbers = end) { /* outermost first */
        long number = strtol(numbers, &end, 10);
        if (end == numbers || number <= 0)
            return -1;
        identity->inner = (pid_t)number;
    }
    return identity->inner > 0 ? 0 : -1;
}

char *jvm_parse_answer(struct text *answer)
{
    char *end = NULL;
    long code = answer->length > 0 ? strtol(answer->bytes, &end, 10) : 0;
    if (end == NULL)
        return xstrdup("it closed the attach socket without an answer");
    if (end == answer->bytes || *end != '\n')
        return xasprintf("its answer starts with '%.*s', no code", (int)strcspn(answer->bytes, "\n") % 40,
                         answer->bytes);
    end++;
    if (code != 0)
        return xasprintf("it answered with code %ld: %.*s", code, (int)strcspn(end, "\n") % 200, end);
    answer->length -= (size_t)(end - answer->bytes);
    memmove(answer->bytes, end, answer->length + 1);
    return NULL;
}

static void name_file(const struct jvm_call *call, char name[32])
{
    snprintf(name, 32, ".attach_pid%d", (int)call->identity.inner);
}

/* Found by its directory: /proc/PID/cwd is gone as soon as the process is. */
static void take_file_away(struct jvm_call *call)
{
    char name[32];
    name_file(call, name);
    if (call->directory < 0)
        return;
    unlinkat(call->directory, name, 0);
    close(call->directory);
    call->directory = -1;
}

void jvm_call_cancel(struct jvm_call *call)
{
    take_file_away(call);
    if (call->event != NULL)
        event_free(call->event);
    if (call->socket >= 0)
        close(call->socket);
    text_release(&call->answer);
    free(call->command);
    free(call->socket_path);
    free(call);
}

static void finish(struct jvm_call *call, char *why_take)
{
    struct text body = call->answer;
    jvm_done *done = call->done;
    void *owner = call->owner;
    call->answer = TEXT_EMPTY;
    jvm_call_cancel(call);
    done(owner, &body, why_take);
    text_release(&body);
}

/* A number that comes again is another process. */
static bool is_same(const struct proc_stat *process)
{
    struct proc_stat now;
    return proc_read_stat(process->pid, &now) == 0 && now.start_time == process->start_time &&
           now.state != 'Z';
}

static void schedule(struct jvm_call *call, int descriptor, short what, event_callback_fn then,
                     int64_t delay_ns)
{
    struct timeval delay = {.tv_sec = delay_ns / CLOCK_NS_PER_S,
                            .tv_usec = delay_ns % CLOCK_NS_PER_S / CLOCK_NS_PER_US};
    if (call->event != NULL)
        event_free(call->event);
    call->event = event_new(call->base, descriptor, what, then, call);
    event_add(call->event, &delay);
}

static void on_readable(evutil_socket_t descriptor, short what, void *owner)
{
    struct jvm_call *call = owner;
    char piece[16384];
    ssize_t got = what & EV_READ ? recv(descriptor, piece, sizeof piece, MSG_DONTWAIT) : -1;
    int64_t left_ns = call->started_ns + CALL_LIMIT_NS - clock_now_ns();
    bool again = what & EV_READ && got < 0 && (errno == EAGAIN || errno == EINTR);
    if (got > 0)
        text_add(&call->answer, piece, (size_t)got);
    if (left_ns <= 0 || !(what & EV_READ))
        finish(call, xasprintf("it did not answer within %d s", (int)(CALL_LIMIT_NS / CLOCK_NS_PER_S)));
    else if (call->answer.length > ANSWER_BYTES)
        finish(call, xasprintf("its answer is longer than %zu MiB", ANSWER_BYTES >> 20));
    else if (got > 0 || again)
        schedule(call, descriptor, EV_READ, on_readable, left_ns);
    else if (got < 0)
        finish(call, xasprintf("it did not answer to its end: %s", strerror(errno)));
    else
        finish(call, jvm_parse_answer(&call->answer));
}

/* Protocol 1: its version, the command and three arguments, each ended by NUL. */
static void talk(struct jvm_call *call)
{
    struct text request = TEXT_EMPTY;
    text_add(&request, "1\0jcmd", sizeof "1\0jcmd");
    text_add(&request, call->command, strlen(call->command) + 1);
    text_add(&request, "\0", 2);
    ssize_t sent = send(call->socket, request.bytes, request.length, MSG_NOSIGNAL);
    if (sent != (ssize_t)request.length)
        finish(call, xasprintf("it takes no command: %s", sent < 0 ? strerror(errno) : "half was taken"));
    else
        schedule(call, call->socket, EV_READ, on_readable, CALL_LIMIT_NS);
    text_release(&request);
}

/* Whoever may write to /tmp could have put a socket there. */
static bool is_its_own(const struct jvm_call *call)
{
    struct stat file;
    return lstat(call->socket_path, &file) == 0 && S_ISSOCK(file.st_mode) &&
           (file.st_uid == call->identity.user || file.st_uid == 0);
}

/* False: it does not listen yet, or a JVM that had its number left its socket. */
static bool connects(struct jvm_call *call)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (!is_its_own(call))
        return false;
    snprintf(address.sun_path, sizeof address.sun_path, "%s", call->socket_path);
    call->socket = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (call->socket < 0)
        return false;
    if (connect(call->socket, (const struct sockaddr *)&address, sizeof address) == 0)
        return true;
    close(call->socket);
    call->socket = -1;
    return false;
}

/* True: it is in this directory of the process, ours or of another who asks at the same time and removes it. JDK 8
 * heeds only one of its own user. */
static bool put_file(struct jvm_call *call, const char *directory)
{
    char path[64], name[32];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)call->process.pid, directory);
    name_file(call, name);
    call->directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
    int file = openat(call->directory, name, O_CREAT | O_EXCL | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0660);
    if (file < 0) {
        bool there = errno == EEXIST;
        if (call->directory >= 0)
            close(call->directory);
        call->directory = -1;
        return there;
    }
    bool given =
        call->identity.user == geteuid() || fchown(file, call->identity.user, call->identity.group) == 0;
    close(file);
    if (!given)
        take_file_away(call);
    return given;
}

static bool is_switched_off(pid_t pid)
{
    static const char flag[] = "-XX:+DisableAttachMechanism";
    struct text line = TEXT_EMPTY;
    bool off = read_of(pid, "cmdline", FILE_BYTES, &line) == 0 && line.length > 0 &&
               memmem(line.bytes, line.length, flag, sizeof flag - 1) != NULL;
    text_release(&line);
    return off;
}

/* Has it listen. NULL, or why it cannot be asked to. */
static char *ask(struct jvm_call *call)
{
    pid_t pid = call->process.pid;
    if (is_switched_off(pid))
        return xstrdup("it runs with -XX:+DisableAttachMechanism");
    if (!call->identity.catches_quit)
        return xstrdup("it neither listens nor catches SIGQUIT: it has only just started");
    if (!put_file(call, "cwd") && !put_file(call, "root/tmp"))
        return xstrdup("neither its working directory nor its /tmp takes the file that asks it to listen");
    call->asked = true;
    if (!is_same(&call->process) || !jvm_is_there(pid) || kill(pid, SIGQUIT) != 0)
        return xstrdup("it ended");
    return NULL;
}

static void on_tick(evutil_socket_t none, short what, void *owner)
{
    struct jvm_call *call = owner;
    (void)none, (void)what;
    if (!is_same(&call->process)) {
        finish(call, xstrdup("it ended"));
        return;
    }
    if (connects(call)) {
        take_file_away(call);
        talk(call);
        return;
    }
    char *why = call->asked ? NULL : ask(call);
    if (why == NULL && clock_now_ns() - call->started_ns > LISTEN_LIMIT_NS)
        why = xasprintf("it did not open its attach socket within %d s",
                        (int)(LISTEN_LIMIT_NS / CLOCK_NS_PER_S));
    if (why != NULL)
        finish(call, why);
    else
        schedule(call, -1, 0, on_tick, TICK_US * CLOCK_NS_PER_US);
}

static void on_start(evutil_socket_t none, short what, void *owner)
{
    struct jvm_call *call = owner;
    struct text status = TEXT_EMPTY;
    pid_t pid = call->process.pid;
    int known = read_of(pid, "status", FILE_BYTES, &status) == 0 &&
                jvm_parse_identity(text_string(&status), &call->identity) == 0;
    text_release(&status);
    if (!known)
        finish(call, xstrdup("it ended"));
    else if (geteuid() != 0 && call->identity.user != geteuid())
        finish(call, xasprintf("it belongs to user %u, seep runs as %u", (unsigned)call->identity.user,
                               (unsigned)geteuid()));
    else {
        call->socket_path = xasprintf("/proc/%d/root/tmp/.java_pid%d", (int)pid, (int)call->identity.inner);
        on_tick(none, what, call);
    }
}

struct jvm_call *jvm_call_start(struct loop *loop, const struct proc_stat *process, const char *command,
                                jvm_done *done, void *owner)
{
    struct jvm_call *call = xcalloc(1, sizeof *call);
    *call = (struct jvm_call){.process = *process,
                              .command = xstrdup(command),
                              .socket = -1,
                              .directory = -1,
                              .started_ns = clock_now_ns(),
                              .base = loop_base(loop),
                              .done = done,
                              .owner = owner};
    schedule(call, -1, 0, on_start, 0);
    return call;
}

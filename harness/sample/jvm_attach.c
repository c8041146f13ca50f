#include "sample/jvm_attach.h"

#include <errno.h>
#include <event2/event.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"

#define LOOK_US 20000
#define LISTENS_NS (5 * CLOCK_NS_PER_S) /* from the signal until it listens */
#define ANSWERS_NS (60 * CLOCK_NS_PER_S)
#define ANSWER_MOST ((size_t)64 << 20)

struct attach {
    struct loop *loop;
    pid_t pid, inner; /* as we see it, and as it sees itself */
    char *command;
    char *trigger; /* the file that makes it listen; NULL: none was made */
    int socket;
    struct event *event; /* the next look, or what comes on the socket */
    int64_t until_ns;
    struct text answer;
    void (*done)(void *owner, const struct text *answer, const struct err *err);
    void *owner;
};

static bool any_line(pid_t pid, const char *file, bool (*wanted)(const char *line, void *into), void *into)
{
    char path[64], line[4096];
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *lines = fopen(path, "re");
    bool found = false;
    while (lines != NULL && !found && fgets(line, sizeof line, lines) != NULL)
        found = wanted(line, into);
    if (lines != NULL)
        fclose(lines);
    return found;
}

static bool names_libjvm(const char *line, void *into)
{
    (void)into;
    return strstr(line, "/libjvm.so") != NULL;
}

bool jvm_is(pid_t pid)
{
    return any_line(pid, "maps", names_libjvm, NULL);
}

/* proc(5): NSpid, its number in each namespace, ours first. */
static bool read_inner(const char *line, void *into)
{
    const char *last = strrchr(line, '\t');
    if (!text_starts_with(line, "NSpid:") || last == NULL)
        return false;
    *(pid_t *)into = (pid_t)strtol(last, NULL, 10);
    return true;
}

/* proc(5), SigCgt: a JVM that has no handler yet, or none (-Xrs), would be ended by the signal. */
static bool catches_quit(const char *line, void *into)
{
    (void)into;
    return text_starts_with(line, "SigCgt:") &&
           (strtoull(line + strlen("SigCgt:"), NULL, 16) >> (SIGQUIT - 1) & 1) != 0;
}

static void end(struct attach *attach, const struct text *answer, const struct err *err)
{
    if (attach->trigger != NULL)
        unlink(attach->trigger);
    if (attach->event != NULL)
        event_free(attach->event);
    if (attach->socket >= 0)
        close(attach->socket);
    attach->done(attach->owner, answer, err);
    text_release(&attach->answer);
    free(attach->trigger);
    free(attach->command);
    free(attach);
}

static void fail(struct attach *attach, const char *why)
{
    struct err err = {0};
    err_set(&err, ERR_USAGE, "the JVM of process %d %s", (int)attach->pid, why);
    end(attach, NULL, &err);
}

/* The answer ended: "0", a line break, the text. */
static void conclude(struct attach *attach)
{
    const char *bytes = text_string(&attach->answer), *newline = strchr(bytes, '\n');
    if (newline == NULL) {
        fail(attach, "ended the connection without an answer");
        return;
    }
    if (strncmp(bytes, "0\n", 2) != 0) {
        char why[256];
        int length = (int)strcspn(newline + 1, "\r\n");
        snprintf(why, sizeof why, "refused %s: %.*s", attach->command, length < 160 ? length : 160,
                 newline + 1);
        fail(attach, why);
        return;
    }
    struct text rest = TEXT_EMPTY;
    text_add(&rest, newline + 1, attach->answer.length - 2);
    end(attach, &rest, NULL);
    text_release(&rest);
}

static void on_readable(evutil_socket_t descriptor, short what, void *owner)
{
    struct attach *attach = owner;
    char bytes[16384];
    if (what & EV_TIMEOUT) {
        fail(attach, "did not answer in time");
        return;
    }
    ssize_t got = read(descriptor, bytes, sizeof bytes);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got > 0 && attach->answer.length + (size_t)got > ANSWER_MOST)
        fail(attach, "answered more than 64 MiB");
    else if (got > 0)
        text_add(&attach->answer, bytes, (size_t)got);
    else if (got == 0)
        conclude(attach);
    else
        fail(attach, "broke the connection");
}

static int connect_to(const struct attach *attach)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "/proc/%d/root/tmp/.java_pid%d", (int)attach->pid,
             (int)attach->inner);
    int made = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (made >= 0 && connect(made, (struct sockaddr *)&address, sizeof address) == 0)
        return made;
    int reason = errno;
    if (made >= 0)
        close(made);
    errno = reason;
    return -1;
}

static void ask(struct attach *attach)
{
    struct timeval limit = {ANSWERS_NS / CLOCK_NS_PER_S, 0};
    struct text request = TEXT_EMPTY;
    text_add(&request, "1\0jcmd", sizeof "1\0jcmd");
    text_add(&request, attach->command, strlen(attach->command) + 1);
    text_add(&request, "\0", 2);
    ssize_t sent = send(attach->socket, request.bytes, request.length, MSG_NOSIGNAL);
    bool whole = sent == (ssize_t)request.length;
    text_release(&request);
    if (!whole) {
        fail(attach, "does not take a request");
        return;
    }
    event_free(attach->event);
    attach->event =
        event_new(loop_base(attach->loop), attach->socket, EV_READ | EV_PERSIST, on_readable, attach);
    event_add(attach->event, &limit);
}

/* The trigger is looked for in the JVM's working directory, then in /tmp. */
static bool make_trigger(struct attach *attach)
{
    static const char *const places[] = {"cwd", "root/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *path = xasprintf("/proc/%d/%s/.attach_pid%d", (int)attach->pid, places[i], (int)attach->inner);
        int file = open(path, O_CREAT | O_WRONLY | O_NOFOLLOW | O_CLOEXEC, 0600);
        if (file >= 0) {
            close(file);
            attach->trigger = path;
            return true;
        }
        free(path);
    }
    return false;
}

static void look_later(struct attach *attach)
{
    event_add(attach->event, &(struct timeval){0, LOOK_US});
}

static void on_look(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct attach *attach = owner;
    attach->socket = connect_to(attach);
    if (attach->socket >= 0)
        ask(attach);
    else if (errno != ENOENT && errno != ECONNREFUSED && errno != EAGAIN)
        fail(attach, errno == EACCES ? "belongs to another user" : "cannot be reached by its attach socket");
    else if (!jvm_is(attach->pid))
        fail(attach, "is gone");
    else if (!any_line(attach->pid, "status", catches_quit, NULL))
        fail(attach, "takes no SIGQUIT, by which it is asked to listen (-Xrs?)");
    else if (attach->trigger == NULL && !make_trigger(attach))
        fail(attach, "cannot be asked to listen: no file can be made in its directory nor in its /tmp");
    else if (attach->until_ns == 0 && kill(attach->pid, SIGQUIT) != 0)
        fail(attach, "cannot be signalled: it belongs to another user");
    else if (attach->until_ns != 0 && clock_now_ns() > attach->until_ns)
        fail(attach, "does not listen (was it started with -XX:+DisableAttachMechanism?)");
    else {
        attach->until_ns = attach->until_ns != 0 ? attach->until_ns : clock_now_ns() + LISTENS_NS;
        look_later(attach);
    }
}

void jvm_ask(struct loop *loop, pid_t pid, const char *command,
             void (*done)(void *owner, const struct text *answer, const struct err *err), void *owner)
{
    struct attach *attach = xcalloc(1, sizeof *attach);
    *attach = (struct attach){.loop = loop,
                              .pid = pid,
                              .inner = pid,
                              .command = xstrdup(command),
                              .socket = -1,
                              .done = done,
                              .owner = owner};
    any_line(pid, "status", read_inner, &attach->inner);
    attach->event = event_new(loop_base(loop), -1, 0, on_look, attach);
    event_add(attach->event, &(struct timeval){0, 0});
}

/* Real servers and misbehaving ones: started, waited for, watched, ended with all that they forked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"
#include "target/fill.h"
#include "target/listen.h"
#include "target/process.h"
#include "target/target.h"

static char directory[] = "/tmp/seep-test-target-XXXXXX";
static struct loop *loop;

#define SECOND CLOCK_NS_PER_S

static int begin(void **state)
{
    (void)state;
    struct err err;
    loop = loop_new(&err);
    /* What the target makes lies below, and must be gone at the end. */
    setenv("TMPDIR", mkdtemp(directory), 1);
    return loop == NULL;
}

static int end(void **state)
{
    (void)state;
    loop_free(loop);
    char *remove = xasprintf("rm -f %s/own-*; rmdir %s", directory, directory);
    int left = system(remove);
    free(remove);
    return left; /* a private directory that was not removed fails here */
}

static char *own_file(const char *name, const char *content, mode_t mode)
{
    char *path = xasprintf("%s/own-%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    assert_int_equal(fclose(file), 0);
    chmod(path, mode);
    return path;
}

static struct service service_of(const char *url, const char *const *command)
{
    struct service service = {
        .name = xstrdup("test"), .directory = xstrdup(directory), .file = xstrdup("test/service.yaml")};
    service.target = xstrdup(url);
    strings_add(&service.allow, "127.0.0.1");
    for (; command != NULL && *command != NULL; command++)
        strings_add(&service.start.command, *command);
    service.start.kind = service.start.command.count > 0 ? START_COMMAND : START_NONE;
    service.ready_method = xstrdup("GET");
    service.ready_path = xstrdup("/");
    service.ready_timeout_ns = 20 * SECOND;
    return service;
}

#define ANY_PORT "http://127.0.0.1:${PORT}"
#define COMMAND(...) ((const char *const[]){__VA_ARGS__, NULL})
#define SERVER COMMAND("python3", "-m", "http.server", "-b", "127.0.0.1", "${PORT}")

static struct target *target_of(const struct service *service)
{
    struct err err = {0};
    struct target *target = target_new(service, loop, "7", &err);
    if (target == NULL)
        fail_msg("%s", err.message);
    return target;
}

/* Starts what cannot start; the message must hold `wanted` and be one line. */
static void assert_start_fails(struct service *service, const char *wanted)
{
    struct err err = {0};
    struct target *target = target_new(service, loop, NULL, &err);
    if (target != NULL) {
        assert_int_equal(target_start(target, &err), -1);
        assert_int_equal(target_pid(target), -1);
    }
    target_free(target);
    if (strstr(err.message, wanted) == NULL)
        fail_msg("'%s' lacks '%s'", err.message, wanted);
    assert_null(strchr(err.message, '\n'));
    bool ran = strstr(err.message, "before it was ready") != NULL ||
               (service->start.command.count > 0 && strstr(err.message, "was not ready after") != NULL);
    assert_int_equal(err.code, ran ? ERR_TARGET : ERR_USAGE);
    service_release(service);
}

static void start_watch_stop(void **state)
{
    (void)state;
    struct service service = service_of(ANY_PORT, SERVER);
    struct target *target = target_of(&service);
    struct err err = {0};
    const char *how = NULL;
    assert_false(target_alive(target, &how));
    assert_string_equal(how, "was not started");
    assert_true(target_is_ours(target)); /* what may be sent is decided before the start */
    if (target_start(target, &err) != 0)
        fail_msg("%s", err.message);
    pid_t first = target_pid(target);
    assert_true(first > 0 && getpgid(first) == first);
    assert_true(target_alive(target, NULL));
    assert_true(target_is_ours(target));
    assert_true(target_restartable(target));
    assert_int_equal(listen_owner(target_origin(target)->port), first);
    assert_non_null(strstr(target_log_tail(target), "GET / HTTP/1.1"));
    int port = target_origin(target)->port;
    target_stop(target);
    assert_int_equal(listen_owner(port), 0);
    assert_int_equal(kill(first, 0), -1);
    if (target_start(target, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_not_equal(target_pid(target), first);
    kill(target_pid(target), SIGKILL);
    while (target_alive(target, &how))
        usleep(1000);
    assert_string_equal(how, "killed by signal 9 (Killed)");
    target_free(target);
    service_release(&service);
}

static void ends_before_it_is_ready(void **state)
{
    (void)state;
    struct service service = service_of(
        ANY_PORT,
        COMMAND("sh", "-c", "echo starting; printf 'no \\033[1mmodule\\033[0m app\\n\\n' >&2; exit 3"));
    assert_start_fails(&service,
                       "the target exited with status 3 before it was ready; its last output: starting no "
                       "[1mmodule[0m app");
    service = service_of(ANY_PORT, COMMAND("sh", "-c", "kill -SEGV $$"));
    assert_start_fails(&service, "the target was killed by signal 11");
}

static void not_found(void **state)
{
    (void)state;
    struct service service = service_of(ANY_PORT, COMMAND("no-such-command", "x"));
    assert_start_fails(&service, "test/service.yaml: start: 'no-such-command' was not found in PATH (");
    service = service_of(ANY_PORT, COMMAND("./none"));
    char *wanted = xasprintf("'./none' was not found in %s", directory);
    assert_start_fails(&service, wanted);
    free(wanted);
    service = service_of(ANY_PORT, COMMAND("/none/at/all"));
    assert_start_fails(&service, "start: '/none/at/all' was not found");
    service = service_of(ANY_PORT, SERVER);
    service.start.directory = xstrdup("/none");
    assert_start_fails(&service, "start: directory /none: No such file");
    char *script = own_file("script", "#!/none/python\n", 0700), *data = own_file("data", "x", 0600);
    service = service_of(ANY_PORT, COMMAND(script));
    assert_start_fails(&service, "the interpreter in its first line is missing");
    service = service_of(ANY_PORT, COMMAND(data));
    assert_start_fails(&service, "cannot be run: Permission denied");
    free(script);
    free(data);
}

static void never_ready(void **state)
{
    (void)state;
    struct service service = service_of(ANY_PORT, COMMAND("sleep", "1000"));
    service.ready_timeout_ns = SECOND / 5;
    assert_start_fails(&service, "the target was not ready after 0.2 s: GET http://127.0.0.1:");
    service = service_of(ANY_PORT, COMMAND("sleep", "1000"));
    service.ready_timeout_ns = SECOND / 5;
    free(service.ready_path);
    service.ready_path = NULL;
    assert_start_fails(&service, "does not accept connections");
    service = service_of(ANY_PORT, SERVER);
    free(service.ready_path);
    service.ready_path = xstrdup("/nothing-here");
    service.ready_timeout_ns = 5 * SECOND;
    assert_start_fails(&service, "GET /nothing-here answered 404");
}

static int listening_socket(int *port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(descriptor, (struct sockaddr *)&address, length), 0);
    assert_int_equal(listen(descriptor, 8), 0);
    getsockname(descriptor, (struct sockaddr *)&address, &length);
    *port = ntohs(address.sin_port);
    return descriptor;
}

static void fixed_port_taken(void **state)
{
    (void)state;
    int port, descriptor = listening_socket(&port);
    char *url = xasprintf("http://127.0.0.1:%d", port);
    char *wanted = xasprintf("target: port %d is taken by another process (pid %d)", port, (int)getpid());
    struct service service = service_of(url, SERVER);
    assert_start_fails(&service, wanted);
    close(descriptor);
    free(url);
    free(wanted);
}

static void places_that_are_refused(void **state)
{
    (void)state;
    struct err err = {0};
    struct service service = service_of("http://127.0.0.2:9", SERVER);
    assert_null(target_new(&service, loop, NULL, &err));
    assert_int_equal(err.code, ERR_REFUSED);
    service_release(&service);
    service = service_of("http://127.0.0.2:${PORT}", SERVER);
    assert_null(target_new(&service, loop, NULL, &err));
    assert_int_equal(err.code, ERR_REFUSED);
    service_release(&service);
    service = service_of(ANY_PORT, NULL);
    assert_start_fails(&service, "${PORT} is for a server that seep starts");
}

static void environment_and_port(void **state)
{
    (void)state;
    setenv("SEEP_TEST_INHERITED", "yes", 1);
    setenv("SEEP_TEST_REPLACED", "old", 1);
    struct service service = service_of(
        ANY_PORT, COMMAND("sh", "-c",
                          "echo p=$PORT arg=$0 $SEEP_TEST_INHERITED $SEEP_TEST_REPLACED; pwd; exec "
                          "python3 -m http.server -b 127.0.0.1 $PORT",
                          "${PORT}"));
    headers_add(&service.start.environment, "SEEP_TEST_REPLACED", "new-${PORT}-${HOME}");
    service.start.directory = xstrdup("/");
    struct target *target = target_of(&service);
    struct err err = {0};
    if (target_start(target, &err) != 0)
        fail_msg("%s", err.message);
    int port = target_origin(target)->port;
    char *wanted = xasprintf("p=%d arg=%d yes new-%d-${HOME}\n/\n", port, port, port);
    assert_non_null(strstr(target_log_tail(target), wanted));
    free(wanted);
    target_free(target);
    service_release(&service);
}

static void reset_runs_first(void **state)
{
    (void)state;
    struct service service = service_of(ANY_PORT, SERVER);
    strings_add(&service.reset, "sh");
    strings_add(&service.reset, "-c");
    strings_add(&service.reset, "echo working; echo 'no database' >&2; exit 4");
    assert_start_fails(&service, "test/service.yaml: reset: 'sh' exited with status 4: no database");
    service = service_of(ANY_PORT, SERVER);
    strings_add(&service.reset, "touch");
    strings_add(&service.reset, "own-reset-${PORT}");
    struct target *target = target_of(&service);
    struct err err = {0};
    if (target_start(target, &err) != 0)
        fail_msg("%s", err.message);
    char *made = xasprintf("%s/own-reset-%d", directory, target_origin(target)->port);
    assert_int_equal(access(made, F_OK), 0);
    free(made);
    target_free(target);
    service_release(&service);
}

static struct process started(const char *const *command)
{
    struct strings words = {NULL, 0};
    for (; *command != NULL; command++)
        strings_add(&words, *command);
    char *log = xasprintf("%s/own-log", directory);
    struct process process = {0};
    struct err err = {0};
    struct process_spec spec = {.command = &words, .directory = "/", .log_path = log};
    if (process_start(&process, &spec, &err) != 0)
        fail_msg("%s", err.message);
    strings_release(&words);
    free(log);
    return process;
}

/* Waits until the process has said `word`. */
static void await_word(const struct process *process, const char *word)
{
    struct text tail = TEXT_EMPTY;
    do {
        usleep(1000);
        process_log_tail(process, 4096, &tail);
    } while (strstr(text_string(&tail), word) == NULL);
    text_release(&tail);
}

static void ignores_the_polite_signal(void **state)
{
    (void)state;
    struct process process =
        started(COMMAND("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 0.05; done"));
    await_word(&process, "deaf");
    pid_t pid = process.pid;
    process_stop(&process, SECOND / 10);
    assert_string_equal(process.how, "killed by signal 9 (Killed)");
    assert_int_equal(kill(-pid, 0), -1);
    assert_int_equal(errno, ESRCH);
    process_release(&process);
}

static void obeys_the_polite_signal(void **state)
{
    (void)state;
    struct process process =
        started(COMMAND("sh", "-c", "trap 'exit 5' TERM; echo up; while :; do sleep 0.05; done"));
    await_word(&process, "up");
    assert_true(process_running(&process));
    process_stop(&process, 20 * SECOND);
    assert_string_equal(process.how, "exited with status 5");
    process_release(&process);
}

static void grandchildren_go_too(void **state)
{
    (void)state;
    /* one that ignores the signal, one whose parent is gone already; the first process ends at once */
    struct process process =
        started(COMMAND("sh", "-c", "(trap '' TERM; exec sleep 1000) & (sleep 1000 &); echo forked; exit 0"));
    await_word(&process, "forked");
    while (process_running(&process))
        usleep(1000);
    pid_t group = process.pid;
    assert_int_equal(kill(-group, 0), 0);
    process_stop(&process, SECOND / 10);
    assert_string_equal(process.how, "exited with status 0");
    assert_int_equal(kill(-group, 0), -1);
    assert_int_equal(errno, ESRCH);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1); /* and none was left as a zombie */
    process_release(&process);
}

static void ends_with_its_starter(void **state)
{
    (void)state;
    int ends[2];
    pid_t server;
    assert_int_equal(pipe(ends), 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t starter = fork();
    if (starter == 0) {
        struct process process = started(COMMAND("sleep", "1000"));
        _exit(write(ends[1], &process.pid, sizeof process.pid) != sizeof process.pid || pause());
    }
    assert_int_equal(read(ends[0], &server, sizeof server), sizeof server);
    close(ends[0]);
    close(ends[1]);
    kill(starter, SIGKILL);
    int status;
    assert_int_equal(waitpid(starter, NULL, 0), starter);
    assert_int_equal(waitpid(server, &status, 0), server); /* an orphan comes to us */
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void long_logs_are_given_back(void **state)
{
    (void)state;
    struct process process = started(COMMAND(
        "sh", "-c", "yes 0123456789012345678901234567890 | head -c 18000000; echo; echo; echo the end"));
    while (process_running(&process))
        usleep(1000);
    struct stat before, after;
    assert_int_equal(stat(process.log_path, &before), 0);
    process_trim_log(&process);
    assert_int_equal(stat(process.log_path, &after), 0);
    assert_int_equal(after.st_size, before.st_size);
    assert_true(after.st_blocks < before.st_blocks / 4);
    struct text tail = TEXT_EMPTY;
    process_log_tail(&process, 9, &tail);
    assert_string_equal(text_string(&tail), "the end");
    text_release(&tail);
    process_release(&process);
}

static void attach_by_port_pid_and_file(void **state)
{
    (void)state;
    struct err err = {0};
    int port = listen_free_port(&err);
    char *number = xasprintf("%d", port), *url = xasprintf("http://127.0.0.1:%d", port);
    struct process process = started(COMMAND("python3", "-m", "http.server", "-b", "127.0.0.1", number));
    char *pid_text = xasprintf("%d\n", (int)process.pid), *pid_file = own_file("pid", pid_text, 0600);
    const struct watch_spec specs[] = {{WATCH_STARTED, 0, NULL},
                                       {WATCH_PORT, port, NULL},
                                       {WATCH_PID, (int)process.pid, NULL},
                                       {WATCH_PID_FILE, 0, pid_file}};
    for (size_t i = 0; i < sizeof specs / sizeof *specs; i++) {
        struct service service = service_of(url, NULL);
        service.watch = specs[i];
        struct target *target = target_of(&service);
        assert_false(target_restartable(target));
        if (target_start(target, &err) != 0)
            fail_msg("%s", err.message);
        assert_int_equal(target_pid(target), process.pid);
        target_stop(target);
        assert_true(process_running(&process));
        target_free(target);
        service.watch.path = NULL;
        service_release(&service);
    }
    struct service service = service_of(url, NULL);
    service.watch = (struct watch_spec){WATCH_PID, 4194303, NULL};
    assert_start_fails(&service, "watch: there is no process 4194303");
    service = service_of(url, NULL);
    service.watch = (struct watch_spec){WATCH_PORT, 1, NULL};
    assert_start_fails(&service, "watch: nothing listens on port 1");
    service = service_of(url, NULL);
    service.watch = (struct watch_spec){WATCH_PID_FILE, 0, own_file("bad", "12 monkeys", 0600)};
    assert_start_fails(&service, "own-bad: no process number");
    process_release(&process);
    free(number), free(url), free(pid_text), free(pid_file);
}

static void ports_are_filled_in(void **state)
{
    (void)state;
    static const struct {
        const char *text, *wanted;
    } cases[] = {{"", ""},
                 {"${PORT}", "80"},
                 {"a${PORT}b${PORT}", "a80b80"},
                 {"$PORT ${PORT ${port}", "$PORT ${PORT ${port}"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char *filled = fill_port(cases[i].text, 80);
        assert_string_equal(filled, cases[i].wanted);
        free(filled);
    }
}

static uint64_t find_inode(const char *text, int port)
{
    FILE *file = fmemopen((void *)(uintptr_t)text, strlen(text) + 1, "r");
    uint64_t inode = listen_find_inode(file, port);
    fclose(file);
    return inode;
}

static void inodes_of_listeners(void **state)
{
    (void)state;
    const char *text =
        "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
        "   0: 0100007F:1388 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 111 1 0 "
        "20\n"
        "   1: 0100007F:1388 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 222 1 0 "
        "100\n"
        "   2: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A "
        "00000000:00000000 "
        "00:00000000 00000000     0        0 333 1 0 100\ntorn";
    assert_true(find_inode(text, 5000) == 222);
    assert_true(find_inode(text, 8080) == 333);
    assert_true(find_inode(text, 39321) == 0);
    assert_true(find_inode("", 80) == 0);
}

static void inodes_of_sockets(void **state)
{
    (void)state;
    const char *text = "Num       RefCount Protocol Flags    Type St Inode Path\n"
                       "ffff8880: 00000003 00000000 00000000 0001 03 111 /run/a.sock\n"
                       "ffff8881: 00000002 00000000 00010000 0001 01 222 /run/a.sock\n"
                       "ffff8882: 00000002 00000000 00010000 0001 01 333 @/run/b.sock\n"
                       "ffff8883: 00000002 00000000 00010000 0001 01 444\n"
                       "ffff8884: 00000002 00000000 00010000 0001 01 555 /run/c d.sock";
    assert_true(listen_find_socket(text, "/run/a.sock") == 222);
    assert_true(listen_find_socket(text, "/run/b.sock") == 0);
    assert_true(listen_find_socket(text, "/run/c d.sock") == 555);
    assert_true(listen_find_socket("", "/run/a.sock") == 0);
}

#define UNIX_SERVER                                                                                          \
    COMMAND("python3", "-c",                                                                                 \
            "import socketserver, http.server, os, sys\n"                                                    \
            "p = sys.argv[1]\n"                                                                              \
            "os.path.exists(p) and os.unlink(p)\n"                                                           \
            "class H(http.server.BaseHTTPRequestHandler):\n"                                                 \
            "    def do_GET(self):\n"                                                                        \
            "        self.send_response(200 if self.headers['Host'] == 'localhost' else 400)\n"              \
            "        self.end_headers()\n"                                                                   \
            "    def address_string(self): return 'unix'\n"                                                  \
            "socketserver.UnixStreamServer(p, H).serve_forever()\n",                                         \
            path)

/* A stale socket file is not "taken"; one that is listened on is, and says by whom. */
static void unix_sockets(void **state)
{
    (void)state;
    struct err err = {0};
    char *path = own_file("socket", "", 0600), *url = xasprintf("unix:%s", path);
    struct service service = service_of(url, UNIX_SERVER);
    strings_add(&service.allow, url);
    struct target *target = target_of(&service);
    assert_true(target_is_ours(target));
    for (int i = 0; i < 2; i++)
        if (target_start(target, &err) != 0)
            fail_msg("%s", err.message);
    assert_string_equal(target_origin(target)->text, url);
    struct service second = service_of(url, UNIX_SERVER), attached = service_of(url, NULL);
    strings_add(&second.allow, url);
    strings_add(&attached.allow, url);
    char *wanted = xasprintf("target: %s is taken by another process (pid %d)", url, (int)target_pid(target));
    assert_start_fails(&second, wanted);
    free(attached.ready_path);
    attached.ready_path = NULL; /* a connect is enough */
    struct target *watching = target_of(&attached);
    if (target_start(watching, &err) != 0)
        fail_msg("%s", err.message);
    assert_int_equal(target_pid(watching), target_pid(target));
    target_free(watching);
    target_free(target);
    service_release(&attached);
    service_release(&service);
    free(wanted), free(url), free(path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_watch_stop),
        cmocka_unit_test(ends_before_it_is_ready),
        cmocka_unit_test(not_found),
        cmocka_unit_test(never_ready),
        cmocka_unit_test(fixed_port_taken),
        cmocka_unit_test(places_that_are_refused),
        cmocka_unit_test(environment_and_port),
        cmocka_unit_test(reset_runs_first),
        cmocka_unit_test(ignores_the_polite_signal),
        cmocka_unit_test(obeys_the_polite_signal),
        cmocka_unit_test(grandchildren_go_too),
        cmocka_unit_test(ends_with_its_starter),
        cmocka_unit_test(long_logs_are_given_back),
        cmocka_unit_test(attach_by_port_pid_and_file),
        cmocka_unit_test(ports_are_filled_in),
        cmocka_unit_test(inodes_of_listeners),
        cmocka_unit_test(inodes_of_sockets),
        cmocka_unit_test(unix_sockets),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

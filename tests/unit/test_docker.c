/* Docker's API, as a small server on a Unix socket answers it: a container that runs, restarts, stops and goes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "net/docker.h"
#include "sample/watch.h"
#include "target/watched.h"

#define ID "5f3c8b8f6c1d4d0a9e7b2f1a0c3d5e7f9a1b3c5d7e9f0a2b4c6d8e0f1a3b5c7d"

/* The third reading of "restarts" finds another run, of "stops" none, of "goes" nothing at all; "cut" is half an
 * answer. */
static const char server_source[] =
    "import http.server, json, os, socketserver, sys\n"
    "hits = {}\n"
    "class Answer(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        n = hits[self.path] = hits.get(self.path, 0) + 1\n"
    "        part = self.path.split('?')[0].split('/')\n"
    "        name, status = part[2], 200\n"
    "        late = n >= 3 and part[3] == 'json'\n"
    "        if name == 'goes' and late or name == 'nobody':\n"
    "            status, body = 404, json.dumps({'message': 'No such container: ' + name})\n"
    "        elif part[3] == 'json':\n"
    "            stopped = name == 'stops' and late\n"
    "            body = json.dumps({'Id': '" ID "', 'Name': '/' + name, 'State': {\n"
    "                'Status': 'exited' if stopped else 'running', 'Running': not stopped, 'Paused': False,\n"
    "                'Pid': 0 if stopped else os.getpid(),\n"
    "                'StartedAt': '2024-05-0%dT10:11:12.123456789Z' % (2 if name == 'restarts' and late else "
    "1)}})\n"
    "            if name == 'cut': body = body[:len(body) // 2]\n"
    "        elif part[2] == '" ID "' and self.path.endswith('/stats?stream=false&one-shot=true'):\n"
    "            body = json.dumps({'read': '2024-05-01T10:12:00Z', 'memory_stats': {'usage': 50003968,\n"
    "                'stats': {'anon': 40000000, 'file': 9000000, 'inactive_file': 3968}, 'limit': 1 << "
    "30}})\n"
    "        else: status, body = 500, 'no ' + self.path\n"
    "        self.send_response(status); self.end_headers(); self.wfile.write(body.encode())\n"
    "    def log_message(self, *a): pass\n"
    "    def address_string(self): return 'unix'\n"
    "server = socketserver.UnixStreamServer(sys.argv[1], Answer)\n"
    "print('ready', flush=True)\n"
    "server.serve_forever()\n";

static char directory[] = "/tmp/seep-docker-XXXXXX";
static char *socket_path;
static pid_t server;

static int begin(void **state)
{
    (void)state;
    int ends[2];
    if (mkdtemp(directory) == NULL || pipe(ends) != 0)
        return -1;
    socket_path = xasprintf("%s/docker.sock", directory);
    server = fork();
    if (server == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execlp("python3", "python3", "-c", server_source, socket_path, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    char byte;
    bool ready = read(ends[0], &byte, 1) == 1; /* the pipe stays open: it may write the rest later */
    char *host = xasprintf("unix://%s", socket_path);
    setenv("DOCKER_HOST", host, 1);
    free(host);
    return ready ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    unlink(socket_path);
    rmdir(directory);
    free(socket_path);
    return 0;
}

static struct text body_of(const char *words)
{
    struct text text = TEXT_EMPTY;
    text_add_string(&text, words);
    return text;
}

static double memory_of(const char *words)
{
    struct text body = body_of(words);
    struct err err = {0};
    double bytes = (double)NAN;
    int failed = docker_parse_memory(&body, &bytes, &err);
    assert_int_equal(failed != 0, isnan(bytes));
    assert_int_equal(failed ? ERR_USAGE : ERR_NONE, err.code);
    text_release(&body);
    return bytes;
}

static bool is(double got, double wanted)
{
    return !(got < wanted) && !(got > wanted);
}

static void memory_of_both_versions(void **state)
{
    (void)state;
    assert_true(is(memory_of("{\"memory_stats\":{\"usage\":900,\"stats\":{\"inactive_file\":100}}}"), 800));
    assert_true(
        is(memory_of("{\"memory_stats\":{\"usage\":900,\"max_usage\":950,\"stats\":{\"inactive_file\":1,"
                     "\"total_inactive_file\":300}}}"),
           600));
    static const char *const none[] = {"",
                                       "[]",
                                       "{\"memory_stats\":{}}",
                                       "{\"memory_stats\":{\"usage\":9}}",
                                       "{\"memory_stats\":{\"usage\":9,\"stats\":{}}}",
                                       "{\"memory_stats\":{\"usage\":\"9\",\"stats\":{\"inactive_file\":1}}}",
                                       "{\"memory_stats\":{\"usage\":9,\"stats\":{\"inactive_file\":10}}}",
                                       "{\"memory_stats\":{\"usage\":9,\"stats\":{\"inactive_fi"};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++)
        assert_true(isnan(memory_of(none[i])));
}

static void names_that_can_stand_in_a_path(void **state)
{
    (void)state;
    assert_true(docker_is_name("shop_1") && docker_is_name(ID) && docker_is_name("a.b-c"));
    assert_false(docker_is_name("") || docker_is_name("a/b") || docker_is_name("../x") ||
                 docker_is_name("a?b") || docker_is_name("-a") || docker_is_name("a b"));
}

/* Three readings of that container, and what is said of the last. */
static char *read_thrice(const char *name, double values[3])
{
    struct err err = {0};
    struct service service = {.file = (char[]){"x"},
                              .agent = AGENT_NONE,
                              .watch = {.kind = WATCH_CONTAINER, .path = (char *)(uintptr_t)name}};
    struct loop *loop = loop_new(&err);
    struct watch *watch = watch_new(&service, loop, &err);
    double all[16];
    size_t index = 0;
    while (strcmp(watch_signal(watch, index)->name, "container_memory") != 0)
        index++;
    watch_attach(watch, &(struct watched){.pid = -1});
    for (size_t i = 0; i < 3; i++) {
        watch_read(watch, all);
        values[i] = all[index];
    }
    const char *why = watch_complaint(watch, index);
    char *said = why != NULL ? xstrdup(why) : xstrdup("");
    watch_free(watch);
    loop_free(loop);
    return said;
}

static void a_container_is_read(void **state)
{
    (void)state;
    double values[3];
    char *said = read_thrice("shop", values);
    assert_true(is(values[0], 5e7) && is(values[2], 5e7));
    assert_string_equal(said, "");
    free(said);
}

static void what_is_gone_is_a_gap(void **state)
{
    (void)state;
    static const struct {
        const char *name, *wanted;
        bool first;
    } cases[] = {{"restarts", "container 'restarts' was restarted", true},
                 {"stops", "container 'stops' is not running (exited)", true},
                 {"goes", "Docker knows no container 'goes'", true},
                 {"nobody", "Docker knows no container 'nobody'", false},
                 {"cut", "Docker's answer:1:", false}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double values[3];
        char *said = read_thrice(cases[i].name, values);
        assert_true(isnan(values[2]) && isnan(values[0]) == !cases[i].first);
        if (strstr(said, cases[i].wanted) == NULL)
            fail_msg("'%s' lacks '%s'", said, cases[i].wanted);
        free(said);
    }
}

static void its_process_is_found(void **state)
{
    (void)state;
    struct docker_container container;
    struct err err = {0};
    struct loop *loop = loop_new(&err);
    assert_int_equal(docker_find(loop, "shop", &container, &err), 0);
    assert_int_equal(container.pid, server);
    assert_string_equal(container.id, ID);
    assert_int_equal(docker_find(loop, "nobody", &container, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    loop_free(loop);
}

static void a_number_of_another_machine_is_no_process_here(void **state)
{
    (void)state;
    struct err err = {0};
    struct loop *loop = loop_new(&err);
    struct service service = {.file = (char[]){"x.yaml"},
                              .watch = {.kind = WATCH_CONTAINER, .path = (char[]){"shop"}}};
    pid_t found = 1;
    assert_int_equal(watched_find(&service, NULL, -1, loop, &found, &err), 0);
    assert_int_equal(found,
                     -1); /* the server is there, but no control group of its own names the container */
    service.watch.path = (char[]){"nobody"};
    assert_int_equal(watched_find(&service, NULL, -1, loop, &found, &err), -1);
    assert_int_equal(err.code, ERR_USAGE);
    assert_string_equal(err.message, "x.yaml: watch: Docker knows no container 'nobody'");
    loop_free(loop);
}

static void no_docker_is_one_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"unix:///tmp/seep-no-such-socket", "Docker does not answer at unix:/tmp/seep-no-such-socket: "},
        {"tcp://127.0.0.1:2375",
         "DOCKER_HOST is tcp://127.0.0.1:2375: Docker is asked over a Unix socket alone"},
        {"unix://relative", "DOCKER_HOST"}};
    char *before = xstrdup(getenv("DOCKER_HOST"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        double values[3];
        setenv("DOCKER_HOST", cases[i][0], 1);
        char *said = read_thrice("shop", values);
        assert_true(isnan(values[0]) && isnan(values[2]));
        assert_true(strstr(said, cases[i][1]) == said && strchr(said, '\n') == NULL);
        free(said);
    }
    setenv("DOCKER_HOST", before, 1);
    free(before);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_of_both_versions),
        cmocka_unit_test(names_that_can_stand_in_a_path),
        cmocka_unit_test(a_container_is_read),
        cmocka_unit_test(what_is_gone_is_a_gap),
        cmocka_unit_test(its_process_is_found),
        cmocka_unit_test(a_number_of_another_machine_is_no_process_here),
        cmocka_unit_test(no_docker_is_one_line),
    };
    return cmocka_run_group_tests(tests, begin, end);
}

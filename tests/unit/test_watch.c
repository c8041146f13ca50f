/* Signals of a real process and of a small server that answers what each test needs. */
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
#include "sample/watch.h"

/* Prints its port, then answers: /falling: each reading lower, until a floor of 50 and a last one above it.
 * /hits: how often it was asked for. /hold: forks a helper that stays; /drop: ends it. */
static const char server_source[] =
    "import http.server, json, os, signal\n"
    "hits = {}\n"
    "helper = 0\n"
    "falling = [90, 60, 50, 52, 10]\n"
    "class Answer(http.server.BaseHTTPRequestHandler):\n"
    "    def do_GET(self):\n"
    "        global helper\n"
    "        n = hits[self.path] = hits.get(self.path, 0) + 1\n"
    "        name, status = self.path.split('?')[0], 200\n"
    "        if name == '/hits': body = json.dumps(hits)\n"
    "        elif name == '/falling': body = json.dumps({'live': {'bytes': falling[min(n, len(falling)) - "
    "1]}, 'n': n})\n"
    "        elif name == '/gap': body = json.dumps({'live': None if n == 1 else 7})\n"
    "        elif name == '/metrics': body = '# x\\nresident_bytes 4096\\ntemp{room=\"a\"} "
    "1.5\\ntemp{room=\"b\"} NaN\\n'\n"
    "        elif name == '/vanishes': body = 'heap 7\\n' if n == 1 else 'other 7\\n'\n"
    "        elif name == '/cut': body = 'heap 2.72'\n"
    "        elif name == '/text': body = 'heap: 12 MiB, blocks: 1e3, odd: 12x, empty: '\n"
    "        elif name == '/broken': body = '{\"live\": 1'\n"
    "        elif name == '/words': body = '{\"live\": \"12\", \"list\": [1, true]}'\n"
    "        elif name == '/hold':\n"
    "            helper = os.fork()\n"
    "            if helper == 0:\n"
    "                signal.pause()\n"
    "            body = str(helper)\n"
    "        elif name == '/drop':\n"
    "            os.kill(helper, 9); os.waitpid(helper, 0); body = '0'\n"
    "        else: status, body = 503, 'busy'\n"
    "        self.send_response(status); self.end_headers(); self.wfile.write(body.encode())\n"
    "    def log_message(self, *a): pass\n"
    "server = http.server.HTTPServer(('127.0.0.1', 0), Answer)\n"
    "print(server.server_port, flush=True)\n"
    "server.serve_forever()\n";

struct bench {
    struct loop *loop;
    struct allow *allow;
    struct origin origin;
    pid_t server;
    struct service service;
    struct watch *watch;
    double *values;
};

static pid_t serve(int *port)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(ends[1], 1);
        close(ends[0]);
        close(ends[1]);
        execlp("python3", "python3", "-c", server_source, (char *)NULL);
        _exit(127);
    }
    close(ends[1]);
    FILE *said = fdopen(ends[0], "r");
    assert_int_equal(fscanf(said, "%d", port), 1);
    fclose(said);
    return pid;
}

static int begin(void **state)
{
    struct bench *bench = xcalloc(1, sizeof *bench);
    struct strings entries = {NULL, 0};
    struct err err = {0};
    int port;
    strings_add(&entries, "127.0.0.1");
    bench->loop = loop_new(&err);
    bench->allow = allow_new(&entries, &err);
    bench->server = serve(&port);
    char *url = xasprintf("http://127.0.0.1:%d", port);
    int failed = origin_resolve(&bench->origin, url, bench->allow, &err);
    bench->service.file = xstrdup("test/service.yaml");
    bench->service.agent = AGENT_NONE;
    strings_release(&entries);
    free(url);
    *state = bench;
    return failed;
}

static int end(void **state)
{
    struct bench *bench = *state;
    watch_free(bench->watch);
    service_release(&bench->service);
    kill(bench->server, SIGKILL);
    waitpid(bench->server, NULL, 0);
    allow_free(bench->allow);
    loop_free(bench->loop);
    free(bench->values);
    free(bench);
    return 0;
}

static void add(struct bench *bench, const char *name, const char *url, const char *pointer,
                const char *metric)
{
    struct service *service = &bench->service;
    service->signals = xrealloc(service->signals, (service->signal_count + 1) * sizeof *service->signals);
    service->signals[service->signal_count++] = (struct signal_spec){
        .name = xstrdup(name),
        .url = xstrdup(url),
        .source = pointer != NULL ? SIGNAL_POINTER : SIGNAL_METRIC,
        .pointer = pointer != NULL ? xstrdup(pointer) : NULL,
        .metric = metric != NULL ? xstrdup(metric) : NULL,
    };
}

static void attach(struct bench *bench, pid_t pid)
{
    struct err err = {0};
    bench->watch = watch_new(&bench->service, bench->loop, &err);
    if (bench->watch == NULL)
        fail_msg("%s", err.message);
    watch_attach(
        bench->watch,
        &(struct watched){.pid = pid, .origin = &bench->origin, .allow = bench->allow, .run_header = "1"});
    bench->values = xcalloc(watch_count(bench->watch), sizeof(double));
}

static size_t index_of(const struct bench *bench, const char *name)
{
    size_t index = 0;
    while (index < watch_count(bench->watch) && strcmp(watch_signal(bench->watch, index)->name, name) != 0)
        index++;
    if (index == watch_count(bench->watch))
        fail_msg("no signal '%s'", name);
    return index;
}

static double value(const struct bench *bench, const char *name)
{
    return bench->values[index_of(bench, name)];
}

static void assert_gap(const struct bench *bench, const char *name, const char *why)
{
    const char *complaint = watch_complaint(bench->watch, index_of(bench, name));
    assert_true(isnan(value(bench, name)));
    if (complaint == NULL || strstr(complaint, why) == NULL)
        fail_msg("'%s' lacks '%s'", complaint != NULL ? complaint : "(null)", why);
}

static bool is(double got, double wanted)
{
    return !(got < wanted) && !(got > wanted);
}

/* The number that the server answers with, by a watch of its own. */
static double ask(const struct bench *bench, const char *path, const char *pointer)
{
    struct bench visitor = {
        .service.agent = AGENT_NONE, .loop = bench->loop, .origin = bench->origin, .allow = bench->allow};
    visitor.service.file = xstrdup("x");
    add(&visitor, "answer", path, pointer, NULL);
    attach(&visitor, -1);
    watch_read(visitor.watch, visitor.values);
    double answer = value(&visitor, "answer");
    watch_free(visitor.watch);
    service_release(&visitor.service);
    free(visitor.values);
    return answer;
}

static void visit(const struct bench *bench, const char *path)
{
    assert_true(!isnan(ask(bench, path, "")));
}

static void builtin_signals(void **state)
{
    struct bench *bench = *state;
    attach(bench, bench->server);
    assert_int_equal(watch_count(bench->watch), 6);
    watch_read_cheap(bench->watch, bench->values);
    assert_true(value(bench, "rss") > 1e6 && value(bench, "rss") < 1e9);
    assert_true(value(bench, "threads") >= 1 && value(bench, "fds") >= 4);
    assert_true(isnan(value(bench, "pss")) && isnan(value(bench, "sockets")));
    watch_read(bench->watch, bench->values);
    assert_true(value(bench, "pss") > 1e6);
    assert_true(is(value(bench, "sockets"), 1)); /* it listens */
    assert_null(watch_complaint(bench->watch, index_of(bench, "pss")));
    assert_true(watch_peak_bytes(bench->watch) >= value(bench, "rss"));
    double resident = watch_resident_bytes(bench->watch);
    assert_true(resident > 1e6 && resident <= watch_peak_bytes(bench->watch));
    assert_null(watch_snapshot_by(bench->watch)); /* the kernel tells no allocation sites */
    assert_true(watch_signal(bench->watch, 0)->cheap && !watch_signal(bench->watch, 1)->cheap);
}

static void one_fetch_for_each_url(void **state)
{
    struct bench *bench = *state;
    add(bench, "n", "/falling", "/n", NULL);
    add(bench, "heap", "/falling", "/live/bytes", NULL);
    add(bench, "resident", "/metrics", NULL, "resident_bytes");
    add(bench, "temp", "/metrics", NULL, "temp{room=\"a\"}");
    attach(bench, bench->server);
    watch_read(bench->watch, bench->values);
    assert_true(is(value(bench, "n"), 1) && is(value(bench, "heap"), 90));
    assert_true(is(value(bench, "resident"), 4096) && is(value(bench, "temp"), 1.5));
    assert_true(is(ask(bench, "/hits", "/~1falling"), 1) && is(ask(bench, "/hits", "/~1metrics"), 1));
    watch_read_cheap(bench->watch, bench->values);
    assert_true(isnan(value(bench, "n")));
    assert_true(is(ask(bench, "/hits", "/~1falling"), 1));
}

static void settles_at_the_floor(void **state)
{
    struct bench *bench = *state;
    unsigned reads;
    add(bench, "heap", "/falling?gc=1", "/live/bytes", NULL);
    add(bench, "n", "/falling?gc=1", "/n", NULL);
    add(bench, "plain", "/metrics", NULL, "resident_bytes");
    attach(bench, bench->server);
    assert_true(watch_signal(bench->watch, index_of(bench, "heap"))->collects);
    assert_false(watch_signal(bench->watch, index_of(bench, "plain"))->collects);
    watch_settle(bench->watch, 10, bench->values, &reads);
    assert_true(is(value(bench, "heap"), 50));
    assert_int_equal(reads, 4); /* 90, 60, 50, 52 */
}

static void settling_is_bounded(void **state)
{
    struct bench *bench = *state;
    unsigned reads;
    add(bench, "live_bytes", "/falling", "/live/bytes", NULL);
    attach(bench, bench->server);
    watch_settle(bench->watch, 3, bench->values, &reads);
    assert_int_equal(reads, 3);
    assert_true(is(value(bench, "live_bytes"), 50));
    watch_settle(bench->watch, 0, bench->values, &reads); /* 52, 10 */
    assert_int_equal(reads, 2);
    assert_true(is(value(bench, "live_bytes"), 10));
}

static void nothing_to_settle(void **state)
{
    struct bench *bench = *state;
    unsigned reads;
    add(bench, "n", "/falling", "/n", NULL);
    attach(bench, bench->server);
    watch_settle(bench->watch, 6, bench->values, &reads);
    assert_int_equal(reads, 1);
}

static void a_gap_while_settling(void **state)
{
    struct bench *bench = *state;
    add(bench, "live_things", "/gap", "/live", NULL);
    attach(bench, bench->server);
    watch_settle(bench->watch, 6, bench->values, NULL);
    assert_true(is(value(bench, "live_things"), 7));
    assert_null(watch_complaint(bench->watch, index_of(bench, "live_things")));
}

static void gaps_have_reasons(void **state)
{
    struct bench *bench = *state;
    add(bench, "away", "/away", "/x", NULL);
    add(bench, "broken", "/broken", "/live", NULL);
    add(bench, "word", "/words", "/live", NULL);
    add(bench, "truth", "/words", "/list/1", NULL);
    add(bench, "none", "/words", "/live/none", NULL);
    add(bench, "series", "/metrics", NULL, "no_such_series");
    add(bench, "not_a_number", "/metrics", NULL, "temp{room=\"b\"}");
    attach(bench, bench->server);
    watch_read(bench->watch, bench->values);
    assert_gap(bench, "away", "GET /away answered 503");
    assert_gap(bench, "broken", "GET /broken:1:");
    assert_gap(bench, "word", "no number at '/live'");
    assert_gap(bench, "truth", "no number at '/list/1'");
    assert_gap(bench, "none", "nothing at '/live/none'");
    assert_gap(bench, "series", "no value for no_such_series");
    assert_gap(bench, "not_a_number", "no value for temp");
}

static void add_pattern(struct bench *bench, const char *name, const char *url, const char *pattern,
                        enum signal_unit unit)
{
    add(bench, name, url, "", NULL);
    struct signal_spec *spec = &bench->service.signals[bench->service.signal_count - 1];
    free(spec->pointer);
    spec->pointer = NULL;
    spec->source = SIGNAL_PATTERN;
    spec->pattern = pattern_new(pattern, NULL);
    spec->unit = unit;
}

static void numbers_by_pattern(void **state)
{
    struct bench *bench = *state;
    add_pattern(bench, "heap", "/text", "heap: ([^,]+)", UNIT_BYTES);
    add_pattern(bench, "heap_objects", "/text", "heap: ([^,]+)", UNIT_OBJECTS);
    add_pattern(bench, "blocks", "/text", "blocks: ([^,]+)", UNIT_OBJECTS);
    add_pattern(bench, "odd", "/text", "odd: ([^,]+)", UNIT_BYTES);
    add_pattern(bench, "empty", "/text", "empty: (.*)", UNIT_BYTES);
    add_pattern(bench, "unmatched", "/text", "no such (\\d+)", UNIT_BYTES);
    add_pattern(bench, "silent", "/text", "heap: (?:12|(\\d+))", UNIT_BYTES);
    attach(bench, bench->server);
    watch_read(bench->watch, bench->values);
    assert_true(is(value(bench, "heap"), 12 * 1048576.0) && is(value(bench, "blocks"), 1000));
    assert_gap(bench, "heap_objects", "GET /text: '12 MiB' is no number");
    assert_gap(bench, "odd", "GET /text: '12x' is no number");
    assert_gap(bench, "empty", "GET /text: '' is no number");
    assert_gap(bench, "unmatched", "GET /text: nothing matches 'no such (\\d+)'");
    assert_gap(bench, "silent", "GET /text: '' is no number");
}

static void what_is_not_all_there_is_a_gap(void **state)
{
    struct bench *bench = *state;
    add(bench, "metric", "/vanishes", NULL, "heap");
    add_pattern(bench, "pattern", "/vanishes", "heap (\\d+)", UNIT_BYTES);
    add(bench, "cut", "/cut", NULL, "heap");
    attach(bench, bench->server);
    watch_read(bench->watch, bench->values);
    assert_true(is(value(bench, "metric"), 7) && is(value(bench, "pattern"), 7));
    assert_gap(bench, "cut", "GET /cut: no value for heap (its last line does not end: was the page cut?)");
    watch_read(bench->watch, bench->values);
    assert_gap(bench, "metric", "GET /vanishes: no value for heap");
    assert_gap(bench, "pattern", "GET /vanishes: nothing matches");
}

static void a_port_of_its_own(void **state)
{
    struct bench *bench = *state;
    struct origin target = bench->origin;
    char *url = xasprintf("http://%s/metrics", target.text);
    add(bench, "resident", url, NULL, "resident_bytes");
    add(bench, "forbidden", "http://127.0.0.2:9/metrics", NULL, "resident_bytes");
    add(bench, "n", "/falling", "/n", NULL);
    attach(bench, bench->server);
    watch_read(bench->watch, bench->values);
    assert_true(is(value(bench, "resident"), 4096) && is(value(bench, "n"), 1));
    assert_gap(bench, "forbidden", "127.0.0.2 is not an address that `allow` names; nothing was sent");
    free(url);
}

static void a_dead_target(void **state)
{
    struct bench *bench = *state;
    add(bench, "heap", "/falling?gc=1", "/live/bytes", NULL);
    attach(bench, bench->server);
    assert_false(watch_restarted(bench->watch));
    kill(bench->server, SIGKILL);
    siginfo_t info;
    waitid(P_PID, (id_t)bench->server, &info, WEXITED | WNOWAIT);
    watch_settle(bench->watch, 6, bench->values, NULL);
    assert_gap(bench, "rss", "is gone");
    assert_gap(bench, "heap", "efused");
    assert_true(watch_restarted(bench->watch));
}

static void nobody_to_watch(void **state)
{
    struct bench *bench = *state;
    add(bench, "n", "/falling", "/n", NULL);
    attach(bench, -1);
    watch_read(bench->watch, bench->values);
    assert_gap(bench, "rss", "no process");
    assert_true(is(value(bench, "n"), 1));
    assert_true(isnan(watch_peak_bytes(bench->watch)) && isnan(watch_resident_bytes(bench->watch)));
    assert_false(watch_restarted(bench->watch));
}

static void helpers_are_no_restart_workers_are(void **state)
{
    struct bench *bench = *state;
    attach(bench, bench->server);
    visit(bench, "/hold");
    assert_false(watch_restarted(bench->watch)); /* seen once */
    visit(bench, "/drop");
    assert_false(watch_restarted(bench->watch)); /* came and went */
    visit(bench, "/hold");
    assert_false(watch_restarted(bench->watch));
    assert_false(watch_restarted(bench->watch)); /* seen twice: a worker */
    visit(bench, "/drop");
    assert_true(watch_restarted(bench->watch));
    assert_false(watch_restarted(bench->watch));
}

static void children_add_up(void **state)
{
    struct bench *bench = *state;
    attach(bench, bench->server);
    watch_read_cheap(bench->watch, bench->values);
    double rss = value(bench, "rss"), threads = value(bench, "threads");
    visit(bench, "/hold");
    watch_read_cheap(bench->watch, bench->values);
    assert_true(value(bench, "rss") > 1.5 * rss);
    assert_true(is(value(bench, "threads"), threads + 1));
    visit(bench, "/drop");
}

/* What a reading in the background brought. */
struct brought {
    struct bench *bench;
    unsigned calls;
};

static void on_values(void *owner, const double *values)
{
    struct brought *brought = owner;
    brought->calls++;
    memcpy(brought->bench->values, values, watch_count(brought->bench->watch) * sizeof *values);
    loop_stop(brought->bench->loop);
}

static void reads_while_traffic_flows(void **state)
{
    struct bench *bench = *state;
    struct brought brought = {bench, 0};
    add(bench, "n", "/falling", "/n", NULL);
    add(bench, "resident", "/metrics", NULL, "resident_bytes");
    add(bench, "away", "/away", "/x", NULL);
    add(bench, "heap", "/falling", "/live/bytes", NULL);
    attach(bench, bench->server);
    watch_start_read(bench->watch, on_values, &brought);
    watch_start_read(bench->watch, on_values, &brought); /* one is under way */
    assert_int_equal(brought.calls, 0);
    assert_int_equal(loop_run(bench->loop), 0);
    assert_int_equal(brought.calls, 1);
    assert_true(is(value(bench, "n"), 1) && is(value(bench, "heap"), 90) &&
                is(value(bench, "resident"), 4096));
    assert_true(value(bench, "rss") > 1e6 && isnan(value(bench, "pss")));
    assert_gap(bench, "away", "GET /away answered 503");
    watch_start_read(bench->watch, on_values, &brought);
    double *settled = xcalloc(watch_count(bench->watch), sizeof *settled);
    watch_read(bench->watch, settled); /* waits for the other first */
    assert_int_equal(brought.calls, 2);
    assert_true(is(value(bench, "n"), 2) && is(settled[index_of(bench, "n")], 3));
    free(settled);
}

static void background_without_urls(void **state)
{
    struct bench *bench = *state;
    struct brought brought = {bench, 0};
    attach(bench, bench->server);
    watch_start_read(bench->watch, on_values, &brought);
    assert_int_equal(brought.calls, 0);
    assert_int_equal(loop_run(bench->loop), 0);
    assert_int_equal(brought.calls, 1);
}

static void background_outlives_the_watch(void **state)
{
    struct bench *bench = *state;
    struct brought brought = {bench, 0};
    add(bench, "n", "/falling", "/n", NULL);
    attach(bench, bench->server);
    watch_start_read(bench->watch, on_values, &brought);
    watch_free(bench->watch);
    bench->watch = NULL;
    assert_true(is(ask(bench, "/falling", "/n"), 1));
    assert_int_equal(brought.calls, 0);
}

static void assert_refused(struct bench *bench, const char *wanted)
{
    struct err err = {0};
    assert_null(watch_new(&bench->service, bench->loop, &err));
    if (err.code != ERR_USAGE || strstr(err.message, wanted) == NULL)
        fail_msg("'%s' lacks '%s'", err.message, wanted);
}

static void bad_pointer(void **state)
{
    add(*state, "heap", "/x", "live", NULL);
    assert_refused(*state, "test/service.yaml: signal 'heap': ");
}

static void bad_metric(void **state)
{
    add(*state, "heap", "/x", NULL, "up{");
    assert_refused(*state, "signal 'heap': metric 'up{'");
}

static void bad_name(void **state)
{
    add(*state, "rss", "/x", "", NULL);
    assert_refused(*state, "signal 'rss': the name of a built-in signal");
}

static void doubled_name(void **state)
{
    add(*state, "heap", "/x", "", NULL);
    add(*state, "heap", "/y", "", NULL);
    assert_refused(*state, "signal 'heap': the name is there twice");
}

#define ON_A_SERVER(test) cmocka_unit_test_setup_teardown(test, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ON_A_SERVER(builtin_signals),
        ON_A_SERVER(one_fetch_for_each_url),
        ON_A_SERVER(settles_at_the_floor),
        ON_A_SERVER(settling_is_bounded),
        ON_A_SERVER(nothing_to_settle),
        ON_A_SERVER(a_gap_while_settling),
        ON_A_SERVER(gaps_have_reasons),
        ON_A_SERVER(numbers_by_pattern),
        ON_A_SERVER(what_is_not_all_there_is_a_gap),
        ON_A_SERVER(a_port_of_its_own),
        ON_A_SERVER(a_dead_target),
        ON_A_SERVER(nobody_to_watch),
        ON_A_SERVER(helpers_are_no_restart_workers_are),
        ON_A_SERVER(children_add_up),
        ON_A_SERVER(reads_while_traffic_flows),
        ON_A_SERVER(background_without_urls),
        ON_A_SERVER(background_outlives_the_watch),
        ON_A_SERVER(bad_pointer),
        ON_A_SERVER(bad_metric),
        ON_A_SERVER(bad_name),
        ON_A_SERVER(doubled_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

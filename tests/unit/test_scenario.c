#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/random.h"
#include "base/text.h"
#include "base/yaml.h"
#include "scenario/limit.h"
#include "scenario/load.h"
#include "scenario/write.h"
#include "scratch_files.h"

static int make_directory(void **state)
{
    (void)state;
    unsetenv("SEEP_TEST_ABSENT");
    setenv("SEEP_TEST_TOKEN", "s3cr\"t", 1);
    return scratch_make();
}

static void put_smallest(void)
{
    put("service.yaml", "target: http://127.0.0.1:5000\n");
    put("a.yaml", "endpoint: GET /a\nrecording: a.jsonl\n");
}

static void every_key_is_read(void **state)
{
    (void)state;
    put("service.yaml",
        "target: http://127.0.0.1:${PORT}\n"
        "allow: [127.0.0.1, 10.0.0.0/8]\n"
        "start:\n"
        "  command: [sh, -c, 'exec $${SHELL} ${PORT}']\n"
        "  directory: .\n"
        "  environment: {TOKEN: \"x${SEEP_TEST_TOKEN}y\", BIND: \"127.0.0.1:${PORT}\"}\n"
        "reset: [./reset, now]\n"
        "ready: HEAD /health\n"
        "ready_timeout: 5s\n"
        "watch: {pid_file: server.pid}\n"
        "agent: auto\n"
        "signals:\n"
        "  - {name: heap, url: /debug/memory?gc=1, pointer: /heapUsed}\n"
        "  - {name: blocks, url: /metrics, metric: 'blocks{a=\"b\"}', unit: objects}\n"
        "snapshots: [{name: t, url: /debug/tracemalloc, format: tracemalloc}]\n"
        "load: {connections: 4}\n"
        "reuse: never\n"
        "methods: [POST, DELETE]\n"
        "limits: {growth: 16 B/request, p99: 500 ms, errors: 1%}\n"
        "memory_limit: 700 MiB\n"
        "observed: 100 MB/3d\n"
        "instances: 4\n"
        "ceiling: 4 GiB\n"
        "suspects:\n"
        "  - {endpoints: [\"GET /quote/{sku}\"], probability: 93%, growth: 48 B/request, share: 62%}\n"
        "  - endpoints: [POST /login]\n"
        "    probability: 0.5%\n");
    put("login.yaml", "endpoint: POST /login\nrecording: /data/login.jsonl\n");
    put("quote.yaml",
        "endpoint: GET /quote/{sku}\nrecording: quote.jsonl\nrate: 3.2/s\nweight: 2.5\nafter: [POST /login]\n"
        "headers: {Authorization: \"Bearer ${SEEP_TEST_TOKEN}\"}\nexpect: {status: 2xx}\n"
        "limits: {p99: 300 ms, growth: 1 objects/request}\n");
    struct service service;
    struct err err = {0};
    if (scenario_load(directory, &service, &err) != 0)
        fail_msg("%s", err.message);
    assert_string_equal(service.name, strrchr(directory, '/') + 1);
    assert_string_equal(service.target, "http://127.0.0.1:${PORT}");
    assert_int_equal(service.allow.count, 2);
    assert_int_equal(service.start.kind, START_COMMAND);
    assert_string_equal(service.start.command.items[2], "exec ${SHELL} ${PORT}");
    assert_string_equal(service.start.directory, service.directory);
    assert_string_equal(headers_find(&service.start.environment, "TOKEN"), "xs3cr\"ty");
    assert_string_equal(headers_find(&service.start.environment, "BIND"), "127.0.0.1:${PORT}");
    assert_string_equal(service.reset.items[1], "now");
    assert_string_equal(service.ready_method, "HEAD");
    assert_string_equal(service.ready_path, "/health");
    assert_int_equal(service.ready_timeout_ns, INT64_C(5000000000));
    assert_int_equal(service.watch.kind, WATCH_PID_FILE);
    assert_true(service.watch.path[0] == '/' && text_ends_with(service.watch.path, "/server.pid"));
    assert_int_equal(service.signal_count, 2);
    assert_string_equal(service.signals[0].pointer, "/heapUsed");
    assert_int_equal(service.signals[0].unit, UNIT_BYTES);
    assert_int_equal(service.signals[1].source, SIGNAL_METRIC);
    assert_string_equal(service.signals[1].metric, "blocks{a=\"b\"}");
    assert_int_equal(service.signals[1].unit, UNIT_OBJECTS);
    assert_string_equal(service.snapshots[0].format, "tracemalloc");
    assert_int_equal(service.load.kind, LOAD_CONNECTIONS);
    assert_int_equal(service.load.connections, 4);
    assert_int_equal(service.reuse, REUSE_NEVER);
    assert_int_equal(service.methods.count, 2);
    assert_int_equal(service.limits.count, 3);
    assert_string_equal(service.limits.items[0].text, "growth > 16 B/request");
    assert_true(service.limits.items[1].value == 0.5);
    assert_true(service.memory_limit_bytes == 734003200.0 && service.ceiling_bytes == 4294967296.0);
    assert_true(service.observed_bytes == 100e6 && service.observed_seconds == 259200);
    assert_int_equal(service.instances, 4);
    assert_int_equal(service.suspects.count, 2);
    const struct suspicion *suspicion = suspicions_find(&service.suspects, "GET /quote/{sku}");
    assert_ptr_equal(suspicion, &service.suspects.items[0]);
    assert_true(suspicion->probability == 0.93 && suspicion->bytes_per_request == 48 &&
                suspicion->share == 0.62);
    assert_true(service.suspects.items[1].probability == 0.005);
    assert_true(isnan(service.suspects.items[1].bytes_per_request) && isnan(service.suspects.items[1].share));
    assert_null(suspicions_find(&service.suspects, "GET /login"));
    assert_int_equal(service.endpoint_count, 2);
    const struct endpoint *quote = service_find(&service, "GET /quote/{sku}");
    assert_non_null(quote);
    assert_string_equal(quote->method, "GET");
    assert_string_equal(quote->template, "/quote/{sku}");
    assert_true(quote->recording_path[0] == '/' && text_ends_with(quote->recording_path, "/quote.jsonl"));
    assert_string_equal(service.endpoints[0].recording_path, "/data/login.jsonl");
    assert_true(quote->rate_per_second == 3.2 && quote->weight == 2.5);
    assert_string_equal(quote->after.items[0], "POST /login");
    assert_string_equal(headers_find(&quote->headers, "authorization"), "Bearer s3cr\"t");
    assert_int_equal(quote->expect.class, 2);
    assert_int_equal(quote->limits.count, 2);
    assert_true(quote->limits.items[1].objects);
    service_release(&service);
}

static void load(struct service *service)
{
    struct err err = {0};
    if (scenario_load(directory, service, &err) != 0)
        fail_msg("%s", err.message);
}

static void a_setup_is_read(void **state)
{
    (void)state;
    put("service.yaml",
        "target: http://127.0.0.1:1\nsetup:\n"
        "  - request: GET /login?from=/\n"
        "    capture: {csrf: {body: 'value=\"([^\"]+)\"'}}\n"
        "    headers: {X-Key: \"${SEEP_TEST_TOKEN}\"}\n"
        "  - {request: POST /login, form: {csrf: \"{{csrf}}\", \"a b\": \"${SEEP_TEST_TOKEN}&{{ x\"}}\n"
        "  - request: POST /login\n"
        "    body: {user: load, key: \"${SEEP_TEST_TOKEN}\", n: 1, s: \"1\", ok: true, none: null,\n"
        "           list: [1.5, {x: \"{{csrf}}\"}], empty: }\n"
        "    capture: {token: {json: /token}}\n"
        "    expect: {status: 201}\n"
        "  - {request: PUT /raw, body: \"a=${SEEP_TEST_TOKEN}\", headers: {Content-Type: text/x}}\n");
    put("a.yaml", "endpoint: GET /a\nrecording: a.jsonl\nheaders: {Authorization: \"Bearer {{token}}\"}\n");
    struct service service;
    load(&service);
    assert_int_equal(service.setup_count, 4);
    assert_false(service.setup_per_run);
    const struct setup_step *step = service.setup;
    assert_string_equal(step[0].endpoint.name, "setup GET /login");
    assert_string_equal(step[0].endpoint.template, "/login");
    assert_string_equal(step[0].endpoint.file, service.file);
    assert_string_equal(step[0].request.method, "GET");
    assert_string_equal(step[0].request.url, "/login?from=/");
    assert_string_equal(headers_find(&step[0].endpoint.headers, "x-key"), "s3cr\"t");
    assert_string_equal(step[0].endpoint.captures.items[0].name, "csrf");
    assert_null(step[0].request.body);
    assert_string_equal(step[1].endpoint.name, "setup POST /login");
    assert_string_equal((char *)step[1].request.body, "csrf={{csrf}}&a%20b=s3cr%22t%26%7B%7B%20x");
    assert_int_equal(step[1].request.body_length, strlen((char *)step[1].request.body));
    assert_string_equal(headers_find(&step[1].request.headers, "Content-Type"),
                        "application/x-www-form-urlencoded");
    assert_string_equal(step[2].endpoint.name, "setup POST /login (2)");
    assert_string_equal(
        (char *)step[2].request.body,
        "{\"user\":\"load\",\"key\":\"s3cr\\\"t\",\"n\":1,\"s\":\"1\",\"ok\":true,\"none\":null,"
        "\"list\":[1.5,{\"x\":\"{{csrf}}\"}],\"empty\":\"\"}");
    assert_string_equal(headers_find(&step[2].request.headers, "Content-Type"), "application/json");
    assert_int_equal(step[2].endpoint.expect.status, 201);
    assert_int_equal(step[2].endpoint.captures.items[0].from, CAPTURE_JSON);
    assert_string_equal((char *)step[3].request.body, "a=s3cr\"t");
    assert_int_equal(step[3].request.headers.count, 0);
    assert_string_equal(headers_find(&step[3].endpoint.headers, "Content-Type"), "text/x");
    assert_ptr_equal(service_endpoint(&service, service.endpoint_count + 1), &step[1].endpoint);
    assert_int_equal(service.variables.count, 2);
    assert_true(strings_has(&service.variables, "csrf") && strings_has(&service.variables, "token"));
    service_release(&service);
    put("service.yaml",
        "target: http://127.0.0.1:1\n"
        "setup: {per: run, requests: [{request: POST /login, capture: {token: {header: T}}}]}\n");
    load(&service);
    assert_true(service.setup_per_run && service.setup_count == 1);
    service_release(&service);
}

static void what_is_read_of_answers_is_read(void **state)
{
    (void)state;
    put_smallest();
    put("b.yaml", "endpoint: PUT /b/{id}/{sku}.json\nrecording: b.jsonl\n"
                  "capture:\n  csrf: {body: 'name=\"csrf\" value=\"([^\"]+)\"'}\n  etag: {header: ETag}\n"
                  "  all: {json: ''}\n"
                  "expect: {status: recorded, header: {Content-Type: ^text, X-Id: .}, body: end$,\n"
                  "         json: {/ok: ^true$, /a~1b: '^\\d+$'}}\n"
                  "fresh: [{path: sku}, {query: q, json: /id}, {path: id}]\n"
                  "abandon: 2.5%\n");
    put("c.yaml", "endpoint: GET /c\nrecording: c.jsonl\ncapture: {etag: {header: ETag}}\n"
                  "expect: {header: X-Id, json: /ok}\nfresh: {query: q}\n");
    struct service service;
    load(&service);
    const struct endpoint *b = service_find(&service, "PUT /b/{id}/{sku}.json");
    assert_int_equal(b->captures.count, 3);
    assert_string_equal(b->captures.items[0].name, "csrf");
    assert_true(b->captures.items[0].from == CAPTURE_BODY && b->captures.items[0].pattern != NULL);
    assert_true(b->captures.items[1].from == CAPTURE_HEADER);
    assert_string_equal(b->captures.items[1].where, "ETag");
    assert_true(b->captures.items[2].from == CAPTURE_JSON);
    assert_string_equal(b->captures.items[2].where, "");
    assert_true(b->expect.same_status && b->expect.class == 0 && b->expect.status == 0);
    static const struct {
        enum capture_from from;
        const char *where, *pattern;
    } expected[] = {{CAPTURE_HEADER, "Content-Type", "^text"},
                    {CAPTURE_HEADER, "X-Id", "."},
                    {CAPTURE_BODY, NULL, "end$"},
                    {CAPTURE_JSON, "/ok", "^true$"},
                    {CAPTURE_JSON, "/a~1b", "^\\d+$"}};
    assert_int_equal(b->expect.count, 5);
    for (size_t i = 0; i < 5; i++) {
        assert_int_equal(b->expect.items[i].from, expected[i].from);
        assert_string_equal(pattern_source(b->expect.items[i].pattern), expected[i].pattern);
        if (expected[i].where != NULL)
            assert_string_equal(b->expect.items[i].where, expected[i].where);
    }
    static const struct fresh fresh[] = {
        {FRESH_PATH, "sku", 2}, {FRESH_QUERY, "q", 0}, {FRESH_JSON, "/id", 0}, {FRESH_PATH, "id", 1}};
    assert_int_equal(b->fresh_count, 4);
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(b->fresh[i].in, fresh[i].in);
        assert_string_equal(b->fresh[i].name, fresh[i].name);
        assert_int_equal(b->fresh[i].segment, fresh[i].segment);
    }
    assert_true(fabs(b->abandon - 0.025) < 1e-12);
    const struct endpoint *c = service_find(&service, "GET /c");
    assert_int_equal(c->expect.count, 2);
    assert_true(c->expect.items[0].from == CAPTURE_HEADER && c->expect.items[0].pattern == NULL);
    assert_true(c->expect.items[1].from == CAPTURE_JSON && c->expect.items[1].pattern == NULL);
    assert_string_equal(c->expect.items[1].where, "/ok");
    assert_true(c->abandon == 0 && c->fresh_count == 1);
    assert_int_equal(service.variables.count, 3);
    service_release(&service);
}

static void what_is_not_said_has_a_default(void **state)
{
    (void)state;
    put_smallest();
    struct service service;
    assert_int_equal(scenario_load(directory, &service, NULL), 0);
    assert_int_equal(service.load.kind, LOAD_SPEED);
    assert_true(service.load.speed == 1);
    assert_int_equal(service.reuse, REUSE_SESSION);
    assert_int_equal(service.ready_timeout_ns, INT64_C(30000000000));
    assert_true(service.observed_bytes == 0);
    assert_int_equal(service.instances, 1);
    assert_null(service.ready_method);
    assert_int_equal(service.start.kind, START_NONE);
    assert_int_equal(service.watch.kind, WATCH_STARTED);
    assert_true(strings_has(&service.allow, "127.0.0.1") && strings_has(&service.allow, "::1"));
    assert_true(service.endpoints[0].weight == 1 && service.endpoints[0].rate_per_second == 0);
    assert_int_equal(service.endpoints[0].expect.class, 0);
    service_release(&service);
}

/* `file` gets `content` beside a service that is right; the complaint must be "FILE" + `expected`. */
static void assert_complaint(const char *file, const char *content, const char *expected)
{
    put_smallest();
    put(file, content);
    struct service service;
    struct err err = {0};
    char whole[512];
    int failed = scenario_load(directory, &service, &err);
    service_release(&service);
    snprintf(whole, sizeof whole, "%s/%s%s", directory, file, expected);
    if (!failed || err.code != ERR_USAGE || strncmp(err.message, whole, strlen(whole)) != 0)
        fail_msg("%s\ngave     '%s'\nnot      '%s'", content, err.message, whole);
}

#define TARGET "target: http://127.0.0.1:1\n"
#define TLS "target: https://127.0.0.1:1\n"
#define ENDPOINT "endpoint: GET /b\nrecording: b.jsonl\n"

static void how_the_target_is_reached(void **state)
{
    (void)state;
    struct service service;
    struct err err = {0};
    put("service.yaml", "target: https://shop.example:8443\ntls: {ca: ca.pem, cert: ca.pem, name: a.example, "
                        "insecure: true}\n"
                        "host: shop.example\nproxy: socks5://127.0.0.1:1080\nhttp: 2\n"
                        "timeout: {connect: 5s, first_byte: 20ms, total: 1m}\n");
    put("ca.pem", "");
    put("b.yaml", ENDPOINT);
    if (scenario_load(directory, &service, &err) != 0)
        fail_msg("%s", err.message);
    assert_true(service.tls.ca[0] == '/' && text_ends_with(service.tls.ca, "/ca.pem"));
    assert_string_equal(service.tls.cert, service.tls.ca);
    assert_null(service.tls.key);
    assert_string_equal(service.tls.name, "a.example");
    assert_true(service.tls.insecure);
    assert_string_equal(service.host, "shop.example");
    assert_string_equal(service.proxy, "socks5://127.0.0.1:1080");
    assert_int_equal(service.http, HTTP_2);
    assert_int_equal(service.timeouts.connect_ns, 5000000000);
    assert_int_equal(service.timeouts.first_byte_ns, 20000000);
    assert_int_equal(service.timeouts.total_ns, 60000000000);
    assert_true(strings_has(&service.allow, "127.0.0.1"));
    service_release(&service);
    put("service.yaml", "target: unix:/run/shop.sock\n");
    assert_int_equal(scenario_load(directory, &service, &err), 0);
    assert_int_equal(service.allow.count, 1); /* that socket, and nothing else */
    assert_string_equal(service.allow.items[0], "unix:/run/shop.sock");
    assert_int_equal(service.http, HTTP_1_1);
    service_release(&service);
}

static void mistakes_in_the_service_have_a_place(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {TARGET "wieght: 1\n", ":2:1: unknown key 'wieght'"},
        {TARGET "limist: {}\n", ":2:1: unknown key 'limist' (did you mean 'limits'?)"},
        {"allow: [a]\n", ":1:1: 'target' is missing"},
        {"", ":1:1: 'target' is missing"},
        {"target: 127.0.0.1:80\n", ":1:9: '127.0.0.1:80': expected a URL"},
        {"target: http://127.0.0.1:${PORT}\n", ":1:9: ${PORT} is the port of a server that seep starts"},
        {"target: http://${SEEP_TEST_ABSENT}\n",
         ":1:9: the environment variable SEEP_TEST_ABSENT is not set"},
        {"target: http://${1}\n", ":1:9: '${1}': expected ${NAME}"},
        {"target: http://${A\n", ":1:9: '${A': expected ${NAME}"},
        {TARGET "allow: 127.0.0.1\n", ":2:8: expected a list"},
        {TARGET "allow: [[a]]\n", ":2:9: expected text"},
        {TARGET "start: {directory: .}\n", ":2:8: 'start' needs a command"},
        {TARGET "start: {command: []}\n", ":2:8: 'start' needs a command"},
        {TARGET "start: {command: gunicorn}\n", ":2:18: expected a list"},
        {TARGET "start: {command: [a], directory: nowhere}\n", ":2:34: there is no directory /"},
        {TARGET "start:\n  restart: x\n", ":3:12: expected a list"},
        {TARGET "start: {restart: [x], command: [y]}\n",
         ":2:8: 'start' takes one of `command`, `service` (of a compose project) and `restart`"},
        {TARGET "start: {restart: [x], service: web}\n", ":2:8: 'start' takes one of"},
        {TARGET "start: {restart: []}\n", ":2:8: 'start' needs a command"},
        {TARGET "start: {restart: ['']}\n", ":2:8: 'restart' is a command"},
        {"target: http://127.0.0.1:${PORT}\nstart: {restart: [x]}\n",
         ":1:9: ${PORT} is the port of a server that seep starts"},
        {TARGET "start: {compose: x}\n", ":2:8: 'start' with `compose` needs `service` as well"},
        {TARGET "start: {service: web, command: [x]}\n",
         ":2:8: 'start' takes either a command and its directory, or"},
        {TARGET "start: {service: 'a b'}\n", ":2:18: 'a b' is no name of a service"},
        {TARGET "start: {service: web}\n", ":1:9: the target of a container is http://web:PORT: its service"},
        {"target: http://web:${PORT}\nstart: {service: web}\n",
         ":1:9: the target of a container is http://web:PORT"},
        {"target: http://website:80\nstart: {service: web}\n",
         ":1:9: the target of a container is http://web:PORT"},
        {"target: http://web:80\nstart: {service: web}\nallow: [127.0.0.1]\n",
         ":3:8: 'allow' does not name web, the target"},
        {"target: http://web:80\nstart: {service: web}\nwatch: {port: 80}\n",
         ":3:8: 'watch' is for a server that somebody else started"},
        {TARGET "start: {command: [x]}\nagent_dir: x\n",
         ":3:12: 'agent_dir' is where a server that somebody else"},
        {TARGET "start: {command: [a], environment: {A: \"1\\n2\"}}\n", ":2:40: a line break"},
        {TARGET "watch: {container: a/b}\n", ":2:20: 'a/b' is no name of a container"},
        {TARGET "watch: {container: a, pid: 2}\n", ":2:28: 'watch' takes only one"},
        {TARGET "watch: {cgroup: x, pid: 2}\n", ":2:25: 'watch' takes only one"},
        {TARGET "watch: {cgroup: []}\n", ":2:17: expected text"},
        {TARGET "watch: {port: 1, pid: 2}\n", ":2:23: 'watch' takes only one"},
        {TARGET "watch: {port: 70000}\n", ":2:15: '70000' is no port"},
        {TARGET "watch: {pid: -1}\n", ":2:14: '-1': a count"},
        {TARGET "agent: pyton\n",
         ":2:8: 'pyton': expected one of auto, none, python, node, malloc, jvm, go (did you mean 'python'?)"},
        {TARGET "setup: POST /login\n", ":2:8: expected a list of requests"},
        {TARGET "setup: [{headers: {A: b}}]\n", ":2:9: a setup needs a request"},
        {TARGET "setup: {per: run}\n", ":2:8: 'setup' needs its requests"},
        {TARGET "setup: {per: day, requests: []}\n", ":2:14: 'day': expected one of session, run"},
        {TARGET "setup: [{request: /login}]\n", ":2:19: '/login': expected METHOD /PATH"},
        {TARGET "setup: [{request: POST login}]\n", ":2:19: 'POST login': expected METHOD /PATH"},
        {TARGET "setup: [{request: POST /a b}]\n", ":2:19: 'POST /a b': expected METHOD /PATH"},
        {TARGET "setup: [{request: POST /a, body: x, form: {a: b}}]\n",
         ":2:43: a request has a body or a form"},
        {TARGET "setup: [{request: POST /a, form: x}]\n", ":2:34: expected `name: value` pairs"},
        {TARGET "setup: [{request: POST /a, form: {a: [b]}}]\n", ":2:38: expected text"},
        {TARGET "setup: [{request: POST /a, body: {a: [\"${SEEP_TEST_ABSENT}\"]}}]\n",
         ":2:39: the environment variable SEEP_TEST_ABSENT is not set"},
        {TARGET "setup: [{request: POST /a, pody: x}]\n", ":2:28: unknown key 'pody' (did you mean 'body'?)"},
        {TARGET "setup: [{request: POST /a, body: \"{{tken}}\"}, {request: GET /b, capture: {token: {header: "
                "T}}}]\n",
         ":2:34: {{tken}} is what no `capture` here fills (did you mean 'token'?)"},
        {TARGET "setup:\n  - request: POST /a\n    capture: {a-b: {header: T}}\n",
         ":4:15: 'a-b': a variable's name has letters"},
        {"target: unix:run/a\n", ":1:9: 'unix:run/a': expected a URL"},
        {TARGET "suspects: GET /a\n", ":2:11: expected a list of suspects"},
        {TARGET "suspects: [GET /a]\n", ":2:12: expected `key: value`"},
        {TARGET "suspects: [{endpoints: GET /a}]\n", ":2:24: expected a list"},
        {TARGET "suspects: [{endpoints: [], probability: 1%}]\n", ":2:24: expected endpoints"},
        {TARGET "suspects: [{probability: 1%}]\n", ":2:12: a suspect needs its endpoints"},
        {TARGET "suspects: [{endpoints: [GET /a]}]\n", ":2:12: a suspect needs a probability"},
        {TARGET "suspects: [{endpoints: [GET /a], probability: 0%}]\n",
         ":2:47: '0%': what is no suspect is not listed"},
        {TARGET "suspects: [{endpoints: [GET /a], probability: 0.93}]\n", ":2:47: '0.93': a share"},
        {TARGET "suspects: [{endpoints: [GET /a], probability: 120%}]\n", ":2:47: '120%' is more than"},
        {TARGET "suspects: [{endpoints: [GET /a], probability: 9%, growth: 1 MiB/h}]\n",
         ":2:59: '1 MiB/h': expected bytes per request above 0"},
        {TARGET "suspects: [{endpoints: [GET /a], probability: 9%, growth: 48 B}]\n",
         ":2:59: '48 B': growth"},
        {TARGET "suspects: [{endpoints: [GET /a], probability: 9%, growth: 0 B/request}]\n",
         ":2:59: '0 B/request': expected bytes per request above 0"},
        {TARGET "suspects: [{endpoints: [GET /a], probability: 9%, shar: 1%}]\n",
         ":2:51: unknown key 'shar' (did you mean 'share'?)"},
        {TARGET "suspects: [{endpoints: [GET /aa], probability: 9%}]\n",
         ":2:25: 'suspects' names 'GET /aa', which no file here describes (did you mean 'GET /a'?)"},
        {TARGET
         "suspects:\n- {endpoints: [GET /a], probability: 9%}\n- {endpoints: [GET /a], probability: 8%}\n",
         ":4:16: 'GET /a' is suspected twice"},
        {TARGET "suspects: [{endpoints: [GET /a, GET /a], probability: 9%}]\n",
         ":2:33: 'GET /a' is suspected twice"},
        {TARGET "tls: {insecure: true}\n", ":2:6: 'tls' is for an https:// target"},
        {TLS "tls: {ca: nowhere.pem}\n", ":2:11: there is no file /"},
        {TLS "tls: {key: service.yaml}\n", ":2:12: a key without a certificate"},
        {TLS "tls: {insecure: yes}\n", ":2:17: 'yes': expected one of false, true"},
        {TLS "tls: {nmae: a}\n", ":2:7: unknown key 'nmae' (did you mean 'name'?)"},
        {TARGET "host: a b\n", ":2:7: 'a b': expected a host"},
        {TARGET "host: \"a\\r\\nX: y\"\n", ":2:7: 'a  X: y': expected a host"},
        {TARGET "proxy: 127.0.0.1:1\n", ":2:8: '127.0.0.1:1' is not a proxy of the form"},
        {TARGET "proxy: socks5h://127.0.0.1:1\n",
         ":2:8: proxy 'socks5h://127.0.0.1:1': the proxy would resolve"},
        {"target: unix:/run/a\nproxy: http://127.0.0.1:1\n", ":2:8: no proxy leads to a Unix socket"},
        {TARGET "http: 3\n", ":2:7: '3': expected one of 1.1, 2"},
        {TARGET "timeout: {connect: 5}\n", ":2:20: '5': a duration needs a unit"},
        {TARGET "timeout: {total: 0s}\n", ":2:18: expected more than '0s'"},
        {TARGET "ready: health\n", ":2:8: 'health': expected a request"},
        {TARGET "ready: GET health\n", ":2:8: 'GET health': expected a request"},
        {TARGET "ready_timeout: 30\n", ":2:16: '30': a duration needs a unit"},
        {TARGET "ready_timeout: 0s\n", ":2:16: expected more than '0s'"},
        {TARGET "load: {speed: 1x, rate: 2/s}\n", ":2:7: 'load' takes exactly one"},
        {TARGET "load: {connections: 2000000}\n", ":2:21: expected at most 1000000 connections"},
        {TARGET "load: {}\n", ":2:7: 'load' takes exactly one"},
        {TARGET "load: {rate: 0/s}\n", ":2:14: expected more than"},
        {TARGET "load: {connections: 0}\n", ":2:21: '0': expected a number from 1"},
        {TARGET "load: {speed: 2}\n", ":2:15: '2': a speed is a factor"},
        {TARGET "reuse: sometimes\n", ":2:8: 'sometimes': expected one of session, always, never"},
        {TARGET "methods: [post]\n", ":2:11: 'post': expected a method in capitals"},
        {TARGET "signals: {}\n", ":2:10: expected a list of signals"},
        {TARGET "signals:\n  - {name: a, url: /m}\n",
         ":3:5: signal 'a' needs either a pointer, a metric or a pattern"},
        {TARGET "signals:\n  - {name: a, url: /m, metric: y, pattern: '(x)'}\n",
         ":3:5: signal 'a' needs either a pointer, a metric or a pattern, only one of them"},
        {TARGET "signals:\n  - {name: a, url: /m, pattern: '(x'}\n", ":3:33: pattern, offset 2: "},
        {TARGET "signals:\n  - {name: a, url: /m, pattern: 'x'}\n",
         ":3:33: a signal's pattern has one group"},
        {TARGET "signals:\n  - {name: a, url: /m, pattern: '(x)(y)'}\n",
         ":3:33: a signal's pattern has one group"},
        {TARGET "signals:\n  - {name: a, url: \"http://127.0.0.1:9\", pattern: '(x)'}\n",
         ":3:20: expected a path on the target"},
        {TARGET "signals:\n  - {name: a, url: \"http:///m\", pattern: '(x)'}\n",
         ":3:20: expected a path on the target"},
        {TARGET "signals:\n  - {name: a, url: \"http://127.0.0.1:${PORT}/m\", pattern: '(x)'}\n",
         ":3:20: ${PORT} is the target's own port"},
        {TARGET "signals:\n  - {name: a, url: /m, pointer: /x, metric: y}\n",
         ":3:5: signal 'a' needs either"},
        {TARGET "signals:\n  - {name: a, url: m, pointer: /x}\n", ":3:20: expected a path"},
        {TARGET "signals:\n  - {name: a, url: /m, pointer: x}\n", ":3:33: 'x': a JSON pointer"},
        {TARGET "signals:\n  - {url: /m, pointer: /x}\n", ":3:5: a signal needs a name"},
        {TARGET "signals:\n  - {name: rss, url: /m, pointer: /x}\n", ":3:5: 'rss' is a built-in signal"},
        {TARGET "signals:\n  - {name: a, url: /, pointer: /x}\n  - {name: a, url: /, pointer: /x}\n",
         ":4:5: there are two signals 'a'"},
        {TARGET "snapshots: [{name: a}]\n", ":2:13: a snapshot needs a url"},
        {TARGET "limits: {growth: 16}\n", ":2:18: '16': growth is bytes"},
        {TARGET "limits: {p98: 1 s}\n", ":2:10: unknown key 'p98' (did you mean 'p99'?)"},
        {TARGET "memory_limit: 700\n", ":2:15: '700': a size needs a unit"},
        {TARGET "observed: 100 MB\n", ":2:11: '100 MB': growth that was observed is an amount and a time"},
        {TARGET "observed: {growth: 100 MB}\n", ":2:11: expected growth over a time"},
        {TARGET "instances: 0\n", ":2:12: '0': expected a number from 1"},
        {"target: [\n", ":2:1: not YAML"},
        {"- a\n", ":1:1: expected `key: value`"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_complaint("service.yaml", cases[i][0], cases[i][1]);
}

static void mistakes_in_an_endpoint_have_a_place(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {ENDPOINT "capture: [csrf]\n", ":3:10: expected `name: {body: 'PCRE2'}` pairs"},
        {ENDPOINT "capture: {csrf: 'x'}\n", ":3:17: expected `key: value`"},
        {ENDPOINT "capture: {csrf: {}}\n", ":3:17: a capture takes exactly one of body, header, json"},
        {ENDPOINT "capture: {csrf: {body: a, header: b}}\n", ":3:17: a capture takes exactly one"},
        {ENDPOINT "capture: {csrf: {cookie: a}}\n", ":3:18: unknown key 'cookie'"},
        {ENDPOINT "capture: {csrf: {body: 'a(b'}}\n",
         ":3:24: pattern, offset 3: missing closing parenthesis"},
        {ENDPOINT "capture: {csrf: {json: token}}\n",
         ":3:24: 'token': a JSON pointer is empty or starts with"},
        {ENDPOINT "capture: {2nd: {body: a}}\n", ":3:11: '2nd': a variable's name has letters"},
        {ENDPOINT "capture: {\"a b\": {body: a}}\n", ":3:11: 'a b': a variable's name has letters"},
        {ENDPOINT "headers: {A: \"x {{tokn}}\"}\ncapture: {token: {body: a}}\n",
         ":3:14: {{tokn}} is what no `capture` here fills (did you mean 'token'?)"},
        {ENDPOINT "headers: {A: \"{{t}}\"}\n", ":3:14: {{t}} is what no `capture` here fills"},
        {ENDPOINT "fresh: {path: sku}\n", ":3:15: '/b' has no single segment {sku}"},
        {"recording: b.jsonl\nfresh: [{query: q}, {path: skew}]\nendpoint: GET /b/{sku}\n",
         ":2:28: '/b/{sku}' has no single segment {skew}"},
        {"recording: b.jsonl\nfresh: {path: sky}\nendpoint: GET /b/{sku}\n",
         ":2:15: '/b/{sku}' has no single segment {sky} (did you mean 'sku'?)"},
        {"recording: b.jsonl\nfresh: {path: rest}\nendpoint: GET /b/{rest...}\n",
         ":2:15: '/b/{rest...}' has no single segment {rest}"},
        {ENDPOINT "fresh: sku\n", ":3:8: expected `key: value`"},
        {ENDPOINT "fresh: [{json: a}]\n", ":3:16: 'a': a JSON pointer"},
        {ENDPOINT "fresh: {body: a}\n", ":3:9: unknown key 'body'"},
        {ENDPOINT "abandon: 2\n", ":3:10: '2': a share is a percentage"},
        {ENDPOINT "abandon: 101%\n", ":3:10: '101%' is more than 100%"},
        {ENDPOINT "abandon: -1%\n", ":3:10: '-1%': a share is a percentage"},
        {ENDPOINT "wieght: 2\n", ":3:1: unknown key 'wieght' (did you mean 'weight'?)"},
        {"recording: b.jsonl\n", ":1:1: 'endpoint' is missing"},
        {"endpoint: GET /b\n", ":1:1: 'recording' is missing"},
        {"endpoint: /b\n", ":1:11: '/b': expected METHOD /PATH"},
        {"endpoint: get /b\n", ":1:11: 'get /b': expected METHOD /PATH"},
        {"recording: b.jsonl\nendpoint: GET /a\n", ":2:11: endpoint 'GET /a' is already in a.yaml"},
        {ENDPOINT "rate: 3\n", ":3:7: '3': a rate needs a unit"},
        {ENDPOINT "weight: 0\n", ":3:9: '0': expected a plain number of 1e-06 to 1e+06"},
        {ENDPOINT "weight: 0.0000000001\n",
         ":3:9: '0.0000000001': expected a plain number of 1e-06 to 1e+06"},
        {ENDPOINT "weight: 100000000000000000000\n",
         ":3:9: '100000000000000000000': expected a plain number of 1e-06 to 1e+06"},
        {ENDPOINT "weight: 1e3\n", ":3:9: '1e3': expected a plain number"},
        {ENDPOINT "weight: 1.2.3\n", ":3:9: '1.2.3': expected a plain number"},
        {ENDPOINT "after: [GET /aa]\n",
         ":3:9: 'after' names 'GET /aa', which no file here describes (did you mean 'GET /a'?)"},
        {ENDPOINT "after: [GET /b]\n", ":3:9: 'GET /b' cannot come after 'GET /b'"},
        {ENDPOINT "headers: {A: \"${SEEP_TEST_ABSENT}\"}\n",
         ":3:14: the environment variable SEEP_TEST_ABSENT is not set"},
        {ENDPOINT "headers: {\"A:b\": c}\n", ":3:11: 'A:b' cannot be a name"},
        {ENDPOINT "expect: {status: 6xx}\n", ":3:18: '6xx': expected a status"},
        {ENDPOINT "expect: {status: 20}\n", ":3:18: '20': expected a status"},
        {ENDPOINT "expect: {status: recorded_}\n",
         ":3:18: 'recorded_': expected a status, as in 204, 2xx or"},
        {ENDPOINT "expect: {body: '*'}\n", ":3:16: pattern, offset 0: quantifier does not follow"},
        {ENDPOINT "expect: {header: {A: '['}}\n", ":3:22: pattern, offset 1: missing terminating ]"},
        {ENDPOINT "expect: {header: [A]}\n", ":3:18: expected a name, or"},
        {ENDPOINT "expect: {json: {a: b}}\n", ":3:17: 'a': a JSON pointer"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_complaint("b.yaml", cases[i][0], cases[i][1]);
}

static void what_is_not_a_service_directory_is_said(void **state)
{
    (void)state;
    struct service service;
    struct err err = {0};
    char text[256];
    assert_int_equal(scenario_load("/nonexistent", &service, &err), -1);
    assert_string_equal(err.message, "/nonexistent: No such file or directory");
    service_release(&service);
    assert_int_equal(scenario_load(directory, &service, &err), -1);
    snprintf(text, sizeof text, "%s/service.yaml: No such file", directory);
    assert_int_equal(strncmp(err.message, text, strlen(text)), 0);
    service_release(&service);
    put("service.yaml", TARGET);
    put("notes.txt", "not mine");
    put(".hidden.yaml", "nor this: x");
    assert_int_equal(scenario_load(directory, &service, &err), -1);
    assert_non_null(strstr(err.message, "no endpoint beside service.yaml"));
    service_release(&service);
    snprintf(text, sizeof text, "%s/notes.txt", directory);
    assert_int_equal(scenario_load(text, &service, &err), -1);
    assert_non_null(strstr(err.message, "not a service directory"));
    service_release(&service);
}

static void limits_are_parsed(void **state)
{
    (void)state;
    struct limit limit;
    assert_int_equal(limit_parse("  rss   growth>1 MiB/h ", &limit, NULL), 0);
    assert_string_equal(limit.text, "rss growth > 1 MiB/h");
    assert_string_equal(limit.signal, "rss");
    assert_true(limit.kind == LIMIT_GROWTH && limit.per_second && !limit.objects);
    assert_true(fabs(limit.value - 1048576.0 / 3600) < 1e-9);
    struct limits limits = {0};
    limits_take(&limits, &limit);
    assert_int_equal(limit_parse("growth > 0.5 objects/request", &limit, NULL), 0);
    assert_true(limit.objects && !limit.per_second && limit.signal == NULL && limit.value == 0.5);
    limits_take(&limits, &limit);
    assert_int_equal(limit_parse("p99 > 500 ms", &limit, NULL), 0);
    assert_true(limit.kind == LIMIT_P99 && limit.value == 0.5);
    limits_take(&limits, &limit);
    assert_int_equal(limit_parse("errors > 1%", &limit, NULL), 0);
    assert_true(limit.kind == LIMIT_ERRORS && limit.value == 0.01);
    limits_take(&limits, &limit);
    assert_int_equal(limits.count, 4);
    limits_release(&limits);
    static const char *const bad[] = {"",
                                      "growth",
                                      "growth 16 B/request",
                                      "growth > 16",
                                      "growth < 1 B/request",
                                      "rss p99 > 1s",
                                      "> 1 B/request",
                                      "grwoth > 1 B/request",
                                      "p99 > 1",
                                      "errors > 1"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct err err = {0};
        assert_int_equal(limit_parse(bad[i], &limit, &err), -1);
        assert_int_equal(err.code, ERR_USAGE);
    }
}

static void assert_round_trip(const char *value)
{
    for (int flow = 0; flow < 2; flow++) {
        struct text out = TEXT_EMPTY;
        struct err err = {0};
        text_add_string(&out, flow ? "k: [a, " : "k: ");
        scenario_quote(&out, value, flow);
        text_add_string(&out, flow ? ", b] # c\n" : " # c\n");
        struct yaml *root = yaml_read_text(out.bytes, out.length, "x", &err);
        if (root == NULL)
            fail_msg("%s: %s", out.bytes, err.message);
        const struct yaml *got = yaml_get(root, "k");
        assert_int_equal(got->kind, flow ? YAML_LIST : YAML_SCALAR);
        assert_int_equal(got->count, flow ? 3 : 0);
        assert_string_equal(flow ? got->items[1]->text : got->text, value);
        yaml_node_free(root);
        text_release(&out);
    }
}

static void any_name_is_quoted_right(void **state)
{
    (void)state;
    static const char *const values[] = {
        "GET /a",
        "GET /a: b",
        "GET /a #b",
        "GET /\"q\"",
        "GET /'q'",
        "{sku}",
        "[a]",
        "- a",
        "",
        " a ",
        "a\\b",
        "a\nb",
        "a\tb",
        "*x",
        "&x",
        "!x",
        "%d",
        "@a",
        "`a`",
        "true",
        "1.0",
        "null",
        "~",
        "-",
        "GET /{a}/{b}",
        "a, b",
        "a]",
        "a}",
        "a:",
        "a:b",
        "? a",
        "--- a",
        "GET /\xc3\xbc",
        "\xe2\x80\xa8x",
        "\xef\xbb\xbfx",
        "\xc2\x85",
        "\x01\x7f",
        "\xf0\x9f\x90\xb5",
        "...",
        "-w",
        "|",
        ">",
        "a\r\nb",
        "\xc2\xa0",
        "/",
        "a  b",
        "\xef\xbf\xbe",
        "=",
    };
    for (size_t i = 0; i < sizeof values / sizeof *values; i++)
        assert_round_trip(values[i]);
    struct random random;
    random_init(&random, 5);
    for (int i = 0; i < 20000; i++) {
        static const char letters[] = "aB1 :#{}[],\"'\\-?*&!|>%@`~/.\n\t=";
        char value[12];
        size_t length = (size_t)random_below(&random, sizeof value);
        for (size_t j = 0; j < length; j++)
            value[j] = letters[random_below(&random, sizeof letters - 1)];
        value[length] = '\0';
        assert_round_trip(value);
    }
    struct text out = TEXT_EMPTY;
    scenario_quote(&out, "GET /quote/{sku}", false); /* as INTERFACE.md shows it */
    assert_string_equal(out.bytes, "GET /quote/{sku}");
    text_clear(&out);
    scenario_quote(&out, "a\xff", false);
    assert_string_equal(out.bytes, "\"a\\xFF\"");
    text_release(&out);
}

static void slugs_are_short_and_unique(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {{"GET /quote/{sku}", "get_quote_sku"},
                                           {"POST /", "post"},
                                           {"GET /a/{b}/../%2e", "get_a_b_2e"},
                                           {"", "endpoint"},
                                           {"/\xc3\xbc", "endpoint"},
                                           {"SERVICE", "service_endpoint"}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        char *slug = scenario_slug(pairs[i][0]);
        assert_string_equal(slug, pairs[i][1]);
        free(slug);
    }
    char longest[400];
    memset(longest, 'x', sizeof longest);
    longest[sizeof longest - 1] = '\0';
    struct strings taken = {NULL, 0};
    for (int i = 1; i <= 120; i++) {
        char *slug = scenario_file_slug(directory, longest, &taken);
        assert_true(strlen(slug) <= 80);
        free(slug);
    }
    assert_true(text_ends_with(taken.items[119], "_120"));
    strings_release(&taken);
    put("get_a.yaml", "endpoint: GET /a\nrecording: x\n"); /* a later import finds its file again */
    char *same = scenario_file_slug(directory, "GET /a", &taken);
    char *other = scenario_file_slug(directory, "GET /{a}", &taken);
    assert_string_equal(same, "get_a");
    assert_string_equal(other, "get_a_2");
    free(same);
    free(other);
    strings_release(&taken);
}

static void write_endpoint(const char *name, double rate, const char *after)
{
    struct endpoint endpoint = {.name = (char *)name, .rate_per_second = rate, .weight = 1};
    if (after != NULL)
        strings_add(&endpoint.after, after);
    char *slug = scenario_slug(name);
    struct err err = {0};
    if (scenario_write_endpoint(directory, slug, &endpoint, NULL, &err) != 0)
        fail_msg("%s", err.message);
    free(slug);
    strings_release(&endpoint.after);
}

static void what_is_written_reads_back(void **state)
{
    (void)state;
    static const char *const names[] = {"GET /quote/{sku}", "GET /a: b", "GET /c #d", "GET /\"e\"",
                                        "POST /{f}, [g]"};
    struct service made = {.target = (char *)"http://127.0.0.1:${PORT}"}, got;
    made.start.kind = START_COMMAND;
    made.start.directory = (char *)"/tmp";
    strings_add(&made.start.command, "sh");
    strings_add(&made.start.command, "-c");
    strings_add(&made.start.command, "echo '${HOME}' \"a\" ${PORT}, # {x}");
    headers_add(&made.start.environment, "A", "b: ${c}");
    made.memory_limit_bytes = 734003200;
    struct suspicion *suspicion = suspicions_add(&made.suspects);
    *suspicion = (struct suspicion){.probability = 0.414, .bytes_per_request = 48.26, .share = NAN};
    strings_add(&suspicion->endpoints, names[0]);
    strings_add(&suspicion->endpoints, names[4]);
    struct err err = {0};
    bool written = false;
    assert_int_equal(scenario_write_service(directory, &made, &written, NULL), 0);
    assert_true(written);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        write_endpoint(names[i], 3.2149 / (double)(1 + 40 * i), i > 0 ? names[0] : NULL);
    if (scenario_load(directory, &got, &err) != 0)
        fail_msg("%s", err.message);
    assert_string_equal(got.target, made.target);
    assert_int_equal(got.allow.count, 1);
    assert_int_equal(got.start.command.count, 3);
    assert_string_equal(got.start.command.items[2], made.start.command.items[2]);
    assert_string_equal(got.start.directory, "/tmp");
    assert_string_equal(headers_find(&got.start.environment, "A"), "b: ${c}");
    assert_true(got.memory_limit_bytes == 734003200);
    assert_int_equal(got.suspects.count, 1);
    assert_int_equal(got.suspects.items[0].endpoints.count, 2);
    assert_string_equal(got.suspects.items[0].endpoints.items[1], names[4]);
    assert_true(fabs(got.suspects.items[0].probability - 0.41) < 1e-9);
    assert_true(fabs(got.suspects.items[0].bytes_per_request - 48.3) < 1e-9);
    assert_int_equal(got.endpoint_count, 5);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const struct endpoint *endpoint = service_find(&got, names[i]);
        assert_non_null(endpoint);
        assert_true(fabs(endpoint->rate_per_second * (double)(1 + 40 * i) / 3.2149 - 1) < 0.005);
        assert_int_equal(endpoint->after.count, i > 0);
    }
    char *text = get("get_quote_sku.yaml");
    assert_true(
        text_starts_with(text, "endpoint: GET /quote/{sku}\nrecording: get_quote_sku.jsonl\nrate: 3.21/s"));
    free(text);
    service_release(&got);
    suspicions_release(&made.suspects);
    strings_release(&made.start.command);
    headers_release(&made.start.environment);
}

/* They come from seep's own environment, now and later. */
static void credentials_are_not_written(void **state)
{
    (void)state;
    struct service made = {.target = (char *)"http://127.0.0.1:7", .made_from = (char *)"Made from a.log"},
                   got;
    struct err err = {0};
    made.start.kind = START_COMMAND;
    made.agent = AGENT_MALLOC;
    strings_add(&made.start.command, "serve");
    headers_add(&made.start.environment, "API_TOKEN", "hunter2");
    headers_add(&made.start.environment, "DB", "postgres://shop:hunter2@db/shop?x=1");
    headers_add(&made.start.environment, "HOME_PAGE", "http://shop.example/@hunter2");
    assert_int_equal(scenario_write_service(directory, &made, NULL, NULL), 0);
    write_endpoint("GET /a", 1, NULL);
    char *text = get("service.yaml");
    assert_true(text_starts_with(text, "# Made from a.log\n"));
    assert_non_null(strstr(text, "API_TOKEN: ${API_TOKEN}\n"));
    assert_non_null(strstr(text, "DB: ${DB}\n"));
    free(text);
    unsetenv("API_TOKEN");
    assert_int_equal(scenario_load(directory, &got, &err), -1);
    assert_non_null(strstr(err.message, "API_TOKEN is not set"));
    service_release(&got);
    setenv("API_TOKEN", "a", 1);
    setenv("DB", "b", 1);
    if (scenario_load(directory, &got, &err) != 0)
        fail_msg("%s", err.message);
    assert_string_equal(headers_find(&got.start.environment, "API_TOKEN"), "a");
    assert_string_equal(headers_find(&got.start.environment, "HOME_PAGE"), "http://shop.example/@hunter2");
    assert_int_equal(got.agent, AGENT_MALLOC);
    service_release(&got);
    strings_release(&made.start.command);
    headers_release(&made.start.environment);
}

static void what_a_person_edited_stays(void **state)
{
    (void)state;
    struct service made = {0};
    bool written = true;
    put("service.yaml", "target: http://127.0.0.1:7\n");
    assert_int_equal(scenario_write_service(directory, &made, &written, NULL), 0);
    assert_false(written);
    char *text = get("service.yaml");
    assert_string_equal(text, "target: http://127.0.0.1:7\n");
    free(text);
    put("get_a.yaml", "endpoint: GET /a\n# mine\nrate: 1/s # note\nweight: 7\nrecording: other.jsonl");
    write_endpoint("GET /a", 0.5, NULL);
    text = get("get_a.yaml");
    assert_string_equal(text,
                        "endpoint: GET /a\n# mine\nrate: 30/m     # note\nweight: 7\nrecording: other.jsonl");
    free(text);
}

/* The template that import leaves must load as it is, and with each example taken out of its comment. */
static void the_template_teaches_no_mistakes(void **state)
{
    (void)state;
    struct service made = {0}, got;
    struct err err = {0};
    char path[128];
    struct stat status;
    assert_int_equal(scenario_write_service(directory, &made, NULL, NULL), 0);
    write_endpoint("GET /a", 1, NULL);
    if (scenario_load(directory, &got, &err) != 0)
        fail_msg("%s", err.message);
    service_release(&got);
    snprintf(path, sizeof path, "%s/service.yaml", directory);
    assert_int_equal(stat(path, &status), 0);
    assert_int_equal(status.st_mode & 0444, 0444);
    char *text = get("service.yaml");
    struct text live = TEXT_EMPTY;
    for (const char *line = text; *line != '\0'; line += strcspn(line, "\n") + 1) {
        bool example = line[0] == '#' && line[1] != ' ' && !text_starts_with(line, "#  directory");
        bool list_item = text_starts_with(line, "#  ") && !text_starts_with(line, "#  directory");
        if (text_starts_with(line, "target:"))
            continue; /* the example of `target` takes its place */
        text_add(&live, line + (example || list_item), strcspn(line, "\n") + 1 - (example || list_item));
    }
    put("service.yaml", text_string(&live));
    if (scenario_load(directory, &got, &err) != 0)
        fail_msg("%s\n%s", err.message, live.bytes);
    assert_int_equal(got.signal_count, 3);
    assert_int_equal(got.snapshot_count, 1);
    assert_int_equal(got.limits.count, 3);
    assert_string_equal(got.ready_path, "/health");
    assert_string_equal(got.target, "http://127.0.0.1:${PORT}");
    service_release(&got);
    text_release(&live);
    free(text);
}

static void directories_are_made_with_their_parents(void **state)
{
    (void)state;
    char path[128];
    struct err err = {0};
    snprintf(path, sizeof path, "%s/x/y/", directory);
    assert_int_equal(scenario_make_directory(path, NULL), 0);
    assert_int_equal(scenario_make_directory(path, NULL), 0);
    assert_int_equal(rmdir(path), 0);
    snprintf(path, sizeof path, "%s/x", directory);
    assert_int_equal(rmdir(path), 0);
    put("x", "");
    assert_int_equal(scenario_make_directory(path, &err), -1);
    assert_non_null(strstr(err.message, "not a directory"));
}

static void every_key_has_its_line_of_help(void **state)
{
    (void)state;
    for (const struct scenario_table *table = scenario_tables; table->title != NULL; table++)
        for (const struct yaml_row *row = table->rows; row->key != NULL; row++)
            assert_true(row->kind != NULL && row->kind[0] != '\0' && row->help != NULL &&
                        row->help[0] != '\0');
}

#define IN_DIRECTORY(test) cmocka_unit_test_setup_teardown(test, make_directory, remove_directory)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_DIRECTORY(every_key_is_read),
        IN_DIRECTORY(a_setup_is_read),
        IN_DIRECTORY(what_is_read_of_answers_is_read),
        IN_DIRECTORY(what_is_not_said_has_a_default),
        IN_DIRECTORY(how_the_target_is_reached),
        IN_DIRECTORY(mistakes_in_the_service_have_a_place),
        IN_DIRECTORY(mistakes_in_an_endpoint_have_a_place),
        IN_DIRECTORY(what_is_not_a_service_directory_is_said),
        cmocka_unit_test(limits_are_parsed),
        cmocka_unit_test(any_name_is_quoted_right),
        IN_DIRECTORY(slugs_are_short_and_unique),
        IN_DIRECTORY(what_is_written_reads_back),
        IN_DIRECTORY(credentials_are_not_written),
        IN_DIRECTORY(what_a_person_edited_stays),
        IN_DIRECTORY(the_template_teaches_no_mistakes),
        IN_DIRECTORY(directories_are_made_with_their_parents),
        cmocka_unit_test(every_key_has_its_line_of_help),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

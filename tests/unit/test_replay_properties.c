/* Any service, any target, any load, stopped at any moment: every request ends once, and nothing is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dirent.h>
#include <signal.h>

#include "base/interrupt.h"
#include "base/random.h"
#include "engine.h"

#define MS INT64_C(1000000)
#define SERVICES 40
#define RUNS 3

static const char *const paths[] = {
    "/ok",      "/close", "/drip",       "/chunks",     "/short",      "/until-close", "/reset",
    "/half",    "/never", "/idle-close", "/stale",      "/garbage",    "/surplus",     "/continue",
    "/slow",    "/login", "/need",       "/status/204", "/status/401", "/status/503",  "/big/100000",
    "/nothing", "/need",  "/ok",         "/too-large",  "/ok",         "/head",        "/redirect",
};
#define PATHS (sizeof paths / sizeof *paths)
static const char *const setups[] = {"/login",        "/login", "/login",      "/slow",
                                     "/login/denied", "/reset", "/status/401", "/never"};
static const char *const sessions[] = {"", "a", "b", "c"};

static size_t below(struct random *random, size_t bound)
{
    return (size_t)random_below(random, bound);
}

static bool one_in(struct random *random, size_t many)
{
    return below(random, many) == 0;
}

static void add_body(struct random *random, struct request *request)
{
    static const size_t sizes[] = {0, 1, 1000, 70000, 3000000};
    request->body_length = sizes[below(random, 5)];
    request->body = request->body_length > 0 ? xmalloc(request->body_length) : NULL;
    if (request->body != NULL)
        memset(request->body, 'b', request->body_length);
    if (one_in(random, 2))
        headers_add(&request->headers, "Expect", "100-continue");
}

static void add_fresh(struct endpoint *endpoint)
{
    endpoint->fresh = xcalloc(1, sizeof *endpoint->fresh);
    endpoint->fresh_count = 1;
    endpoint->fresh[0] = (struct fresh){.in = FRESH_QUERY, .name = xstrdup("key")};
}

static void add_endpoint(struct random *random, struct engine *engine)
{
    static const char *const methods[] = {"GET", "GET", "POST", "HEAD"};
    static const double shares[] = {0, 0, 0, 0.3, 1};
    const char *method = methods[below(random, 4)], *path = paths[below(random, PATHS)];
    struct endpoint *endpoint = engine_endpoint(engine, method, path);
    endpoint->abandon = shares[below(random, 5)];
    if (strcmp(path, "/login") == 0)
        engine_capture(engine, endpoint, "token", CAPTURE_JSON, "/token");
    if (strcmp(path, "/need") == 0 || one_in(random, 8))
        headers_add(&endpoint->headers, "X-Token", "{{token}}");
    if (one_in(random, 4))
        add_fresh(endpoint);
    for (size_t i = 1 + below(random, 8), t_us = 0; i > 0; i--) {
        t_us += below(random, 8000);
        struct request *request = engine_request(endpoint, (int64_t)t_us, sessions[below(random, 4)]);
        request->status = one_in(random, 10) ? 499 : one_in(random, 2) ? 200 : 0;
        if (endpoint->fresh_count > 0) {
            free(request->url);
            request->url = xasprintf("%s?key=7", path);
        }
        if (strcmp(method, "POST") == 0)
            add_body(random, request);
    }
}

static void add_service(struct random *random, struct engine *engine)
{
    for (size_t i = 1 + below(random, 6); i > 0; i--)
        add_endpoint(random, engine);
    size_t count = engine->service.endpoint_count;
    for (size_t i = 0; i < count; i++)
        if (one_in(random, 3))
            strings_add(&engine->service.endpoints[i].after,
                        engine->service.endpoints[below(random, count)].name);
    for (size_t i = below(random, 3); i > 0; i--) {
        struct endpoint *step = engine_setup(engine, "GET", setups[below(random, 8)]);
        if (text_starts_with(step->template, "/login"))
            engine_capture(engine, step, "token", CAPTURE_JSON, "/token");
    }
    engine->service.setup_per_run = one_in(random, 2);
    if (engine->service.variables.count == 0)
        strings_add(&engine->service.variables, "token");
}

static void set_options(struct random *random, struct engine *engine)
{
    static const int64_t windows[] = {0, 0, 1, 3 * MS, INT64_MAX / 2};
    struct replay_options *options = &engine->options;
    options->reuse = (enum reuse)below(random, 3);
    options->connections = (unsigned)below(random, 5);
    options->seed = random_next(random);
    options->coalesce_ns = windows[below(random, 4)];
    options->late_limit_ns = one_in(random, 4) ? 3 * MS : 0;
    options->timeouts = (struct timeouts){
        .connect_ns = 50 * MS, .first_byte_ns = one_in(random, 2) ? 25 * MS : 0, .total_ns = 50 * MS};
}

static struct schedule *any_schedule(struct random *random, struct engine *engine)
{
    static size_t cursors[ENGINE_ENDPOINTS];
    struct share shares[ENGINE_ENDPOINTS];
    uint64_t requests = below(random, 60), seed = random_next(random);
    size_t count = engine_shares(engine, shares, requests / 4);
    const struct arriving_options arriving = {.arrivals =
                                                  one_in(random, 2) ? ARRIVALS_POISSON : ARRIVALS_CONSTANT,
                                              .rate_per_second = 500 + (double)below(random, 3000),
                                              .duration_ns = one_in(random, 2) ? 30 * MS : 0,
                                              .requests = 1 + requests,
                                              .seed = seed};
    struct schedule *schedule;
    switch (below(random, 4)) {
    case 0:
        schedule = schedule_recorded(&engine->service, shares, count, 0.5 + random_unit(random) * 4, 0,
                                     requests / 8, seed);
        break;
    case 1:
        schedule = schedule_arriving(&engine->service, shares, count, &arriving);
        break;
    case 2:
        schedule = schedule_closed(&engine->service, shares, count, 1 + requests, seed);
        break;
    default:
        memset(cursors, 0, sizeof cursors);
        return schedule_block(&engine->service, shares, count, cursors, seed);
    }
    if (one_in(random, 4))
        schedule_ramp(schedule, 20 * MS);
    return schedule;
}

/* Another target, which may be the same, one that nobody listens on, or one that is not allowed. */
static void aim_anew(struct random *random, struct engine *engine, int dead)
{
    if (engine->replay == NULL || !one_in(random, 3))
        return;
    engine_aim(engine, one_in(random, 2) ? dead : engine->rogue->port);
    if (one_in(random, 6))
        ((struct sockaddr_in *)&engine->origin.address)->sin_addr.s_addr = htonl(0x7f000002);
    replay_retarget(engine->replay, &engine->origin);
}

static void check_service(uint64_t seed, int dead, int signal_number)
{
    struct random random;
    struct engine *engine = engine_new();
    random_init(&random, seed);
    add_service(&random, engine);
    set_options(&random, engine);
    for (int run = 0; run < RUNS; run++) {
        aim_anew(&random, engine, dead);
        engine->stop_after = one_in(&random, 3) ? 1 + random_below(&random, 30) : 0;
        engine->raise_signal = interrupt_signal() == 0 ? signal_number : 0; /* a second one would end us */
        if (one_in(&random, 2)) /* what was given so far is worth nothing: 401 */
            atomic_store(&engine->rogue->revoked, atomic_load(&engine->rogue->logins));
        enum replay_end end = engine_run(engine, any_schedule(&random, engine));
        assert_true(end != REPLAY_INTERRUPTED || interrupt_signal() != 0);
    }
    engine_free(engine);
}

static size_t count_descriptors(void)
{
    size_t count = 0;
    DIR *directory = opendir("/proc/self/fd");
    while (readdir(directory) != NULL)
        count++;
    closedir(directory);
    return count;
}

/* SEEP_PROPERTY_SEED: another place to look at. */
static uint64_t first_seed(void)
{
    const char *text = getenv("SEEP_PROPERTY_SEED");
    return text != NULL ? strtoull(text, NULL, 10) : 1;
}

static void check_services(uint64_t seed, int count, int signal_number)
{
    int dead = rogue_dead_port("127.0.0.1");
    size_t before = count_descriptors();
    for (int i = 0; i < count; i++) {
        uint64_t at = seed + (uint64_t)i;
        if (getenv("SEEP_PROPERTY_SEED") != NULL)
            print_message("seed %llu\n", (unsigned long long)at);
        check_service(at, dead, signal_number);
        assert_int_equal(count_descriptors(), before);
    }
}

static void test_every_request_ends_once(void **state)
{
    (void)state;
    check_services(first_seed(), SERVICES, 0);
}

/* The last of all, since a signal that came stays: the first service meets it at some moment, the others from
 * their start. */
static void test_every_request_ends_once_when_interrupted(void **state)
{
    (void)state;
    interrupt_install();
    check_services(first_seed() + 1000, 4, SIGINT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_request_ends_once),
        cmocka_unit_test(test_every_request_ends_once_when_interrupted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

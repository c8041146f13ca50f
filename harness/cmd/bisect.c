/* seep bisect DIR, seep bisect FILE... --target URL -- COMMAND: finds the smallest mix that grows, and what in it. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/live.h"
#include "cmd/quick.h"
#include "cmd/session.h"
#include "flow/build.h"
#include "flow/hunt.h"
#include "flow/hunt_swarm.h"
#include "flow/settings.h"
#include "report/waiting.h"

#define JOBS_MOST 16

struct bisect_options {
    int64_t budget_ns;
    uint64_t confirm, seed, connections, jobs;
    const char *signal, *label, *resume, *strategy, *engine, *image;
    bool fresh;
    struct option_list endpoints, methods;
    int64_t mem_limit_bytes;
    struct quick_given given;
    struct live_given live;
    struct report_files files;
};

#define AT(field) offsetof(struct bisect_options, field)
const struct option_row bisect_rows[] = {
    {"budget", 0, OPTION_DURATION, AT(budget_ns), "TIME", "end after TIME with what is known by then (10m)"},
    {"resume", 0, OPTION_STRING, AT(resume), "RUN",
     "go on with a run that was interrupted or whose budget was over"},
    {"jobs", 0, OPTION_COUNT, AT(jobs), "N",
     "servers driven at once (1; with RSS alone as many as processors, up to 4); at most 16"},
    {"engine", 0, OPTION_STRING, AT(engine), "NAME",
     "where trials run: local or compose, as `start` says, or swarm: each a stack with a driver of its own"},
    {"image", 0, OPTION_STRING, AT(image), "NAME",
     "with --engine swarm: seep's image, for the drivers (seep)"},
    {"fresh", 0, OPTION_FLAG, AT(fresh), NULL, "measure all anew: reuse no trial of earlier runs"},
    {"confirm", 0, OPTION_COUNT, AT(confirm), "N",
     "calls of a long solo before growth is called linear (10,000)"},
    {"signal", 0, OPTION_STRING, AT(signal), "NAME", "judge by this signal alone"},
    {"endpoint", 'e', OPTION_LIST, AT(endpoints), "NAME[@WEIGHT]",
     "only this endpoint of the mix (repeatable)"},
    {"methods", 0, OPTION_LIST, AT(methods), "METHOD",
     "allow this method on a target that seep did not start (repeatable)"},
    {"connections", 0, OPTION_COUNT, AT(connections), "N", "requests under way at once (4)"},
    {"strategy", 0, OPTION_STRING, AT(strategy), "NAME",
     "seep; or for comparison linear, binary or ddmin (seep)"},
    {"seed", 0, OPTION_COUNT, AT(seed), "N", "order of blocks and mixing (1)"},
    {"label", 0, OPTION_STRING, AT(label), "TEXT", "a name for the run"},
    {"mem-limit", 0, OPTION_BYTES, AT(mem_limit_bytes), "SIZE", "end when seep itself takes more than SIZE"},
    LIVE_ROWS(struct bisect_options, live),
    QUICK_ROWS(struct bisect_options, given),
    REPORT_FILE_ROWS,
    OPTIONS_END,
};

static const char *const strategies[] = {
    [SEARCH_SEEP] = "seep", [SEARCH_LINEAR] = "linear", [SEARCH_BINARY] = "binary", [SEARCH_DDMIN] = "ddmin"};

static int choose_strategy(const char *name, enum search_strategy *strategy, struct err *err)
{
    for (size_t i = 0; i < sizeof strategies / sizeof *strategies; i++)
        if (strcmp(strategies[i], name) == 0) {
            *strategy = (enum search_strategy)i;
            return 0;
        }
    return err_set(err, ERR_USAGE, "--strategy '%.60s': expected seep, linear, binary or ddmin", name);
}

enum engine { ENGINE_LOCAL, ENGINE_COMPOSE, ENGINE_SWARM };
static const char *const engines[] = {
    [ENGINE_LOCAL] = "local", [ENGINE_COMPOSE] = "compose", [ENGINE_SWARM] = "swarm"};

static bool is_engine(const struct bisect_options *options, enum engine engine)
{
    return options->engine != NULL && strcmp(options->engine, engines[engine]) == 0;
}

static int check_engine(const struct bisect_options *options, struct err *err)
{
    bool known = options->engine == NULL;
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        known = known || is_engine(options, (enum engine)i);
    if (!known)
        return err_set(err, ERR_USAGE, "--engine '%.60s': expected local, compose or swarm", options->engine);
    if (options->image != NULL && !is_engine(options, ENGINE_SWARM))
        return err_set(err, ERR_USAGE, "--image is for --engine swarm");
    if (is_engine(options, ENGINE_SWARM) && options->given.target != NULL)
        return err_set(err, ERR_USAGE,
                       "--engine swarm is for a service directory: seep bisect DIR --engine swarm");
    return options->strategy != NULL && is_engine(options, ENGINE_SWARM) &&
                   strcmp(options->strategy, "seep") != 0
               ? err_set(err, ERR_USAGE, "--strategy '%.60s': not with --engine swarm", options->strategy)
               : 0;
}

/* What can be refused before anything is read. */
static int check_options(const struct bisect_options *options, struct err *err)
{
    enum search_strategy strategy;
    if (options->resume != NULL && options->given.target != NULL)
        return err_set(
            err, ERR_USAGE,
            "--resume goes on with the service directory that was kept: seep bisect DIR --resume %s",
            options->resume);
    if (options->connections > CONNECTIONS_MOST)
        return err_set(err, ERR_USAGE, "--connections: at most %d", CONNECTIONS_MOST);
    if (options->jobs < 1 || (options->jobs > JOBS_MOST && options->jobs != SETTINGS_NOT_GIVEN))
        return err_set(err, ERR_USAGE, "--jobs: from 1 to %d", JOBS_MOST);
    if (options->resume != NULL && options->label != NULL)
        return err_set(err, ERR_USAGE, "--label: a run that goes on keeps the one it has");
    if (options->strategy != NULL && choose_strategy(options->strategy, &strategy, err) != 0)
        return -1;
    return check_engine(options, err);
}

/* `start` says where trials run, unless they are stacks. */
static int check_start(const struct service *service, const struct bisect_options *options, struct err *err)
{
    enum start_kind kind = service->start.kind;
    if (is_engine(options, ENGINE_SWARM))
        return hunt_swarm_check(service, err);
    if (is_engine(options, ENGINE_LOCAL) && kind == START_CONTAINER)
        return err_set(err, ERR_USAGE, "--engine local: %s: `start` is a service of a compose file",
                       service->file);
    if (is_engine(options, ENGINE_COMPOSE) && kind != START_CONTAINER)
        return err_set(err, ERR_USAGE,
                       "--engine compose: %s: `start` has to be {compose: FILE, service: NAME}",
                       service->file);
    return 0;
}

static int check_jobs(const struct service *service, uint64_t jobs, struct err *err)
{
    bool apart = service->start.kind == START_COMMAND ? strstr(service->target, "${PORT}") != NULL
                                                      : service->start.compose != NULL;
    if (jobs == 1 || jobs == SETTINGS_NOT_GIVEN || apart)
        return 0;
    return err_set(
        err, ERR_USAGE,
        "--jobs: several servers at once need a `start`, and ${PORT} in `target`, for a port each, or a "
        "compose file, for a project each");
}

static void add_list(struct strings *strings, const struct option_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        strings_add(strings, list->items[i]);
}

static uint64_t given(uint64_t number)
{
    return number != 0 ? number : SETTINGS_NOT_GIVEN;
}

static void gather_settings(struct settings *settings, const struct bisect_options *options)
{
    *settings = (struct settings){
        .signal = options->signal != NULL ? xstrdup(options->signal) : NULL,
        .strategy = options->strategy != NULL ? xstrdup(options->strategy) : NULL,
        .confirm = given(options->confirm),
        .connections = given(options->connections),
        .seed = options->seed,
    };
    add_list(&settings->endpoints, &options->endpoints);
    add_list(&settings->methods, &options->methods);
}

/* What a hunt needs beside the session. */
struct bisecting {
    struct session *session;
    const struct bisect_options *options;
    const char *directory;
    struct settings settings;
    struct suspicions suspects; /* of the run: one that goes on keeps those it began with */
    struct resumed resumed;
    char *build; /* NULL: cannot be told */
};

static void note(const struct session *session, char *line_take)
{
    session->listener.note(session->listener.owner, line_take);
    free(line_take);
}

/* That a build cannot be told from another costs time, nothing else. */
static void take_digests(struct bisecting *bisecting)
{
    const struct session *session = bisecting->session;
    const struct service *service = &session->service;
    struct err err = {0};
    struct waiting *waiting =
        waiting_begin("looking at what the service is built of", session->globals->quiet);
    bisecting->build = build_digest(service, &err);
    waiting_end(waiting);
    if (bisecting->build == NULL && service->start.kind != START_NONE)
        note(session, xasprintf("%s; no trial of an earlier run is reused", err.message));
    if (bisecting->build != NULL || service->start.kind == START_NONE || service->start.kind == START_RESTART)
        bisecting->settings.whole = build_whole(service, bisecting->build, &err);
}

static int check_whole(const struct bisecting *bisecting, const struct settings *kept, int64_t run,
                       struct err *err)
{
    const char *whole = bisecting->settings.whole;
    if (whole == NULL || kept->whole == NULL) {
        note(bisecting->session,
             xasprintf("nothing can tell whether the service has changed since run %lld", (long long)run));
        return 0;
    }
    return strcmp(whole, kept->whole) == 0
               ? 0
               : err_set(err, ERR_USAGE,
                         "run %lld cannot go on: its service, its build, its environment or seep itself has "
                         "changed since; ask anew",
                         (long long)run);
}

/* Everything is looked at before the run is touched. */
static int go_on(struct bisecting *bisecting, struct err *err)
{
    struct session *session = bisecting->session;
    struct settings kept = {0};
    int64_t run = 0;
    int failed = store_find_run(session->store, bisecting->options->resume, &run, err);
    if (!failed)
        failed = store_may_resume(session->store, run, err);
    if (!failed)
        failed = settings_read(session->store, run, &kept, err);
    if (!failed)
        failed = settings_join(&bisecting->settings, &kept, run, err);
    if (!failed) {
        take_digests(bisecting);
        failed = check_whole(bisecting, &kept, run, err);
    }
    if (!failed)
        failed = store_read_suspects(session->store, run, &bisecting->suspects, err);
    settings_release(&kept);
    return failed ? -1 : session_resume_run(session, run, &bisecting->resumed, err);
}

static int begin(struct bisecting *bisecting, int argc, char **argv, struct err *err)
{
    struct session *session = bisecting->session;
    if (bisecting->options->resume != NULL)
        return go_on(bisecting, err);
    if (bisecting->settings.seed == SETTINGS_NOT_GIVEN)
        bisecting->settings.seed = 1;
    take_digests(bisecting);
    if (session_new_run(session, bisecting->directory, bisecting->options->label, bisecting->settings.seed,
                        argc, argv, err) != 0)
        return -1;
    suspicions_copy(&bisecting->suspects, &session->service.suspects);
    if (store_keep_suspects(session->store, session->run, &bisecting->suspects, err) != 0)
        return -1;
    return settings_keep(session->store, session->run, &bisecting->settings, err);
}

static uint64_t or_zero(uint64_t number)
{
    return number != SETTINGS_NOT_GIVEN ? number : 0;
}

/* What the measurements of a hunt have in common, beside the service. */
static char *build_of(const struct bisecting *bisecting)
{
    const struct settings *settings = &bisecting->settings;
    char *how = xasprintf("connections %llu, signal %s", (unsigned long long)or_zero(settings->connections),
                          settings->signal != NULL ? settings->signal : "any");
    char *build = bisecting->build != NULL ? build_key(bisecting->build, NULL, 0, how) : NULL;
    free(how);
    return build;
}

/* Where the store is there is room for what belongs to its runs. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? xstrdup(".") : xstrndup(path, slash > path ? (size_t)(slash - path) : 1);
}

static int drive(struct bisecting *bisecting, struct err *err)
{
    struct session *session = bisecting->session;
    const struct bisect_options *options = bisecting->options;
    const struct settings *settings = &bisecting->settings;
    char *build = build_of(bisecting), *keep = directory_of(session->globals->db);
    for (size_t i = 0; i < settings->methods.count; i++)
        strings_add(&session->service.methods, settings->methods.items[i]);
    struct hunt_options hunt_options = {
        .trials = {.service = &session->service,
                   .store = session->store,
                   .run = session->run,
                   .listener = &session->listener,
                   .budget_ns = options->budget_ns,
                   .mem_limit_bytes = options->mem_limit_bytes,
                   .connections = (unsigned)or_zero(settings->connections),
                   .seed = settings->seed,
                   .verbose = session->globals->verbose},
        .service = &session->service,
        .directory = bisecting->directory,
        .confirm = or_zero(settings->confirm),
        .signal = settings->signal,
        .endpoints = (const char *const *)settings->endpoints.items,
        .endpoint_count = settings->endpoints.count,
        .keep = keep,
        .jobs = options->jobs != SETTINGS_NOT_GIVEN ? options->jobs : 0,
        .resume = options->resume != NULL ? session->run : 0,
        .resumed = bisecting->resumed,
        .fresh = options->fresh,
        .build = build,
        .suspects = &bisecting->suspects,
    };
    int failed = 0;
    if (settings->strategy != NULL)
        failed = choose_strategy(settings->strategy, &hunt_options.strategy, err);
    if (!failed && is_engine(options, ENGINE_SWARM))
        failed = hunt_swarm(&hunt_options, options->image != NULL ? options->image : "seep", &session->result,
                            err);
    else if (!failed)
        failed = hunt(&hunt_options, &session->result, err);
    free(build);
    free(keep);
    return failed;
}

static int bisect(const struct globals *globals, const struct bisect_options *options, const char *directory,
                  struct vault *secrets, struct live *live, int argc, char **argv)
{
    struct err err = {0};
    struct session session = {0};
    struct bisecting bisecting = {.session = &session, .options = options, .directory = directory};
    int failed = session_open(&session, globals, &options->files, "bisect", directory, secrets, &err);
    session_follow(&session, live);
    if (!failed)
        failed = check_start(&session.service, options, &err);
    if (!failed)
        failed = check_jobs(&session.service, options->jobs, &err);
    gather_settings(&bisecting.settings, options);
    if (!failed)
        failed = begin(&bisecting, argc, argv, &err);
    if (!failed)
        failed = drive(&bisecting, &err);
    int code = session_end(&session, &options->files, failed, &err);
    settings_release(&bisecting.settings);
    suspicions_release(&bisecting.suspects);
    free(bisecting.build);
    return code;
}

int cmd_bisect(struct globals *globals, int argc, char **argv)
{
    struct bisect_options options = {
        .budget_ns = 600 * CLOCK_NS_PER_S, .seed = SETTINGS_NOT_GIVEN, .jobs = SETTINGS_NOT_GIVEN};
    struct operands rest;
    struct err err = {0};
    bool made = false;
    struct vault *secrets = NULL;
    struct live *live = NULL;
    int code = 0;
    if (command_options(command_find("bisect"), globals, &options, argc, argv, &rest, &code) != 0)
        return code;
    if (check_options(&options, &err) != 0 || live_given_start(&options.live, globals, &live, &err) != 0)
        return command_fail(&err);
    char *directory = quick_directory(globals, "bisect", &options.given, &rest, &made, &secrets, &err);
    if (directory == NULL) {
        live_end(live);
        return quick_fail(&err);
    }
    code = bisect(globals, &options, directory, secrets, live, argc, argv);
    if (made)
        quick_say_kept(globals, "bisect", directory);
    free(directory);
    return code;
}

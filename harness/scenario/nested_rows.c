#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/text.h"
#include "base/units.h"
#include "model/service.h"
#include "net/docker.h"
#include "scenario/arrivals.h"
#include "scenario/read.h"
#include "scenario/rows.h"

/* start */

static int read_directory(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct stat status;
    if (read_path(value, file, into, err) != 0)
        return -1;
    const char *path = *(char **)into;
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode))
        return yaml_complain(err, file, value, "there is no directory %s", path);
    return 0;
}

static int read_service(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_name(value, file, into, err) != 0)
        return -1;
    const char *name = *(char **)into;
    return docker_is_name(name) ? 0
                                : yaml_complain(err, file, value, "'%.100s' is no name of a service", name);
}

const struct yaml_row scenario_start_rows[] = {
    {"command", read_words, offsetof(struct start, command), "list of words",
     "the program and its arguments, without a shell: [gunicorn, -b, \"127.0.0.1:${PORT}\", \"app:app\"]"},
    {"directory", read_directory, offsetof(struct start, directory), "path",
     "where it runs, relative to this file (the service directory)"},
    {"environment", read_headers, offsetof(struct start, environment), "map",
     "variables beside those of seep itself"},
    {"compose", read_path, offsetof(struct start, compose), "path",
     "instead of a command: a compose file, brought up as a project of its own for each trial at a time"},
    {"service", read_service, offsetof(struct start, service), "name",
     "which of its services is the server; without `compose` it is one of the project that seep itself runs "
     "in. Each trial "
     "gets a fresh container like that of the service; the target is http://NAME:PORT, with the port in the "
     "container"},
    {"restart", read_words, offsetof(struct start, restart), "list of words",
     "instead of a command: what renews a server that somebody else keeps running, run without a shell "
     "before each trial, as in "
     "[systemctl, restart, shop]. It has to end within 60 s and leave other processes than before; requests "
     "that change "
     "something are sent where `methods` says so"},
    {NULL, NULL, 0, NULL, NULL}};

/* The rows that are about a container, and those about a command. */
static int check_container(const struct yaml *value, const char *file, struct start *start, struct err *err)
{
    if (start->service == NULL)
        return yaml_complain(err, file, value,
                             "'start' with `compose` needs `service` as well: which one is the server");
    if (start->command.count > 0 || start->directory != NULL)
        return yaml_complain(
            err, file, value,
            "'start' takes either a command and its directory, or a service of a compose project");
    if (start->compose != NULL)
        start->directory = xstrndup(start->compose, (size_t)(strrchr(start->compose, '/') - start->compose));
    start->kind = START_CONTAINER;
    return 0;
}

static int check_restart(const struct yaml *value, const char *file, struct start *start, struct err *err)
{
    if (start->command.count > 0 || start->compose != NULL || start->service != NULL)
        return yaml_complain(
            err, file, value,
            "'start' takes one of `command`, `service` (of a compose project) and `restart`");
    if (start->restart.items[0][0] == '\0')
        return yaml_complain(err, file, value, "'restart' is a command: [PROGRAM, ARGUMENT, ...]");
    start->kind = START_RESTART;
    return 0;
}

int read_start(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct start *start = into;
    if (yaml_bind(value, file, scenario_start_rows, start, err) != 0)
        return -1;
    if (start->restart.count > 0)
        return check_restart(value, file, start, err);
    if (start->compose != NULL || start->service != NULL)
        return check_container(value, file, start, err);
    if (start->command.count == 0 || start->command.items[0][0] == '\0')
        return yaml_complain(err, file, value, "'start' needs a command: [PROGRAM, ARGUMENT, ...]");
    start->kind = START_COMMAND;
    return 0;
}

/* watch */

static int read_watched(enum watch_kind kind, const struct yaml *value, const char *file,
                        struct watch_spec *watch, struct err *err)
{
    uint64_t number = 0;
    if (watch->kind != WATCH_STARTED)
        return yaml_complain(err, file, value,
                             "'watch' takes only one of port, pid, pid_file, container, cgroup");
    watch->kind = kind;
    if (kind == WATCH_PID_FILE)
        return read_path(value, file, &watch->path, err);
    if (kind == WATCH_CGROUP || kind == WATCH_CONTAINER)
        return read_text(value, file, &watch->path, err);
    if (read_count(value, file, &number, err) != 0)
        return -1;
    if (kind == WATCH_PORT && number > 65535)
        return yaml_complain(err, file, value, "'%s' is no port", value->text);
    watch->number = (int)number;
    return 0;
}

static int read_port(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_watched(WATCH_PORT, value, file, into, err);
}

static int read_pid(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_watched(WATCH_PID, value, file, into, err);
}

static int read_pid_file(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_watched(WATCH_PID_FILE, value, file, into, err);
}

static int read_cgroup(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_watched(WATCH_CGROUP, value, file, into, err);
}

static int read_container(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct watch_spec *watch = into;
    if (read_watched(WATCH_CONTAINER, value, file, watch, err) != 0)
        return -1;
    if (!docker_is_name(watch->path))
        return yaml_complain(err, file, value, "'%.100s' is no name of a container", watch->path);
    return 0;
}

const struct yaml_row scenario_watch_rows[] = {
    {"port", read_port, 0, "number", "the process that listens on this port"},
    {"pid", read_pid, 0, "number", "this process"},
    {"pid_file", read_pid_file, 0, "path",
     "the process whose number this file holds, relative to service.yaml"},
    {"container", read_container, 0, "name",
     "this container, by name or id, as Docker tells it at its socket (DOCKER_HOST=unix:///PATH, else "
     "/var/run/docker.sock): its memory, and its first process where that can be read here"},
    {"cgroup", read_cgroup, 0, "path",
     "the control group whose anonymous memory is read beside the process that is found without this: its "
     "directory, absolute, or from where the memory groups are mounted"},
    {NULL, NULL, 0, NULL, NULL}};

int read_watch(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return yaml_bind(value, file, scenario_watch_rows, into, err);
}

/* load */

static int read_speed(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct load *load = into;
    struct err what = {0};
    const char *text = read_scalar(value, file, "a factor, as in 2x,", err);
    if (text == NULL)
        return -1;
    if (units_parse_speed(text, &load->speed, &what) != 0)
        return yaml_complain(err, file, value, "%s", what.message);
    load->kind = LOAD_SPEED;
    return 0;
}

static int read_total_rate(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct load *load = into;
    load->kind = LOAD_RATE;
    if (read_rate(value, file, &load->rate_per_second, err) != 0)
        return -1;
    if (load->rate_per_second <= 0)
        return yaml_complain(err, file, value, "expected more than '%s'", value->text);
    return 0;
}

static int read_connections(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct load *load = into;
    uint64_t connections;
    if (read_count(value, file, &connections, err) != 0)
        return -1;
    if (connections > CONNECTIONS_MOST)
        return yaml_complain(err, file, value, "expected at most %d connections", CONNECTIONS_MOST);
    load->kind = LOAD_CONNECTIONS;
    load->connections = (unsigned)connections;
    return 0;
}

static int read_arrivals(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct load *load = into;
    int arrivals = read_choice(value, file, load_arrivals, err);
    if (arrivals < 0)
        return -1;
    load->arrivals = (enum arrivals)(arrivals + 1);
    return 0;
}

static int read_ramp(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_duration(value, file, &((struct load *)into)->ramp_ns, err);
}

static int read_coalesce(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_duration(value, file, &((struct load *)into)->coalesce_ns, err);
}

const struct yaml_row scenario_load_rows[] = {
    {"speed", read_speed, 0, "factor", "the recorded times, so many times as fast: 1x, 0.5x, 20x"},
    {"rate", read_total_rate, 0, "rate", "all endpoints together: 200/s"},
    {"connections", read_connections, 0, "number",
     "as fast as the service answers on so many connections, in the recorded proportions"},
    {"arrivals", read_arrivals, 0, "recorded, poisson, constant",
     "beside speed or rate: at the recorded times (speed), by chance (rate), or at equal distances, each "
     "endpoint "
     "by itself"},
    {"ramp", read_ramp, 0, "duration",
     "beside speed or rate: the rate rises from zero to the whole in this time"},
    {"coalesce", read_coalesce, 0, "duration",
     "beside speed or rate: what is due within such a window goes out together at its end, which costs less "
     "(each "
     "request by itself)"},
    {NULL, NULL, 0, NULL, NULL}};

int read_load(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const kinds[] = {"speed", "rate", "connections"};
    struct err what = {0};
    size_t given = 0;
    if (yaml_bind(value, file, scenario_load_rows, into, err) != 0)
        return -1;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        given += yaml_get(value, kinds[i]) != NULL;
    if (given != 1)
        return yaml_complain(err, file, value, "'load' takes exactly one of speed, rate, connections");
    return load_check(into, &what) == 0 ? 0 : yaml_complain(err, file, value, "'load': %s", what.message);
}

/* signals */

static int read_unit(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const words[] = {
        [UNIT_BYTES] = "bytes", [UNIT_OBJECTS] = "objects", [UNIT_OTHER] = "other", NULL};
    int unit = read_choice(value, file, words, err);
    if (unit < 0)
        return -1;
    *(enum signal_unit *)into = (enum signal_unit)unit;
    return 0;
}

static int read_signal_url(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_text(value, file, into, err) != 0)
        return -1;
    const char *url = *(char **)into, *authority = strstr(url, "://");
    bool absolute = text_starts_with(url, "http://") || text_starts_with(url, "https://");
    if (url[0] != '/' && !(absolute && authority[3] != '/' && strchr(authority + 3, '/') != NULL))
        return yaml_complain(err, file, value,
                             "expected a path on the target, as in /metrics, or http://HOST:PORT/PATH");
    if (absolute && strstr(url, "${PORT}") != NULL)
        return yaml_complain(
            err, file, value,
            "${PORT} is the target's own port; what is there has a path alone, as in /metrics");
    return 0;
}

static int read_number_pattern(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (read_pattern(value, file, into, err) != 0)
        return -1;
    if (pattern_groups(*(struct pattern **)into) != 1)
        return yaml_complain(err, file, value,
                             "a signal's pattern has one group, which is the number, as in 'heap: (\\d+)'");
    return 0;
}

const struct yaml_row scenario_signal_rows[] = {
    {"name", read_name, offsetof(struct signal_spec, name), "name", "what reports and limits call it"},
    {"url", read_signal_url, offsetof(struct signal_spec, url), "path or URL",
     "where the target offers it: /debug/memory?gc=1, /metrics; or a port of its own, held to `allow` as the "
     "target is: http://127.0.0.1:9100/metrics"},
    {"pointer", read_pointer, offsetof(struct signal_spec, pointer), "JSON pointer",
     "which number of a JSON answer (RFC 6901): /heapUsed"},
    {"metric", read_name, offsetof(struct signal_spec, metric), "metric",
     "or which series of a Prometheus answer: process_resident_memory_bytes, or name{a=\"b\"}"},
    {"pattern", read_number_pattern, offsetof(struct signal_spec, pattern), "pattern",
     "or a PCRE2 pattern whose one group is the number in an answer of any kind: 'heap: (\\S+)'; of bytes "
     "it may have a unit (12 MiB)"},
    {"unit", read_unit, offsetof(struct signal_spec, unit), "bytes, objects, other",
     "what it counts (bytes)"},
    {NULL, NULL, 0, NULL, NULL}};

static bool is_built_in(const char *name)
{
    static const char *const names[] = {"rss", "pss",     "cgroup_anon", "container_memory",
                                        "fds", "sockets", "threads"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

/* How many it has. */
static int choose_source(struct signal_spec *signal)
{
    const void *const given[] = {[SIGNAL_POINTER] = signal->pointer,
                                 [SIGNAL_METRIC] = signal->metric,
                                 [SIGNAL_PATTERN] = signal->pattern};
    int count = 0;
    for (size_t i = 0; i < sizeof given / sizeof *given; i++) {
        if (given[i] == NULL)
            continue;
        signal->source = (enum signal_source)i;
        count++;
    }
    return count;
}

static int read_signal(const struct yaml *value, const char *file, struct service *service, struct err *err)
{
    struct signal_spec *signal = &service->signals[service->signal_count++];
    if (yaml_bind(value, file, scenario_signal_rows, signal, err) != 0)
        return -1;
    if (signal->name == NULL || signal->url == NULL)
        return yaml_complain(err, file, value, "a signal needs %s",
                             signal->name == NULL ? "a name" : "a url");
    if (choose_source(signal) != 1)
        return yaml_complain(err, file, value,
                             "signal '%.100s' needs either a pointer, a metric or a pattern%s", signal->name,
                             choose_source(signal) > 1 ? ", only one of them" : "");
    if (is_built_in(signal->name))
        return yaml_complain(err, file, value, "'%s' is a built-in signal; give this one another name",
                             signal->name);
    for (size_t i = 0; i + 1 < service->signal_count; i++)
        if (strcmp(service->signals[i].name, signal->name) == 0)
            return yaml_complain(err, file, value, "there are two signals '%.100s'", signal->name);
    return 0;
}

int read_signals(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct service *service = into;
    if (value->kind != YAML_LIST)
        return yaml_complain(err, file, value, "expected a list of signals, each `- {name: ..., url: ...}`");
    service->signals = xcalloc(value->count, sizeof *service->signals);
    for (size_t i = 0; i < value->count; i++)
        if (read_signal(value->items[i], file, service, err) != 0)
            return -1;
    return 0;
}

/* snapshots */

const struct yaml_row scenario_snapshot_rows[] = {
    {"name", read_name, offsetof(struct snapshot_spec, name), "name", "what reports call it"},
    {"url", read_url_path, offsetof(struct snapshot_spec, url), "path",
     "where the target offers it: /debug/tracemalloc"},
    {"format", read_name, offsetof(struct snapshot_spec, format), "format",
     "how it is written (found out when it is not given; `seep help snapshots` lists them)"},
    {NULL, NULL, 0, NULL, NULL}};

static int read_snapshot(const struct yaml *value, const char *file, struct service *service, struct err *err)
{
    struct snapshot_spec *snapshot = &service->snapshots[service->snapshot_count++];
    if (yaml_bind(value, file, scenario_snapshot_rows, snapshot, err) != 0)
        return -1;
    if (snapshot->name == NULL || snapshot->url == NULL)
        return yaml_complain(err, file, value, "a snapshot needs %s",
                             snapshot->name == NULL ? "a name" : "a url");
    return 0;
}

int read_snapshots(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct service *service = into;
    if (value->kind != YAML_LIST)
        return yaml_complain(err, file, value,
                             "expected a list of snapshots, each `- {name: ..., url: ...}`");
    service->snapshots = xcalloc(value->count, sizeof *service->snapshots);
    for (size_t i = 0; i < value->count; i++)
        if (read_snapshot(value->items[i], file, service, err) != 0)
            return -1;
    return 0;
}

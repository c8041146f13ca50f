#include "scenario/write.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "base/units.h"
#include "base/yaml.h"
#include "scenario/suspects.h"

#define FILE_MOST (1024 * 1024)

int scenario_make_directory(const char *directory, struct err *err)
{
    char *path = xstrdup(directory);
    int failed = 0;
    for (char *at = path + 1; !failed && path[0] != '\0'; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char saved = *at;
        *at = '\0';
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            failed = err_file(err, path);
        *at = saved;
        if (saved == '\0')
            break;
    }
    struct stat status;
    if (!failed && (stat(directory, &status) != 0 || !S_ISDIR(status.st_mode)))
        failed = err_set(err, ERR_USAGE, "%s: not a directory", directory);
    free(path);
    return failed;
}

/* The whole file or none of it, whatever happens in between; not synced: an import that a power cut undoes is made again. */
static int replace_file(const char *directory, const char *name, const struct text *text, struct err *err)
{
    char *final = xasprintf("%s/%s", directory, name);
    char *temporary = xasprintf("%s/.%s.%ld", directory, name, (long)getpid());
    int failed = 0, file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (file < 0 || text_write(text, file) != 0)
        failed = err_file(err, final);
    if (file >= 0 && close(file) != 0 && !failed)
        failed = err_file(err, final);
    if (!failed && rename(temporary, final) != 0)
        failed = err_file(err, final);
    if (failed && file >= 0)
        unlink(temporary);
    free(temporary);
    free(final);
    return failed;
}

/* A value that scenario_load() expands: ${ stands for itself but in ${PORT}. */
static void add_value(struct text *out, const char *value, bool flow)
{
    struct text escaped = TEXT_EMPTY;
    for (; *value != '\0'; value++) {
        if (text_starts_with(value, "${") && !text_starts_with(value, "${PORT}"))
            text_add_char(&escaped, '$');
        text_add_char(&escaped, *value);
    }
    scenario_quote(out, text_string(&escaped), flow);
    text_release(&escaped);
}

static void add_list(struct text *out, const struct strings *items,
                     void (*add)(struct text *, const char *, bool flow))
{
    text_add_char(out, '[');
    for (size_t i = 0; i < items->count; i++) {
        if (i > 0)
            text_add_string(out, ", ");
        add(out, items->items[i], true);
    }
    text_add_char(out, ']');
}

static void add_target(struct text *out, const struct service *service)
{
    if (service->made_from != NULL)
        text_addf(out, "# %s\n", service->made_from);
    text_add_string(out,
                    "# What seep needs to know about the service. `seep help scenario` explains every key.\n"
                    "# ${NAME} comes from the environment; ${PORT} is a free port that each trial gets.\n\n"
                    "# Where the requests go.\n"
                    "target: ");
    add_value(out, service->target != NULL ? service->target : "http://127.0.0.1:8000", false);
    text_add_string(out, "\n\n# The only hosts, addresses or CIDRs that may ever get a request.\nallow: ");
    if (service->allow.count > 0)
        add_list(out, &service->allow, add_value);
    else
        text_add_string(out, "[127.0.0.1]");
    text_add_string(out, "\n\n");
}

/* "postgres://shop:hunter2@db/shop" */
static bool names_user(const char *value)
{
    const char *rest = strstr(value, "://"), *at = rest != NULL ? strchr(rest + 3, '@') : NULL;
    return at != NULL && rest + 3 + strcspn(rest + 3, "/?#") > at;
}

bool scenario_is_credential(const char *name, const char *value)
{
    return names_user(value) || secret_key_name(name, strlen(name)) || secret_value(value, strlen(value));
}

static void add_environment(struct text *out, const struct headers *environment)
{
    for (size_t i = 0; i < environment->count; i++) {
        text_add_string(out, i == 0 ? "  environment:\n    " : "    ");
        scenario_quote(out, environment->items[i].name, false);
        text_add_string(out, ": ");
        if (scenario_is_credential(environment->items[i].name, environment->items[i].value))
            text_addf(out, "${%s}", environment->items[i].name);
        else
            add_value(out, environment->items[i].value, false);
        text_add_char(out, '\n');
    }
}

static void add_start(struct text *out, const struct service *service)
{
    const struct start *start = &service->start;
    text_add_string(
        out, "# How to start the server. With it, every trial has a fresh one, and `seep bisect` can find\n"
             "# what leaks; without it seep watches the one that runs.\n");
    if (start->kind != START_COMMAND) {
        text_add_string(out, "#start:\n"
                             "#  command: [gunicorn, -w, \"1\", -b, \"127.0.0.1:${PORT}\", \"app:app\"]\n"
                             "#  directory: ../../app          # relative to this file\n"
                             "#  environment: {MODE: staging}\n"
                             "#target: http://127.0.0.1:${PORT} # instead of the one above\n\n");
        return;
    }
    text_add_string(out, "start:\n  command: ");
    add_list(out, &start->command, add_value);
    text_add_char(out, '\n');
    if (start->directory != NULL) {
        text_add_string(out, "  directory: ");
        add_value(out, start->directory, false);
        text_add_char(out, '\n');
    }
    add_environment(out, &start->environment);
    text_add_char(out, '\n');
    if (service->agent == AGENT_MALLOC)
        text_add_string(out,
                        "# Who counts what is live in it: the command does not show it.\nagent: malloc\n\n");
}

static void add_ready(struct text *out, const struct service *service)
{
    text_add_string(out, "# What answers 2xx once the server is ready; without it an open port is enough.\n");
    struct text request = TEXT_EMPTY;
    if (service->ready_path != NULL)
        text_addf(&request, "%s %s", service->ready_method, service->ready_path);
    text_add_string(out, service->ready_path != NULL ? "ready: " : "#ready: GET /health");
    if (service->ready_path != NULL)
        add_value(out, text_string(&request), false);
    text_release(&request);
    text_add_string(
        out,
        "\n#ready_timeout: 30s\n\n"
        "# Methods beyond GET and HEAD that may go to a server that seep did not start on this machine.\n");
    if (service->methods.count > 0) {
        text_add_string(out, "methods: ");
        add_list(out, &service->methods, scenario_quote);
        text_add_string(out, "\n\n");
    } else {
        text_add_string(out, "#methods: [POST]\n\n");
    }
}

static const char examples[] =
    "# Memory figures that the service itself offers, beside the resident memory that seep reads. A count of "
    "live\n"
    "# objects after a forced collection is the sharpest: it sees 40 bytes per request in seconds.\n"
    "#signals:\n"
    "#  - {name: heap, url: /debug/memory?gc=1, pointer: /heapUsed, unit: bytes}\n"
    "#  - {name: live_objects, url: /debug/memory?gc=1, pointer: /objects, unit: objects}\n"
    "#  - {name: resident, url: /metrics, metric: process_resident_memory_bytes, unit: bytes}\n\n"
    "# Where the program says which of its lines hold memory: read twice, around a confirmed suspect.\n"
    "#snapshots:\n"
    "#  - {name: tracemalloc, url: /debug/tracemalloc, format: tracemalloc}\n\n"
    "# A command before each trial, so that state outside the process starts the same.\n"
    "#reset: [./reset-database]\n\n"
    "# How requests are sent: {speed: 1x} keeps the recorded times, {rate: 200/s} sets one, {connections: 4} "
    "goes as\n"
    "# fast as the service answers.\n"
    "#load: {speed: 1x}\n\n"
    "# What a run is held to, and the memory that production gives one instance (it turns growth into "
    "days);\n"
    "# the growth that one instance showed there, and how many instances the recorded requests were spread "
    "over.\n"
    "#limits: {growth: 16 B/request, p99: 500 ms, errors: 1%}\n"
    "#memory_limit: 700 MiB\n"
    "#observed: 100 MB/3d\n"
    "#instances: 1\n";

/* What is known of production. */
static void add_told(struct text *out, const struct service *service)
{
    if (service->memory_limit_bytes > 0) {
        text_add_string(out, "memory_limit: ");
        scenario_add_size(out, service->memory_limit_bytes);
        text_add_char(out, '\n');
    }
    if (service->suspects.count > 0)
        text_addf(out, "\n%s\nsuspects:\n", scenario_suspects_comment);
    for (size_t i = 0; i < service->suspects.count; i++) {
        text_add_string(out, "  ");
        scenario_add_suspect(out, &service->suspects.items[i]);
        text_add_char(out, '\n');
    }
}

int scenario_write_service(const char *directory, const struct service *service, bool *written,
                           struct err *err)
{
    char *path = xasprintf("%s/service.yaml", directory);
    bool there = access(path, F_OK) == 0;
    int failed = 0;
    if (!there) {
        struct text out = TEXT_EMPTY;
        add_target(&out, service);
        add_start(&out, service);
        add_ready(&out, service);
        text_add_string(&out, examples);
        add_told(&out, service);
        failed = replace_file(directory, "service.yaml", &out, err);
        text_release(&out);
    }
    if (written != NULL)
        *written = !there && !failed;
    free(path);
    return failed;
}

/* "# POST /login: ..." */
static void add_why(struct text *out, const char *name, const char *why)
{
    text_add_string(out, "# ");
    scenario_quote(out, name, false);
    text_add_string(out, ": ");
    for (; *why != '\0'; why++)
        if ((unsigned char)*why < ' ' || (unsigned char)*why > '~') /* YAML reads comments, too */
            text_addf(out, "\\x%02X", (unsigned)(unsigned char)*why);
        else
            text_add_char(out, *why);
    text_add_char(out, '\n');
}

/* "{json: /token}", as it stands behind the name. */
static void add_capture(struct text *out, const struct capture *capture)
{
    static const char *const keys[] = {
        [CAPTURE_BODY] = "body", [CAPTURE_HEADER] = "header", [CAPTURE_JSON] = "json"};
    text_addf(out, "{%s: ", keys[capture->from]);
    scenario_quote(out, capture->from == CAPTURE_BODY ? pattern_source(capture->pattern) : capture->where,
                   true);
    text_add_char(out, '}');
}

static void add_whys(struct text *out, const struct strings *whys, size_t count,
                     const char *(*name)(const struct endpoint *endpoint, size_t index),
                     const struct endpoint *endpoint)
{
    for (size_t i = 0; whys != NULL && i < whys->count && i < count; i++)
        add_why(out, name(endpoint, i), whys->items[i]);
}

static const char *after_name(const struct endpoint *endpoint, size_t index)
{
    return endpoint->after.items[index];
}

static const char *capture_name(const struct endpoint *endpoint, size_t index)
{
    return endpoint->captures.items[index].name;
}

static void add_endpoint(struct text *out, const char *slug, const struct endpoint *endpoint,
                         const struct scenario_proposed *proposed)
{
    const struct captures *captures = &endpoint->captures;
    char rate[UNITS_SIZE];
    text_add_string(out, "endpoint: ");
    scenario_quote(out, endpoint->name, false);
    text_addf(out, "\nrecording: %s.jsonl\n", slug);
    text_addf(out, "rate: %-8s # as recorded; written anew by each import\n",
              units_rate(rate, endpoint->rate_per_second));
    text_addf(out, "weight: %-6.15g # a factor on the rate\n", endpoint->weight > 0 ? endpoint->weight : 1);
    add_whys(out, proposed != NULL ? proposed->after_why : NULL, endpoint->after.count, after_name, endpoint);
    if (endpoint->after.count > 0) {
        text_add_string(out, "after: ");
        add_list(out, &endpoint->after, scenario_quote);
        text_add_string(out, " # sent once per session before it, not counted in the mix\n");
    }
    add_whys(out, proposed != NULL ? proposed->capture_why : NULL, captures->count, capture_name, endpoint);
    if (captures->count > 0)
        text_add_string(out,
                        "capture: # in recordings {{captured:NAME|RECORDED}}, which without this is what "
                        "was recorded\n");
    for (size_t i = 0; i < captures->count; i++) {
        text_addf(out, "  %s: ", captures->items[i].name);
        add_capture(out, &captures->items[i]);
        text_add_char(out, '\n');
    }
}

static bool lists(const struct yaml *list, const char *name)
{
    for (size_t i = 0; list != NULL && list->kind == YAML_LIST && i < list->count; i++)
        if (list->items[i]->kind == YAML_SCALAR && strcmp(list->items[i]->text, name) == 0)
            return true;
    return false;
}

static bool is_map(const struct yaml *node)
{
    return node != NULL && node->kind == YAML_MAP;
}

/* What is proposed and a person's file does not say. */
static void tell_unwritten(const char *old, const struct endpoint *endpoint, struct strings *unwritten)
{
    struct yaml *root = yaml_read_text(old, strlen(old), "", NULL);
    const struct yaml *after = is_map(root) ? yaml_get(root, "after") : NULL;
    const struct yaml *capture = is_map(root) ? yaml_get(root, "capture") : NULL;
    for (size_t i = 0; i < endpoint->after.count; i++)
        if (!lists(after, endpoint->after.items[i])) {
            struct text line = TEXT_EMPTY;
            text_add_string(&line, "after: [");
            scenario_quote(&line, endpoint->after.items[i], true);
            strings_addf(unwritten, "%s]", line.bytes);
            text_release(&line);
        }
    for (size_t i = 0; i < endpoint->captures.count; i++) {
        const struct capture *proposed = &endpoint->captures.items[i];
        if (is_map(capture) && yaml_get(capture, proposed->name) != NULL)
            continue;
        struct text line = TEXT_EMPTY;
        add_capture(&line, proposed);
        strings_addf(unwritten, "capture: {%s: %s}", proposed->name, line.bytes);
        text_release(&line);
    }
    yaml_node_free(root);
}

/* Copies `old` with its top-level `rate` line replaced. */
static void renew_rate(struct text *out, const char *old, double per_second)
{
    while (*old != '\0') {
        size_t length = strcspn(old, "\n");
        length += old[length] == '\n';
        if (text_starts_with(old, "rate:")) {
            char rate[UNITS_SIZE];
            const char *comment = memchr(old, '#', length);
            text_addf(out, "rate: %-8s ", units_rate(rate, per_second));
            text_add_string(out, comment != NULL ? "" : "\n");
            if (comment != NULL)
                text_add(out, comment, length - (size_t)(comment - old));
        } else {
            text_add(out, old, length);
        }
        old += length;
    }
}

int scenario_write_endpoint(const char *directory, const char *slug, const struct endpoint *endpoint,
                            const struct scenario_proposed *proposed, struct err *err)
{
    struct text out = TEXT_EMPTY, old = TEXT_EMPTY;
    char *name = xasprintf("%s.yaml", slug), *path = xasprintf("%s/%s", directory, name);
    int failed = 0;
    if (access(path, F_OK) != 0) {
        add_endpoint(&out, slug, endpoint, proposed);
    } else if ((failed = text_read_file(&old, path, FILE_MOST, err)) == 0) {
        renew_rate(&out, text_string(&old), endpoint->rate_per_second);
        if (proposed != NULL && proposed->unwritten != NULL)
            tell_unwritten(text_string(&old), endpoint, proposed->unwritten);
    }
    if (!failed)
        failed = replace_file(directory, name, &out, err);
    text_release(&out);
    text_release(&old);
    free(name);
    free(path);
    return failed;
}

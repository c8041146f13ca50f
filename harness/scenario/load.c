#include "scenario/load.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/options.h"
#include "base/text.h"
#include "scenario/rows.h"
#include "scenario/suspects.h"
#include "scenario/variables.h"

#define NAMES_MOST 1024

/* The endpoint files of one directory, kept as YAML until what they say about one another is checked. */
struct loading {
    struct service *service;
    struct strings files; /* as given: DIR/NAME.yaml, sorted; one per endpoint */
    struct yaml **trees;
    struct yaml *tree; /* of service.yaml */
    struct err *err;
};

bool scenario_names_service(const char *path)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    return text_starts_with(name, "service.") && text_ends_with(name, ".yaml");
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static int is_endpoint_file(const struct dirent *entry)
{
    const char *name = entry->d_name;
    return name[0] != '.' && text_ends_with(name, ".yaml") && !scenario_names_service(name);
}

static int list_files(struct loading *loading, const char *directory)
{
    struct dirent **entries;
    int count = scandir(directory, &entries, is_endpoint_file, by_name);
    if (count < 0)
        return err_set(loading->err, ERR_USAGE, "%s: %s", directory, strerror(errno));
    for (int i = 0; i < count; i++) {
        strings_addf(&loading->files, "%s/%s", directory, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    if (count == 0)
        return err_set(loading->err, ERR_USAGE,
                       "%s: no endpoint beside service.yaml (`seep import FILE... -o DIR` writes them)",
                       directory);
    return 0;
}

/* `path`, or where it lies when it is a service file. */
static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    struct stat status;
    if (!scenario_names_service(path) || stat(path, &status) != 0 || S_ISDIR(status.st_mode))
        return xstrdup(path);
    return slash == NULL ? xstrdup(".") : xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

/* `path`: what was asked for, the directory or a file in it. */
static int open_directory(const char *directory, const char *path, struct service *service, struct err *err)
{
    struct stat status;
    if (stat(directory, &status) != 0)
        return err_set(err, ERR_USAGE, "%s: %s", directory, strerror(errno));
    if (!S_ISDIR(status.st_mode))
        return err_set(err, ERR_USAGE,
                       "%s: not a service directory (`seep import %s -o DIR` makes one from a recording)",
                       directory, directory);
    service->directory = realpath(directory, NULL);
    if (service->directory == NULL)
        return err_set(err, ERR_USAGE, "%s: %s", directory, strerror(errno));
    service->name = xstrdup(strrchr(service->directory, '/') + 1);
    service->file = scenario_names_service(path) ? xstrdup(path) : xasprintf("%s/service.yaml", directory);
    if (access(service->file, F_OK) != 0)
        return err_set(err, ERR_USAGE, "%s: %s (`seep import FILE... -o %s` writes one)", service->file,
                       strerror(errno), directory);
    return 0;
}

/* Beside service.yaml. */
static int add_name(const char *file, struct strings *names, struct err *err)
{
    struct yaml *tree = yaml_read_file(file, err);
    if (tree == NULL)
        return -1;
    const struct yaml *name = yaml_get(tree, "endpoint");
    int failed = 0;
    if (name == NULL || name->kind != YAML_SCALAR || name->text[0] == '\0')
        failed = yaml_complain(err, file, name != NULL ? name : tree,
                               "'endpoint' is missing, as in `endpoint: GET /quote/{sku}`");
    else
        strings_add(names, name->text);
    yaml_node_free(tree);
    return failed;
}

int scenario_endpoint_names(const char *path, struct strings *names, struct err *err)
{
    struct loading loading = {.err = err};
    char *directory = directory_of(path);
    int failed = list_files(&loading, directory);
    for (size_t i = 0; !failed && i < loading.files.count; i++)
        failed = add_name(loading.files.items[i], names, err);
    strings_release(&loading.files);
    free(directory);
    return failed;
}

static void set_defaults(struct service *service)
{
    *service = (struct service){.load = {.kind = LOAD_SPEED, .speed = 1},
                                .reuse = REUSE_SESSION,
                                .ready_timeout_ns = 30 * CLOCK_NS_PER_S,
                                .instances = 1};
}

static void allow_own(struct service *service)
{
    if (text_starts_with(service->target, "unix:")) {
        strings_add(&service->allow, service->target);
        return;
    }
    if (service->start.kind == START_CONTAINER) {
        strings_add(&service->allow, service->start.service);
        return;
    }
    strings_add(&service->allow, "127.0.0.1");
    strings_add(&service->allow, "::1");
}

/* The target is the container of the trial: it is named as the service is. */
static int check_container(const struct yaml *tree, const struct service *service, struct err *err)
{
    const char *name = service->start.service, *host = strstr(service->target, "://");
    size_t length = strlen(name);
    bool named = host != NULL && strncmp(host + 3, name, length) == 0 &&
                 (host[3 + length] == ':' || host[3 + length] == '\0');
    if (!named || strstr(service->target, "${PORT}") != NULL)
        return yaml_complain(
            err, service->file, yaml_get(tree, "target"),
            "the target of a container is http://%s:PORT: its service, and the port that it listens on",
            name);
    if (yaml_get(tree, "allow") != NULL && !strings_has(&service->allow, name))
        return yaml_complain(err, service->file, yaml_get(tree, "allow"),
                             "'allow' does not name %s, the target", name);
    if (service->watch.kind != WATCH_STARTED)
        return yaml_complain(
            err, service->file, yaml_get(tree, "watch"),
            "'watch' is for a server that somebody else started: a trial's container is watched");
    return 0;
}

static int load_service(struct loading *loading)
{
    struct service *service = loading->service;
    struct err *err = loading->err;
    const struct yaml *tree = loading->tree = yaml_read_file(service->file, err);
    if (tree == NULL)
        return -1;
    int failed = yaml_bind(tree, service->file, scenario_service_rows, service, err);
    if (!failed && service->target == NULL)
        failed = yaml_complain(err, service->file, tree, "'target' is missing: where the requests go");
    bool starts = service->start.kind == START_COMMAND || service->start.kind == START_CONTAINER;
    if (!failed && !starts && strstr(service->target, "${PORT}") != NULL)
        failed = yaml_complain(
            err, service->file, yaml_get(tree, "target"),
            "${PORT} is the port of a server that seep starts, and there is no 'start' with a command");
    if (!failed && service->start.kind == START_CONTAINER)
        failed = check_container(tree, service, err);
    if (!failed && starts && service->agent_dir != NULL)
        failed = yaml_complain(
            err, service->file, yaml_get(tree, "agent_dir"),
            "'agent_dir' is where a server that somebody else started has its agents; what 'start' "
            "starts gets a directory of its own");
    if (!failed)
        failed = check_reach(tree, service, err);
    if (!failed && yaml_get(tree, "allow") == NULL)
        allow_own(service);
    return failed;
}

static const char *base_name(const char *file)
{
    const char *slash = strrchr(file, '/');
    return slash != NULL ? slash + 1 : file;
}

static int check_endpoint(const struct loading *loading, struct endpoint *endpoint, const struct yaml *tree)
{
    const struct service *service = loading->service;
    if (endpoint->name == NULL)
        return yaml_complain(loading->err, endpoint->file, tree,
                             "'endpoint' is missing, as in `endpoint: GET /quote/{sku}`");
    if (endpoint->recording_path == NULL)
        return yaml_complain(loading->err, endpoint->file, tree,
                             "'recording' is missing: the file of recorded requests");
    const struct endpoint *first = service_find(service, endpoint->name);
    if (first != endpoint)
        return yaml_complain(loading->err, endpoint->file, yaml_get(tree, "endpoint"),
                             "endpoint '%.200s' is already in %s", endpoint->name, base_name(first->file));
    const struct yaml *fresh = yaml_get(tree, "fresh");
    return fresh != NULL ? fresh_find_segments(fresh, endpoint->file, endpoint, loading->err) : 0;
}

static int load_endpoint(struct loading *loading, size_t index)
{
    struct service *service = loading->service;
    const char *file = loading->files.items[index];
    struct yaml *tree = loading->trees[index] = yaml_read_file(file, loading->err);
    if (tree == NULL)
        return -1;
    struct endpoint *endpoint = &service->endpoints[service->endpoint_count++];
    *endpoint = (struct endpoint){.file = xstrdup(file), .weight = 1};
    if (yaml_bind(tree, file, scenario_endpoint_rows, endpoint, loading->err) != 0)
        return -1;
    return check_endpoint(loading, endpoint, tree);
}

static int no_such_endpoint(const struct loading *loading, const char *file, const char *key,
                            const struct yaml *item)
{
    const char *names[NAMES_MOST + 1];
    size_t count = 0;
    for (; count < loading->service->endpoint_count && count < NAMES_MOST; count++)
        names[count] = loading->service->endpoints[count].name;
    names[count] = NULL;
    const char *near = options_nearest(item->text, names);
    return yaml_complain(loading->err, file, item, "'%s' names '%.200s', which no file here describes%s%s%s",
                         key, item->text, near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
                         near != NULL ? "'?)" : "");
}

/* What must be sent before `endpoint` must be here, and must not in its turn need `endpoint`. */
static int check_after(const struct loading *loading, size_t index)
{
    const struct service *service = loading->service;
    const struct endpoint *endpoint = &service->endpoints[index];
    const struct yaml *after = yaml_get(loading->trees[index], "after");
    for (size_t i = 0; i < endpoint->after.count; i++) {
        const struct endpoint *before = service_find(service, endpoint->after.items[i]);
        if (before == NULL)
            return no_such_endpoint(loading, endpoint->file, "after", after->items[i]);
        if (before == endpoint || strings_has(&before->after, endpoint->name))
            return yaml_complain(loading->err, endpoint->file, after->items[i],
                                 "'%.200s' cannot come after '%.200s': each would have to be sent first",
                                 endpoint->name, before->name);
    }
    return 0;
}

static int load_endpoints(struct loading *loading)
{
    struct service *service = loading->service;
    size_t count = loading->files.count;
    service->endpoints = xcalloc(count, sizeof *service->endpoints);
    loading->trees = xcalloc(count, sizeof *loading->trees);
    for (size_t i = 0; i < count; i++)
        if (load_endpoint(loading, i) != 0)
            return -1;
    for (size_t i = 0; i < count; i++)
        if (check_after(loading, i) != 0)
            return -1;
    return 0;
}

static int check_suspect(const struct loading *loading, const struct yaml *name, struct strings *seen)
{
    const char *file = loading->service->file;
    if (service_find(loading->service, name->text) == NULL)
        return no_such_endpoint(loading, file, "suspects", name);
    if (strings_has(seen, name->text))
        return yaml_complain(loading->err, file, name, "'%.200s' is suspected twice", name->text);
    strings_add(seen, name->text);
    return 0;
}

/* Each is an endpoint that is here, and is suspected once. */
static int check_suspects(const struct loading *loading)
{
    const struct yaml *list = yaml_get(loading->tree, "suspects");
    struct strings seen = {NULL, 0};
    int failed = 0;
    for (size_t i = 0; list != NULL && i < list->count; i++) {
        const struct yaml *names = yaml_get(list->items[i], "endpoints");
        for (size_t k = 0; !failed && k < names->count; k++)
            failed = check_suspect(loading, names->items[k], &seen);
    }
    strings_release(&seen);
    return failed;
}

/* What is captured anywhere may be said anywhere. */
static int load_variables(struct loading *loading)
{
    struct service *service = loading->service;
    const struct yaml *setup = yaml_get(loading->tree, "setup");
    variables_collect(service);
    if (setup != NULL && variables_check(service, setup, service->file, loading->err) != 0)
        return -1;
    for (size_t i = 0; i < service->endpoint_count; i++) {
        const struct yaml *headers = yaml_get(loading->trees[i], "headers");
        if (headers != NULL &&
            variables_check(service, headers, service->endpoints[i].file, loading->err) != 0)
            return -1;
    }
    return 0;
}

/* "scenarios/pricing/" and "scenarios/pricing" are the same in every message. */
static char *without_slashes(const char *directory)
{
    size_t length = strlen(directory);
    while (length > 1 && directory[length - 1] == '/')
        length--;
    return xstrndup(directory, length);
}

int scenario_load(const char *path, struct service *service, struct err *err)
{
    struct loading loading = {.service = service, .err = err};
    char *plain = without_slashes(path), *directory = directory_of(plain);
    int failed = -1;
    set_defaults(service);
    if (open_directory(directory, plain, service, err) != 0 || load_service(&loading) != 0)
        goto done;
    if (list_files(&loading, directory) != 0 || load_endpoints(&loading) != 0 ||
        check_suspects(&loading) != 0 || load_variables(&loading) != 0)
        goto done;
    failed = 0;
done:
    for (size_t i = 0; loading.trees != NULL && i < loading.files.count; i++)
        yaml_node_free(loading.trees[i]);
    free(loading.trees);
    yaml_node_free(loading.tree);
    strings_release(&loading.files);
    free(directory);
    free(plain);
    return failed;
}

#include "target/stack_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/strings.h"
#include "base/text.h"
#include "base/yaml_json.h"
#include "target/compose_file.h"
#include "target/errand.h"
#include "target/inside.h"
#include "target/leftovers.h"
#include "target/stack_keys.h"

#define VERSION "3.8"
#define SERVICE_MOST (63 - STACK_NAME_MOST - 1)
#define GRACE "1s"
/* For the group that the target's processes get (INSIDE_GROUP), whoever they run as. */
#define SOCKETS_OPTIONS "size=1m,uid=0,gid=%d,mode=2770"

static int check_name(const char *file, const char *name, struct err *err)
{
    if (strcmp(name, STACK_DRIVER) == 0)
        return err_set(err, ERR_USAGE, "%s: a service is called '%s' as seep's own; call it otherwise", file,
                       name);
    if (strlen(name) > SERVICE_MOST)
        return err_set(err, ERR_USAGE, "%s: service '%s': a name in a stack has %d bytes at most", file, name,
                       SERVICE_MOST);
    return 0;
}

/* The service and what it starts after, through all of them. */
static int convert_services(json_t *base, const json_t *all, const char *file, const char *first,
                            struct err *err)
{
    json_t *services = json_object_get(base, "services"), *after = json_object_get(base, "after"), *each;
    struct strings names = {NULL, 0};
    const char *other;
    int failed = 0;
    strings_add(&names, first);
    for (size_t i = 0; i < names.count && !failed; i++) {
        json_t *service = json_object_get(all, names.items[i]);
        failed = compose_file_find(all, file, names.items[i], err) != 0 ||
                 check_name(file, names.items[i], err) != 0 ||
                 stack_keys_convert(file, names.items[i], service, (json_t *)all, after, err) != 0;
        json_object_set(services, names.items[i], service);
        json_object_foreach(json_object_get(after, names.items[i]), other,
                            each) if (!strings_has(&names, other)) strings_add(&names, other);
    }
    strings_release(&names);
    return failed ? -1 : 0;
}

/* {"NAME": {"aliases": [...]}}: addresses and priorities are of one machine. */
static void set_networks(json_t *service)
{
    json_t *given = json_object_get(service, "networks"), *map = stack_keys_map(given), *each,
           *aliases = json_object_get(service, "x-aliases");
    const char *name;
    if (json_object_size(map) == 0)
        json_object_set_new(map, "default", json_object());
    json_object_foreach(map, name, each)
    {
        json_t *own = json_object(), *list = json_object_get(each, "aliases");
        list = json_is_array(list) ? json_deep_copy(list) : json_array();
        json_array_extend(list, aliases != NULL ? aliases : json_null());
        if (json_array_size(list) > 0)
            json_object_set(own, "aliases", list);
        json_decref(list);
        json_object_set_new(map, name, own);
    }
    json_object_set_new(service, "networks", map);
    json_object_del(service, "x-aliases");
}

/* "NAME:/data:ro" or {"type": "volume", "source": "NAME"}; NULL: of the host, or without a name. */
static char *volume_of(const json_t *mount)
{
    const char *text = json_string_value(mount), *type = json_text(mount, "type"),
               *source = json_text(mount, "source");
    if (text != NULL && strchr(text, ':') != NULL && strchr("/.~", *text) == NULL)
        return xstrndup(text, strcspn(text, ":"));
    return type != NULL && source != NULL && strcmp(type, "volume") == 0 ? xstrdup(source) : NULL;
}

static void clean_mounts(json_t *service)
{
    size_t index;
    json_t *mount;
    json_array_foreach(json_object_get(service, "volumes"), index, mount)
    {
        json_object_del(json_object_get(mount, "bind"), "create_host_path");
        json_object_del(json_object_get(mount, "bind"), "selinux");
        if (json_object_size(json_object_get(mount, "bind")) == 0)
            json_object_del(mount, "bind");
    }
}

/* networks, volumes, secrets and configs that are used, and may be there several times. */
static void keep(json_t *base, const json_t *project, const char *kind, const char *name)
{
    json_t *part = json_object_get(json_object_get(project, kind), name);
    json_t *copy = json_is_object(part) ? json_deep_copy(part) : json_object();
    if (!compose_file_external(copy)) {
        const char *driver = json_text(copy, "driver");
        json_object_del(copy, "name");
        json_object_del(copy, "ipam"); /* two stacks cannot have the same addresses */
        if (strcmp(kind, "networks") == 0 && driver != NULL && strcmp(driver, "bridge") == 0) {
            json_object_del(copy, "driver");
            json_object_del(copy, "driver_opts");
        }
    }
    json_object_set_new(json_object_get(base, kind), name, copy);
}

static void keep_files(json_t *base, const json_t *project, const json_t *service, const char *kind)
{
    size_t index;
    json_t *item;
    json_array_foreach(json_object_get(service, kind), index, item)
    {
        const char *name = json_is_string(item) ? json_string_value(item) : json_text(item, "source");
        if (name != NULL)
            keep(base, project, kind, name);
    }
}

static void keep_used(json_t *base, const json_t *project)
{
    const char *name, *network;
    json_t *service, *each;
    size_t index;
    json_object_foreach(json_object_get(base, "services"), name, service)
    {
        set_networks(service);
        clean_mounts(service);
        json_object_foreach(json_object_get(service, "networks"), network, each)
            keep(base, project, "networks", network);
        json_array_foreach(json_object_get(service, "volumes"), index, each)
        {
            char *volume = volume_of(each);
            if (volume != NULL)
                keep(base, project, "volumes", volume);
            free(volume);
        }
        keep_files(base, project, service, "secrets");
        keep_files(base, project, service, "configs");
    }
}

json_t *stack_file_base(const char *text, size_t length, const char *name, const char *service,
                        struct err *err)
{
    json_t *project = yaml_json_read(text, length, name, err);
    json_t *base = json_pack("{s:{},s:{},s:{},s:{},s:{},s:{}}", "services", "networks", "volumes", "secrets",
                             "configs", "after");
    int failed = project == NULL ||
                 convert_services(base, json_object_get(project, "services"), name, service, err) != 0;
    if (!failed)
        keep_used(base, project);
    json_decref(project);
    if (!failed)
        return base;
    json_decref(base);
    return NULL;
}

/* "$$" of the file is "$". */
static char *unescaped(const char *text)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, "");
    for (const char *at = text; *at != '\0'; at++) {
        text_add_char(&out, *at);
        if (at[0] == '$' && at[1] == '$')
            at++;
    }
    return text_take(&out);
}

static char *escaped(const char *text)
{
    struct text out = TEXT_EMPTY;
    text_add_string(&out, "");
    for (const char *at = text; *at != '\0'; at++) {
        text_add_char(&out, *at);
        if (*at == '$')
            text_add_char(&out, '$');
    }
    return text_take(&out);
}

void stack_file_environment(const json_t *base, const char *service, struct headers *environment)
{
    json_t *given =
               json_object_get(json_object_get(json_object_get(base, "services"), service), "environment"),
           *value;
    size_t index;
    const char *name;
    json_object_foreach(given, name, value) if (!json_is_null(value))
    {
        char *text =
            json_is_string(value) ? unescaped(json_string_value(value)) : json_dumps(value, JSON_ENCODE_ANY);
        headers_add_take(environment, name, text);
    }
    json_array_foreach(given, index, value)
    {
        const char *assignment = json_string_value(value);
        if (assignment == NULL || strchr(assignment, '=') == NULL)
            continue;
        char *key = xstrndup(assignment, strcspn(assignment, "="));
        headers_add_take(environment, key, unescaped(strchr(assignment, '=') + 1));
        free(key);
    }
}

static json_t *within(json_t *object, const char *key)
{
    json_t *inner = json_object_get(object, key);
    if (json_is_object(inner))
        return inner;
    inner = json_object();
    json_object_set_new(object, key, inner);
    return inner;
}

/* Labels may be a list, "a=b"; then they become a map. */
static void set_owner(json_t *part, const struct stack_file_trial *trial)
{
    json_t *given = json_object_get(part, "labels"),
           *map = json_is_object(given) ? json_incref(given) : json_object(), *item;
    size_t index;
    json_array_foreach(given, index, item)
    {
        const char *label = json_string_value(item);
        char *key = xstrndup(label != NULL ? label : "", label != NULL ? strcspn(label, "=") : 0);
        const char *value = label != NULL ? strchr(label, '=') : NULL;
        if (*key != '\0')
            json_object_set_new(map, key, json_string(value != NULL ? value + 1 : ""));
        free(key);
    }
    json_object_set_new(map, LEFTOVERS_OWNER, json_string(trial->owner));
    json_object_set_new(map, LEFTOVERS_HOME, json_string(trial->home));
    json_object_set_new(part, "labels", map);
}

static void place_on(json_t *service, const char *node)
{
    json_t *placement = within(within(service, "deploy"), "placement"),
           *constraints = json_object_get(placement, "constraints");
    char *constraint = xasprintf("node.id == %s", node);
    if (!json_is_array(constraints)) {
        constraints = json_array();
        json_object_set_new(placement, "constraints", constraints);
    }
    json_array_append_new(constraints, json_string(constraint));
    free(constraint);
}

/* One of each, with an address of its own: virtual ones need IPVS in the kernel, and would outlive a container. */
static void set_common(json_t *service, const struct stack_file_trial *trial, bool later)
{
    json_t *deploy = within(service, "deploy");
    json_object_set_new(deploy, "mode", json_string("replicated"));
    json_object_set_new(deploy, "replicas", json_integer(later ? 0 : 1));
    json_object_set_new(deploy, "endpoint_mode", json_string("dnsrr"));
    if (json_object_get(deploy, "restart_policy") == NULL)
        json_object_set_new(deploy, "restart_policy", json_pack("{s:s}", "condition", "none"));
    json_object_set_new(service, "stop_grace_period", json_string(GRACE));
    set_owner(service, trial);
    set_owner(deploy, trial);
}

static void append(json_t *service, const char *key, json_t *item_take)
{
    json_t *list = json_object_get(service, key);
    if (!json_is_array(list)) {
        list = json_array();
        json_object_set_new(service, key, list);
    }
    json_array_append_new(list, item_take);
}

/* kind: "configs" or "secrets", which exist already. */
static void mount_files(json_t *file, json_t *service, const char *kind,
                        const struct stack_file_mounts *mounts)
{
    for (size_t i = 0; mounts != NULL && i < mounts->count; i++) {
        const struct stack_file_mount *mount = &mounts->items[i];
        json_object_set_new(within(file, kind), mount->name,
                            json_pack("{s:b,s:s}", "external", 1, "name", mount->name));
        append(service, kind,
               json_pack("{s:s,s:s,s:i}", "source", mount->name, "target", mount->at, "mode", 0444));
    }
}

static void mount_sockets(json_t *service)
{
    append(service, "volumes",
           json_pack("{s:s,s:s,s:s}", "type", "volume", "source", STACK_SOCKETS, "target", INSIDE_SOCKETS));
}

static void set_target(json_t *file, json_t *target, const struct stack_file_trial *trial)
{
    json_t *environment = json_object(), *deploy = within(target, "deploy");
    for (size_t i = 0; i < trial->environment->count; i++) {
        char *value = escaped(trial->environment->items[i].value);
        json_object_set_new(environment, trial->environment->items[i].name, json_string(value));
        free(value);
    }
    json_object_set_new(target, "environment", environment);
    json_object_set_new(deploy, "restart_policy", json_pack("{s:s}", "condition", "none"));
    json_object_set_new(
        deploy, "update_config",
        json_pack("{s:i,s:s,s:s}", "parallelism", 1, "order", "stop-first", "failure_action", "continue"));
    place_on(target, trial->node);
    mount_files(file, target, "configs", trial->agents);
    if (trial->unchecked)
        json_object_set_new(target, "healthcheck", json_pack("{s:b}", "disable", 1));
    if (trial->sockets)
        mount_sockets(target);
}

/* In the target's networks, by no other name there than its own. */
static json_t *make_driver(json_t *file, const json_t *target, const struct stack_file_trial *trial)
{
    json_t *driver = json_pack("{s:s,s:[s],s:s,s:{s:b},s:{s:s},s:{}}", "image", trial->image, "command",
                               ERRAND_COMMAND, "user", "root", "healthcheck", "disable", 1, "logging",
                               "driver", "json-file", "networks"),
           *each;
    const char *network;
    json_object_foreach(json_object_get(target, "networks"), network, each)
        json_object_set_new(json_object_get(driver, "networks"), network, json_object());
    for (size_t i = 0; i < sizeof trial->secrets / sizeof *trial->secrets; i++)
        mount_files(file, driver, "secrets", trial->secrets[i]);
    if (trial->sockets)
        mount_sockets(driver);
    place_on(driver, trial->node);
    return driver;
}

static bool mounts_volume(const json_t *service, const char *name)
{
    size_t index;
    json_t *mount;
    bool found = false;
    json_array_foreach(json_object_get(service, "volumes"), index, mount)
    {
        char *volume = volume_of(mount);
        found = found || (volume != NULL && strcmp(volume, name) == 0);
        free(volume);
    }
    return found;
}

/* Whether some other service has a volume of the stack in common with this one: then both have to be on one node. */
static bool shares_volume(const json_t *file, const char *name, const json_t *service)
{
    const char *volume, *other_name;
    json_t *about, *other;
    json_object_foreach(json_object_get(file, "volumes"), volume, about)
    {
        if (compose_file_external(about) || !mounts_volume(service, volume))
            continue;
        json_object_foreach(json_object_get(file, "services"), other_name,
                            other) if (strcmp(name, other_name) != 0 &&
                                       mounts_volume(other, volume)) return true;
    }
    return false;
}

static void own_all(json_t *file, const char *kind, const struct stack_file_trial *trial)
{
    const char *name;
    json_t *part;
    json_object_foreach(json_object_get(file, kind), name, part) if (!compose_file_external(part))
        set_owner(part, trial);
}

static void add_sockets(json_t *file)
{
    char *options = xasprintf(SOCKETS_OPTIONS, INSIDE_GROUP);
    json_object_set_new(within(file, "volumes"), STACK_SOCKETS,
                        json_pack("{s:s,s:{s:s,s:s,s:s}}", "driver", "local", "driver_opts", "type", "tmpfs",
                                  "device", "tmpfs", "o", options));
    free(options);
}

char *stack_file_make(const json_t *base, const struct stack_file_trial *trial)
{
    json_t *file = json_deep_copy(base), *services = json_object_get(file, "services"), *service,
           *target = json_object_get(services, trial->service), *after = json_object_get(file, "after");
    const char *name;
    bool later = json_object_size(json_object_get(after, trial->service)) > 0;
    json_object_foreach(services, name, service)
    {
        if (strcmp(name, trial->service) != 0 && shares_volume(file, name, service))
            place_on(service, trial->node);
        set_common(service, trial,
                   json_object_size(json_object_get(after, name)) > 0 ||
                       (service == target && trial->sockets));
    }
    set_target(file, target, trial);
    json_t *driver = make_driver(file, target, trial);
    set_common(driver, trial, later);
    json_object_set_new(services, STACK_DRIVER, driver);
    if (trial->sockets)
        add_sockets(file);
    own_all(file, "networks", trial);
    own_all(file, "volumes", trial);
    own_all(file, "secrets", trial);
    own_all(file, "configs", trial);
    json_object_del(file, "after");
    json_object_set_new(file, "version", json_string(VERSION));
    char *text = json_dumps(file, JSON_INDENT(1));
    json_decref(file);
    return text;
}

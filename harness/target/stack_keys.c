#include "target/stack_keys.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What a row's reader gets. */
struct place {
    const char *file, *name;
    json_t *service, *services, *after;
};

typedef int convert(const struct place *place, json_t *value, struct err *err);

json_t *stack_keys_map(const json_t *names)
{
    json_t *map = json_object(), *item;
    size_t index;
    const char *key;
    json_array_foreach(names, index, item) if (json_is_string(item))
        json_object_set_new(map, json_string_value(item), json_object());
    json_object_foreach((json_t *)names, key, item) json_object_set(map, key, item);
    return map;
}

static json_t *within(json_t *object, const char *key)
{
    json_t *inner = json_object_get(object, key);
    if (!json_is_object(inner)) {
        inner = json_object();
        json_object_set_new(object, key, inner);
    }
    return inner;
}

/* What `deploy` says already stands. */
static int limit(const struct place *place, const char *kind, const char *key, const json_t *value)
{
    json_t *limits = within(within(within(place->service, "deploy"), "resources"), kind);
    char *number = json_is_string(value)    ? xstrdup(json_string_value(value))
                   : json_is_integer(value) ? xasprintf("%lld", (long long)json_integer_value(value))
                                            : xasprintf("%g", json_number_value(value));
    if (json_object_get(limits, key) == NULL)
        json_object_set_new(limits, key, json_string(number));
    free(number);
    return 0;
}

static int limit_memory(const struct place *place, json_t *value, struct err *err)
{
    (void)err;
    return limit(place, "limits", "memory", value);
}

static int limit_cpus(const struct place *place, json_t *value, struct err *err)
{
    (void)err;
    return limit(place, "limits", "cpus", value);
}

static int reserve_memory(const struct place *place, json_t *value, struct err *err)
{
    (void)err;
    return limit(place, "reservations", "memory", value);
}

/* Bytes, or "64m": format 3.8 takes only a number for a tmpfs. */
static int mount_shared_memory(const struct place *place, json_t *value, struct err *err)
{
    static const char units[] = "bkmg";
    const char *text = json_string_value(value);
    char *end = NULL;
    double size = text != NULL ? strtod(text, &end) : json_number_value(value);
    const char *unit = end != NULL && *end != '\0' ? strchr(units, *end | 0x20) : units;
    if (unit == NULL || !(size > 0) || size > 1e15)
        return err_set(err, ERR_USAGE, "%s: service '%s': shm_size: '%s' is no size", place->file,
                       place->name, text != NULL ? text : "0");
    json_t *mount = json_pack("{s:s,s:s,s:{s:I}}", "type", "tmpfs", "target", "/dev/shm", "tmpfs", "size",
                              (json_int_t)ldexp(size, 10 * (int)(unit - units)));
    json_t *volumes = json_object_get(place->service, "volumes");
    if (!json_is_array(volumes)) {
        volumes = json_array();
        json_object_set_new(place->service, "volumes", volumes);
    }
    json_array_append_new(volumes, mount);
    return 0;
}

/* In a swarm a service is restarted unless it says otherwise; in a project it is not. */
static int restart(const struct place *place, json_t *value, struct err *err)
{
    (void)err;
    const char *text = json_string_value(value);
    json_t *deploy = within(place->service, "deploy");
    if (text == NULL || strcmp(text, "no") == 0 || json_object_get(deploy, "restart_policy") != NULL)
        return 0;
    bool failing = text_starts_with(text, "on-failure");
    json_t *policy = json_pack("{s:s}", "condition", failing ? "on-failure" : "any");
    if (failing && text[strlen("on-failure")] == ':')
        json_object_set_new(policy, "max_attempts", json_integer(atoi(text + strlen("on-failure:"))));
    json_object_set_new(deploy, "restart_policy", policy);
    return 0;
}

static int start_after(const struct place *place, json_t *value, struct err *err)
{
    static const char prefix[] = "service_";
    (void)err;
    json_t *map = stack_keys_map(value), *item, *own = within(place->after, place->name);
    const char *other;
    json_object_foreach(map, other, item)
    {
        const char *condition = json_text(item, "condition");
        bool known = condition != NULL && text_starts_with(condition, prefix);
        const char *what = known ? condition + sizeof prefix - 1 : "started";
        json_object_set_new(own, other,
                            json_string(strcmp(what, "completed_successfully") == 0 ? "completed" : what));
    }
    json_decref(map);
    return 0;
}

/* "db:base": the other one is called so as well. */
static int link_to(const struct place *place, json_t *value, struct err *err)
{
    size_t index;
    json_t *item;
    json_array_foreach(value, index, item)
    {
        const char *link = json_string_value(item);
        size_t length = link != NULL ? strcspn(link, ":") : 0;
        char *other = xstrndup(link != NULL ? link : "", length);
        json_t *linked = json_object_get(place->services, other), *own = within(place->after, place->name);
        int failed = linked == NULL
                         ? err_set(err, ERR_USAGE, "%s: service '%s': links: there is no service '%s'",
                                   place->file, place->name, other)
                         : 0;
        if (!failed && json_object_get(own, other) == NULL)
            json_object_set_new(own, other, json_string("started"));
        if (!failed && link[length] == ':') {
            json_t *aliases = json_object_get(linked, "x-aliases");
            if (aliases == NULL)
                json_object_set_new(linked, "x-aliases", aliases = json_array());
            json_array_append_new(aliases, json_string(link + length + 1));
        }
        free(other);
        if (failed)
            return -1;
    }
    return 0;
}

static int network_mode(const struct place *place, json_t *value, struct err *err)
{
    const char *mode = json_string_value(value);
    if (mode == NULL || strcmp(mode, "bridge") == 0 || strcmp(mode, "default") == 0)
        return 0;
    return err_set(err, ERR_USAGE,
                   "%s: service '%s' has network_mode: %s; in a stack each has an address of its own",
                   place->file, place->name, mode);
}

static int needs_image(const struct place *place, json_t *value, struct err *err)
{
    (void)value;
    if (json_text(place->service, "image") != NULL)
        return 0;
    return err_set(
        err, ERR_USAGE,
        "%s: service '%s' is built, and nodes of a swarm need an image that they can get: build it, "
        "push it, and give its name as `image:` (seep does not build for a swarm)",
        place->file, place->name);
}

static int nothing(const struct place *place, json_t *value, struct err *err)
{
    (void)place;
    (void)value;
    (void)err;
    return 0;
}

/* Taken out, after `convert` made of it what a stack has instead. */
static const struct {
    const char *key;
    convert *convert;
} taken_out[] = {
    {"build", needs_image},
    {"container_name", nothing},
    {"cpus", limit_cpus},
    {"depends_on", start_after},
    {"env_file", nothing}, /* `config` has put its variables into `environment` */
    {"expose", nothing},
    {"links", link_to},
    {"mem_limit", limit_memory},
    {"mem_reservation", reserve_memory},
    {"network_mode", network_mode},
    {"platform", nothing},
    {"ports", nothing},
    {"profiles", nothing},
    {"pull_policy", nothing},
    {"restart", restart},
    {"scale", nothing},
    {"shm_size", mount_shared_memory},
    {"stop_grace_period", nothing}, /* ended at once */
};

static const char *const kept[] = {
    "cap_add",  "cap_drop",   "command",    "configs",     "credential_spec", "deploy",
    "dns",      "dns_search", "entrypoint", "environment", "extra_hosts",     "healthcheck",
    "hostname", "image",      "init",       "isolation",   "labels",          "logging",
    "networks", "read_only",  "secrets",    "stdin_open",  "stop_signal",     "sysctls",
    "tmpfs",    "tty",        "ulimits",    "user",        "volumes",         "working_dir",
};

static bool is_kept(const char *key)
{
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (strcmp(kept[i], key) == 0)
            return true;
    return text_starts_with(key, "x-");
}

/* null, false, "", [] and {}: as if it were not there. */
static bool is_empty(const json_t *value)
{
    return json_is_null(value) || json_is_false(value) ||
           (json_is_array(value) && json_array_size(value) == 0) ||
           (json_is_object(value) && json_object_size(value) == 0) ||
           (json_is_string(value) && *json_string_value(value) == '\0');
}

static int convert_one(const struct place *place, const char *key, json_t *value, struct err *err)
{
    for (size_t i = 0; i < sizeof taken_out / sizeof *taken_out; i++)
        if (strcmp(taken_out[i].key, key) == 0) {
            int failed = json_is_null(value) ? 0 : taken_out[i].convert(place, value, err);
            json_object_del(place->service, key);
            return failed;
        }
    if (is_kept(key) && !json_is_null(value))
        return 0;
    if (!is_kept(key) && !is_empty(value))
        return err_set(err, ERR_USAGE, "%s: service '%s' has %s, which a stack cannot have", place->file,
                       place->name, key);
    json_object_del(place->service, key);
    return 0;
}

int stack_keys_convert(const char *file, const char *name, json_t *service, json_t *services, json_t *after,
                       struct err *err)
{
    struct place place = {file, name, service, services, after};
    json_t *before = json_copy(service), *value;
    const char *key;
    int failed = 0;
    json_object_foreach(before, key, value) if (!failed) failed = convert_one(&place, key, value, err);
    if (!failed && json_text(service, "image") == NULL)
        failed = needs_image(&place, NULL, err);
    json_decref(before);
    return failed;
}

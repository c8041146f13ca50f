#include "target/clone.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define ID_SHORT 12 /* of an id, as a host's name */

void clone_environment(const json_t *like, struct headers *environment)
{
    size_t index;
    json_t *entry;
    json_array_foreach(json_object_get(json_object_get(like, "Config"), "Env"), index, entry)
    {
        const char *text = json_string_value(entry), *equals = text != NULL ? strchr(text, '=') : NULL;
        if (equals == NULL)
            continue;
        char *name = xstrndup(text, (size_t)(equals - text));
        headers_add(environment, name, equals + 1);
        free(name);
    }
}

static json_t *environment_of(const struct headers *environment)
{
    json_t *list = json_array();
    for (size_t i = 0; i < environment->count; i++) {
        char *entry = xasprintf("%s=%s", environment->items[i].name, environment->items[i].value);
        json_array_append_new(list, json_string(entry));
        free(entry);
    }
    return list;
}

/* The host's name is the short id where nobody gave it another. */
static void forget_identity(const json_t *like, json_t *config)
{
    const char *id = json_text(like, "Id"), *host = json_text(config, "Hostname");
    if (id != NULL && host != NULL && strlen(host) == ID_SHORT && strncmp(id, host, ID_SHORT) == 0)
        json_object_del(config, "Hostname");
    json_object_del(config, "ExposedPorts");
    json_object_del(config, "MacAddress");
}

static void label(const struct clone_spec *spec, json_t *config)
{
    json_t *labels = json_object_get(config, "Labels");
    if (!json_is_object(labels)) {
        labels = json_object();
        json_object_set_new(config, "Labels", labels);
    }
    if (json_object_get(labels, "com.docker.compose.project") != NULL)
        json_object_set_new(labels, "com.docker.compose.oneoff", json_string("True"));
    json_object_set_new(labels, "seep.owner", json_string(spec->owner));
}

static json_t *mount_of(const struct clone_mount *mount)
{
    json_t *made = json_object();
    json_object_set_new(made, "Type", json_string(mount->volume != NULL ? "volume" : "bind"));
    json_object_set_new(made, "Source", json_string(mount->volume != NULL ? mount->volume : mount->path));
    json_object_set_new(made, "Target", json_string(mount->at));
    json_object_set_new(made, "ReadOnly", json_boolean(mount->read_only));
    return made;
}

static bool is_taken(const struct clone_spec *spec, const char *at)
{
    for (size_t i = 0; i < spec->mount_count; i++)
        if (at != NULL && strcmp(at, spec->mounts[i].at) == 0)
            return true;
    return false;
}

/* "SOURCE:TARGET[:MODE]" whose target one of ours takes. */
static bool bind_is_taken(const struct clone_spec *spec, const char *bind)
{
    const char *from = bind != NULL ? strchr(bind, ':') : NULL;
    char *at = from != NULL ? xstrndup(from + 1, strcspn(from + 1, ":")) : NULL;
    bool taken = is_taken(spec, at);
    free(at);
    return taken;
}

static void add_mounts(const struct clone_spec *spec, json_t *host)
{
    json_t *mounts = json_array(), *binds = json_array(), *one;
    size_t index;
    json_array_foreach(json_object_get(host, "Mounts"), index,
                       one) if (!is_taken(spec, json_text(one, "Target"))) json_array_append(mounts, one);
    json_array_foreach(json_object_get(host, "Binds"), index,
                       one) if (!bind_is_taken(spec, json_string_value(one))) json_array_append(binds, one);
    for (size_t i = 0; i < spec->mount_count; i++)
        json_array_append_new(mounts, mount_of(&spec->mounts[i]));
    json_object_set_new(host, "Mounts", mounts);
    json_object_set_new(host, "Binds", binds);
}

static void add_group(const struct clone_spec *spec, json_t *host)
{
    json_t *groups = json_object_get(host, "GroupAdd");
    if (spec->group == 0)
        return;
    groups = json_is_array(groups) ? json_copy(groups) : json_array();
    char *group = xasprintf("%u", spec->group);
    json_array_append_new(groups, json_string(group));
    json_object_set_new(host, "GroupAdd", groups);
    free(group);
}

static json_t *host_of(const struct clone_spec *spec)
{
    json_t *host = json_copy(json_object_get(spec->like, "HostConfig"));
    static const char *const own[] = {"PortBindings", "ContainerIDFile", "Links", "LogConfig"};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++)
        json_object_del(host, own[i]);
    json_object_set_new(host, "PublishAllPorts", json_false());
    json_object_set_new(host, "AutoRemove", json_false());
    json_object_set_new(host, "RestartPolicy", json_pack("{s:s}", "Name", "no"));
    add_mounts(spec, host);
    add_group(spec, host);
    return host;
}

/* The default network knows no aliases. */
static json_t *endpoint_of(const struct clone_spec *spec, const char *network)
{
    json_t *endpoint = json_object();
    if (spec->alias != NULL && strcmp(network, "bridge") != 0)
        json_object_set_new(endpoint, "Aliases", json_pack("[s]", spec->alias));
    return endpoint;
}

/* The network whose name is `number` in the order of names; NULL: there are not so many. */
static const char *network_name(const json_t *like, size_t number)
{
    json_t *networks = json_object_get(json_object_get(like, "NetworkSettings"), "Networks"), *network;
    const char *name;
    json_object_foreach(networks, name, network) if (number-- == 0) return name;
    return NULL;
}

json_t *clone_body(const struct clone_spec *spec, struct err *err)
{
    const char *image = json_text(spec->like, "Image"), *network = network_name(spec->like, 0);
    json_t *config = json_object_get(spec->like, "Config");
    if (!json_is_object(config) || image == NULL ||
        !json_is_object(json_object_get(spec->like, "HostConfig"))) {
        err_set(err, ERR_USAGE, "Docker's answer about the container has no Config and HostConfig");
        return NULL;
    }
    if (network == NULL || strcmp(network, "host") == 0 || strcmp(network, "none") == 0) {
        err_set(err, ERR_USAGE, "the container is in no network where it has an address of its own");
        return NULL;
    }
    json_t *body = json_deep_copy(config);
    forget_identity(spec->like, body);
    label(spec, body);
    json_object_set_new(body, "Image", json_string(image));
    if (spec->environment != NULL)
        json_object_set_new(body, "Env", environment_of(spec->environment));
    if (spec->unchecked)
        json_object_set_new(body, "Healthcheck", json_pack("{s:[s]}", "Test", "NONE"));
    json_t *host = host_of(spec);
    json_object_set_new(host, "NetworkMode", json_string(network));
    json_object_set_new(body, "HostConfig", host);
    json_t *endpoints = json_object(), *networking = json_object();
    json_object_set_new(endpoints, network, endpoint_of(spec, network));
    json_object_set_new(networking, "EndpointsConfig", endpoints);
    json_object_set_new(body, "NetworkingConfig", networking);
    return body;
}

json_t *clone_network(const struct clone_spec *spec, size_t index, const char *container, const char **name)
{
    *name = network_name(spec->like, index + 1);
    if (*name == NULL)
        return NULL;
    json_t *body = json_object();
    json_object_set_new(body, "Container", json_string(container));
    json_object_set_new(body, "EndpointConfig", endpoint_of(spec, *name));
    return body;
}

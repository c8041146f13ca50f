#include "net/docker.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/text.h"

#define SOCKET "unix:/var/run/docker.sock"
#define ANSWER_LIMIT_NS (10 * CLOCK_NS_PER_S)
#define ANSWER_BYTES ((size_t)4 << 20)

int docker_open(struct docker *docker, struct err *err)
{
    const char *url = getenv("DOCKER_HOST");
    struct strings entries = {NULL, 0};
    *docker = (struct docker){0};
    if (url == NULL || *url == '\0')
        url = SOCKET;
    if (!text_starts_with(url, "unix:"))
        return err_set(err, ERR_USAGE,
                       "DOCKER_HOST is %s: Docker is asked over a Unix socket alone, unix:///PATH", url);
    strings_add(&entries, url);
    docker->allow = allow_new(&entries, err);
    strings_release(&entries);
    if (docker->allow == NULL || origin_resolve(&docker->origin, url, docker->allow, err) != 0)
        return err_prefix(err, "DOCKER_HOST");
    return 0;
}

void docker_release(struct docker *docker)
{
    if (docker->allow != NULL)
        allow_free(docker->allow);
    *docker = (struct docker){0};
}

bool docker_is_name(const char *name)
{
    for (const char *at = name; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && (at == name || strchr("_.-", *at) == NULL))
            return false;
    return *name != '\0' && strlen(name) < 200;
}

struct fetch_request docker_request(const struct docker *docker, const char *path)
{
    return (struct fetch_request){.method = "GET",
                                  .origin = &docker->origin,
                                  .path = path,
                                  .allow = docker->allow,
                                  .timeout_ns = ANSWER_LIMIT_NS,
                                  .limit = ANSWER_BYTES};
}

char *docker_inspect_path(const char *name)
{
    return xasprintf("/containers/%s/json", name);
}

char *docker_stats_path(const char *id)
{
    return xasprintf("/containers/%s/stats?stream=false&one-shot=true", id);
}

int docker_check(const struct docker *docker, const struct fetch_answer *answer, const char *name,
                 struct err *err)
{
    if (answer->status == 200)
        return 0;
    if (answer->status == 0)
        return err_set(err, ERR_USAGE, "Docker does not answer at %s: %s", docker->origin.text,
                       answer->err.message);
    if (answer->status == 404)
        return err_set(err, ERR_USAGE, "Docker knows no container '%s'", name);
    return err_set(err, ERR_USAGE, "Docker answered %d for container '%s': %.100s", answer->status, name,
                   text_string(&answer->body));
}

static const char *word(const json_t *map, const char *key)
{
    const char *value = json_string_value(json_object_get(map, key));
    return value != NULL ? value : "";
}

int docker_parse_container(const struct text *body, const char *name, struct docker_container *container,
                           struct err *err)
{
    json_t *document = json_read(text_string(body), body->length, "Docker's answer", err);
    if (document == NULL)
        return -1;
    const json_t *state = json_object_get(document, "State");
    const char *id = word(document, "Id"), *status = word(state, "Status");
    *container = (struct docker_container){.pid = (pid_t)json_integer_value(json_object_get(state, "Pid"))};
    snprintf(container->id, sizeof container->id, "%s", id);
    snprintf(container->started, sizeof container->started, "%s", word(state, "StartedAt"));
    int failed = 0;
    if (!docker_is_name(id) || !json_is_object(state))
        failed = err_set(err, ERR_USAGE, "Docker's answer about container '%s' has no Id and State", name);
    else if (!json_is_true(json_object_get(state, "Running")))
        failed = err_set(err, ERR_USAGE, "container '%s' is not running (%s)", name, status);
    json_decref(document);
    return failed;
}

int docker_parse_memory(const struct text *body, double *bytes, struct err *err)
{
    json_t *document = json_read(text_string(body), body->length, "Docker's answer", err);
    if (document == NULL)
        return -1;
    const json_t *memory = json_object_get(document, "memory_stats");
    const json_t *usage = json_object_get(memory, "usage"), *stats = json_object_get(memory, "stats");
    const json_t *cache = json_object_get(stats, "total_inactive_file");
    if (!json_is_number(cache))
        cache = json_object_get(stats, "inactive_file");
    int failed = 0;
    if (!json_is_number(usage) || !json_is_number(cache) ||
        json_number_value(cache) > json_number_value(usage))
        failed =
            err_set(err, ERR_USAGE, "Docker tells no memory: not running, or without a memory control group");
    else
        *bytes = json_number_value(usage) - json_number_value(cache);
    json_decref(document);
    return failed;
}

int docker_find(struct loop *loop, const char *name, struct docker_container *container, struct err *err)
{
    struct docker docker;
    struct fetch_answer answer = {0};
    int failed = docker_open(&docker, err);
    if (!failed) {
        char *path = docker_inspect_path(name);
        struct fetch_request request = docker_request(&docker, path);
        fetch(loop, &request, &answer);
        failed = docker_check(&docker, &answer, name, err) != 0 ||
                 docker_parse_container(&answer.body, name, container, err) != 0;
        free(path);
    }
    text_release(&answer.body);
    docker_release(&docker);
    return failed ? -1 : 0;
}

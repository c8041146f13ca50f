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
#define CHANGE_LIMIT_NS (60 * CLOCK_NS_PER_S) /* to create, to stop: as long as the disks take */
#define LIST_BYTES ((size_t)32 << 20)

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

char *docker_logs_path(const char *id, unsigned lines)
{
    return xasprintf("/containers/%s/logs?stdout=true&stderr=true&tail=%u", id, lines);
}

char *docker_label_filter(const char *const *labels, size_t count)
{
    json_t *list = json_array(), *filters = json_object();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, json_string(labels[i]));
    json_object_set_new(filters, "label", list);
    char *plain = json_dumps(filters, JSON_COMPACT);
    struct text escaped = TEXT_EMPTY;
    for (const char *at = plain; at != NULL && *at != '\0'; at++)
        if (isalnum((unsigned char)*at) || strchr("-._~", *at) != NULL)
            text_add_char(&escaped, *at);
        else
            text_addf(&escaped, "%%%02X", (unsigned)(unsigned char)*at);
    free(plain);
    json_decref(filters);
    return text_take(&escaped);
}

/* Each frame: stream (1 or 2), three zeros, its length in four bytes, most significant first. */
void docker_log_text(const struct text *body, struct text *text)
{
    const unsigned char *bytes = (const unsigned char *)text_string(body);
    for (size_t at = 0; at < body->length;) {
        bool framed = body->length - at >= 8 && bytes[at] <= 2 && bytes[at + 1] == 0 && bytes[at + 2] == 0 &&
                      bytes[at + 3] == 0;
        size_t length = framed ? (size_t)bytes[at + 4] << 24 | (size_t)bytes[at + 5] << 16 |
                                     (size_t)bytes[at + 6] << 8 | bytes[at + 7]
                               : body->length - at;
        at += framed ? 8 : 0;
        length = length < body->length - at ? length : body->length - at;
        text_add(text, bytes + at, length);
        at += length;
    }
}

/* {"message": "..."}, or whatever it says. */
static int refused(const char *method, const char *path, const struct fetch_answer *answer, struct err *err)
{
    json_t *document = json_read(text_string(&answer->body), answer->body.length, "Docker's answer", NULL);
    const char *message = json_text(document, "message");
    err_set(err, ERR_TARGET, "Docker answered %d to %s %.*s: %.300s", answer->status, method,
            (int)strcspn(path, "?"), path, message != NULL ? message : text_string(&answer->body));
    json_decref(document);
    return -1;
}

int docker_ask(struct loop *loop, const struct docker *docker, const char *method, const char *path,
               const json_t *body, json_t **answer, struct err *err)
{
    struct fetch_request request = docker_request(docker, path);
    struct fetch_answer got = {0};
    char *json = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    int failed = 0;
    request.method = method;
    request.json = json;
    request.deaf = docker->deaf || strcmp(method, "DELETE") == 0;
    request.timeout_ns = CHANGE_LIMIT_NS;
    request.limit = LIST_BYTES;
    fetch(loop, &request, &got);
    if (answer != NULL)
        *answer = NULL;
    if (got.status == 0)
        failed =
            err_set(err, ERR_USAGE, "Docker does not answer at %s: %s", docker->origin.text, got.err.message);
    else if (got.status >= 300)
        failed = refused(method, path, &got, err);
    else if (answer != NULL && got.body.length > 0)
        failed =
            (*answer = json_read(text_string(&got.body), got.body.length, "Docker's answer", err)) == NULL;
    text_release(&got.body);
    free(json);
    return failed ? -1 : 0;
}

int docker_delete(struct loop *loop, const struct docker *docker, const char *path)
{
    struct fetch_request request = docker_request(docker, path);
    struct fetch_answer got = {0};
    request.method = "DELETE";
    request.deaf = true;
    request.timeout_ns = CHANGE_LIMIT_NS;
    fetch(loop, &request, &got);
    text_release(&got.body);
    return got.status;
}

int docker_ask_text(struct loop *loop, const struct docker *docker, const char *path, struct text *text)
{
    struct fetch_request request = docker_request(docker, path);
    struct fetch_answer answer = {0};
    fetch(loop, &request, &answer);
    *text = answer.body;
    return answer.status;
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

bool docker_sees_process(const struct docker_container *container)
{
    char path[64];
    struct text text = TEXT_EMPTY;
    snprintf(path, sizeof path, "/proc/%d/cgroup", (int)container->pid);
    bool found = container->pid > 0 && container->id[0] != '\0' &&
                 text_read_file(&text, path, 1 << 16, NULL) == 0 &&
                 strstr(text_string(&text), container->id) != NULL;
    text_release(&text);
    return found;
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

/* `setup`: requests that come before all others. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/service.h"
#include "scenario/load.h"
#include "scenario/read.h"
#include "scenario/rows.h"
#include "scenario/setup_body.h"

static int read_request(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct setup_step *step = into;
    struct endpoint *endpoint = &step->endpoint;
    if (read_endpoint_name(value, file, endpoint, err) != 0)
        return -1;
    const char *url = endpoint->template;
    if (url[0] != '/' || strpbrk(url, " \t\r\n") != NULL)
        return yaml_complain(err, file, value, "'%.100s': expected METHOD /PATH, as in POST /login",
                             value->text);
    step->request.method = xstrdup(endpoint->method);
    step->request.url = read_expanded(value, url, file, err);
    if (step->request.url == NULL)
        return -1;
    endpoint->template[strcspn(url, "?")] = '\0';
    free(endpoint->name);
    endpoint->name = xasprintf("setup %s %s", endpoint->method, endpoint->template);
    return 0;
}

const struct yaml_row scenario_step_rows[] = {
    {"request", read_request, 0, "METHOD /PATH", "what is sent: POST /login"},
    {"headers", read_headers, offsetof(struct setup_step, endpoint.headers), "map",
     "added to it; ${NAME} comes from the environment and is never stored"},
    {"body", read_setup_body, 0, "text, or map",
     "text is sent as it is, a map or list as JSON; ${NAME} is filled in"},
    {"form", read_setup_form, 0, "map", "instead of a body: its fields, URL-encoded"},
    {"capture", read_captures, offsetof(struct setup_step, endpoint.captures), "map",
     "what later requests say as {{name}}: {token: {json: /token}}"},
    {"expect", read_expect, offsetof(struct setup_step, endpoint.expect), "map",
     "what its answer must be (2xx or 3xx)"},
    {NULL, NULL, 0, NULL, NULL}};

/* Two requests alike are told apart in reports. */
static void number_name(struct service *service, struct endpoint *endpoint)
{
    size_t alike = 1;
    for (size_t i = 0; i + 1 < service->setup_count; i++) {
        const struct endpoint *other = &service->setup[i].endpoint;
        alike +=
            strcmp(other->method, endpoint->method) == 0 && strcmp(other->template, endpoint->template) == 0;
    }
    if (alike == 1)
        return;
    char *name = xasprintf("%s (%zu)", endpoint->name, alike);
    free(endpoint->name);
    endpoint->name = name;
}

static int read_step(const struct yaml *value, const char *file, struct service *service, struct err *err)
{
    struct setup_step *step = &service->setup[service->setup_count++];
    step->endpoint.file = xstrdup(file);
    if (yaml_bind(value, file, scenario_step_rows, step, err) != 0)
        return -1;
    if (step->endpoint.name == NULL)
        return yaml_complain(err, file, value, "a setup needs a request, as in `request: POST /login`");
    if (yaml_get(value, "body") != NULL && yaml_get(value, "form") != NULL)
        return yaml_complain(err, file, yaml_get(value, "form"), "a request has a body or a form, not both");
    if (headers_find(&step->endpoint.headers, "Content-Type") != NULL)
        headers_release(&step->request.headers); /* ours, of the body */
    number_name(service, &step->endpoint);
    return 0;
}

static int read_steps(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct service *service = into;
    if (value->kind != YAML_LIST)
        return yaml_complain(err, file, value,
                             "expected a list of requests, each `- {request: POST /login, ...}`");
    service->setup = xcalloc(value->count, sizeof *service->setup);
    for (size_t i = 0; i < value->count; i++)
        if (read_step(value->items[i], file, service, err) != 0)
            return -1;
    return 0;
}

static int read_per(const struct yaml *value, const char *file, void *into, struct err *err)
{
    static const char *const words[] = {"session", "run", NULL};
    int per = read_choice(value, file, words, err);
    if (per < 0)
        return -1;
    ((struct service *)into)->setup_per_run = per == 1;
    return 0;
}

const struct yaml_row scenario_setup_rows[] = {
    {"per", read_per, 0, "session, run",
     "when they are sent: before each session, or once, and all sessions use what was captured (session)"},
    {"requests", read_steps, 0, "list of maps", "what is sent, in order"},
    {NULL, NULL, 0, NULL, NULL}};

int read_setup(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (value->kind != YAML_MAP)
        return read_steps(value, file, into, err);
    if (yaml_bind(value, file, scenario_setup_rows, into, err) != 0)
        return -1;
    if (yaml_get(value, "requests") == NULL)
        return yaml_complain(err, file, value, "'setup' needs its requests: {per: run, requests: [...]}");
    return 0;
}

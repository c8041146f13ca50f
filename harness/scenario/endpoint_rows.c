#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/service.h"
#include "scenario/limit.h"
#include "scenario/load.h"
#include "scenario/read.h"

/* "GET /quote/{sku}" into name, method and template. */
static int read_endpoint_name(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct endpoint *endpoint = into;
    const char *text = read_scalar(value, file, "an endpoint, as in GET /quote/{sku},", err);
    if (text == NULL)
        return -1;
    size_t method = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-_");
    if (method == 0 || text[method] != ' ' || text[method + 1] == '\0' || text[method + 1] == ' ')
        return yaml_complain(err, file, value, "'%.100s': expected METHOD /PATH, as in GET /quote/{sku}",
                             text);
    endpoint->name = xstrdup(text);
    endpoint->method = xstrndup(text, method);
    endpoint->template = xstrdup(text + method + 1);
    return 0;
}

/* "2xx" or "204". */
static int read_status(const struct yaml *value, const char *file, void *into, struct err *err)
{
    struct endpoint *endpoint = into;
    const char *text = read_scalar(value, file, "a status, as in 204 or 2xx,", err);
    if (text == NULL)
        return -1;
    bool right = strlen(text) == 3 && text[0] >= '1' && text[0] <= '5';
    if (right && strcmp(text + 1, "xx") == 0)
        endpoint->expect.class = text[0] - '0';
    else if (right && strspn(text, "0123456789") == 3)
        endpoint->expect.status = atoi(text);
    else
        return yaml_complain(err, file, value, "'%.100s': expected a status, as in 204 or 2xx", text);
    return 0;
}

static const struct yaml_row expect_rows[] = {{"status", read_status, 0, "status", "204 exactly, or any 2xx"},
                                              {NULL, NULL, 0, NULL, NULL}};

static int read_expect(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return yaml_bind(value, file, expect_rows, into, err);
}

const struct yaml_row scenario_endpoint_rows[] = {
    {"endpoint", read_endpoint_name, 0, "METHOD /PATH",
     "its name: method and route template, GET /quote/{sku}"},
    {"recording", read_path, offsetof(struct endpoint, recording_path), "path",
     "its recorded requests, relative to this file"},
    {"rate", read_rate, offsetof(struct endpoint, rate_per_second), "rate",
     "as recorded: 3.21/s, 12/m, 5/h (without it: counted from the recording)"},
    {"weight", read_factor, offsetof(struct endpoint, weight), "number", "a factor on the rate (1)"},
    {"after", read_names, offsetof(struct endpoint, after), "list of endpoints",
     "prerequisites: sent once per session in every trial, not counted in the mix: [POST /login]"},
    {"headers", read_headers, offsetof(struct endpoint, headers), "map",
     "added to each request; ${NAME} comes from the environment and is never stored"},
    {"expect", read_expect, 0, "map", "{status: 2xx} or {status: 204} (the recorded status class)"},
    {"limits", limits_read, offsetof(struct endpoint, limits), "map", "what this endpoint is held to"},
    {"capture", NULL, 0, "map", "not in this version"},
    {"fresh", NULL, 0, "map", "not in this version"},
    {"abandon", NULL, 0, "share", "not in this version"},
    {NULL, NULL, 0, NULL, NULL}};

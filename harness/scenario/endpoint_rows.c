#include <stddef.h>
#include <string.h>

#include "base/text.h"
#include "model/service.h"
#include "scenario/limit.h"
#include "scenario/load.h"
#include "scenario/read.h"
#include "scenario/rows.h"

int read_endpoint_name(const struct yaml *value, const char *file, void *into, struct err *err)
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
    {"expect", read_expect, offsetof(struct endpoint, expect), "map",
     "what its answers must be (the recorded status class)"},
    {"limits", limits_read, offsetof(struct endpoint, limits), "map", "what this endpoint is held to"},
    {"capture", read_captures, offsetof(struct endpoint, captures), "map",
     "what later requests of the session say as {{name}}, taken from its answers: {csrf: {body: 'PCRE2'}}"},
    {"fresh", read_fresh, 0, "map, or list",
     "what gets a new value in each pass through the recording: {path: sku}, [{query: q}, {json: /id}]"},
    {"abandon", read_share, offsetof(struct endpoint, abandon), "share",
     "clients that hang up after the first byte: 2% (0%; requests recorded as 499 do so by themselves)"},
    {NULL, NULL, 0, NULL, NULL}};

/* `fresh`: what gets a new value in each pass through the recording. */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/options.h"
#include "base/text.h"
#include "model/service.h"
#include "scenario/read.h"
#include "scenario/rows.h"

#define PARAMETERS_MOST 32

static struct fresh *add_fresh(struct endpoint *endpoint, enum fresh_in in)
{
    endpoint->fresh = xrealloc(endpoint->fresh, (endpoint->fresh_count + 1) * sizeof *endpoint->fresh);
    endpoint->fresh[endpoint->fresh_count] = (struct fresh){.in = in};
    return &endpoint->fresh[endpoint->fresh_count++];
}

static int read_fresh_path(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_name(value, file, &add_fresh(into, FRESH_PATH)->name, err);
}

static int read_fresh_query(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_name(value, file, &add_fresh(into, FRESH_QUERY)->name, err);
}

static int read_fresh_json(const struct yaml *value, const char *file, void *into, struct err *err)
{
    return read_pointer(value, file, &add_fresh(into, FRESH_JSON)->name, err);
}

const struct yaml_row scenario_fresh_rows[] = {
    {"path", read_fresh_path, 0, "name", "a parameter of the route template: sku of GET /quote/{sku}"},
    {"query", read_fresh_query, 0, "key", "the value of a key in the query string"},
    {"json", read_fresh_json, 0, "JSON pointer", "text or a whole number in a JSON body: /cart/id"},
    {NULL, NULL, 0, NULL, NULL}};

int read_fresh(const struct yaml *value, const char *file, void *into, struct err *err)
{
    if (value->kind != YAML_LIST)
        return yaml_bind(value, file, scenario_fresh_rows, into, err);
    for (size_t i = 0; i < value->count; i++)
        if (yaml_bind(value->items[i], file, scenario_fresh_rows, into, err) != 0)
            return -1;
    return 0;
}

/* The parameters of a template and the path segments that they stand in; one that takes in several has none. */
struct parameters {
    char *names[PARAMETERS_MOST + 1]; /* NULL-terminated */
    size_t segments[PARAMETERS_MOST], count;
};

static void parameters_release(struct parameters *parameters)
{
    for (size_t i = 0; i < parameters->count; i++)
        free(parameters->names[i]);
}

static void find_parameters(const char *template, struct parameters *parameters)
{
    size_t segment = 0;
    *parameters = (struct parameters){.count = 0};
    for (const char *at = template; *at != '\0' && parameters->count < PARAMETERS_MOST; at++) {
        segment += *at == '/' && at > template;
        const char *close = *at == '{' ? strchr(at, '}') : NULL;
        if (close == NULL || (close - at > 4 && memcmp(close - 3, "...", 3) == 0))
            continue;
        parameters->names[parameters->count] = xstrndup(at + 1, (size_t)(close - at - 1));
        parameters->segments[parameters->count++] = segment;
    }
}

static int no_such_parameter(const struct parameters *parameters, const struct endpoint *endpoint,
                             const struct yaml *at, const char *file, struct err *err)
{
    const char *near = options_nearest(at->text, (const char *const *)parameters->names);
    return yaml_complain(err, file, at, "'%.100s' has no single segment {%.100s}%s%s%s", endpoint->template,
                         at->text, near != NULL ? " (did you mean '" : "", near != NULL ? near : "",
                         near != NULL ? "'?)" : "");
}

static int find_segment(const struct parameters *parameters, const struct yaml *at, const char *file,
                        struct endpoint *endpoint, struct err *err)
{
    size_t i = 0;
    while (i < parameters->count && strcmp(parameters->names[i], at->text) != 0)
        i++;
    if (i == parameters->count)
        return no_such_parameter(parameters, endpoint, at, file, err);
    for (size_t j = 0; j < endpoint->fresh_count; j++)
        if (endpoint->fresh[j].in == FRESH_PATH && strcmp(endpoint->fresh[j].name, at->text) == 0)
            endpoint->fresh[j].segment = parameters->segments[i];
    return 0;
}

int fresh_find_segments(const struct yaml *value, const char *file, struct endpoint *endpoint,
                        struct err *err)
{
    struct parameters parameters;
    size_t count = value->kind == YAML_LIST ? value->count : 1;
    int failed = 0;
    find_parameters(endpoint->template, &parameters);
    for (size_t i = 0; i < count && !failed; i++) {
        const struct yaml *path = yaml_get(value->kind == YAML_LIST ? value->items[i] : value, "path");
        if (path != NULL)
            failed = find_segment(&parameters, path, file, endpoint, err);
    }
    parameters_release(&parameters);
    return failed;
}

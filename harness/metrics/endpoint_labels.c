#include "metrics/endpoint_labels.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum part { PART_METHOD, PART_ROUTE, PART_NEITHER };

/* Of each part the first that series have is taken; such as tell several endpoints apart go first. `with`: stands before it. */
static const struct known {
    const char *label;
    enum part part;
    const char *with;
} known[] = {
    {"method", PART_METHOD, NULL},
    {"http_request_method", PART_METHOD, NULL},
    {"http_method", PART_METHOD, NULL},
    {"request_method", PART_METHOD, NULL},
    {"verb", PART_METHOD, NULL},
    {"http_route", PART_ROUTE, NULL},
    {"url_rule", PART_ROUTE, NULL},
    {"handler", PART_ROUTE, NULL},
    {"route", PART_ROUTE, NULL},
    {"path_template", PART_ROUTE, NULL},
    {"uri", PART_ROUTE, NULL},
    {"path", PART_ROUTE, NULL},
    {"rule", PART_ROUTE, NULL},
    {"request_path", PART_ROUTE, NULL},
    {"http_target", PART_ROUTE, NULL},
    {"url", PART_ROUTE, NULL},
    {"view", PART_ROUTE, NULL},
    {"request_operation", PART_ROUTE, NULL},
    {"operation", PART_ROUTE, NULL},
    {"resource", PART_ROUTE, NULL},
    {"exported_endpoint", PART_ROUTE, NULL},
    {"endpoint", PART_ROUTE, NULL},
    {"grpc_method", PART_ROUTE, "grpc_service"},
    {"rpc_method", PART_ROUTE, "rpc_service"},
    {"envoy_cluster_name", PART_ROUTE, NULL},
    {"destination_service", PART_ROUTE, NULL},
    {"destination_service_name", PART_ROUTE, NULL},
    {"status", PART_NEITHER, NULL},
    {"status_code", PART_NEITHER, NULL},
    {"code", PART_NEITHER, NULL},
    {"http_response_status_code", PART_NEITHER, NULL},
    {"response_code", PART_NEITHER, NULL},
    {"response_flags", PART_NEITHER, NULL},
    {"envoy_response_code_class", PART_NEITHER, NULL},
    {"envoy_response_code", PART_NEITHER, NULL},
    {"grpc_code", PART_NEITHER, NULL},
    {"grpc_type", PART_NEITHER, NULL},
    {"grpc_service", PART_NEITHER, NULL},
    {"rpc_service", PART_NEITHER, NULL},
    {"outcome", PART_NEITHER, NULL},
    {"exception", PART_NEITHER, NULL},
    {"error", PART_NEITHER, NULL},
    {"le", PART_NEITHER, NULL},
    {"quantile", PART_NEITHER, NULL},
};
static const size_t known_count = sizeof known / sizeof *known;

static const struct known *known_label(const char *label)
{
    for (size_t i = 0; i < known_count; i++)
        if (strcmp(known[i].label, label) == 0)
            return &known[i];
    return NULL;
}

bool endpoint_labels_is_known(const char *label)
{
    return known_label(label) != NULL;
}

static size_t distinct(const struct series_set *set, const char *label)
{
    struct strings values = {NULL, 0};
    series_values(set, label, &values);
    size_t count = values.count;
    for (size_t i = 0; i < values.count; i++)
        count -= values.items[i][0] == '\0';
    strings_release(&values);
    return count;
}

/* `least`: values that it has to have. NULL: none has. */
static const char *choose_part(const struct series_set *set, enum part part, size_t least)
{
    for (size_t i = 0; i < known_count; i++)
        if (known[i].part == part && distinct(set, known[i].label) >= least)
            return known[i].label;
    return NULL;
}

static int take_given(const struct series_set *requests, const char *given, struct strings *chosen,
                      struct err *err)
{
    for (const char *at = given; *at != '\0';) {
        size_t length = strcspn(at, ",");
        char *label = xstrndup(at, length);
        bool there = length > 0 && distinct(requests, label) > 0;
        if (there)
            strings_add(chosen, label);
        else
            err_set(err, ERR_USAGE, "--endpoint-labels: no series of requests has the label '%s'", label);
        free(label);
        if (!there)
            return -1;
        at += length + (at[length] == ',');
    }
    return chosen->count > 0
               ? 0
               : err_set(err, ERR_USAGE, "--endpoint-labels: expected names of labels, as method,route");
}

int endpoint_labels_choose(const struct series_set *requests, const char *given, struct strings *chosen,
                           struct err *err)
{
    if (given != NULL)
        return take_given(requests, given, chosen, err);
    const char *method = choose_part(requests, PART_METHOD, 1), *route = choose_part(requests, PART_ROUTE, 2);
    if (route == NULL)
        route = choose_part(requests, PART_ROUTE, 1);
    if (method != NULL)
        strings_add(chosen, method);
    if (route != NULL)
        strings_add(chosen, route);
    return 0;
}

static bool is_method_label(const struct strings *chosen, size_t place)
{
    const struct known *row = known_label(chosen->items[place]);
    return place == 0 && row != NULL && row->part == PART_METHOD;
}

static bool is_call(const struct strings *chosen, const char **service)
{
    for (size_t i = 0; i < chosen->count; i++) {
        const struct known *row = known_label(chosen->items[i]);
        if (row != NULL && row->with != NULL) {
            *service = row->with;
            return true;
        }
    }
    return false;
}

char *endpoint_labels_route(const struct labels *labels, const struct strings *chosen, const char **method)
{
    struct text route = TEXT_EMPTY;
    const char *service = NULL;
    *method = "";
    if (is_call(chosen, &service)) {
        *method = "POST";
        return xasprintf("/%s/%s", labels_get(labels, service),
                         labels_get(labels, chosen->items[chosen->count - 1]));
    }
    for (size_t i = 0; i < chosen->count; i++) {
        const char *value = labels_get(labels, chosen->items[i]);
        if (is_method_label(chosen, i))
            *method = value;
        else
            text_addf(&route, "%s%s", route.length > 0 ? " " : "", value);
    }
    text_add_string(&route, "");
    return text_take(&route);
}

/* "GET /cart/{id}" in one label: behind the method; NULL: it does not begin with one. */
static const char *path_behind_method(const char *route)
{
    size_t length = 0;
    while (isupper((unsigned char)route[length]))
        length++;
    return length > 0 && route[length] == ' ' && route[length + 1] == '/' ? route + length + 1 : NULL;
}

char *endpoint_labels_name(const struct labels *labels, const struct strings *chosen, route_speller *spell,
                           void *owner)
{
    struct text name = TEXT_EMPTY;
    const char *method;
    char *route = endpoint_labels_route(labels, chosen, &method);
    const char *path = method[0] == '\0' ? path_behind_method(route) : NULL;
    if (path != NULL)
        text_add(&name, route, (size_t)(path - route) - 1);
    for (const char *at = method; *at != '\0'; at++)
        text_add_char(&name, (char)toupper((unsigned char)*at));
    path = path != NULL ? path : route;
    char *spelled = spell != NULL && path[0] == '/' ? spell(owner, text_string(&name), path) : xstrdup(path);
    text_addf(&name, "%s%s", name.length > 0 && spelled[0] != '\0' ? " " : "", spelled);
    if (name.length == 0)
        text_add_string(&name, chosen->count > 0 ? "(no route)" : "all requests");
    free(route);
    free(spelled);
    return text_take(&name);
}

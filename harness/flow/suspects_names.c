#include <stdlib.h>
#include <string.h>

#include "flow/suspects_inside.h"
#include "traffic/routes.h"
#include "traffic/template.h"

#define RAW_FROM 40 /* routes: fewer are what a service has */

struct suspects_names {
    struct templates *templates; /* NULL: routes are spelled as they are */
};

/* A parameter in any notation, "#val" of express-prom-bundle among them. */
static bool has_parameter(const char *route)
{
    return strpbrk(route, "{<*#") != NULL || strstr(route, "/:") != NULL;
}

static bool are_raw(const struct series_set *requests, const struct strings *chosen)
{
    struct strings routes = {NULL, 0};
    bool raw = true;
    for (size_t i = 0; raw && i < requests->count; i++) {
        const char *method;
        char *route = endpoint_labels_route(&requests->items[i].labels, chosen, &method);
        raw = !has_parameter(route);
        if (raw && route[0] == '/' && routes.count <= RAW_FROM && !strings_has(&routes, route))
            strings_add(&routes, route);
        free(route);
    }
    raw = raw && routes.count > RAW_FROM;
    strings_release(&routes);
    return raw;
}

static void learn(struct suspects_names *names, const struct series_set *requests,
                  const struct strings *chosen)
{
    names->templates = templates_new();
    for (size_t i = 0; i < requests->count; i++) {
        const char *method;
        char *route = endpoint_labels_route(&requests->items[i].labels, chosen, &method);
        if (route[0] == '/')
            templates_add(names->templates, method[0] != '\0' ? method : "GET", route);
        free(route);
    }
    templates_settle(names->templates);
}

struct suspects_names *suspects_names_new(const struct series_set *requests, const char *endpoint_labels)
{
    struct suspects_names *names = xcalloc(1, sizeof *names);
    struct strings chosen = {NULL, 0};
    if (endpoint_labels_choose(requests, endpoint_labels, &chosen, NULL) == 0 && chosen.count > 0 &&
        are_raw(requests, &chosen))
        learn(names, requests, &chosen);
    strings_release(&chosen);
    return names;
}

void suspects_names_free(struct suspects_names *names)
{
    if (names == NULL)
        return;
    if (names->templates != NULL)
        templates_free(names->templates);
    free(names);
}

/* "/cart/#val" -> "/cart/{val}" */
static char *without_marks(const char *route)
{
    struct text out = TEXT_EMPTY;
    for (const char *at = route; *at != '\0'; at++) {
        text_add_char(&out, *at);
        if (*at != '/' || at[1] != '#')
            continue;
        size_t length = strcspn(at + 2, "/");
        text_addf(&out, "{%.*s}", (int)length, at + 2);
        at += 1 + length;
    }
    text_add_string(&out, "");
    return text_take(&out);
}

char *suspects_names_spell(void *owner, const char *method, const char *route)
{
    struct suspects_names *names = owner;
    if (names->templates == NULL) {
        char *plain = without_marks(route), *spelled = route_spelled(plain);
        free(plain);
        return spelled;
    }
    char *name = templates_name(names->templates, method[0] != '\0' ? method : "GET", route);
    const char *blank = strchr(name, ' ');
    char *spelled = xstrdup(blank != NULL ? blank + 1 : name);
    free(name);
    return spelled;
}

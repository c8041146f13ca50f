/* Inside routes: what a file says becomes a tree of segments. Included by routes*.c and template.c only. */
#ifndef SEEP_TRAFFIC_ROUTES_INSIDE_H
#define SEEP_TRAFFIC_ROUTES_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/yaml.h"
#include "traffic/routes.h"
#include "traffic/template_path.h"

#define ROUTE_PARAMETERS 32
#define ROUTE_MOST 1000 /* bytes of one */

/* Where a complaint points. */
struct route_place {
    const char *file;
    size_t line, column;
};
int route_complain(struct err *err, const struct route_place *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* A template in any of the notations. `methods`: "GET" or "GET,POST" or "GET|POST", of the given length; empty: any. */
int routes_add(struct routes *routes, const struct route_place *place, const char *methods,
               size_t methods_length, const char *template, size_t length, struct err *err);

/* A list of methods, and nothing else: capitals, parted by ',' or '|'. */
bool route_is_methods(const char *text, size_t length);

/* The readers of the formats: text is NUL-terminated. */
typedef int routes_reader(struct routes *routes, const char *text, const char *name, struct err *err);
routes_reader routes_read_lines, routes_read_flask, routes_read_url_map, routes_read_rails,
    routes_read_openapi;

struct route_value {
    const char *bytes;
    size_t length;
};

/* The route that fits best: its text behind MARK_ROUTE, "\x01/cart/{id}", and what stands for its parameters, in order; NULL: none
 * does. Borrowed. Allocates nothing. */
const char *routes_match(const struct routes *routes, const char *method, const struct path *path,
                         struct route_value values[ROUTE_PARAMETERS], size_t *count);

#endif

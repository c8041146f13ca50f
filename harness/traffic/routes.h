/* A file of routes, as frameworks print them or people write them: what decides where data would have to guess.
 *
 *     GET /cart/{id}, /cart/:id, ANY /health                plain: [METHOD[,METHOD]] TEMPLATE on each line, '#' comments;
 *                                                          so do express-list-routes and its like print them
 *     openapi: 3.0.3, {"openapi": "3.1.0", ...}            an OpenAPI 3 or Swagger 2 document, YAML or JSON
 *     Endpoint  Methods  Rule                              `flask routes`
 *     Map([<Rule '/cart/<int:id>' (GET) -> cart>, ...])    print(app.url_map)
 *     Prefix Verb URI Pattern Controller#Action            `rails routes`, also with --expanded
 *
 * A parameter is written {id}, :id, <id>, <int:id>, {id:int}, {id:[0-9]+} or '*' (a segment); {rest...}, {*rest}, *rest,
 * <path:rest>, {rest:path} or a '*' at the end (one segment or more); ":id?" and "(.:format)" may be absent. Converters
 * int and uuid, and patterns of digits, only take these; others are not checked.
 *
 * The most specific route wins: from the left, a literal before a parameter with a converter, before one with something
 * around it (v{version}), before any other, before one that takes the rest. */
#ifndef SEEP_TRAFFIC_ROUTES_H
#define SEEP_TRAFFIC_ROUTES_H

#include <stddef.h>

#include "base/err.h"

#define ROUTES_FILE_MOST (16 * 1024 * 1024)

struct routes;

/* Errors: ERR_USAGE "FILE:LINE:COLUMN: what": what is not in its format, and a file without a route. */
struct routes *routes_read(const char *path, struct err *err);
struct routes *routes_read_text(const char *text, size_t length, const char *name, struct err *err);
void routes_free(struct routes *routes);

size_t routes_count(const struct routes *routes);

/* One route in any of these notations as endpoints are called: "/cart/<int:id>" -> "/cart/{id}"; the caller's. What is none stays as
 * it is. */
char *route_spelled(const char *route);

#endif

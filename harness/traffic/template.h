/* Endpoints learned from data: "/cart/1281?x=1" and its like become "GET /cart/{id}".
 *
 * Two passes: templates_add() for every request, templates_settle() once, then templates_find() or templates_name() for
 * every request. The result depends on the set of requests and not on their order. Where a file of routes was given
 * (templates_use_routes()), its routes are the endpoints, and only what fits none is learned. The rules, in the order in
 * which they are applied at each position of the paths of one method (HEAD learns with GET):
 *   1. What is an id by its shape becomes a parameter: integers {id}, years and what follows them {year}/{month}/{day},
 *      UUIDs {uuid}, dates and months {date}, hex of 8 digits or more {hash}, long random text (base64, ULIDs) {token},
 *      words with three digits or more (KB-61265) and those above 64 characters {slug}.
 *   2. Languages (/en/, /de-AT/) become {locale} where two or more of them have a next segment in common, and most
 *      words there are languages (in first place beside not more than 100 others).
 *   3. Other values: 8 distinct ones with few repetitions (under 4 requests each) or of which half look like
 *      data (digits, three words, escapes, 20 letters), or all are one or two characters, or more than 24 with under 50 requests each, become
 *      {slug} or {name}. In first place only more than 100 with under 10 requests each, and without those that
 *      have 50 or more and are nothing like the others: top-level routes stay apart. So do what stands behind
 *      {locale}, and early in a path behind api, rest, rpc, ajax, admin, wp-json or a version.
 *   4. Files: three assets or more in one directory become {file}, or {file}.css where they have one
 *      extension; five pages or more {slug}.html; one is enough where it is an id by its shape. In first
 *      place more than 24.
 *   5. A value that has a next segment in common with a parameter beside it joins it: /talks/{slug}/images,
 *      and /talks/vim/images.
 *   6. In a recording of 4,000 requests or more, routes with next to none (fewer than 3; for GET and HEAD
 *      also fewer than 1 in 1,000, but never 30 or more) become /first/{path...} or /{path...}, by method:
 *      probes, typing errors and what hardly anybody uses. They are replayed all the same.
 *
 * Query strings never make endpoints. A trailing slash is part of the route as recorded (it often answers
 * with a redirect instead of the page). What follows ';' in a segment does not count. Percent-encodings of what needs
 * none are one with it (%7E and ~); %2F is no slash. A second parameter of the same name in one route is numbered:
 * {id}, {id2}. What is no method that servers know is not learned.
 *
 * Memory: paths of up to TEMPLATE_BEGINNINGS distinct beginnings (/a, /a/b; ids are alike) are held as they are, about
 * 200 bytes each. Where there are more, they are exact down to the depth at which there are not; below it a position is
 * one parameter, whatever stands there, and from the third one on {path...}. So there are at most TEMPLATE_NODES nodes,
 * whatever the log holds: some 40 MB. A million random paths took 34 MB at their most, the log of a real site a few.
 */
#ifndef SEEP_TRAFFIC_TEMPLATE_H
#define SEEP_TRAFFIC_TEMPLATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/request.h"

#define TEMPLATE_BEGINNINGS 65536
#define TEMPLATE_NODES                                                                                       \
    (TEMPLATE_BEGINNINGS * 13 / 4) /* three times as many, and what an estimate may be wrong */
#define TEMPLATE_SEGMENTS 32       /* deeper paths are cut: /a/b/.../{path...} */
#define TEMPLATE_EXAMPLES 3

struct templates;
struct routes;

struct templates *templates_new(void);
void templates_free(struct templates *templates);

/* ---- before the first request ---- */

/* Borrowed, until templates_free(). */
void templates_use_routes(struct templates *templates, const struct routes *routes);

/* GraphQL and JSON-RPC by operation, "POST /graphql#GetCart": see operation.h. Needs the requests' bodies. */
void templates_use_operations(struct templates *templates);

/* All GETs of static assets (extension_is_asset()) that no route file names are one endpoint, "GET /{asset...}". */
void templates_use_assets_group(struct templates *templates);

/* ---- learning, then naming ---- */

/* Cost: a look into a hash table per segment; allocates for what is new. */
void templates_add_request(struct templates *templates, const struct request *request);
void templates_settle(struct templates *templates);

/* Why a position is a parameter. */
enum template_why { WHY_SHAPE, WHY_VALUES, WHY_LOCALE, WHY_FILES, WHY_LIMIT, WHY_ROUTE, WHYS };
const char *
template_why_name(enum template_why why); /* "shape", "cardinality", ...; stable: in JSON results */

struct template_parameter {
    char *name; /* as in the endpoint's, without a number: "id" */
    enum template_why why;
    uint64_t distinct;                       /* values that were added */
    bool exact;                              /* false: `distinct` is estimated, within 18 % or so */
    const char *examples[TEMPLATE_EXAMPLES]; /* NULL where there are fewer; borrowed from the templates */
};

/* An endpoint. */
struct template
{
    char *name;        /* "GET /cart/{id}" */
    size_t index;      /* from 0 to templates_count() - 1 */
    uint64_t requests; /* that were added */
    bool given;        /* by a file of routes; else learned */
    struct template_parameter *parameters;
    size_t parameter_count;
    size_t merged; /* routes with next to no requests that it stands for; 0: it is a route of its own */
    char *routes[TEMPLATE_EXAMPLES]; /* of these */
};

/* Only after templates_settle(). The endpoint of a request; NULL: of one like which none was added. `request` needs method
 * and URL, and body and headers where operations are told apart. Allocates nothing, changes nothing: several threads may
 * ask. Cost: as templates_add(), less. */
const struct template *templates_find(const struct templates *templates, const struct request *request);
size_t templates_count(const struct templates *templates);
const struct template *templates_at(const struct templates *templates, size_t index);
const struct template *templates_named(const struct templates *templates, const char *name); /* NULL: none */

/* "GET /cart/{id}"; the caller's. A request like which none was added has a name too: "METHOD /{path...}". */
char *templates_name_request(const struct templates *templates, const struct request *request);

/* The same for requests of which only method and URL matter. */
void templates_add(struct templates *templates, const char *method, const char *url);
char *templates_name(const struct templates *templates, const char *method, const char *url);

/* A GET or HEAD of a static asset, by the extension of its path. */
bool template_is_asset(const char *method, const char *url);

/* For tests: nodes held, and their bytes. */
size_t templates_nodes(const struct templates *templates);
size_t templates_bytes(const struct templates *templates);

#endif

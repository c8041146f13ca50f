/* Endpoints learned from data: "/cart/1281?x=1" and its like become "GET /cart/{id}".
 *
 * Two passes: templates_add() for every request, templates_settle() once, then templates_name() for every
 * request. The result depends on the set of requests and not on their order. The rules, in the order in which
 * they are applied at each position of the paths of one method (HEAD learns with GET):
 *   1. What is an id by its shape becomes a parameter: integers {id}, UUIDs {uuid}, dates and months {date},
 *      hex of 8 digits or more {hash}, long random text {token}, words with three digits or more (KB-61265)
 *      {slug}.
 *   2. Other values: 8 distinct ones with few repetitions (under 4 requests each) or of which half look like
 *      data (digits, three words, escapes, 20 letters), or more than 24 with under 50 requests each, become
 *      {slug} or {name}. In first place only more than 100 with under 10 requests each: top-level routes stay
 *      apart.
 *   3. Files: three assets or more in one directory become {file}, or {file}.css where they have one
 *      extension; five pages or more {slug}.html; one is enough where it is an id by its shape. In first
 *      place more than 24.
 *   4. A value that has a next segment in common with a parameter beside it joins it: /talks/{slug}/images,
 *      and /talks/vim/images.
 *   5. In a recording of 4,000 requests or more, routes with next to none (fewer than 3; for GET and HEAD
 *      also fewer than 1 in 1,000, but never 30 or more) become /first/{path...} or /{path...}, by method:
 *      probes, typing errors and what hardly anybody uses. They are replayed all the same.
 *
 * Query strings never make endpoints. A trailing slash is part of the route as recorded (it often answers
 * with a redirect instead of the page). What follows ';' in a segment does not count. A second parameter of
 * the same name in one route is numbered: {id}, {id2}.
 *
 * Memory: at most TEMPLATE_DISTINCT values per position; a position with more is a parameter,
 * whatever they are.
 */
#ifndef SEEP_TRAFFIC_TEMPLATE_H
#define SEEP_TRAFFIC_TEMPLATE_H

#define TEMPLATE_DISTINCT 2048
#define TEMPLATE_SEGMENTS 32 /* deeper paths are cut: /a/b/.../{path...} */

struct templates;
struct templates *templates_new(void);
void templates_free(struct templates *templates);

void templates_add(struct templates *templates, const char *method, const char *url);
void templates_settle(struct templates *templates);

/* "GET /cart/{id}"; the caller's. Only after templates_settle(). A request that was never added gets a name
 * too: its route where one fits, else "METHOD /{path...}". */
char *templates_name(const struct templates *templates, const char *method, const char *url);

#endif

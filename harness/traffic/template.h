/* Endpoints learned from data: "/cart/1281?x=1" and its like become "GET /cart/{id}".
 *
 * Two passes: templates_add() for every request, templates_settle() once, then templates_name() for every
 * request. The result depends on the set of requests and not on their order. The rules, in the order they are
 * applied at each position of a path (paths of one method, number of segments and trailing slash are learned
 * together; HEAD with GET):
 *   1. What is an id by its shape becomes a parameter: integers {id}, UUIDs {uuid}, dates and months {date},
 * hex of 8 digits or more {hash}, long random text {token}, words with numbers in them (KB-61265) {slug}.
 *   2. File names in last place: three assets or more in one directory become {file}, or {file}.css where
 * they have one extension; five pages or more {slug}.html.
 *   3. Other values: more than 24 distinct ones, or 8 with few repetitions (under 4 requests each) or when
 * most look like data (digits, three words or more, escapes), become {slug} or {name}. In first place only
 * more than 100 with few repetitions: top-level routes stay apart.
 *   4. A value that has a next segment in common with a parameter beside it joins it: /talks/{slug}/images,
 * and /talks/vim/images.
 *   5. In a recording of 4,000 requests or more, what is left with fewer than 3 becomes /first/{path...} or
 *      /{path...}, by method: probes, typing errors and what nobody uses.
 * Query strings never make endpoints. A trailing slash is part of the route as recorded (it often answers
 * with a redirect instead of the page). What follows ';' in a segment does not count. A second parameter of
 * the same name in one route is numbered: {id}, {id2}.
 *
 * Memory: at most TEMPLATE_DISTINCT values per position; a position with more is a parameter whatever they
 * are.
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

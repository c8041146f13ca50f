/* Writes service directories: what `seep import` leaves for a person to edit. */
#ifndef SEEP_SCENARIO_WRITE_H
#define SEEP_SCENARIO_WRITE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"
#include "model/service.h"

/* Makes the directory with its parents; one that is there already is right. ERR_USAGE. */
int scenario_make_directory(const char *directory, struct err *err);

/* "get_quote_sku" for "GET /quote/{sku}": lower case, letters and digits joined by '_', at most
 * SCENARIO_SLUG_MOST characters, never empty and never "service". The caller's. */
#define SCENARIO_SLUG_MOST 75
char *scenario_slug(const char *endpoint_name);

/* The slug for the files of an endpoint in `directory` (SLUG.yaml and SLUG.jsonl): with "_2",
 * "_3", ... where the plain one is in `taken` or its YAML file there describes another
 * endpoint. Added to `taken`; the caller's. */
char *scenario_file_slug(const char *directory, const char *endpoint_name, struct strings *taken);

/* Writes DIR/service.yaml, with comments that teach, from made_from, target, allow, start, agent, ready, methods,
 * memory_limit and suspects of `service` (what is NULL or empty is written as a commented example); ${ in them, but for ${PORT}, is taken
 * literally. A variable of start.environment that holds a credential, by its name or its value, is written as one
 * that comes from seep's own environment. A file that is there is a person's: it stays and *written is false (`written` may be NULL).
 * ERR_USAGE. */
int scenario_write_service(const char *directory, const struct service *service, bool *written,
                           struct err *err);

/* A variable that is not written down. */
bool scenario_is_credential(const char *name, const char *value);

/* What an import proposes: why, in comments (after_why[i] on the i-th of `after`, likewise of captures), and where the file is there
 * already, what of it that does not say: lines for a person to add. */
struct scenario_proposed {
    const struct strings *after_why, *capture_why;
    struct strings *unwritten;
};

/* Writes DIR/SLUG.yaml from name, rate_per_second, weight (0: 1), `after` and captures of `endpoint`, with `recording: SLUG.jsonl`.
 * Where the file is there, only its `rate` is renewed: the rest is a person's. `proposed`: NULL: without comments. ERR_USAGE. */
int scenario_write_endpoint(const char *directory, const char *slug, const struct endpoint *endpoint,
                            const struct scenario_proposed *proposed, struct err *err);

/* Adds a YAML scalar that reads back as `value`: plain where that is safe, else in double quotes;
 * `flow`: inside [...] or {...}, where commas and brackets end a plain scalar. Bytes that are not UTF-8
 * become \xNN, which reads back as U+00NN. */
void scenario_quote(struct text *out, const char *value, bool flow);

#endif

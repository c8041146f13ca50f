/* `suspects` and `memory_limit` of a service.yaml, as they are written and found again in one that a person wrote. */
#ifndef SEEP_SCENARIO_SUSPECTS_H
#define SEEP_SCENARIO_SUSPECTS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/yaml.h"
#include "model/suspicion.h"
#include "scenario/write.h"

/* "- {endpoints: ["GET /orders/{id}"], probability: 93%, growth: 48 B/request, share: 62%}", without a line break. What is not
 * known is left out; figures are rounded as people write them. */
void scenario_add_suspect(struct text *out, const struct suspicion *suspicion);

extern const char scenario_suspects_comment[]; /* that stands above the list */

/* "512 MiB": exactly, to the byte. bytes: above 0. */
void scenario_add_size(struct text *out, double bytes);

/* What is to stand in a service.yaml. */
struct scenario_told {
    const struct suspicions *suspects; /* NULL or none: what it says of them stays */
    double memory_limit_bytes;         /* not above 0, NaN: likewise */
};

/* The text of a service.yaml with its keys `suspects` and `memory_limit` replaced where they are, else added at the end. All
 * other bytes stay: comments (whole lines of them within the old list, too, which then stand before the new one), order,
 * indentation, line ends (what is added takes those of the file), a byte order mark. root: the text, read. Fills `out`.
 * ERR_USAGE, FILE:LINE:COLUMN: what cannot be edited line by line: keys in one pair of braces, a key behind '?', UTF-16. */
int scenario_edit(const struct text *text, const struct yaml *root, const char *file,
                  const struct scenario_told *told, struct text *out, struct err *err);

/* Writes that into the file: beside it, read back (all other keys must be what they were, and these what they were told to be),
 * and renamed over it, with its mode and where it can be its owner; a link stays one. Nothing is written where nothing
 * changes. ERR_USAGE. */
int scenario_tell(const char *file, const struct scenario_told *told, struct err *err);

bool scenario_is_told(const char *key); /* "suspects", "memory_limit" */

/* Adds what a service.yaml says but for these two keys, which no measurement hangs on: equal for texts that differ in them, in
 * comments and in layout alone. What is not YAML is added as it stands. */
void scenario_add_meaning(struct text *out, const struct text *text);

/* The names of the endpoints in a service directory or beside a service file, of which nothing else is looked at: no variable needs
 * to be set. ERR_USAGE. */
int scenario_endpoint_names(const char *path, struct strings *names, struct err *err);

#endif

/* YAML with places: what is read keeps its line and column, so that every complaint can say where. On
 * libyaml's event API, which (unlike its document API) still shows anchors and tags.
 *
 * A document is read into a tree of struct yaml nodes; anchors, aliases, tags, duplicate keys, second
 * documents and more than YAML_DEEPEST levels are errors. Scalars are text: quantities are parsed by the
 * reader with base/units.h, so that "1e3" or "yes" never change meaning.
 */
#ifndef SEEP_BASE_YAML_H
#define SEEP_BASE_YAML_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define YAML_DEEPEST 32

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml {
    enum yaml_kind kind;
    size_t line, column; /* from 1 */
    size_t begin,
        end;   /* characters from the start of the text, a byte order mark not counted; behind its last one */
    bool flow; /* list, map: in brackets */
    char *text;          /* scalar */
    bool plain;          /* scalar without quotes, in which JSON sees numbers and words */
    struct yaml **items; /* list: items; map: values */
    struct yaml **keys;  /* map: key scalars */
    size_t count;
};

/* Reads FILE (at most 1 MiB, 32 levels deep, 16,384 keys in a map). An empty file is an empty map. Errors: ERR_USAGE "FILE:LINE:COLUMN: what". */
struct yaml *yaml_read_file(const char *path, struct err *err);
struct yaml *yaml_read_text(const char *text, size_t length, const char *name, struct err *err);
void yaml_node_free(struct yaml *node); /* not yaml_free(): libyaml exports one of its own */

bool yaml_same(const struct yaml *a,
               const struct yaml *b); /* kinds, words, items and keys in their order; not places */
const struct yaml *yaml_get(const struct yaml *map, const char *key); /* NULL if absent */

/* "FILE:LINE:COLUMN: what"; returns -1. */
int yaml_complain(struct err *err, const char *file, const struct yaml *at, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* One row per key: {key, reader, offset, kind, help}. Unknown keys are complaints with a
 * suggestion. A row without a reader is a key of a later version: known, and refused
 * ("'capture' is not supported yet"), never ignored. */
struct yaml_row {
    const char *key; /* NULL ends the table */
    /* Fills the field at `into` (the struct's address plus offset); complaints name file and place. */
    int (*read)(const struct yaml *value, const char *file, void *into, struct err *err);
    size_t offset;
    const char *kind; /* for the reference: "duration", "list of strings" */
    const char *help; /* one line */
};
int yaml_bind(const struct yaml *map, const char *file, const struct yaml_row *rows, void *into,
              struct err *err);

#endif

/* One segment of a path: what it looks like. */
#ifndef SEEP_TRAFFIC_SEGMENT_H
#define SEEP_TRAFFIC_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Ids by shape; the order decides ties. */
enum shape {
    SHAPE_INTEGER,
    SHAPE_UUID,
    SHAPE_DATE,
    SHAPE_HASH,
    SHAPE_TOKEN,
    SHAPE_SLUG,
    SHAPES,
    SHAPE_WORD = SHAPES
};

enum shape segment_shape(const char *segment, size_t length);

/* The parameter's name for a shape: "id", "uuid", "date", "hash", "token", "slug". */
const char *shape_name(enum shape shape);

/* The extension of a file name with its dot (".png"), NULL when it has none.
 * Handlers (.php, .asp, ...) have none. */
const char *segment_extension(const char *segment);

/* ".html", ".xml", ...: each a page of its own kind, where other files are assets of one kind. */
bool extension_is_page(const char *extension);

/* Looks like a value rather than a word of an interface: digits, three words or
 * more, escapes, 20 letters or more. */
bool segment_is_data(const char *segment);

/* One plain word: letters only. */
bool segment_is_word(const char *segment);

#endif

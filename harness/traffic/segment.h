/* One segment of a path: what it looks like. */
#ifndef SEEP_TRAFFIC_SEGMENT_H
#define SEEP_TRAFFIC_SEGMENT_H

#include <stdbool.h>
#include <stddef.h>

/* Ids by shape. */
enum shape {
    SHAPE_INTEGER,
    SHAPE_YEAR,       /* 1970 to 2039 */
    SHAPE_TWO_DIGITS, /* 01 to 31: a month or a day, behind a year */
    SHAPE_UUID,
    SHAPE_DATE,
    SHAPE_HASH,  /* hex of 8 digits or more */
    SHAPE_TOKEN, /* long and random, as base64 is; a placeholder of the redaction */
    SHAPE_SLUG,  /* three digits or more among letters: KB-61265 */
    SHAPES,
    SHAPE_WORD = SHAPES
};

/* Longer segments are values, whatever they say; those above the second are tokens. */
#define SEGMENT_WORD_MOST 64
#define SEGMENT_SLUG_MOST 255

/* Cost: one pass. */
enum shape segment_shape(const char *segment, size_t length);

/* The parameter's name for a shape: "id", "uuid", "date", "hash", "token", "slug", "year". */
const char *shape_name(enum shape shape);

/* The extension of a file name with its dot (".png"), NULL when it has none. Handlers (.php, .asp, ...) have none. The
 * second form is for a segment that no NUL ends. */
const char *segment_extension(const char *segment);
const char *segment_extension_of(const char *segment, size_t length);

/* What a page loads and no code of the service makes: styles, scripts, images, fonts, media. */
bool extension_is_asset(const char *extension, size_t length);

/* A language tag: "en", "de-AT", "pt_BR", "zh-Hans". Source: ISO 639-1, RFC 5646 section 2.1. */
bool segment_is_locale(const char *segment, size_t length);

/* Looks like a value rather than a word of an interface: digits, three words or
 * more, escapes, 20 letters or more. */
bool segment_is_data(const char *segment);

/* One plain word: letters only. */
bool segment_is_word(const char *segment);

#endif

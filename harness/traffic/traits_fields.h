/* What one recorded request holds, taken apart: parameters of its path, its query, its body (JSON, a form, short text), the
 * headers that servers act on, status, session and size. */
#ifndef SEEP_TRAFFIC_TRAITS_FIELDS_H
#define SEEP_TRAFFIC_TRAITS_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "model/request.h"
#include "model/traits.h"

#define FIELDS_MOST 256          /* of one request */
#define FIELDS_BYTES (16 * 1024) /* of their names and values */
#define FIELD_NAME_BYTES 128     /* longer names are left out */
#define FIELD_VALUE_BYTES 200    /* of longer values this many are kept, and a hash of all */
#define FIELDS_DEPTH 8           /* of a JSON body: what is deeper is left out */
#define FIELDS_ELEMENTS 8        /* of an array, beside its length */

struct fields {
    struct text packed; /* of each field: its place as '0' + place, name, NUL, value, NUL */
    size_t count;
};

/* Adds a field, unless there are too many. NUL characters become U+FFFD. */
void fields_add(struct fields *fields, enum trait_place place, const char *name, size_t name_length,
                const char *value, size_t value_length);

/* Those of a request, into empty fields. Bodies that are cut short or broken give what stands before. Cost: one pass. */
void fields_of(struct fields *fields, const struct request *request, const char *path_template);
void fields_release(struct fields *fields);

/* From packed fields, one after another; `at` moves on. False: there is none left. */
struct field {
    enum trait_place place;
    const char *name, *value;
};
bool fields_next(const char **at, const char *end, struct field *field);

/* Parts of fields_of(): "a=1&b" with percent-encoding, into one place, a second "a" as "a (2)"; the body (traits_body.c). */
void fields_add_pairs(struct fields *fields, enum trait_place place, const char *bytes, size_t length);
void fields_add_body(struct fields *fields, const struct request *request);

#endif

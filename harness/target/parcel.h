/* Bytes as files of a limited size, and back: a swarm takes 500 KB at a time. */
#ifndef SEEP_TARGET_PARCEL_H
#define SEEP_TARGET_PARCEL_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

#define PARCEL_PART_BYTES ((size_t)500000)

/* What the parts are cut from: a line of JSON {"name", "bytes", "sha256"}, then the bytes. `parcel` is cleared first. */
void parcel_write(const void *bytes, size_t length, const char *name, struct text *parcel);

size_t parcel_parts(const struct text *parcel); /* at least 1 */

/* "KIND-0003"; the caller's. */
char *parcel_part_name(const char *kind, size_t part);

/* Joins AT/KIND-0000 and so on; *name: the caller's, may be NULL. ERR_USAGE: a part is missing, cut, or another one's. */
int parcel_read(const char *at, const char *kind, struct text *bytes, char **name, struct err *err);

#endif

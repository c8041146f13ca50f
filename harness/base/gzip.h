/* Bytes packed whole, as RFC 1952 has it; on zlib. */
#ifndef SEEP_BASE_GZIP_H
#define SEEP_BASE_GZIP_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"

/* Appends to `out`. ERR_INTERNAL: zlib has no memory. */
int gzip_pack(const char *bytes, size_t length, struct text *out, struct err *err);

/* Appends to `out`. ERR_USAGE "NAME: its gzip is cut short", or larger than `limit` when unpacked. */
int gzip_unpack(const char *bytes, size_t length, const char *name, size_t limit, struct text *out,
                struct err *err);

#endif

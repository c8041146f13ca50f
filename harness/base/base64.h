/* Base64 of RFC 4648, section 4. */
#ifndef SEEP_BASE_BASE64_H
#define SEEP_BASE_BASE64_H

#include <stddef.h>

#include "base/text.h"

void base64_write(const void *bytes, size_t length, struct text *out);

/* Strict: padding is required, no spaces; `lax` also takes line breaks, and padding may be missing (HAR).
 * Appends to `out`. Returns 0, or -1 with *at the offset of what is wrong. */
int base64_read(const char *text, size_t length, int lax, struct text *out, size_t *at);

#endif

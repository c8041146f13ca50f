/* Lines of a snapshot, for the formats that have some. */
#ifndef SEEP_FORMAT_LINES_H
#define SEEP_FORMAT_LINES_H

#include <stdbool.h>
#include <stddef.h>

#include "base/pattern.h"

struct lines {
    const char *at, *end;
    struct span line; /* without its end, "\n" or "\r\n" */
    size_t number;    /* from 1 */
    bool whole;       /* a newline ended it: a file that was cut short ends in half a line */
};

void lines_init(struct lines *lines, const char *bytes, size_t length);
bool lines_next(struct lines *lines); /* false: that was the last */

/* Parts of a line: each takes what it names from the front of `rest`, or nothing and false. */
void span_skip_blanks(struct span *rest); /* spaces and tabs */
bool span_take(struct span *rest, const char *literal);
/* Decimal digits, or with commas between thousands ("1,603,588"); ends before anything else. */
bool span_take_count(struct span *rest, double *count);
/* A hexadecimal number of at most 16 digits, "0x" in front or not. */
bool span_take_hex(struct span *rest, unsigned long long *number);
void span_trim(struct span *span); /* blanks at the end */
bool span_starts_with(struct span span, const char *literal);
bool span_has(struct span span, const char *part);

#endif

/* Bodies as HTTP codes them, decoded while they come: gzip, deflate and none. On zlib. */
#ifndef SEEP_BASE_INFLATE_H
#define SEEP_BASE_INFLATE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum coding {
    CODING_NONE,
    CODING_GZIP,    /* RFC 1952; several members one after another are one body */
    CODING_DEFLATE, /* RFC 1950, or RFC 1951 alone, as some servers send it */
    CODING_OTHER,   /* br, zstd, two codings: cannot be read here */
};

/* What a Content-Encoding field says; any case, "x-gzip" too. Source: RFC 9110, 8.4.1. */
enum coding coding_named(const char *value, size_t length);

struct inflate {
    enum coding coding;
    size_t left;     /* bytes that may still come out */
    bool cut;        /* more would have come out than the limit allows */
    const char *why; /* static text: what is wrong with the bytes; NULL: nothing */
    /* decoder's own */
    void *stream; /* a z_stream, made when it is first needed and kept: some 40 KB once it has decoded */
    bool started, ended, over; /* ended: a member; over: the body */
    unsigned char first;       /* of CODING_DEFLATE: a byte that came alone */
    bool has_first;
};

/* A struct of all zeros is ready for inflate_begin(); so is one that was used before. */
void inflate_begin(struct inflate *inflate, enum coding coding, size_t limit_bytes);
void inflate_release(struct inflate *inflate);

/* Appends to `out` what `bytes` decode to. After `cut`, `why` or CODING_OTHER nothing more comes. What follows
 * the end of the coded body is not looked at. */
void inflate_add(struct inflate *inflate, const char *bytes, size_t length, struct text *out);

/* The body is over: NULL when it was read whole, else why not: "cannot be read: its coding is neither gzip nor
 * deflate", "is cut short", "is larger than what is read", "is not gzip or deflate". Static text. */
const char *inflate_fault(const struct inflate *inflate);

#endif

/* The bytes of a file or of standard input, without the gzip around them where there is one.
 *
 * Whether there is one shows in the first two bytes, whatever the name says. Several members one after another are one
 * file, as log rotation and GoReplay write them. What is cut short or damaged is read as far as it goes; unpack_note()
 * says so. Source: RFC 1952.
 */
#ifndef SEEP_TRAFFIC_UNPACK_H
#define SEEP_TRAFFIC_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "base/err.h"
#include "base/inflate.h"
#include "base/text.h"

struct unpack {
    int descriptor;
    bool begun; /* the first bytes were looked at */
    bool packed;
    bool ended;              /* no more bytes come from the file */
    char *read;              /* what was read of a packed file; the first bytes of any */
    size_t read_at, read_to; /* not yet looked at */
    struct text plain;       /* what these were unpacked to */
    size_t plain_at;
    struct inflate inflate;
};

/* "-" is standard input. Errors: ERR_USAGE "FILE: what"; a directory is one. */
int unpack_open(struct unpack *unpack, const char *name, struct err *err);
void unpack_close(struct unpack *unpack);

/* As read(2), but never EINTR: at most `room` bytes, 0 at the end, -1 with errno. Memory: the file's own bytes once, and
 * of a packed one some 4 MiB at most. */
ssize_t unpack_read(struct unpack *unpack, char *into, size_t room);

/* What was lost of a packed file, once it was read to its end; static text, NULL: nothing. */
const char *unpack_note(const struct unpack *unpack);

#endif

/* One unlinked temporary file that the tapes of a service share. Within this room only. */
#ifndef SEEP_TAPE_SPOOL_H
#define SEEP_TAPE_SPOOL_H

#include <stdint.h>

#include "base/err.h"
#include "tape/tape.h"

struct spool {
    int descriptor;  /* -1: nothing was written yet */
    uint64_t length; /* bytes in it */
};

/* Appends. ERR_INTERNAL: no temporary file can be made in $TMPDIR or /tmp, or it is full. */
int spool_append(struct spool *spool, const void *bytes, size_t length, struct err *err);

/* Reads as much of `length` as there is from `position` on. Ends the program where the file cannot be read: it
 * is ours alone, so the disk under it failed. */
size_t spool_read(const struct spool *spool, uint64_t position, void *bytes, size_t length);

#endif

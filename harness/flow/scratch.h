/* Bytes that are written once at the end and read anywhere: in memory while they are few, then in a temporary file that has
 * no name, so that nothing is left of it however the program ends. Inside flow/ingest only. */
#ifndef SEEP_FLOW_SCRATCH_H
#define SEEP_FLOW_SCRATCH_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"

struct scratch {
    const char *directory; /* of the file; NULL: always in memory; borrowed */
    uint64_t most_bytes;   /* held in memory; without a directory more is refused */
    int descriptor;        /* -1 while in memory */
    struct text memory;    /* all, or what is not written yet */
    uint64_t written;      /* in the file */
};

void scratch_init(struct scratch *scratch, const char *directory, uint64_t most_bytes);
void scratch_release(struct scratch *scratch);
uint64_t scratch_length(const struct scratch *scratch);

/* Errors: ERR_USAGE, more than `most_bytes` and no directory; ERR_INTERNAL "DIR: No space left on device". */
int scratch_add(struct scratch *scratch, const void *bytes, size_t length, struct err *err);

/* Exactly `length` bytes that were added. ERR_INTERNAL. */
int scratch_read(struct scratch *scratch, uint64_t at, void *bytes, size_t length, struct err *err);

/* These bytes are not read again: the disk may have them back. */
void scratch_forget(struct scratch *scratch, uint64_t from, uint64_t to);

#endif

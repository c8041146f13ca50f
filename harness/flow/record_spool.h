/* What a recording keeps while it runs: a file of redacted requests in the form of every recording, that can be
 * imported as it is when the recorder was killed. Inside flow/record* only. */
#ifndef SEEP_FLOW_RECORD_SPOOL_H
#define SEEP_FLOW_RECORD_SPOOL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/text.h"
#include "model/request.h"

#define SPOOL_NAME "recording.jsonl"
#define SPOOL_HELD_BYTES ((size_t)64 << 10) /* in memory, at most and for a line; and for a second at most */

struct spool {
    char *path;
    int descriptor;
    struct text held;
};

/* Makes DIR/recording.jsonl (0600), and DIR. `from_us`: since 1970 UTC, what the times of requests count from.
 * keep_secrets: its first line says so. ERR_USAGE: it is there already, or cannot be made. */
int spool_open(struct spool *spool, const char *directory, int64_t from_us, bool keep_secrets,
               struct err *err);

/* ERR_INTERNAL: it cannot be written ("PATH: No space left on device"). */
int spool_add(struct spool *spool, const struct request *request, struct err *err);
int spool_flush(struct spool *spool, struct err *err);

void spool_close(struct spool *spool); /* the file stays; what is held is dropped */
void spool_remove(struct spool *spool);

#endif

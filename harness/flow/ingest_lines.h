/* Requests on their way into the recordings of their endpoints. Inside flow/ingest only.
 *
 * Lines wait in memory, up to 64 KiB for one endpoint and INGEST_LINES_WAITING for all, and go to the end of their files
 * then: no file stays open, so there may be more endpoints than descriptors.
 */
#ifndef SEEP_FLOW_INGEST_LINES_H
#define SEEP_FLOW_INGEST_LINES_H

#include <stddef.h>

#include "base/err.h"
#include "base/text.h"
#include "flow/ingest.h"

#define INGEST_LINES_WAITING ((size_t)6 * 1024 * 1024)

struct ingest_lines {
    const struct ingest *ingest; /* borrowed; its endpoints have slugs */
    const char *directory;       /* of the files; borrowed */
    struct text *waiting;        /* of each endpoint */
    size_t held_bytes;           /* their storage, which stays when they went to their files */
};

void ingest_lines_init(struct ingest_lines *lines, const struct ingest *ingest, const char *directory);
void ingest_lines_release(struct ingest_lines *lines);

/* What a recording begins with; before its first request. */
struct recording_header;
int ingest_lines_header(struct ingest_lines *lines, size_t endpoint, const struct recording_header *header,
                        struct err *err);

/* Errors, as of ingest_lines_flush(): ERR_INTERNAL, the disk is full; ERR_USAGE, a file that cannot be written. */
int ingest_lines_add(struct ingest_lines *lines, size_t endpoint, const struct request *request,
                     struct err *err);
int ingest_lines_flush(struct ingest_lines *lines, struct err *err);

#endif

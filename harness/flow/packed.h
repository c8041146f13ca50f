/* A request of an ingest in one piece of bytes, as it lies in memory or in a temporary file until its endpoint is known.
 * Inside flow/ingest only; never read by another process, so in the machine's own byte order. */
#ifndef SEEP_FLOW_PACKED_H
#define SEEP_FLOW_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "model/request.h"
#include "traffic/redact.h"

struct packed_head {
    uint32_t bytes; /* of all, with this */
    uint32_t source;
    uint64_t url_hash;  /* keyed; of the URL as it was read */
    int64_t t_us;       /* as read: whole seconds may still be spread */
    uint32_t in_second; /* requests of the same source in the same second; set when a run is written */
    uint32_t headers;
    uint32_t method_length, session_length;
    uint64_t url_length, body_length;
    uint32_t clues;         /* behind the body, keyed */
    uint8_t answer_known;   /* whether there are any or not */
    uint64_t body_left_out; /* as of the request */
    uint16_t status;
    uint8_t left_out;                /* another session's turn: counted, not written */
    uint8_t redacted[REDACT_PLACES]; /* at most 255 are counted */
};

#define PACKED_MOST ((size_t)UINT32_MAX)

struct entry {
    struct request request; /* its endpoint does not count */
    uint64_t url_hash;
    uint32_t source; /* index into the ingest's sources */
    bool left_out;   /* counted, not written */
    bool bare;       /* only its method, URL and status are kept */
    uint8_t redacted[REDACT_PLACES];
};

/* Appends it. Cost: one copy. */
void packed_add(struct text *out, const struct entry *entry);

/* A request whose parts lie in the packed bytes. */
struct unpacked {
    struct packed_head head;
    struct request request; /* borrowed but for headers.items, which is kept from one call to the next */
    size_t capacity;        /* of headers.items */
    struct clues clues;     /* to which request.clues points; kept likewise */
    size_t clue_capacity;
};
void unpacked_read(struct unpacked *unpacked, const char *bytes);
void unpacked_release(struct unpacked *unpacked);

#endif

/* A recording: a proxy in front of a service, and what went through it as a service directory.
 *
 * Each request that the service answered is kept: method, URL, header, body, time, session, status. It is redacted as
 * an import does before it is held anywhere but in memory, and stands in DIR/recording.jsonl within a second. At the
 * end that file is imported into DIR (flow/ingest) and removed; after a kill it can be imported as it is. What is not
 * kept is counted under a reason: every request is one or the other.
 *
 * Memory while it runs: that of the proxy (net/relay.h), what is kept of a body (`body_limit`) for each request under way, and
 * 64 KiB; whatever the length. The import at the end takes what an import takes.
 */
#ifndef SEEP_FLOW_RECORD_H
#define SEEP_FLOW_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/ingest.h"
#include "flow/record_top.h"
#include "model/service.h"

#define RECORD_BODY_BYTES ((int64_t)64 << 10) /* the default of body_limit */
#define RECORD_GRACE_S 5                      /* for what is under way at the end */

/* Why a request was not kept. The names are stable. */
enum record_reason {
    RECORD_WEBSOCKET,    /* upgraded: a replay cannot play what follows */
    RECORD_EVENT_STREAM, /* text/event-stream, likewise */
    RECORD_OWN,          /* carries X-Seep-Run: a replay of ours */
    RECORD_UNREACHED,    /* the service could not be reached */
    RECORD_UNANSWERED,   /* it closed without an answer */
    RECORD_INCOMPLETE,   /* the request itself was not whole */
    RECORD_TARGET,       /* no path: "OPTIONS *" */
    RECORD_LATE,         /* under way when the last one that was wanted came */
    RECORD_REASONS       /* how many there are */
};
const char *record_reason_name(enum record_reason reason);

struct record_counts {
    uint64_t recorded, without_body; /* without_body: of those, whose body was above the limit */
    uint64_t passed[RECORD_REASONS]; /* passed on and not recorded */
    uint64_t refused;                /* not passed on: malformed, too large, too slow */
    uint64_t slow;                   /* of those */
    uint64_t connections, open;
    uint64_t redacted[REDACT_PLACES];
};

struct record_progress {
    const struct record_counts *counts;
    const struct record_top *top;
    double elapsed_s;
};

struct record_options {
    const char *listen, *target, *directory;
    const char *host;      /* NULL: what clients say; "target": the target's; else as it is */
    struct tls_spec trust; /* of an https target */
    const char *tls_cert, *tls_key;
    const char *session; /* session_rules_read(); NULL: SESSION_RULES_PROXY */
    uint64_t requests;   /* 0: no end */
    int64_t duration_ns; /* 0: no end */
    int64_t body_limit;
    bool keep_secrets; /* redact nothing, count only */
    bool force;
    /* It listens. `loopback`: only this machine can come. */
    void (*ready)(void *owner, const char *address, bool loopback);
    void (*tell)(void *owner, const struct record_progress *progress); /* once a second */
    void *owner;
};

struct record_result {
    struct record_counts counts;
    double seconds;
    int signal;           /* that ended it; 0: none did */
    struct ingest ingest; /* what was written; nothing where `recorded` is 0 */
    bool written;
};

/* Runs until `requests` were recorded, `duration_ns` went by, or a signal came. Errors: ERR_USAGE (an address, a
 * URL, a directory that has endpoints), ERR_INTERNAL (the spool cannot be written). What was recorded before an error
 * stays in the spool. `result` is the caller's: record_result_release(), also after an error. */
int record_run(const struct record_options *options, struct record_result *result, struct err *err);
void record_result_release(struct record_result *result);

#endif

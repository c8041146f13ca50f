/* Ingest: recorded traffic in, a service directory out.
 *
 * Readers -> sessions (keyed hashes) -> redaction -> endpoint templates -> one scenario file and one
 * recording per endpoint, on one time axis. Several files are merged by their recorded times. Nothing that
 * was not redacted is written anywhere.
 *
 * Memory: what is written into a directory passes through a temporary file in it, so that a recording of any length takes the
 * same few megabytes (traffic/template.h says what endpoints take). What is only kept in memory is refused above
 * INGEST_MOST_BYTES, with a clear line.
 */
#ifndef SEEP_FLOW_INGEST_H
#define SEEP_FLOW_INGEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strings.h"
#include "base/vault.h"
#include "model/request.h"
#include "model/service.h"
#include "traffic/reader.h"
#include "traffic/redact.h"
#include "traffic/template.h"

#define INGEST_TELL_EVERY UINT64_C(16384)
#define INGEST_MOST_BYTES ((uint64_t)1 << 30)

/* Styles, scripts, images, fonts (template_is_asset()): as endpoints of their own, as one, or left out. */
enum ingest_assets { INGEST_ASSETS_KEEP, INGEST_ASSETS_GROUP, INGEST_ASSETS_DROP };

struct ingest_options {
    const char *const *files; /* "-" is standard input */
    size_t file_count;
    const char *format;           /* a row of readers[]; NULL: detect each file's */
    struct reader_options reader; /* what was said of the format */
    const char *session;          /* session_rules_read(); NULL: the default of the format */
    double sample;                /* share of the sessions that is kept, 0..1; 0: all of them */
    const struct routes *routes;  /* that decide, borrowed until ingest_release(); NULL: none */
    bool operations;              /* GraphQL and JSON-RPC by operation */
    enum ingest_assets assets;
    const char *directory;         /* of the service; NULL: keep in memory only */
    const struct service *service; /* what service.yaml says; NULL: an example */
    bool keep_secrets;             /* redact nothing */
    struct vault *secrets;         /* gets what is taken out; NULL: it is gone */
    bool all_secrets;              /* an error where it cannot hold them all */
    bool force;                    /* write although the directory has endpoints */
    /* Called for each line that is skipped; `text` is redacted. NULL: nobody listens. */
    void (*skipped)(void *owner, const char *file, size_t number, enum skip_reason reason, const char *text);
    /* Called once in INGEST_TELL_EVERY lines or entries, for progress. NULL: nobody listens. */
    void (*reading)(void *owner, const char *file, uint64_t read);
    void *owner;
};

struct ingest_source {
    char *name; /* as given */
    const struct reader *reader;
    uint64_t read, imported;
    uint64_t skipped[SKIP_REASONS]; /* read = imported + their sum */
    struct strings notes;
};

struct ingest_endpoint {
    char *name; /* "GET /quote/{sku}" */
    char *slug; /* of its files: "get_quote_sku"; NULL when nothing was written */
    uint64_t requests;
    struct recording recording; /* its requests, where they are kept in memory; else empty */
    double rate_per_second;     /* as recorded, over the time of the whole import */
    uint64_t sessions;
    bool sessions_about;              /* an estimate: there are too many to count */
    int64_t last_us;                  /* its last request, since 1970 UTC */
    size_t named;                     /* within flow/ingest */
    uint64_t status_class[6];         /* 1xx .. 5xx in [1] .. [5]; [0]: not recorded */
    uint64_t without_body;            /* POST, PUT and PATCH from a format that holds no bodies */
    uint64_t redacted[REDACT_PLACES]; /* values that a placeholder stands for, whenever they were taken out */
    struct strings after;             /* endpoints whose answers its requests build on */
    struct strings
        after_why; /* of each, for a person: "98 of 100 requests use the cookie sid that it sets" */
    struct captures
        captures; /* values of its answers that other endpoints' requests have, to be taken anew in a replay */
    struct strings capture_why; /* of each, likewise */
    struct strings
        unwritten; /* of these, where its scenario file was there already: lines for a person to add */
    struct strings source; /* names of the files that it comes from */
    struct strings notes;
};

struct ingest {
    struct ingest_source *sources;
    size_t source_count;
    struct ingest_endpoint *endpoints; /* most requests first */
    size_t endpoint_count;
    struct templates *templates; /* settled: what was merged to endpoints, and why */
    uint64_t imported;
    uint64_t sessions;
    bool sessions_about;
    int64_t from_us, to_us;                  /* first and last request, since 1970 UTC */
    char *host;                              /* as recorded most; NULL: unknown */
    uint64_t redacted[REDACT_PLACES];        /* values found */
    uint64_t redacted_before[REDACT_PLACES]; /* placeholders that stood in recordings of ours */
    bool service_written;                    /* false: there was a service.yaml already */
};

/* Fills `ingest` (overwritten; ingest_release() by the caller, also after an error).
 * Errors: ERR_USAGE: a file that cannot be read or whose format is not known ("FILE: ..."), nothing to
 * import, a directory that has endpoints already; ERR_INTERNAL: the disk is full. Nothing is left behind then. */
int ingest_files(const struct ingest_options *options, struct ingest *ingest, struct err *err);
void ingest_release(struct ingest *ingest);

/* Writes what was kept in memory into a directory: `directory`, `service`, `keep_secrets` and `force` of `options`.
 * ERR_USAGE, as above. */
int ingest_keep(struct ingest *ingest, const struct ingest_options *options, struct err *err);

#endif

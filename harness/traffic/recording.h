/* The recording file: JSON Lines, a superset of vegeta's JSON targets.
 *
 *   {"seep":1,"source":["access.log"],"from":"2024-03-12T14:00:00Z",...,"redacted":{"header":12}}
 *   {"method":"GET","url":"/quote/7","header":{"Accept":["x"]},"body":"<base64>","t_us":12,"session":"k3f9"}
 *
 * The first line may be missing (vegeta's own files). Unknown keys are ignored. Source: vegeta, "JSON
 * format".
 */
#ifndef SEEP_TRAFFIC_RECORDING_H
#define SEEP_TRAFFIC_RECORDING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strings.h"
#include "model/request.h"

#define RECORDING_VERSION 1
#define RECORDING_KEPT_SECRETS "SECRETS WERE KEPT" /* begins a note of the first line */

/* What the first line says. */
struct recording_header {
    struct strings source;  /* file names without directories */
    int64_t from_us, to_us; /* first and last request, since 1970 UTC; both 0: unknown */
    char *host;             /* as recorded; never a destination; NULL: unknown */
    struct redacted {       /* counts of what was redacted, by place; never values */
        const char *place;  /* static */
        uint64_t count;
    } redacted[16];
    size_t redacted_count;
    struct strings notes;
};
void recording_header_release(struct recording_header *header);

/* Appends one request as a line, with its LF. Cost: one pass over the body. */
struct text;
void recording_line(const struct request *request, struct text *out);

/* Puts "seep_clues" into the line that was appended last: hashes of values that tell which answers requests build on. Only in the file
 * of a `seep record` that runs, for the import at its end. */
void recording_add_clues(const struct clues *clues, struct text *out);

/* Their reading, by recording_parse(). `list` is a json_t; false: it is none of them. */
bool recording_read_clues(const void *list, struct request *request);

/* Reads one line (without its end) into `request`, checked by request_fault(); absolute URLs are reduced to
 * their origin form, their host goes into a Host header when `keep_host`. What is missing is NULL, 0 or "".
 * `column` is filled on failure, from 1. Errors: ERR_USAGE, what is wrong, without a place. */
int recording_parse(const char *line, size_t length, int keep_host, struct request *request, size_t *column,
                    struct err *err);

/* Writes header and requests to `path`: mode 0600, to a temporary name in the same directory first, then
 * renamed. Errors: ERR_USAGE "PATH: what". */
int recording_write(const char *path, const struct recording_header *header,
                    const struct recording *recording, struct err *err);

/* Hands out one request after another, every line checked, so that a replay never sees a malformed request.
 * `each` may take the request over (and clear it); when it fails, its error gets the place in front. Memory: one
 * request. Errors: ERR_USAGE "PATH:LINE:COLUMN: what"; ERR_REFUSED, likewise: a request that a replay of ours sent. */
int recording_each(const char *path, int (*each)(void *owner, struct request *request, struct err *err),
                   void *owner, struct err *err);

/* Reads a file into an empty recording; it stays empty after an error. Memory: all requests. */
int recording_read(const char *path, struct recording *recording, struct err *err);

/* Writes the header line alone (for tests and for streams). */
void recording_header_line(const struct recording_header *header, struct text *out);

#endif

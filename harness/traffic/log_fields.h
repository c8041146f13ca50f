/* What a line of a log says of one request, field by field, and the request that follows from it.
 *
 * The formats differ in where a field stands and how it is escaped; what a field means is the same in all of them. A
 * reader fills in what its line has, with the escapes taken off, and log_fields_request() judges it.
 */
#ifndef SEEP_TRAFFIC_LOG_FIELDS_H
#define SEEP_TRAFFIC_LOG_FIELDS_H

#include <stdint.h>

#include "traffic/reader.h"

enum log_field {
    LOG_TIME,    /* any form of log_time() */
    LOG_REQUEST, /* "GET /path?query HTTP/1.1"; else method and target, or method, path and query */
    LOG_METHOD,
    LOG_TARGET, /* path with its query, or an absolute URL */
    LOG_PATH,
    LOG_QUERY,  /* with or without its '?' */
    LOG_STATUS, /* "200"; "-", "000" and "" are unknown */
    LOG_HOST,
    LOG_REFERER,
    LOG_AGENT,
    LOG_ADDRESS, /* of the client; with the agent it is the session, where there is none */
    LOG_SESSION, /* a cookie, a connection, a user: what the format has to tell clients apart */
    LOG_CONTENT_TYPE,
    LOG_BODY,
    LOG_FORWARDED, /* X-Forwarded-For: a header, and the client as a proxy in front knew it */
    LOG_FIELDS
};

struct log_value {
    const char *bytes; /* borrowed; NULL: the line does not have it */
    size_t length;
};

/* A header of the request that is no field of its own. */
struct log_header {
    const char *name; /* borrowed */
    struct log_value value;
};

struct log_fields {
    struct log_value of[LOG_FIELDS];
    int64_t t_us; /* where LOG_TIME is not there: the time, read already; 0: it is not known either */
    const struct log_header *headers;
    size_t header_count;
};

/* The field that a header stands in ("referer": LOG_REFERER); LOG_FIELDS: none of its own. Any case. */
enum log_field log_header_field(const char *name);

/* "-" and "" say that there is none. */
bool log_value_there(const struct log_value *value);

/* Fills the request, or returns why there is none (the request is empty then); SKIP_REASONS: it was filled. A time is
 * needed unless `timeless`. Values with control characters make no header. */
enum skip_reason log_fields_request(const struct log_fields *fields, bool timeless, struct request *request);

/* To microseconds since 1970 UTC; 0 or -1. "17/May/2015:10:05:03 +0000" (fractions and brackets allowed), RFC 3339 with
 * 'T' or a space, and seconds, milliseconds, microseconds or nanoseconds since 1970, told apart by their size (from 2001 to 2100). */
int log_time(const char *text, size_t length, int64_t *us);

#endif

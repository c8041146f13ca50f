/* One record of a GoReplay file: TYPE ID NANOSECONDS [LATENCY] LF, and the raw HTTP message behind it. Only for gor.c and
 * its tests. */
#ifndef SEEP_TRAFFIC_GOR_H
#define SEEP_TRAFFIC_GOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Behind every record but one that is cut. */
#define GOR_MARK "\n\xf0\x9f\x90\xb5\xf0\x9f\x99\x88\xf0\x9f\x99\x89\n"
#define GOR_MARK_LENGTH ((size_t)14)
#define GOR_ID_MOST 64 /* GoReplay's own have 24 or 40 */

enum gor_type { GOR_REQUEST = 1, GOR_RESPONSE, GOR_REPLAYED };

struct gor_record {
    enum gor_type type;
    char id[GOR_ID_MOST + 1]; /* a request's and its response's */
    int64_t t_us;             /* since 1970 UTC */
    const char *message;      /* borrowed */
    size_t length;
};

/* False when it does not begin so. Source: GoReplay 1.3, protocol.go, payloadHeader(); before 0.16 without the latency. */
bool gor_record_parse(const char *bytes, size_t length, struct gor_record *record);

#endif

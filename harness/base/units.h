/* Quantities with their units: read from options and YAML, written for people.
 *
 * A bare number is rejected everywhere: peers disagree about what it means (milliseconds in one, seconds in
 * the next). Every parser takes the whole string, allows one space between number and unit, and names the
 * accepted units in its error ("'50': a duration needs a unit (us, ms, s, m, h, d)"). Errors are ERR_USAGE.
 */
#ifndef SEEP_BASE_UNITS_H
#define SEEP_BASE_UNITS_H

#include <stddef.h>
#include <stdint.h>

struct err;

int units_parse_duration(const char *text, int64_t *ns, struct err *err);     /* us ms s m h d */
int units_parse_bytes(const char *text, int64_t *bytes, struct err *err);     /* B kB MB GB KiB MiB GiB */
int units_parse_rate(const char *text, double *per_second, struct err *err);  /* 50/s 30/m 10/h */
int units_parse_speed(const char *text, double *factor, struct err *err);     /* 2x 0.5x */
int units_parse_percent(const char *text, double *fraction, struct err *err); /* 1% -> 0.01 */
int units_parse_count(const char *text, uint64_t *count, struct err *err);    /* 5000 or 5,000: bare */

/* Growth: "16 B/request", "1 MiB/h", "0.5 objects/request". */
enum growth_per { GROWTH_PER_REQUEST, GROWTH_PER_SECOND };
struct growth {
    double value; /* bytes or objects, per request or per second */
    enum growth_per per;
    int objects; /* 1: objects, 0: bytes */
};
int units_parse_growth(const char *text, struct growth *growth, struct err *err);

/* Growth as it is read off a chart, an amount and a time: "100 MB/3d", "1 MiB/h". Both are above 0. */
int units_parse_growth_over(const char *text, double *bytes, double *seconds, struct err *err);

/* Writers fill `out` (32 bytes are enough for each) and return it. */
#define UNITS_SIZE 32
char *units_bytes(char out[UNITS_SIZE], double bytes);      /* "40.3 B", "5.3 MiB" */
char *units_duration(char out[UNITS_SIZE], double seconds); /* "350 ms", "41.2 s", "2 m 05 s", "27.1 d" */
char *units_count(char out[UNITS_SIZE], uint64_t count);    /* "46,800" */
char *units_rate(char out[UNITS_SIZE], double per_second);  /* "3.2/s" */

#endif

/* Dates and times as logs write them, to microseconds since 1970 UTC and back. */
#ifndef SEEP_TRAFFIC_CALENDAR_H
#define SEEP_TRAFFIC_CALENDAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct calendar {
    int year, month, day; /* month and day from 1 */
    int hour, minute, second;
    int64_t fraction_us;
};

/* Proleptic Gregorian; the zone's offset east of UTC is taken off. A leap second (60) counts as the next
 * minute's first. Returns 0, or -1 when a field is out of range. Source: Hinnant, "chrono-compatible
 * low-level date algorithms", days_from_civil. */
int calendar_us(const struct calendar *when, int64_t zone_s, int64_t *us);

/* "2015-05-17T10:05:03+02:00" (fractions of any length, 'Z', '+0200') to
 * microseconds. Source: RFC 3339. 0 or -1. */
int calendar_read(const char *text, size_t length, int64_t *us);

/* "2015-05-17T10:05:03Z"; fractions only where there are any. */
#define CALENDAR_SIZE 40
char *calendar_write(char out[CALENDAR_SIZE], int64_t us);

/* Reading step by step: each moves on and returns true, or returns false. */
struct cursor {
    const char *at, *end;
};
bool cursor_char(struct cursor *cursor, char expected);
bool cursor_number(struct cursor *cursor, int digits, int *number);
bool cursor_month(struct cursor *cursor, int *month);            /* "May" */
bool cursor_clock(struct cursor *cursor, struct calendar *when); /* "10:05:03.25" */
bool cursor_zone(struct cursor *cursor, int64_t *zone_s);        /* "+0200", "+02:00", "Z" */

#endif

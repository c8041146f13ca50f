/* The dates of `Expires`, in every form that servers have ever written them. */
#ifndef SEEP_REPLAY_COOKIE_DATE_H
#define SEEP_REPLAY_COOKIE_DATE_H

#include <stddef.h>
#include <stdint.h>

/* Seconds since 1970 UTC into *when_s: "Wed, 09 Jun 2027 10:18:14 GMT", "Wednesday, 09-Jun-27 10:18:14 GMT",
 * "Wed Jun  9 10:18:14 2027" and whatever else names a day, a month, a year and a time. Zones are not looked
 * at, years of two digits are 1970 to 2069. Returns 0, or -1 when it is no date.
 * Source: RFC 6265, 5.1.1. */
int cookie_date(const char *text, size_t length, int64_t *when_s);

#endif

/* Moments as people and files write them. */
#ifndef SEEP_METRICS_MOMENT_H
#define SEEP_METRICS_MOMENT_H

/* "2024-05-01T10:00:00Z", with '+02:00', a fraction, a blank for the 'T', without seconds, or as a date alone; without a zone it is
 * UTC; or seconds, milliseconds or microseconds since 1970, told apart by their size. Seconds since 1970. -1: neither.
 * Source: RFC 3339. */
int moment_parse(const char *text, double *at_s);

#endif

/* Times as strftime() wrote them, read back: the time may stand in several pieces of a line.
 *
 * A template is compiled once ("%FT%T" -> "%Y-%m-%dT%H:%M:%S"). It says itself where the time ends, so that nothing has to
 * stand behind it. Source: POSIX strftime(), in the C locale. */
#ifndef SEEP_TRAFFIC_LOG_CLOCK_H
#define SEEP_TRAFFIC_LOG_CLOCK_H

#include "base/text.h"
#include "traffic/calendar.h"

/* %f is one more than strftime() has: a fraction of a second, of any number of digits. */
#define LOG_CLOCK_COMMON "%d/%b/%Y:%H:%M:%S %z" /* Apache, nginx $time_local */
#define LOG_CLOCK_ISO "%Y-%m-%dT%H:%M:%S%z"     /* nginx $time_iso8601 */

/* What was read of one line so far. */
struct log_clock {
    struct calendar when;
    int64_t zone_s, since_us; /* since 1970, where `epoch` */
    bool epoch, twelve, afternoon;
};

/* What a template tells. */
enum {
    LOG_CLOCK_YEAR = 1,
    LOG_CLOCK_MONTH = 2,
    LOG_CLOCK_DAY = 4,
    LOG_CLOCK_HOUR = 8,
    LOG_CLOCK_MINUTE = 16,
    LOG_CLOCK_EPOCH = 32,
};

/* Adds the template of a strftime() format, and what it tells to `tells`. Returns 0, or -1 with the conversion that is
 * not known in *unknown (0: a lone '%' at the end). */
int log_clock_compile(const char *format, size_t length, struct text *template, unsigned *tells,
                      char *unknown);

/* Whether that is a date and a time of day. */
bool log_clock_is_whole(unsigned tells);

/* Moves the cursor behind the time, or returns false. */
bool log_clock_read(const char *template, struct cursor *cursor, struct log_clock *clock);

/* To microseconds since 1970 UTC; 0, or -1 when a field is out of range. */
int log_clock_us(const struct log_clock *clock, int64_t *us);

#endif

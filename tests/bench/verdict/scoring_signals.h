/* What three signals show of a run: counted objects, counted bytes, RSS. For scoring only, as scoring_shapes.h.
 *
 * A leak keeps objects of one size, on half of the servers also a slot each in a list that grows as Python's do
 * (an eighth too long at most, a sixteenth at the mean). What it keeps per request in the long run, in the
 * signal's unit, is the truth that verdicts are scored against; intervals are to hold it and, in RSS, the creep
 * that came, per request.
 *
 *   objects  whole numbers; noise of 0.5 to 4, one reading in fifty ten times as far off
 *   bytes    slots of 16 bytes; noise of 64 to 4,000 bytes
 *   rss      pages, arenas of 4 to 256 KiB; 0 to 200,000 bytes of free room first; creep of 0 to 13 B/request in
 *            steps of 4 to 112 KiB at random times; noise of 2 to 40 KB that wanders; what is freed goes back in part
 */
#ifndef VERDICT_SCORING_SIGNALS_H
#define VERDICT_SCORING_SIGNALS_H

#include <stdbool.h>
#include <stddef.h>

#include "scoring_shapes.h"

enum { LEAK_COUNT = 7 }; /* the first is none */

struct leak {
    double bytes;        /* per request, nominal */
    double object_bytes; /* of one object, as the program asks for it */
    double share;        /* objects per request; below 1: by chance */
};
extern const struct leak leaks[LEAK_COUNT];

struct scoring_signal {
    const char *name;
    bool objects;
    bool collected;
    double floor, dead_zone; /* as in harness/flow/deciders.c */
};

enum { SIGNAL_COUNT = 3 };
extern const struct scoring_signal signals[SIGNAL_COUNT];

struct seen {
    double levels[COURSE_MOST];
    double crept[COURSE_MOST]; /* so far, of all processes */
    double leak;               /* per request in the long run, in the signal's unit */
};

void signal_see(const struct scoring_signal *signal, const struct course *course, const struct leak *leak,
                struct fortune *fortune, struct seen *seen);

/* A leak that a signal shows as so many of its units per request, or up to a sixth more where there is a list. */
struct leak signal_leak(const struct scoring_signal *signal, double per_request);

#endif

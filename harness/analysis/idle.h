/* What grows while nothing is sent: by readings, by time, or both. Pure: no I/O, no clock.
 *
 * A level that is read and read again rises by what each reading leaves, and by what a timer, a poller or a scheduler adds
 * meanwhile. Readings back to back show the first, readings with pauses between both: with two rhythms the two terms
 * are told apart.
 */
#ifndef SEEP_ANALYSIS_IDLE_H
#define SEEP_ANALYSIS_IDLE_H

#include <stdbool.h>
#include <stddef.h>

#include "model/result.h"

#define IDLE_QUICK_LEAST 5  /* readings back to back: four gains */
#define IDLE_PAUSES_LEAST 3 /* with which idle_suspects() is asked */
#define IDLE_PAUSES_SURE 10 /* with which growth by time is said */

enum idle_adds {
    IDLE_NOTHING,
    IDLE_READINGS,
    IDLE_TIME,
    IDLE_BOTH,
    IDLE_OPEN /* it rises with time, but not shown to be steady: too few pauses, fading, or uneven */
};
const char *idle_adds_name(enum idle_adds adds); /* "nothing", "readings", "time", "both", "open" */

/* Readings without traffic: first `quick` of them back to back, then the others with a pause before each. */
struct idle_question {
    const double *at_s;   /* count rising values: when each was read */
    const double *levels; /* count values; bytes or objects. One that is NaN: IDLE_OPEN */
    size_t count, quick;
    double quantum; /* the signal's own step: 1 object, 64 B, 64 KiB of RSS */
};

struct idle_answer {
    enum idle_adds adds;
    double per_reading, per_second;                            /* 0 where it is not said to add */
    struct interval per_reading_interval, per_second_interval; /* at 95 %; of what was said; else NaN */
};

/* Readings add, where three of the last four quick ones rose, by at least the quantum in the mean, what time adds taken
 * off. Time adds, where what each pause brought, what a reading adds taken off, is at least IDLE_PAUSES_SURE gains of
 * which three in four rose; all together are eight quanta; the lower end of their mean's Student interval is above half
 * of it; the lesser half, in time, is at least 0.6 of the other; and half of it, and eight quanta, are left when readings
 * are taken to add as much as the quick ones leave open: their mean, a quantum among them, and one standard error.
 * The interval is never narrower than a quantum's spread gives.
 * A timer that fires less often than once in a few pauses is IDLE_OPEN, and what it adds stays in the levels.
 * Simulated (tests/unit/test_idle.c, 2,000 series each): growth by time said of noise, random walks, saws, fading, single
 * steps and what readings add in at most 1 %; a steady timer of 20 quanta a pause found in 95 % and more.
 * Source: Student, Biometrika 6:1 (1908). Cost n log n. */
struct idle_answer idle_judge(const struct idle_question *question);

/* Whether longer pauses are worth their time: after a few, what time seems to add is more than two quanta, and most of
 * them rose. */
bool idle_suspects(const struct idle_question *question);

/* Whether quick readings still seem to add: a cold server fills what it fills once, so more of them are to be taken. */
bool idle_readings_add(const struct idle_question *question);

#endif

/* The lower envelope of a signal that is read often and never after a collection.
 *
 * A collector lets memory rise and then frees at once; a request holds memory until it is answered. One value out of such
 * a sawtooth is anywhere between its edges, and readings of it are as uneven as it is high. What is kept shows in its
 * troughs: the level of a window is the lowest value of its latter half. That half must hold a trough, so a window shorter
 * than two periods of the collector gains little by it. The trough lies somewhere in the half: against a line of slope s
 * the level is off by at most half a window of s, by the same in each on the average, and the slope is unbiased.
 */
#ifndef SEEP_ANALYSIS_ENVELOPE_H
#define SEEP_ANALYSIS_ENVELOPE_H

#include <stddef.h>

enum { ENVELOPE_PARTS = 16 };

/* One window as it goes on; zeroed: empty. Fixed memory: it is kept in at most so many parts of equal length, which are
 * joined two by two when it outgrows them. */
struct envelope {
    double lowest[ENVELOPE_PARTS];
    size_t parts;
    size_t each;    /* values in a part */
    size_t in_last; /* in the one that is being filled */
};

/* Begins another window. */
void envelope_clear(struct envelope *envelope);

/* NaN is left out. */
void envelope_add(struct envelope *envelope, double value);

/* The lowest of the latter half, give or take a part; NaN: there was none. */
double envelope_level(const struct envelope *envelope);

#endif

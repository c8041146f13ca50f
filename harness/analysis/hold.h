/* The hold: what goes away while nothing is sent was a window of time, not a leak. Pure.
 *
 * A call count cannot tell the two apart: a window of 30 s keeps as much of every call as a leak does, for 30 s.
 */
#ifndef SEEP_ANALYSIS_HOLD_H
#define SEEP_ANALYSIS_HOLD_H

#include <stdbool.h>

enum hold_state {
    HOLD_STAYS,
    HOLD_FALLS, /* it went down since the look before: another one may find it gone */
    HOLD_GONE,  /* less than half of it is left */
};

/* gained: what a signal that is read after a collection rose by under load; before, kept: what of it the look
 * before (at first: gained) and this one found. Units of the signal; NaN is HOLD_STAYS. */
enum hold_state hold_look(double gained, double before, double kept);

/* RSS does not fall: what was freed is used again instead. So it is driven again after the wait. True when it
 * then rose by less than half of what it had risen by in so many calls, and a step of the heap: the memory was
 * free by then. per_request: bytes under load; calls, gained: of the second time. */
bool hold_refills(double per_request, double calls, double gained);

/* Calls with which hold_refills() can tell: a rise of four steps of the heap, but no fewer than a sixteenth of
 * those that the growth was seen in, so that noise is not taken for it, and no more than a half, which fits
 * into what a window of all of them would have freed. 0: even these would not show it. */
double hold_calls(double per_request, double calls_so_far);

/* How long to wait, seconds, after so many seconds of traffic: as long, between 2 s and 32 s. */
double hold_wait_s(double traffic_s);

#endif

/* The screen: is an endpoint worth a long look? From a few blocks of its own.
 *
 * Noise belongs to the endpoint: it is estimated from the endpoint's own
 * repeated blocks (prime, read, T calls, read), never pooled with others'.
 * Three answers; unknown asks for longer blocks and is never clear.
 */
#ifndef SEEP_ANALYSIS_SCREEN_H
#define SEEP_ANALYSIS_SCREEN_H

#include <stddef.h>

#include "model/result.h"

enum screen_answer { SCREEN_CLEAR, SCREEN_GROWS, SCREEN_UNKNOWN };

struct screen_result {
    enum screen_answer answer;
    double per_request;
    struct interval interval; /* Student, 95 % */
};

/* gains: n >= 2 differences of a settled signal over blocks of `calls` requests each.
 * floor: units per request below which growth is none. quantum: the signal's own step, in units per reading
 * (2 objects, 256 bytes): no block is believed to be more exact than that.
 * grows: the lower end is above the floor. clear: the upper end is below it. */
struct screen_result screen_judge(const double *gains, size_t n, double calls, double floor, double quantum);

/* Has a mix settled? gains: what each whole pass of the mix added, oldest first, pass_requests calls each.
 * SETTLE_FLAT: the last two passes added less than the floor. SETTLE_STEADY: the last three gains are alike
 * (within a quarter of their mean, or the quantum): it does not slow down, so more warming changes nothing.
 */
enum settle_answer { SETTLE_MORE, SETTLE_FLAT, SETTLE_STEADY };
enum settle_answer settle_judge(const double *gains, size_t n, double pass_requests, double floor,
                                double quantum);

#endif

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
    /* How many standard errors a line through the levels rises above the floor, if their noise is that of the readings
     * (what one has too much the next has too little): a hint where the interval, which holds for steps that stay as
     * well, tells nothing. NaN where a gap is, or fewer than 3 gains. */
    double lean;
};

/* gains: n >= 2 differences of a settled signal over blocks of `calls` requests each; NaN (gaps) are left
 * out. floor: units per request below which growth is none. quantum: the signal's own step, in units per
 * reading (2 objects, 256 bytes): no mean of blocks is believed to be more exact than that of values with
 * this spread. grows: the lower end is above the floor. clear: the upper end is below it. Simulated with 3
 * blocks and 1 to 3 objects of noise a reading, floor 0.02, quantum 2: what is flat is never called growing,
 * and clear in 1 % of blocks of 60 calls, 33 % of 240, 98 % of 960; 0.1 objects a call are never clear, and
 * found in 35, 98, 100 %. A ring that fills and a clean-up every 200 calls look like growth or unknown. */
struct screen_result screen_judge(const double *gains, size_t n, double calls, double floor, double quantum);

/* Has a mix settled? gains: what each whole pass of the mix added, oldest first, pass_requests calls each.
 * SETTLE_FLAT: the last two passes each added less than the floor and the quantum, or the last four went up
 * and down and added less than four floors and a quantum (noise of readings takes itself back).
 * SETTLE_STEADY: the last three gains are alike (within a quarter of their mean, or the quantum) and the last
 * is at least nine tenths of the first, or the last three together are at least four fifths of the three
 * before: it does not slow down, so more warming changes nothing. A ring that fills alike in three passes is
 * steady as far as anyone can know. Simulated with rings full after up to 5 passes, a fading share, leaks and
 * noise: settled after 5 to 7 passes, never flat too early, never steady while the judged passes truly slow
 * down by more than a quarter. */
enum settle_answer { SETTLE_MORE, SETTLE_FLAT, SETTLE_STEADY };
enum settle_answer settle_judge(const double *gains, size_t n, double pass_requests, double floor,
                                double quantum);

#endif

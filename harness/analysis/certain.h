/* Is the answer certain, so that a run may end before its time? Pure.
 *
 * A run is looked at again and again while it goes on; the first certain answer ends it. The k-th look is judged
 * with 1/(k (k + 1)) of the chance to err (growth_judge(), `look`): these shares sum to one, so that by
 * Boole's inequality a run that may end at any look errs no more often than one that is judged once.
 */
#ifndef SEEP_ANALYSIS_CERTAIN_H
#define SEEP_ANALYSIS_CERTAIN_H

#include <stdbool.h>
#include <stddef.h>

/* No answer is certain before: growth may be a buffer that fills, and what comes once in some thousand requests has
 * not come yet. */
#define CERTAIN_REQUESTS 10000.0

/* True at the readings after which it pays to look: each about 1.25 times as many as at the one before. Later
 * ones than the last of them come about by thinning (levels_thin()), which halves the count. */
bool certain_look_due(size_t readings);

/* What one look found. */
struct standing {
    bool grows;          /* a signal that decides does */
    bool flat;           /* all of them are shown not to */
    bool fine;           /* and growth as small as is asked for would have been seen: certain_fine() */
    bool whole;          /* every endpoint went through its whole recording */
    bool landed;         /* the answers were those recorded, the rates those asked for */
    bool outside;        /* RSS grows beside what decides */
    bool outside_flat;   /* it is shown not to, or decides itself */
    bool limits_settled; /* each limit is shown kept or crossed */
    bool full;           /* memory passed what production gives, or the ceiling */
    double requests;     /* that the levels span */
};

enum certainty { CERTAIN_NOT, CERTAIN_GROWTH, CERTAIN_NO_GROWTH };

enum certainty certainty(const struct standing *standing);

/* Whether "no growth" is fine enough to end on: at or below the tightest limit; where there is none (NaN), at
 * most twice the floor, below which the rest of the run would not have seen anything either. Per request. */
bool certain_fine(double smallest_detectable, double floor, double tightest_limit);

/* The two-sided normal quantile with which an interval is laid at that look: 95 % where it is asked once (0),
 * 95 % over all looks together else.
 * Source: Abramowitz and Stegun, Handbook of Mathematical Functions, 26.2.23 (error below 0.00045). */
double certain_normal(size_t look);

#endif

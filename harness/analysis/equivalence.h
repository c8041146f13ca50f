/* Is growth shown to be below a limit, and did it change? Pure: from two estimates with their intervals.
 *
 * The difference after - before has the interval whose half-widths are, on each side, the square roots of the
 * sums of squares of the halves that matter there: above, how far `after` may lie higher and `before` lower.
 * So an estimate may be known better on one side than on the other.
 * Source: Zou and Donner, Stat. Med. 27:1693 (2008); for shares it is Newcombe's method 10, Stat. Med. 17:873
 * (1998).
 *
 * Below a limit D is shown as equivalence is (Schuirmann, J. Pharmacokinet. Biopharm. 15:657, 1987), of whose
 * two one-sided tests at 5 % one is asked here: growth far below zero is no fault. It is shown when the
 * one-sided 95 % upper end of `after` is below D; above is shown likewise, of what was judged to be growth.
 * From a two-sided interval at 95 % the one-sided end is 1.645/1.960 of the half away from the estimate. That
 * is exact for normal errors and too cautious for Student's (whose quotient is smaller, 0.78 at 5 degrees of
 * freedom). Where steps wander (RSS), intervals were seen to cover less than they say, and the two-sided end
 * stands for the one-sided.
 *
 * A change is what is shown to be larger than the signal's floor and than 5 % of what was before. Less than that
 * is in the nature of what grows by amortised steps: the same leak of 40.4 B/request was measured as 41.1
 * over 3,000 requests and as 40.4 over 6,000, each to within 0.4, since its list had just been made longer.
 *
 * An estimate says no more than its signal shows: what it may hide (equivalence_hidden()) is taken into the
 * upper end of its interval, here and in the difference.
 */
#ifndef SEEP_ANALYSIS_EQUIVALENCE_H
#define SEEP_ANALYSIS_EQUIVALENCE_H

#include "model/comparison.h"

/* What a signal can tell apart. */
struct resolution {
    double quantum;   /* units of the smallest step */
    double dead_zone; /* units that may be kept before it shows any; 0. Above 0 its steps wander. */
    double floor;     /* units per request: growth below it is called none */
};

/* Units per request that were kept and would not be in the estimate:
 *   growth        0: it was seen, and measured
 *   no growth     in a signal with a dead zone smallest_detectable, where that is not known two dead zones
 *                 over the requests, at least the floor; else 4 quanta over the requests: of what happens
 *                 less often than that, nothing may have happened in the three quarters of the requests that
 *                 an estimate rests on (the rule of three: Hanley and Lippman-Hand, J. Am. Med. Assoc. 249:1743,
 *                 1983)
 *   inconclusive  smallest_detectable: such a series is no line with noise, and its interval alone shows
 *                 nothing. Where not known: INFINITY.
 * A leak in larger steps, more seldom than once in so many requests, is beyond any run of that length. */
double equivalence_hidden(const struct estimate *estimate, const struct resolution *resolution);

struct equivalence_question {
    struct estimate before, after;
    struct resolution resolution;
    double limit; /* units per request */
};

struct equivalence_answer {
    double difference;        /* after - before; NaN where one is not known */
    struct interval interval; /* two-sided at 95 %; an end may be infinite */
    struct interval bounds;   /* of after, one-sided at 95 % each; NaN: not known */
    enum change change;
    enum compared_answer answer;
};

/* Simulated (tests/unit/test_equivalence.c). On means of 5 to 40 values of unequal spread: the difference is covered in
 * 95 to 98 %, what lies at the limit is "below" in at most 5 %. On 48 levels asked of growth_judge(): "below" in 0 to
 * 0.5 %; a quarter of the limit is shown below it in 85 to 100 % of what is counted live, and never in RSS, which hides
 * more than that. Where levels walk at random the interval of a slope covers 86 to 89 %: no more is shown here than
 * the intervals hold.
 */
struct equivalence_answer equivalence_judge(const struct equivalence_question *question);

#endif

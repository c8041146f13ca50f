/* One site over the snapshots of a run. Pure. */
#ifndef SEEP_ANALYSIS_SITE_SERIES_H
#define SEEP_ANALYSIS_SITE_SERIES_H

#include <stdbool.h>
#include <stddef.h>

struct site_series {
    const double *x;                  /* n: requests sent; rising */
    double *bytes, *objects, *quanta; /* n each; 0 where it was not listed, NaN where it is not counted */
    double *allocated, *longest;      /* n each; 0 where that is not told */
    bool *listed;                     /* n */
    size_t n;
};

/* How often the site fell to near nothing from one snapshot to the next, since its process was started anew or it was
 * cleared: below a tenth of what was there, which was at least 16 objects, or where those are not counted, ten quanta.
 * *at_last: the last snapshot shows such a fall. Of two snapshots there is none: they only show a difference. The
 * stretches between the falls are what the two below look at. */
size_t site_falls(const struct site_series *series, bool *at_last);

/* Gained from the first x to the last by the largest block, which is a list, a map or a buffer where it grows: those move
 * to a larger block now and then. The difference of its ends, or where it is seen to move three times the median slope; but
 * never more than as if it had been filled evenly since x was 0, which is also what one gains that is first listed later. */
double site_gain_of_longest(const struct site_series *series);

/* Gained from the first x to the last at the median slope of all pairs within a stretch; of two, the difference.
 * `values`: the series' bytes or objects. 0 when there is no pair; NaN when a value is. */
double site_gain(const struct site_series *series, const double *values);

/* Whether the longest stretch gained at least `share` of its whole gain in each of its halves. True for two snapshots,
 * false for a stretch of two among more. */
bool site_gained_steadily(const struct site_series *series, const double *values, double share);

#endif

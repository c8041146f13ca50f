/* One site over the snapshots of a run. Pure. */
#ifndef SEEP_ANALYSIS_SITE_SERIES_H
#define SEEP_ANALYSIS_SITE_SERIES_H

#include <stdbool.h>
#include <stddef.h>

struct site_series {
    const double *x;                  /* n: requests sent; rising */
    double *bytes, *objects, *quanta; /* n each; 0 where it was not listed, NaN where it is not counted */
    bool *listed;                     /* n */
    size_t n;
};

/* How often the site fell to near nothing from one snapshot to the next, since its process was started anew or it was
 * cleared: below a tenth of what was there, which was at least 16 objects, or where those are not counted, ten quanta.
 * *at_last: the last snapshot shows such a fall. Of two snapshots there is none: they only show a difference. The
 * stretches between the falls are what the two below look at. */
size_t site_falls(const struct site_series *series, bool *at_last);

/* Gained from the first x to the last at the median slope of all pairs within a stretch; of two, the difference.
 * `values`: the series' bytes or objects. 0 when there is no pair; NaN when a value is. */
double site_gain(const struct site_series *series, const double *values);

/* Whether the longest stretch gained at least `share` of its whole gain in each of its halves. True for two snapshots,
 * false for a stretch of two among more. */
bool site_gained_steadily(const struct site_series *series, const double *values, double share);

#endif

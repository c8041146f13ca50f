/* How much each request keeps, of chosen endpoints together, with intervals. Pure. */
#ifndef SEEP_ANALYSIS_LEAK_RATE_H
#define SEEP_ANALYSIS_LEAK_RATE_H

#include "analysis/attribution.h"
#include "model/result.h"

#define LEAK_RATES_MOST 8 /* groups */

struct leak_rate {
    double bytes;             /* per request to any of the group */
    struct interval interval; /* at 95 % */
    double share;             /* of the growth that was measured */
    struct interval share_interval;
};

struct leak_rates {
    struct leak_rate groups[LEAK_RATES_MOST];
    double bytes_per_hour; /* what time adds; 0 where it is not asked for */
    struct interval bytes_per_hour_interval;
    double bytes_per_day; /* of an instance: groups and time together */
    struct interval bytes_per_day_interval;
    double *fitted; /* rows: what of the memory they explain, from each piece's first row on; the caller's */
};

/* members: groups x endpoints, which belong to it. The regression is that of attribution.h, under its likeliest noise, on all
 * groups at once, none of them negative. Intervals: windows of time drawn anew (Kunsch, Ann. Stat. 17:1217, 1989;
 * attribution_windows()), widened as Student's t is for so few. measured: growth of all rows together
 * in the versions of attribution->holding, bytes, of which the shares are; only there do they keep anything. */
void leak_rates(const struct panel *panel, const struct attribution *attribution, const bool *members,
                size_t groups, bool time, double measured, uint64_t seed, struct leak_rates *rates);

#endif

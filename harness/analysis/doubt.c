#include "analysis/doubt.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"

#define NEAR_LIMIT 0.9

/* Without the gaps; the caller's. */
static double *known_of(const double *values, size_t count, size_t *known)
{
    double *kept = xmalloc((count + 1) * sizeof *kept);
    *known = 0;
    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            kept[(*known)++] = values[i];
    return kept;
}

double doubt_taken_back(const double *levels, size_t count)
{
    size_t n;
    double *known = known_of(levels, count, &n), share = (double)NAN;
    if (n >= 5) {
        double before = robust_median(known + n - 4, 3), rise = before - known[0];
        share = rise > 0 ? fmax(0, (before - known[n - 1]) / rise) : 0;
    }
    free(known);
    return share;
}

struct doubt_met doubt_met(const double *under_way, size_t count)
{
    struct doubt_met met = {.readings = 0};
    for (size_t i = 0; i < count; i++) {
        met.readings += under_way[i] > 0;
        met.most = fmax(met.most, under_way[i]);
    }
    if (count < 3)
        return met;
    met.early = robust_median(under_way, count / 3);
    met.late = robust_median(under_way + count - count / 3, count / 3);
    met.piles_up = met.late > 2 * met.early && met.late > met.early + 2;
    return met;
}

bool doubt_clipped(const double *levels, size_t count, double limit)
{
    size_t n;
    double *known = known_of(levels, count, &n);
    size_t last = n / 4 > 3 ? n / 4 : 3;
    bool clipped = n >= last && isfinite(limit) && limit > 0 &&
                   robust_median(known + n - last, last) > NEAR_LIMIT * limit;
    free(known);
    return clipped;
}

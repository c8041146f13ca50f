#include "analysis/explained.h"

#include <math.h>

#define SECONDS_PER_DAY 86400

static double observed_per_day(const struct observed *observed)
{
    return observed->seconds > 0 && observed->bytes > 0
               ? observed->bytes / observed->seconds * SECONDS_PER_DAY
               : (double)NAN;
}

/* fmax() would take 0 where the value is NaN. */
static double not_below_zero(double value)
{
    return value < 0 ? 0 : value;
}

void explained_by_findings(struct observed *observed, const struct finding *findings, size_t count)
{
    double whole = observed_per_day(observed), found = 0, low = 0, high = 0;
    for (size_t i = 0; i < count; i++) {
        const struct projection *projection = &findings[i].projection;
        found += not_below_zero(projection->bytes_per_day);
        low += not_below_zero(projection->bytes_per_day_interval.low);
        high += not_below_zero(projection->bytes_per_day_interval.high);
    }
    observed->explained = count > 0 ? found / whole : (double)NAN;
    observed->interval =
        count > 0 ? (struct interval){low / whole, high / whole} : (struct interval){NAN, NAN};
}

void explained_by_nothing(struct observed *observed, double unseen_bytes_per_day)
{
    double unseen = unseen_bytes_per_day / observed_per_day(observed);
    observed->explained = isnan(unseen) ? (double)NAN : 0;
    observed->interval = isnan(unseen) ? (struct interval){NAN, NAN} : (struct interval){0, unseen};
}

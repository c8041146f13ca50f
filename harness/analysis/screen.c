#include "analysis/screen.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"

struct screen_result screen_judge(const double *gains, size_t n, double calls, double floor, double quantum)
{
    struct screen_result result = {SCREEN_UNKNOWN, NAN, {NAN, NAN}};
    double *rates = xmalloc(n * sizeof *rates);
    size_t known = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(gains[i]))
            rates[known++] = gains[i] / calls;
    if (known >= 2) {
        struct mean mean = robust_mean(rates, known, quantum / calls);
        result.per_request = mean.value;
        result.interval = mean.interval;
        if (mean.interval.low > floor)
            result.answer = SCREEN_GROWS;
        else if (mean.interval.high < floor)
            result.answer = SCREEN_CLEAR;
    }
    free(rates);
    return result;
}

enum settle_answer settle_judge(const double *gains, size_t n, double pass_requests, double floor,
                                double quantum)
{
    double least = floor * pass_requests + quantum;
    if (n >= 2 && fabs(gains[n - 1]) < least && fabs(gains[n - 2]) < least)
        return SETTLE_FLAT;
    if (n < 3)
        return SETTLE_MORE;
    double mean = (gains[n - 1] + gains[n - 2] + gains[n - 3]) / 3, away = 0;
    for (size_t i = n - 3; i < n; i++)
        away = fmax(away, fabs(gains[i] - mean));
    return away <= fmax(quantum, 0.25 * fabs(mean)) ? SETTLE_STEADY : SETTLE_MORE;
}

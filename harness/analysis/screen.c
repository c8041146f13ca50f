#include "analysis/screen.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"

#define LOOK 4 /* gains whose sum tells noise from growth */

/* By least squares through the n + 1 levels that the gains lie between. */
static double lean_of(const double *gains, size_t n, double calls, double floor, double quantum)
{
    if (n < 3)
        return NAN;
    double middle = (double)n / 2, level = 0, mean = 0, xx = 0, xy = 0, left = 0;
    for (size_t i = 0; i < n; i++)
        mean += gains[i] * (double)(n - i) / (double)(n + 1);
    for (size_t i = 0; i <= n; level += i < n ? gains[i] : 0, i++) {
        xx += ((double)i - middle) * ((double)i - middle);
        xy += ((double)i - middle) * (level - mean);
        left += (level - mean) * (level - mean);
    }
    double slope = xy / xx, noise = sqrt(fmax(left - slope * xy, 0) / (double)(n - 1));
    return (slope - floor * calls) / (fmax(noise, quantum) / sqrt(xx));
}

struct screen_result screen_judge(const double *gains, size_t n, double calls, double floor, double quantum)
{
    struct screen_result result = {SCREEN_UNKNOWN, NAN, {NAN, NAN}, NAN};
    result.lean = lean_of(gains, n, calls, floor, quantum);
    double *rates = xmalloc((n + 1) * sizeof *rates);
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

static double sum(const double *gains, size_t from, size_t to)
{
    double total = 0;
    for (size_t i = from; i < to; i++)
        total += gains[i];
    return total;
}

static bool signs_differ(const double *gains, size_t from, size_t to)
{
    bool up = false, down = false;
    for (size_t i = from; i < to; i++) {
        up = up || gains[i] > 0;
        down = down || gains[i] < 0;
    }
    return up && down;
}

static bool flat(const double *gains, size_t n, double least, double quantum)
{
    if (n >= 2 && fabs(gains[n - 1]) < least + quantum && fabs(gains[n - 2]) < least + quantum)
        return true;
    return n >= LOOK && signs_differ(gains, n - LOOK, n) &&
           fabs(sum(gains, n - LOOK, n)) < LOOK * least + quantum;
}

static bool steady(const double *gains, size_t n, double quantum)
{
    if (n < 3)
        return false;
    double mean = sum(gains, n - 3, n) / 3, away = 0;
    for (size_t i = n - 3; i < n; i++)
        away = fmax(away, fabs(gains[i] - mean));
    bool alike = away <= fmax(quantum, 0.25 * fabs(mean)) && gains[n - 1] >= 0.9 * gains[n - 3] - quantum;
    if (alike || n < 6)
        return alike;
    double before = sum(gains, n - 6, n - 3), after = sum(gains, n - 3, n);
    return before > 0 && after >= 0.8 * before;
}

enum settle_answer settle_judge(const double *gains, size_t n, double pass_requests, double floor,
                                double quantum)
{
    if (flat(gains, n, floor * pass_requests, quantum))
        return SETTLE_FLAT;
    return steady(gains, n, quantum) ? SETTLE_STEADY : SETTLE_MORE;
}

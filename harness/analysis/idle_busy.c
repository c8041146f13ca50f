#include "analysis/idle_busy.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/attribution.h"
#include "analysis/robust.h"
#include "base/text.h"

struct step {
    double rate, bytes_per_hour;
    size_t window;
};

static int by_rate(const void *a, const void *b)
{
    double x = ((const struct step *)a)->rate, y = ((const struct step *)b)->rate;
    return (x > y) - (x < y);
}

static size_t take_steps(const struct panel *panel, struct step *steps)
{
    size_t count = 0, *windows = attribution_windows(panel);
    for (size_t i = 0; i < panel->piece_count; i++)
        for (size_t k = 1; k < panel->pieces[i].count; k++) {
            size_t row = panel->pieces[i].first + k;
            double hours = (panel->at_s[row] - panel->at_s[row - 1]) / 3600;
            steps[count++] = (struct step){
                panel_rate(panel, row), (panel->memory[row] - panel->memory[row - 1]) / hours, windows[row]};
        }
    free(windows);
    return count;
}

/* The mean over windows that have at least one of them. */
static double growth_of(const struct step *steps, size_t count, struct interval *interval, double *rate)
{
    double sums[ATTRIBUTION_WINDOWS] = {0}, counts[ATTRIBUTION_WINDOWS] = {0}, means[ATTRIBUTION_WINDOWS];
    size_t windows = 0;
    *rate = 0;
    for (size_t i = 0; i < count; i++) {
        sums[steps[i].window] += steps[i].bytes_per_hour;
        counts[steps[i].window]++;
        *rate += steps[i].rate / (double)count;
    }
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        if (counts[w] > 0)
            means[windows++] = sums[w] / counts[w];
    struct mean mean = robust_mean(means, windows, 0);
    *interval = mean.interval;
    return windows > 0 ? mean.value : NAN;
}

struct idle_and_busy idle_and_busy(const struct panel *panel)
{
    struct idle_and_busy result = {.idle_rate = NAN,
                                   .busy_rate = NAN,
                                   .idle_bytes_per_hour = NAN,
                                   .busy_bytes_per_hour = NAN,
                                   .idle_interval = {NAN, NAN},
                                   .busy_interval = {NAN, NAN}};
    struct step *steps = xcalloc(panel->rows + 1, sizeof *steps);
    size_t count = take_steps(panel, steps), quarter = count / 4;
    if (quarter >= 8) {
        qsort(steps, count, sizeof *steps, by_rate);
        result.idle_bytes_per_hour = growth_of(steps, quarter, &result.idle_interval, &result.idle_rate);
        result.busy_bytes_per_hour =
            growth_of(steps + count - quarter, quarter, &result.busy_interval, &result.busy_rate);
    }
    free(steps);
    return result;
}

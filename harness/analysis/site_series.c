#include "analysis/site_series.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"

#define NEAR_NOTHING 0.1
#define OBJECTS_LEAST 16
#define QUANTA_LEAST 10
#define MOVES_LEAST 3

static bool fell(const struct site_series *series, size_t at)
{
    double objects = series->objects[at - 1];
    if (isfinite(objects) && isfinite(series->objects[at]))
        return objects >= OBJECTS_LEAST && series->objects[at] < NEAR_NOTHING * objects;
    return series->bytes[at - 1] > QUANTA_LEAST * series->quanta[at - 1] &&
           series->bytes[at] < NEAR_NOTHING * series->bytes[at - 1];
}

size_t site_falls(const struct site_series *series, bool *at_last)
{
    size_t count = 0;
    *at_last = series->n > 2 && fell(series, series->n - 1);
    for (size_t i = 1; series->n > 2 && i < series->n; i++)
        count += fell(series, i);
    return count;
}

/* Between two falls: [from, to). */
struct stretch {
    size_t from, to;
};

static struct stretch stretch_from(const struct site_series *series, size_t from)
{
    size_t to = from + 1;
    while (to < series->n && !fell(series, to))
        to++;
    return (struct stretch){from, to};
}

static size_t add_slopes(const struct site_series *series, const double *values, struct stretch stretch,
                         double *slopes)
{
    size_t count = 0;
    for (size_t i = stretch.from; i < stretch.to; i++)
        for (size_t j = i + 1; j < stretch.to; j++)
            if (series->x[j] > series->x[i])
                slopes[count++] = (values[j] - values[i]) / (series->x[j] - series->x[i]);
    return count;
}

double site_gain(const struct site_series *series, const double *values)
{
    if (series->n == 2)
        return values[1] - values[0];
    for (size_t i = 0; i < series->n; i++)
        if (isnan(values[i]))
            return (double)NAN;
    double *slopes = xcalloc(series->n * series->n, sizeof *slopes);
    size_t count = 0;
    struct stretch stretch;
    for (size_t from = 0; from < series->n; from = stretch.to) {
        stretch = stretch_from(series, from);
        count += add_slopes(series, values, stretch, slopes + count);
    }
    double slope = count > 0 ? robust_median(slopes, count) : 0;
    free(slopes);
    return slope * (series->x[series->n - 1] - series->x[0]);
}

double site_gain_of_longest(const struct site_series *series)
{
    const double *longest = series->longest;
    size_t last = series->n - 1, moves = 0;
    for (size_t i = 1; i < series->n; i++)
        moves += longest[i] > longest[i - 1];
    if (moves == 0 || longest[last] <= longest[0])
        return longest[last] - longest[0];
    double gain = moves >= MOVES_LEAST ? site_gain(series, longest) : longest[last] - longest[0];
    double evenly = longest[last] * (series->x[last] - series->x[0]) / series->x[last];
    return fmin(gain, evenly);
}

static struct stretch longest_of(const struct site_series *series)
{
    struct stretch best = {0, 0}, stretch;
    for (size_t from = 0; from < series->n; from = stretch.to) {
        stretch = stretch_from(series, from);
        if (stretch.to - stretch.from > best.to - best.from)
            best = stretch;
    }
    return best;
}

bool site_gained_steadily(const struct site_series *series, const double *values, double share)
{
    if (series->n == 2)
        return true;
    struct stretch stretch = longest_of(series);
    if (stretch.to - stretch.from < 3)
        return false;
    size_t last = stretch.to - 1, middle = stretch.from + 1;
    double half_way = (series->x[stretch.from] + series->x[last]) / 2;
    while (middle + 1 < last && fabs(series->x[middle + 1] - half_way) < fabs(series->x[middle] - half_way))
        middle++;
    double first = values[middle] - values[stretch.from], second = values[last] - values[middle];
    return fmin(first, second) >= share * (first + second);
}

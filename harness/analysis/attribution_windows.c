/* Windows of time, and what columns have in common within each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
#include "base/text.h"

size_t *attribution_windows(const struct panel *panel)
{
    double from_s, to_s;
    size_t *windows = xcalloc(panel->rows + 1, sizeof *windows);
    panel_span(panel, &from_s, &to_s);
    for (size_t row = 0; row < panel->rows; row++) {
        double part = to_s > from_s ? (panel->at_s[row] - from_s) / (to_s - from_s) : 0;
        windows[row] = (size_t)fmin(part * ATTRIBUTION_WINDOWS, ATTRIBUTION_WINDOWS - 1);
    }
    return windows;
}

double *copy_of(const double *values, size_t count)
{
    double *copy = xcalloc(count + 1, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

void windows_init(struct windows *windows, const struct panel *panel, const double *columns,
                  const double *memory, size_t count)
{
    size_t *of = attribution_windows(panel);
    gram_init(&windows->all, count);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_init(&windows->each[w], count);
    for (size_t row = 0, next; row < panel->rows; row = next) {
        for (next = row + 1; next < panel->rows && of[next] == of[row]; next++)
            ;
        gram_add(&windows->each[of[row]], columns + row * count, memory + row, next - row);
    }
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_add_gram(&windows->all, &windows->each[w]);
    free(of);
}

void windows_draw(const struct windows *windows, struct random *random, struct gram *sum)
{
    gram_init(sum, windows->all.count);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_add_gram(sum, &windows->each[random_below(random, ATTRIBUTION_WINDOWS)]);
}

void windows_release(struct windows *windows)
{
    gram_release(&windows->all);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_release(&windows->each[w]);
}

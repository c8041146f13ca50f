/* Windows of time, and what columns have in common within each. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
#include "analysis/whiten.h"
#include "base/text.h"

size_t *attribution_windows(const struct panel *panel)
{
    double from = INFINITY, to = -INFINITY;
    size_t *windows = xcalloc(panel->rows + 1, sizeof *windows);
    for (size_t row = 0; row < panel->rows; row++) {
        from = fmin(from, panel->at_s[row]);
        to = fmax(to, panel->at_s[row]);
    }
    for (size_t row = 0; row < panel->rows; row++) {
        double part = to > from ? (panel->at_s[row] - from) / (to - from) : 0;
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

void products_init(struct products *products, const struct looking *looking, size_t noise)
{
    const struct panel *panel = looking->panel;
    size_t k = looking->design->count, freedom, cells = (k + 1) * (k + 1);
    double *columns = copy_of(looking->design->values, panel->rows * k),
           *memory = copy_of(panel->memory, panel->rows);
    whiten(panel, noise, columns, k, &freedom);
    whiten(panel, noise, memory, 1, &freedom);
    gram_init(&products->all, k);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++) {
        gram_init(&products->windows[w], k);
        products->rows[w] = 0;
    }
    size_t *of = attribution_windows(panel);
    for (size_t row = 0, next; row < panel->rows; row = next) {
        for (next = row + 1; next < panel->rows && of[next] == of[row]; next++)
            ;
        gram_add(&products->windows[of[row]], columns + row * k, memory + row, next - row);
        products->rows[of[row]] += (double)(next - row);
    }
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        for (size_t i = 0; i < cells; i++)
            products->all.products[i] += products->windows[w].products[i];
    free(of);
    free(columns);
    free(memory);
}

void products_release(struct products *products)
{
    gram_release(&products->all);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_release(&products->windows[w]);
}

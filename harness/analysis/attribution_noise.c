/* Which kind of noise memory has. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
#include "analysis/whiten.h"
#include "base/text.h"

#define ROWS_EACH 10 /* so many for each column that is fitted */
#define WALKS_FROM 4 /* of the kinds of noise those that wander: memory that was given out once stays */

/* All that may be at work at once: requests of every endpoint, time, nuisance; what is in flight where there are rows enough. */
struct whole {
    size_t count, positive; /* columns, of which the first so many may not be negative */
    double *columns;
};

static void whole_init(struct whole *whole, const struct looking *looking)
{
    const struct design *design = looking->design;
    size_t k = design->count, p = looking->panel->endpoints, rows = looking->panel->rows;
    size_t nuisance = k - design->nuisance, rates = rows >= ROWS_EACH * 2 * p ? p : 0;
    whole->positive = p + 1;
    whole->count = p + 1 + rates + nuisance;
    whole->columns = xcalloc(rows * whole->count + 1, sizeof *whole->columns);
    for (size_t row = 0; row < rows; row++) {
        const double *values = design->values + row * k;
        double *into = whole->columns + row * whole->count;
        memcpy(into, values + design->requests, p * sizeof *into);
        into[p] = values[design->time];
        memcpy(into + p + 1, values + design->rates, rates * sizeof *into);
        memcpy(into + p + 1 + rates, values + design->nuisance, nuisance * sizeof *into);
    }
}

/* Log likelihood of all that under a noise. */
static double whole_likelihood(const struct looking *looking, const struct whole *whole, size_t noise)
{
    const struct panel *panel = looking->panel;
    size_t count = whole->count, freedom, *all = xcalloc(count, sizeof *all);
    double *columns = copy_of(whole->columns, panel->rows * count),
           *memory = copy_of(panel->memory, panel->rows);
    double *coefficients = xcalloc(count, sizeof *coefficients);
    bool *positive = xcalloc(count, sizeof *positive);
    double base = whiten(panel, noise, columns, count, &freedom);
    whiten(panel, noise, memory, 1, &freedom);
    struct gram gram;
    gram_init(&gram, count);
    gram_add(&gram, columns, memory, panel->rows);
    for (size_t c = 0; c < count; c++) {
        all[c] = c;
        positive[c] = c < whole->positive;
    }
    double left = gram_fit(&gram, all, positive, count, coefficients);
    gram_release(&gram);
    free(columns);
    free(memory);
    free(all);
    free(coefficients);
    free(positive);
    return base - (double)freedom / 2 * log(fmax(left, 1e-300) / (double)freedom);
}

size_t likeliest_noise(const struct looking *looking)
{
    struct whole whole;
    size_t best = WALKS_FROM;
    double most = -INFINITY;
    whole_init(&whole, looking);
    for (size_t noise = WALKS_FROM; noise < WHITEN_NOISES; noise++) {
        double likelihood = whole_likelihood(looking, &whole, noise);
        if (likelihood > most) {
            most = likelihood;
            best = noise;
        }
    }
    free(whole.columns);
    return best;
}

/* Everything at once, under a kind of noise. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
#include "analysis/whiten.h"
#include "base/text.h"

#define ROWS_EACH 10 /* so many for each column that is fitted */

static void take_columns(struct whole *whole, const struct looking *looking)
{
    const struct design *design = looking->design;
    size_t k = design->count, p = looking->panel->endpoints, rows = looking->panel->rows;
    size_t nuisance = k - design->nuisance, rates = rows >= ROWS_EACH * 2 * p ? p : 0;
    whole->positive = p + 1;
    whole->count = p + 1 + rates + nuisance;
    whole->columns = xcalloc(rows * whole->count + 1, sizeof *whole->columns);
    bool *held = panel_held(looking->panel, looking->holding);
    for (size_t row = 0; row < rows; row++) {
        const double *values = design->values + row * k;
        double *into = whole->columns + row * whole->count;
        if (held[row]) {
            memcpy(into, values + design->requests, p * sizeof *into);
            into[p] = values[design->time];
        }
        memcpy(into + p + 1, values + design->rates, rates * sizeof *into);
        memcpy(into + p + 1 + rates, values + design->nuisance, nuisance * sizeof *into);
    }
    free(held);
}

void whole_init(struct whole *whole, const struct looking *looking, size_t noise)
{
    const struct panel *panel = looking->panel;
    *whole = (struct whole){.count = 0};
    take_columns(whole, looking);
    whole->memory = copy_of(panel->memory, panel->rows);
    whole->coefficients = xcalloc(whole->count, sizeof *whole->coefficients);
    whole->base = whiten(panel, noise, whole->columns, whole->count, &whole->freedom);
    whiten(panel, noise, whole->memory, 1, &whole->freedom);
}

void whole_release(struct whole *whole)
{
    free(whole->columns);
    free(whole->memory);
    free(whole->coefficients);
    *whole = (struct whole){.count = 0};
}

static void add_weighed(struct gram *gram, const struct whole *whole, size_t rows, const double *weights)
{
    double *row = xcalloc(whole->count + 1, sizeof *row);
    for (size_t i = 0; i < rows; i++) {
        double root = sqrt(weights[i]), memory = root * whole->memory[i];
        for (size_t c = 0; c < whole->count; c++)
            row[c] = root * whole->columns[i * whole->count + c];
        gram_add(gram, row, &memory, 1);
    }
    free(row);
}

void whole_fit(struct whole *whole, size_t rows, const double *weights)
{
    struct gram gram;
    size_t *all = xcalloc(whole->count, sizeof *all);
    bool *positive = xcalloc(whole->count, sizeof *positive);
    for (size_t c = 0; c < whole->count; c++) {
        all[c] = c;
        positive[c] = c < whole->positive;
    }
    gram_init(&gram, whole->count);
    if (weights != NULL)
        add_weighed(&gram, whole, rows, weights);
    else
        gram_add(&gram, whole->columns, whole->memory, rows);
    whole->left = gram_fit(&gram, all, positive, whole->count, whole->coefficients);
    gram_release(&gram);
    free(all);
    free(positive);
}

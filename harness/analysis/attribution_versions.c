/* What is kept in some versions of what runs and not in others: products of its columns with all others are of the rows of
 * these versions alone. */
#include <math.h>
#include <stdlib.h>

#include "analysis/attribution_inside.h"
#include "base/text.h"

#define PRIOR_SOME 0.2 /* that a deploy brought what is kept, or ended it */
#define NEAR 10        /* log units below what holds always: further below, draws do not make it the best */

static struct gram *cell_of(const struct cells *cells, size_t version, size_t window)
{
    return &cells->items[version * ATTRIBUTION_WINDOWS + window];
}

void cells_init(struct cells *cells, const struct panel *panel, const double *columns, const double *memory,
                size_t count)
{
    size_t *of = attribution_windows(panel);
    cells->versions = panel->deploy_count + 1;
    cells->items = xcalloc(cells->versions * ATTRIBUTION_WINDOWS, sizeof *cells->items);
    for (size_t i = 0; i < panel->piece_count; i++) {
        const struct panel_piece *piece = &panel->pieces[i];
        size_t end = piece->first + piece->count;
        for (size_t row = piece->first, next; row < end; row = next) {
            struct gram *cell = cell_of(cells, piece->version, of[row]);
            for (next = row + 1; next < end && of[next] == of[row]; next++)
                ;
            if (cell->products == NULL)
                gram_init(cell, count);
            gram_add(cell, columns + row * count, memory + row, next - row);
        }
    }
    free(of);
}

void cells_release(struct cells *cells)
{
    for (size_t i = 0; i < cells->versions * ATTRIBUTION_WINDOWS; i++)
        gram_release(&cells->items[i]);
    free(cells->items);
}

static bool is_held(const struct design *design, size_t column)
{
    return column < design->nuisance && !(column >= design->rates && column < design->fills);
}

/* `sum` has everything, `held` what lies in the versions. */
static void take_held(const struct design *design, struct gram *sum, const struct gram *held)
{
    size_t n = sum->count + 1;
    for (size_t a = 0; a < n; a++)
        for (size_t b = 0; b < n; b++)
            if (is_held(design, a) || is_held(design, b))
                sum->products[a * n + b] = held->products[a * n + b];
}

static void take_window(const struct cells *cells, const struct design *design, struct holding holding,
                        size_t window, struct gram *sum)
{
    struct gram held;
    gram_init(sum, design->count);
    gram_init(&held, design->count);
    for (size_t version = 0; version < cells->versions; version++) {
        const struct gram *cell = cell_of(cells, version, window);
        if (cell->products == NULL)
            continue;
        gram_add_gram(sum, cell);
        if (panel_holds(version, holding))
            gram_add_gram(&held, cell);
    }
    if (holding.holds != HOLDS_ALWAYS)
        take_held(design, sum, &held);
    gram_release(&held);
}

void cells_windows(const struct cells *cells, const struct design *design, struct holding holding,
                   struct windows *windows)
{
    gram_init(&windows->all, design->count);
    for (size_t window = 0; window < ATTRIBUTION_WINDOWS; window++) {
        take_window(cells, design, holding, window, &windows->each[window]);
        gram_add_gram(&windows->all, &windows->each[window]);
    }
}

/* What the best model explains that has something grow or fill. */
static double best_gain(const struct claims *claims)
{
    double best = -INFINITY;
    for (size_t i = 0; i < claims->count; i++)
        if (claims->items[i].claimed != CLAIM_NOTHING)
            best = fmax(best, claims->gains[i]);
    return best;
}

static void add_holding(struct holdings *holdings, const struct looking *looking, const struct cells *cells,
                        struct holding holding, double log_prior)
{
    struct windows *windows = &holdings->windows[holdings->count];
    struct claims *claims = &holdings->claims[holdings->count];
    holdings->items[holdings->count++] = holding;
    cells_windows(cells, looking->design, holding, windows);
    claims_init(claims, looking, holding.holds == HOLDS_ALWAYS);
    claims->log_prior = log_prior;
}

static double gain_of(struct holdings *holdings, size_t i, const struct looking *looking)
{
    struct gram all;
    gram_copy(&all, &holdings->windows[i].all);
    fit_claims(looking, &all, holdings->readings, &holdings->claims[i]);
    gram_release(&all);
    return best_gain(&holdings->claims[i]);
}

static void drop(struct holdings *holdings, size_t i)
{
    windows_release(&holdings->windows[i]);
    claims_release(&holdings->claims[i]);
    holdings->count--;
    for (; i < holdings->count; i++) {
        holdings->items[i] = holdings->items[i + 1];
        holdings->windows[i] = holdings->windows[i + 1];
        holdings->claims[i] = holdings->claims[i + 1];
    }
}

/* It stays where it comes near what holds always, and is among the best of those. gains: of each. */
static void consider(struct holdings *holdings, const struct looking *looking, const struct cells *cells,
                     struct holding holding, double *gains)
{
    size_t last = holdings->count, worst = last;
    add_holding(holdings, looking, cells, holding,
                log(PRIOR_SOME / 2 / (double)looking->panel->deploy_count));
    gains[last] = gain_of(holdings, last, looking);
    for (size_t i = 1; i < last; i++)
        if (gains[i] < gains[worst])
            worst = i;
    if (gains[last] < gains[0] - NEAR)
        worst = last;
    else if (holdings->count <= HOLDINGS_MOST)
        return;
    drop(holdings, worst);
    for (size_t i = worst; i < last; i++)
        gains[i] = gains[i + 1];
}

/* Where what holds in some versions explains more, it tells what errors there are. */
static void take_readings(struct holdings *holdings, const struct looking *looking, const double *gains)
{
    size_t best = 0;
    for (size_t i = 1; i < holdings->count; i++)
        if (gains[i] > gains[best])
            best = i;
    if (best > 0)
        holdings->readings =
            fmax(holdings->readings, readings_of(looking, &holdings->windows[best], &holdings->claims[best]));
}

void holdings_init(struct holdings *holdings, const struct looking *looking, size_t noise)
{
    struct cells cells;
    size_t deploys = looking->panel->deploy_count;
    double gains[HOLDINGS_MOST + 1];
    *holdings = (struct holdings){.count = 0};
    looking_cells(looking, noise, &cells);
    add_holding(holdings, looking, &cells, (struct holding){HOLDS_ALWAYS, 0},
                deploys > 0 ? log(1 - PRIOR_SOME) : 0);
    holdings->readings = readings_of(looking, &holdings->windows[0], &holdings->claims[0]);
    gains[0] = gain_of(holdings, 0, looking);
    for (size_t deploy = 0; deploy < deploys; deploy++) {
        consider(holdings, looking, &cells, (struct holding){HOLDS_UNTIL, deploy}, gains);
        consider(holdings, looking, &cells, (struct holding){HOLDS_SINCE, deploy}, gains);
    }
    take_readings(holdings, looking, gains);
    cells_release(&cells);
}

void holdings_release(struct holdings *holdings)
{
    while (holdings->count > 0)
        drop(holdings, holdings->count - 1);
}

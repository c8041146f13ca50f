/* Models, and how well each explains memory. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
#include "analysis/whiten.h"
#include "base/text.h"

#define LASTS 0.3 /* of the growth of the first half */

/* Prior probabilities; what is of many is spread over them. */
static const double prior_nothing = 0.35, prior_time = 0.15, prior_fills = 0.2, prior_one = 0.2,
                    prior_beside = 0.05, prior_two = 0.05;

static void add_column(struct claim *claim, size_t column, bool positive)
{
    claim->positive[claim->count] = positive;
    claim->columns[claim->count++] = column;
}

static struct claim *add_claim(struct claims *claims, enum claimed claimed, double prior)
{
    if ((claims->count & (claims->count - 1)) == 0)
        claims->items =
            xrealloc(claims->items, (claims->count == 0 ? 1 : 2 * claims->count) * sizeof *claims->items);
    struct claim *claim = &claims->items[claims->count++];
    *claim = (struct claim){.claimed = claimed, .log_prior = log(prior), .a = SIZE_MAX, .b = SIZE_MAX};
    return claim;
}

static void claim_requests(struct claims *claims, const struct looking *looking, size_t a, size_t b,
                           bool time)
{
    const struct design *design = looking->design;
    double n = (double)looking->told_count,
           prior = a == b ? prior_one / n / 2 : prior_two / (n * (n - 1) / 2);
    struct claim *claim = add_claim(claims, CLAIM_REQUESTS, prior);
    claim->a = a;
    claim->time = time;
    add_column(claim, design->requests + a, true);
    add_column(claim, design->rates + a, false);
    if (time)
        add_column(claim, design->time, true);
    if (b == a)
        return;
    claim->b = b;
    add_column(claim, design->requests + b, true);
    add_column(claim, design->rates + b, false);
}

/* Beside something that fills, with the requests of all or of this endpoint. */
static void claim_beside(struct claims *claims, const struct looking *looking, size_t endpoint)
{
    const struct design *design = looking->design;
    double n = (double)looking->told_count;
    for (size_t i = 0; i <= DESIGN_SLOW; i++) {
        struct claim *claim = add_claim(claims, CLAIM_REQUESTS, prior_beside / n / (DESIGN_SLOW + 1));
        claim->a = endpoint;
        add_column(claim, design->requests + endpoint, true);
        add_column(claim, design->rates + endpoint, false);
        add_column(claim, i < DESIGN_SLOW ? design->slow + i : design->fills + endpoint, true);
    }
}

/* With what is in flight for an endpoint, or for none. */
static struct claim *claim_other(struct claims *claims, const struct looking *looking, enum claimed claimed,
                                 double prior, size_t endpoint)
{
    bool none = endpoint == looking->panel->endpoints;
    struct claim *claim = add_claim(claims, claimed, prior / 2 / (none ? 1 : (double)looking->told_count));
    if (!none)
        add_column(claim, looking->design->rates + endpoint, false);
    return claim;
}

static void claim_others(struct claims *claims, const struct looking *looking)
{
    const struct design *design = looking->design;
    for (size_t e = 0; e <= looking->panel->endpoints; e++) {
        if (e < looking->panel->endpoints && !looking->told[e])
            continue;
        claim_other(claims, looking, CLAIM_NOTHING, prior_nothing, e);
        add_column(claim_other(claims, looking, CLAIM_TIME, prior_time, e), design->time, true);
        for (size_t i = 0; i < DESIGN_SLOW; i++)
            add_column(claim_other(claims, looking, CLAIM_FILLS, prior_fills / 2 / DESIGN_SLOW, e),
                       design->slow + i, true);
        if (e < looking->panel->endpoints)
            add_column(claim_other(claims, looking, CLAIM_FILLS, prior_fills, e), design->fills + e, true);
    }
}

void claims_init(struct claims *claims, const struct looking *looking, bool pairs)
{
    *claims = (struct claims){.count = 0};
    claim_others(claims, looking);
    for (size_t a = 0; a < looking->panel->endpoints; a++)
        for (size_t b = a; looking->told[a] && b < looking->panel->endpoints; b++) {
            if (looking->told[b] && (pairs || a == b))
                claim_requests(claims, looking, a, b, false);
            if (a != b)
                continue;
            claim_requests(claims, looking, a, b, true);
            claim_beside(claims, looking, a);
        }
    claims->gains = xcalloc(claims->count, sizeof *claims->gains);
}

void claims_release(struct claims *claims)
{
    free(claims->items);
    free(claims->gains);
}

/* Of requests and time the column that explains most; columns reach 1 at most, so that coefficients compare. */
static size_t main_column(const struct design *design, const struct gram *gram, const struct claim *claim)
{
    double fit[CLAIM_MOST];
    size_t most = SIZE_MAX;
    gram_fit(gram, claim->columns, claim->positive, claim->count, fit);
    for (size_t i = 0; i < claim->count; i++)
        if ((claim->columns[i] < design->rates || claim->columns[i] == design->time) &&
            (most == SIZE_MAX || fit[i] > fit[most]))
            most = i;
    return most;
}

/* Whether what the best of a kind keeps, it keeps in the second half of each piece as well: at least LASTS of it. */
static bool lasts(const struct claims *claims, const struct design *design, const struct gram *gram,
                  enum claimed kind)
{
    struct claim split = claims->items[best_claim(claims, kind)];
    double fit[CLAIM_MOST];
    size_t most = main_column(design, gram, &split), column = split.columns[most];
    size_t late = column == design->time ? design->late : design->lates + column - design->requests;
    add_column(&split, late, false);
    split.positive[most] = false;
    gram_fit(gram, split.columns, split.positive, split.count, fit);
    double early = fit[most] / design->scales[column];
    double more = fit[split.count - 1] / design->scales[late];
    return early + more > 0 && more > -(1 - LASTS) * early;
}

void looking_cells(const struct looking *looking, size_t noise, struct cells *cells)
{
    const struct panel *panel = looking->panel;
    size_t count = looking->design->count, freedom;
    double *columns = copy_of(looking->design->values, panel->rows * count);
    double *memory = copy_of(panel->memory, panel->rows);
    whiten(panel, noise, columns, count, &freedom);
    whiten(panel, noise, memory, 1, &freedom);
    for (size_t row = 0; looking->weights != NULL && row < panel->rows; row++) {
        double root = sqrt(looking->weights[row]);
        memory[row] *= root;
        for (size_t c = 0; c < count; c++)
            columns[row * count + c] *= root;
    }
    cells_init(cells, panel, columns, memory, count);
    free(columns);
    free(memory);
}

void fit_claims(const struct looking *looking, struct gram *gram, double readings, struct claims *claims)
{
    double fit[CLAIM_MOST];
    gram_take_out(gram, looking->design->nuisance);
    double nothing = gram_left(gram);
    for (size_t i = 0; nothing > 0 && i < claims->count; i++) {
        const struct claim *claim = &claims->items[i];
        double left = gram_fit(gram, claim->columns, claim->positive, claim->count, fit);
        claims->gains[i] = readings / 2 * log(nothing / fmax(left, 1e-9 * nothing)) -
                           (double)claim->count / 2 * log(readings) + claim->log_prior + claims->log_prior;
    }
    claims->requests_last = nothing > 0 && lasts(claims, looking->design, gram, CLAIM_REQUESTS);
    claims->time_lasts = nothing > 0 && lasts(claims, looking->design, gram, CLAIM_TIME);
}

size_t best_claim(const struct claims *claims, enum claimed kind)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < claims->count; i++)
        if (claims->items[i].claimed == kind && (best == SIZE_MAX || claims->gains[i] > claims->gains[best]))
            best = i;
    return best;
}

/* Squares of what each endpoint's requests would explain of the errors in one window, added to sums. */
static void add_scores(const struct looking *looking, const struct gram *window, const struct claim *claim,
                       const double *fit, double *sums)
{
    for (size_t e = 0; e < looking->panel->endpoints; e++) {
        size_t column = looking->design->requests + e;
        double score = gram_product(window, column, window->count);
        for (size_t i = 0; i < claim->count; i++)
            score -= fit[i] * gram_product(window, column, claim->columns[i]);
        sums[e] += score * score;
    }
}

/* How much more windows vary than independent rows would, by the scores of each endpoint beside the best model. `all`:
 * every window, nuisance taken out. */
static double inflation_of(const struct looking *looking, const struct windows *windows,
                           const struct gram *all, const struct claims *claims)
{
    const struct claim *claim = &claims->items[best_claim(claims, CLAIM_REQUESTS)];
    double ratios = 0, count = 0, fit[CLAIM_MOST],
           *sums = xcalloc(looking->panel->endpoints + 1, sizeof *sums);
    double left = gram_fit(all, claim->columns, claim->positive, claim->count, fit);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++) {
        struct gram whole, window;
        gram_copy(&whole, &windows->all);
        gram_copy(&window, &windows->each[w]);
        gram_take_out_of(&whole, &window, looking->design->nuisance);
        add_scores(looking, &window, claim, fit, sums);
        gram_release(&whole);
        gram_release(&window);
    }
    for (size_t e = 0; e < looking->panel->endpoints; e++) {
        double own = gram_product(all, looking->design->requests + e, looking->design->requests + e);
        if (!looking->told[e] || !(own > 0) || e == claim->a || e == claim->b)
            continue;
        ratios += sums[e] / (own * left / (double)looking->panel->rows);
        count++;
    }
    free(sums);
    return count > 0 ? fmax(1, ratios / count) : 1;
}

double readings_of(const struct looking *looking, const struct windows *windows, struct claims *claims)
{
    struct gram all;
    double rows = (double)looking->panel->rows;
    gram_copy(&all, &windows->all);
    fit_claims(looking, &all, rows, claims);
    double inflation = inflation_of(looking, windows, &all, claims);
    gram_release(&all);
    return fmax(rows / inflation, 2 * ATTRIBUTION_WINDOWS);
}

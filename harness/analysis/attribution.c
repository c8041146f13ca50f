#include "analysis/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/gram.h"
#include "analysis/whiten.h"
#include "base/random.h"
#include "base/text.h"

#define ROWS_EACH 10 /* so many for each column that is fitted */
#define LAG_MOST 16
#define LAG_MOST_S 7200.0
#define LAG_SHOWN 4.0 /* log units */
#define DRAWS 200
#define LASTS 0.3    /* of the growth of the first half */
#define WALKS_FROM 4 /* of the kinds of noise those that wander: memory that was given out once stays */

/* Prior probabilities; what is of many is spread over them. */
static const double prior_nothing = 0.35, prior_time = 0.15, prior_fills = 0.2, prior_one = 0.25,
                    prior_two = 0.05;

struct looking {
    const struct panel *panel;
    const bool *told;
    const struct design *design;
    struct attribution *out;
    size_t told_count;
};

static double *copy_of(const double *values, size_t count)
{
    double *copy = xcalloc(count + 1, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

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

static size_t likeliest_noise(const struct looking *looking)
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

/* Models, by what keeps memory in them: columns that may not be negative, and what is in flight beside them. */
#define CLAIM_MOST 8
enum claimed { CLAIM_NOTHING, CLAIM_FILLS, CLAIM_TIME, CLAIM_REQUESTS };

struct claim {
    enum claimed claimed;
    double log_prior; /* what is of many is spread over them */
    size_t columns[CLAIM_MOST], count;
    bool positive[CLAIM_MOST];
    size_t a, b; /* endpoints; SIZE_MAX: none */
    bool time;
};

struct claims {
    struct claim *items;
    size_t count;
    double *gains; /* what each explains more than nothing at all, by criterion, log units */
    bool requests_last,
        time_lasts; /* the best of that kind grows in the second half of a process's life as well */
};

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

static void claims_init(struct claims *claims, const struct looking *looking, bool pairs)
{
    *claims = (struct claims){.count = 0};
    claim_others(claims, looking);
    for (size_t a = 0; a < looking->panel->endpoints; a++)
        for (size_t b = a; looking->told[a] && b < looking->panel->endpoints; b++) {
            if (looking->told[b] && (pairs || a == b))
                claim_requests(claims, looking, a, b, false);
            if (a == b)
                claim_requests(claims, looking, a, b, true);
        }
    claims->gains = xcalloc(claims->count, sizeof *claims->gains);
}

static void claims_release(struct claims *claims)
{
    free(claims->items);
    free(claims->gains);
}

/* Products of whitened columns, of each window and of all. */
struct products {
    struct gram windows[ATTRIBUTION_WINDOWS], all;
    double rows[ATTRIBUTION_WINDOWS];
};

static void products_init(struct products *products, const struct looking *looking, size_t noise)
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

static void products_release(struct products *products)
{
    gram_release(&products->all);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_release(&products->windows[w]);
}

static size_t best_claim(const struct claims *claims, enum claimed kind);

/* Of what may not be negative the column that explains most; columns reach 1 at most, so that coefficients compare. */
static size_t main_column(const struct gram *gram, const struct claim *claim)
{
    double fit[CLAIM_MOST];
    size_t most = SIZE_MAX;
    gram_fit(gram, claim->columns, claim->positive, claim->count, fit);
    for (size_t i = 0; i < claim->count; i++)
        if (claim->positive[i] && (most == SIZE_MAX || fit[i] > fit[most]))
            most = i;
    return most;
}

/* Whether what the best of a kind keeps, it keeps in the second half of each piece as well: at least LASTS of it. */
static bool lasts(const struct claims *claims, const struct design *design, const struct gram *gram,
                  enum claimed kind)
{
    struct claim split = claims->items[best_claim(claims, kind)];
    double fit[CLAIM_MOST];
    size_t most = main_column(gram, &split), column = split.columns[most];
    size_t late = column == design->time ? design->late : design->lates + column - design->requests;
    add_column(&split, late, false);
    split.positive[most] = false;
    gram_fit(gram, split.columns, split.positive, split.count, fit);
    double early = fit[most] / design->scales[column];
    double more = fit[split.count - 1] / design->scales[late];
    return early + more > 0 && more > -(1 - LASTS) * early;
}

/* Every model, fitted on the windows that were drawn. readings: that are worth an independent one. */
static void fit_claims(const struct looking *looking, const struct products *products, const size_t *drawn,
                       double readings, struct claims *claims)
{
    size_t cells = (products->all.count + 1) * (products->all.count + 1);
    struct gram gram = {products->all.count, xcalloc(cells, sizeof(double))};
    double fit[CLAIM_MOST];
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++) {
        const double *window = products->windows[drawn != NULL ? drawn[w] : w].products;
        for (size_t i = 0; i < cells; i++)
            gram.products[i] += window[i];
    }
    gram_take_out(&gram, looking->design->nuisance);
    double nothing = gram_left(&gram);
    for (size_t i = 0; nothing > 0 && i < claims->count; i++) {
        const struct claim *claim = &claims->items[i];
        double left = gram_fit(&gram, claim->columns, claim->positive, claim->count, fit);
        claims->gains[i] = readings / 2 * log(nothing / fmax(left, 1e-9 * nothing)) -
                           (double)claim->count / 2 * log(readings) + claim->log_prior;
    }
    claims->requests_last = nothing > 0 && lasts(claims, looking->design, &gram, CLAIM_REQUESTS);
    claims->time_lasts = nothing > 0 && lasts(claims, looking->design, &gram, CLAIM_TIME);
    gram_release(&gram);
}

/* The best of that kind of model; SIZE_MAX: there is none. */
static size_t best_claim(const struct claims *claims, enum claimed kind)
{
    size_t best = SIZE_MAX;
    for (size_t i = 0; i < claims->count; i++)
        if (claims->items[i].claimed == kind && (best == SIZE_MAX || claims->gains[i] > claims->gains[best]))
            best = i;
    return best;
}

static enum claimed best_kind(const struct claims *claims)
{
    enum claimed best = CLAIM_NOTHING;
    for (enum claimed kind = CLAIM_FILLS; kind <= CLAIM_REQUESTS; kind++)
        if (claims->gains[best_claim(claims, kind)] > claims->gains[best_claim(claims, best)])
            best = kind;
    return best;
}

static void take_draw(const struct claims *claims, struct attribution *out)
{
    double *kinds[] = {&out->nothing, &out->fills, &out->time, &out->requests};
    const struct claim *claim = &claims->items[best_claim(claims, CLAIM_REQUESTS)];
    enum claimed kind = best_kind(claims);
    if ((kind == CLAIM_REQUESTS && !claims->requests_last) || (kind == CLAIM_TIME && !claims->time_lasts))
        kind = CLAIM_FILLS;
    *kinds[kind] += 1.0 / DRAWS;
    out->time_beside += claim->time ? 1.0 / DRAWS : 0;
    out->probability[claim->a] += 1.0 / DRAWS;
    if (claim->b == SIZE_MAX)
        return;
    out->probability[claim->b] += 1.0 / DRAWS;
    out->pairs[claim->a * out->endpoints + claim->b] += 1.0 / DRAWS;
}

/* Windows that have rows, drawn as many times as there are. */
static void draw(const struct looking *looking, const struct products *products, double readings,
                 uint64_t seed, struct claims *claims)
{
    struct random random;
    size_t drawn[ATTRIBUTION_WINDOWS];
    random_init(&random, seed);
    for (size_t i = 0; i < DRAWS; i++) {
        for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
            drawn[w] = random_below(&random, ATTRIBUTION_WINDOWS);
        fit_claims(looking, products, drawn, readings, claims);
        take_draw(claims, looking->out);
    }
}

static void take_alike(const struct looking *looking, struct products *products)
{
    size_t p = looking->panel->endpoints, first = looking->design->requests;
    gram_take_out(&products->all, looking->design->nuisance);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            looking->out->alike[a * p + b] = gram_alike(&products->all, first + a, first + b);
}

/* How much more windows vary than independent rows would, by the scores of each endpoint beside the best model. */
static double inflation_of(const struct looking *looking, const struct products *products,
                           const struct claims *claims)
{
    const struct design *design = looking->design;
    size_t best = best_claim(claims, CLAIM_REQUESTS),
           cells = (products->all.count + 1) * (products->all.count + 1);
    const struct claim *claim = &claims->items[best];
    double ratios = 0, count = 0, fit[CLAIM_MOST];
    struct gram all = {products->all.count, copy_of(products->all.products, cells)};
    double *sums = xcalloc(looking->panel->endpoints + 1, sizeof *sums), rows = 0;
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++) {
        struct gram of = {products->all.count, copy_of(products->windows[w].products, cells)};
        memcpy(all.products, products->all.products, cells * sizeof(double));
        gram_take_out_of(&all, &of, design->nuisance);
        gram_fit(&all, claim->columns, claim->positive, claim->count, fit);
        for (size_t e = 0; e < looking->panel->endpoints; e++) {
            double score = gram_product(&of, design->requests + e, of.count);
            for (size_t i = 0; i < claim->count; i++)
                score -= fit[i] * gram_product(&of, design->requests + e, claim->columns[i]);
            sums[e] += score * score;
        }
        rows += products->rows[w];
        gram_release(&of);
    }
    double left = gram_left_by(&all, claim->columns, claim->count, fit);
    for (size_t e = 0; e < looking->panel->endpoints; e++) {
        double own = gram_product(&all, design->requests + e, design->requests + e);
        if (!looking->told[e] || !(own > 0) || e == claim->a || e == claim->b)
            continue;
        ratios += sums[e] / (own * left / rows);
        count++;
    }
    gram_release(&all);
    free(sums);
    return count > 0 ? fmax(1, ratios / count) : 1;
}

static double rows_of(const struct products *products)
{
    double rows = 0;
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        rows += products->rows[w];
    return rows;
}

static double readings_of(const struct looking *looking, const struct products *products,
                          struct claims *claims)
{
    double rows = rows_of(products);
    fit_claims(looking, products, NULL, rows, claims);
    return fmax(rows / inflation_of(looking, products, claims), 2 * ATTRIBUTION_WINDOWS);
}

static void weigh(const struct looking *looking, struct products *products, uint64_t seed)
{
    struct claims claims;
    claims_init(&claims, looking, true);
    double readings = readings_of(looking, products, &claims);
    looking->out->readings = readings;
    draw(looking, products, readings, seed, &claims);
    take_alike(looking, products);
    claims_release(&claims);
}

/* The panel with requests that came so many rows before; the caller's but for what is borrowed. */
static double *lagged_requests(const struct panel *panel, size_t lag)
{
    size_t p = panel->endpoints;
    double *requests = xcalloc(panel->rows * p + 1, sizeof *requests);
    for (size_t i = 0; i < panel->piece_count; i++) {
        size_t first = panel->pieces[i].first;
        for (size_t row = 0; row < panel->pieces[i].count; row++)
            for (size_t e = 0; e < p; e++) {
                size_t from = (first + (row > lag ? row - lag : 0)) * p + e;
                double before =
                    row < lag ? panel->rates[first * p + e] * panel->row_s * (double)(lag - row) : 0;
                requests[(first + row) * p + e] = panel->requests[from] - before;
            }
    }
    return requests;
}

/* By criterion, of the best single endpoint with requests that came so long before. */
static double gain_at_lag(const struct looking *looking, size_t noise, size_t lag)
{
    struct panel shifted = *looking->panel;
    struct design design;
    struct looking at = *looking;
    struct products products;
    struct claims claims;
    shifted.requests = lagged_requests(looking->panel, lag);
    design_init(&design, &shifted);
    at.panel = &shifted;
    at.design = &design;
    products_init(&products, &at, noise);
    claims_init(&claims, &at, false);
    fit_claims(&at, &products, NULL, readings_of(&at, &products, &claims), &claims);
    double gain = claims.gains[best_claim(&claims, CLAIM_REQUESTS)];
    claims_release(&claims);
    products_release(&products);
    design_release(&design);
    free(shifted.requests);
    return gain;
}

/* 0 unless another is clearly better. */
static size_t find_lag(const struct looking *looking, size_t noise)
{
    double none = gain_at_lag(looking, noise, 0), most = none + LAG_SHOWN;
    size_t best = 0;
    double row_s = looking->panel->row_s;
    for (size_t lag = 1; none > LAG_SHOWN && lag <= LAG_MOST && (double)lag * row_s <= LAG_MOST_S; lag *= 2) {
        double gain = gain_at_lag(looking, noise, lag);
        if (gain > most) {
            most = gain;
            best = lag;
        }
    }
    return best;
}

void attribute(const struct panel *panel, const bool *told, uint64_t seed, struct attribution *out)
{
    size_t p = panel->endpoints;
    struct panel lagged = *panel;
    struct design design;
    struct products products;
    struct looking looking = {&lagged, told, &design, out, 0};
    *out = (struct attribution){.endpoints = p,
                                .probability = xcalloc(p + 1, sizeof(double)),
                                .alike = xcalloc(p * p + 1, sizeof(double)),
                                .pairs = xcalloc(p * p + 1, sizeof(double))};
    for (size_t e = 0; e < p; e++)
        looking.told_count += told[e];
    if (looking.told_count == 0 || panel->rows == 0)
        return;
    design_init(&design, panel);
    out->noise = likeliest_noise(&looking);
    out->lag_rows = find_lag(&looking, out->noise);
    if (out->lag_rows > 0) {
        design_release(&design);
        lagged.requests = lagged_requests(panel, out->lag_rows);
        design_init(&design, &lagged);
    }
    products_init(&products, &looking, out->noise);
    weigh(&looking, &products, seed);
    products_release(&products);
    if (out->lag_rows > 0)
        free(lagged.requests);
    design_release(&design);
}

void attribution_release(struct attribution *attribution)
{
    free(attribution->probability);
    free(attribution->alike);
    free(attribution->pairs);
    *attribution = (struct attribution){.endpoints = 0};
}

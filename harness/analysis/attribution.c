#include "analysis/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/gram.h"
#include "analysis/robust.h"
#include "analysis/whiten.h"
#include "base/text.h"

#define KEPT_NOISES 3
#define LIKELY 7.0 /* log units below the best: noise that is not looked at */
#define WILD 6.0   /* standard deviations, by the median */
#define SMALL_MOST 16
#define LAG_MOST 16
#define LAG_SHOWN 4.0 /* log units */

/* Prior probabilities; what is of many is spread over them. */
static const double prior_nothing = 0.35, prior_time = 0.15, prior_fills = 0.2, prior_one = 0.2,
                    prior_two = 0.1;

struct looking {
    const struct panel *panel;
    const bool *told;
    const struct design *design;
    struct attribution *out;
    size_t told_count;
};

/* One kind of noise, and all columns under it. */
struct view {
    size_t noise, freedom;
    double base;              /* log likelihood but for what columns explain */
    double *columns, *memory; /* whitened */
    struct gram gram;         /* nuisance taken out */
    double readings;          /* that are worth an independent one */
};

static double *copy_of(const double *values, size_t count)
{
    double *copy = xcalloc(count + 1, sizeof *copy);
    memcpy(copy, values, count * sizeof *copy);
    return copy;
}

/* All requests, time and nuisance: enough to tell which noise it is. */
static double *small_columns(const struct looking *looking, size_t *count)
{
    const struct design *design = looking->design;
    size_t k = design->count, nuisance = k - design->nuisance, rows = looking->panel->rows;
    *count = 2 + nuisance;
    double *small = xcalloc(rows * *count + 1, sizeof *small);
    for (size_t row = 0; row < rows; row++) {
        const double *values = design->values + row * k;
        double *into = small + row * *count;
        for (size_t e = 0; e < looking->panel->endpoints; e++)
            into[0] += values[design->requests + e] * design->scales[design->requests + e];
        into[1] = values[design->time];
        memcpy(into + 2, values + design->nuisance, nuisance * sizeof *into);
    }
    double most = 1;
    for (size_t row = 0; row < rows; row++)
        most = fmax(most, small[row * *count]);
    for (size_t row = 0; row < rows; row++)
        small[row * *count] /= most;
    return small;
}

/* Log likelihood of the small model under a noise; residuals (may be NULL): rows. */
static double small_likelihood(const struct looking *looking, const double *small, size_t count, size_t noise,
                               double *residuals)
{
    const struct panel *panel = looking->panel;
    double *columns = copy_of(small, panel->rows * count), *memory = copy_of(panel->memory, panel->rows);
    size_t freedom, all[SMALL_MOST];
    bool positive[SMALL_MOST] = {true, true};
    double fit[SMALL_MOST];
    double base = whiten(panel, noise, looking->out->weights, columns, count, &freedom);
    whiten(panel, noise, looking->out->weights, memory, 1, &freedom);
    struct gram gram;
    gram_init(&gram, count);
    gram_add(&gram, columns, memory, panel->rows);
    for (size_t c = 0; c < count; c++)
        all[c] = c;
    double left = gram_fit(&gram, all, positive, count, fit);
    for (size_t row = 0; residuals != NULL && row < panel->rows; row++) {
        residuals[row] = memory[row];
        for (size_t c = 0; c < count; c++)
            residuals[row] -= fit[c] * columns[row * count + c];
    }
    gram_release(&gram);
    free(columns);
    free(memory);
    return base - (double)freedom / 2 * log(fmax(left, 1e-300) / (double)freedom);
}

/* One reading in a hundred at most may be wild: a heap that grows in large steps is no outlier. */
static void weigh_rows(struct looking *looking, const double *small, size_t count, size_t noise)
{
    size_t rows = looking->panel->rows;
    double *residuals = xcalloc(rows + 1, sizeof *residuals), *sizes = xcalloc(rows + 1, sizeof *sizes);
    small_likelihood(looking, small, count, noise, residuals);
    for (size_t i = 0; i < rows; i++)
        sizes[i] = fabs(residuals[i]);
    double bound = WILD * 1.4826 * robust_median(sizes, rows);
    size_t wild = 0;
    for (size_t i = 0; i < rows; i++)
        wild += sizes[i] > bound;
    for (size_t i = 0; i < rows && wild > 0 && wild * 100 <= rows; i++)
        looking->out->weights[i] = sizes[i] > bound ? bound / sizes[i] : 1;
    free(residuals);
    free(sizes);
}

static size_t best_of(const double *likelihoods)
{
    size_t best = 0;
    for (size_t i = 1; i < WHITEN_NOISES; i++)
        best = likelihoods[i] > likelihoods[best] ? i : best;
    return best;
}

/* The likeliest kinds of noise, at most KEPT_NOISES, the best first. */
static size_t choose_noises(struct looking *looking, size_t *noises)
{
    size_t count, chosen = 0;
    double *small = small_columns(looking, &count), likelihoods[WHITEN_NOISES];
    for (int weighed = 0; weighed < 2; weighed++) {
        for (size_t noise = 0; noise < WHITEN_NOISES; noise++)
            likelihoods[noise] = small_likelihood(looking, small, count, noise, NULL);
        if (!weighed)
            weigh_rows(looking, small, count, best_of(likelihoods));
    }
    double best = likelihoods[best_of(likelihoods)];
    for (; chosen < KEPT_NOISES; chosen++) {
        noises[chosen] = best_of(likelihoods);
        if (!(likelihoods[noises[chosen]] > best - LIKELY))
            break;
        likelihoods[noises[chosen]] = -INFINITY;
    }
    free(small);
    return chosen;
}

size_t attribution_window(const struct panel *panel, size_t row)
{
    double from = INFINITY, to = -INFINITY;
    for (size_t i = 0; i < panel->piece_count; i++) {
        from = fmin(from, panel->at_s[panel->pieces[i].first]);
        to = fmax(to, panel->at_s[panel->pieces[i].first + panel->pieces[i].count - 1]);
    }
    double part = to > from ? (panel->at_s[row] - from) / (to - from) : 0;
    return (size_t)fmin(part * ATTRIBUTION_WINDOWS, ATTRIBUTION_WINDOWS - 1);
}

static void view_init(struct view *view, const struct looking *looking, size_t noise)
{
    const struct panel *panel = looking->panel;
    size_t k = looking->design->count;
    view->noise = noise;
    view->columns = copy_of(looking->design->values, panel->rows * k);
    view->memory = copy_of(panel->memory, panel->rows);
    view->base = whiten(panel, noise, looking->out->weights, view->columns, k, &view->freedom);
    whiten(panel, noise, looking->out->weights, view->memory, 1, &view->freedom);
    gram_init(&view->gram, k);
    gram_add(&view->gram, view->columns, view->memory, panel->rows);
    gram_take_out(&view->gram, looking->design->nuisance);
    view->readings = (double)view->freedom;
}

static void view_release(struct view *view)
{
    free(view->columns);
    free(view->memory);
    gram_release(&view->gram);
}

/* What a hypothesis says keeps memory: columns that may not be negative, and what is in flight beside them. */
struct claim {
    size_t columns[6];
    bool positive[6];
    size_t count;
};

static struct claim claim(size_t kept, size_t flight)
{
    struct claim one = {.count = 0};
    if (kept != SIZE_MAX) {
        one.positive[one.count] = true;
        one.columns[one.count++] = kept;
    }
    if (flight != SIZE_MAX)
        one.columns[one.count++] = flight;
    return one;
}

static struct claim claim_and(struct claim a, struct claim b)
{
    for (size_t i = 0; i < b.count; i++) {
        a.positive[a.count] = b.positive[i];
        a.columns[a.count++] = b.columns[i];
    }
    return a;
}

/* Logarithm of its evidence, against that nothing is explained. */
static double evidence_of(const struct view *view, const struct claim *claim)
{
    double fit[6], all = gram_left(&view->gram);
    double left = gram_fit(&view->gram, claim->columns, claim->positive, claim->count, fit);
    return view->readings / 2 * log(all / fmax(left, 1e-12 * all)) -
           (double)claim->count / 2 * log(view->readings);
}

/* Sums of exponentials, scaled by the greatest so far. */
struct sum {
    double most, value;
};

static void sum_add(struct sum *sum, double log_value)
{
    if (!(log_value > -INFINITY))
        return;
    if (log_value > sum->most) {
        sum->value *= exp(sum->most - log_value);
        sum->most = log_value;
    }
    sum->value += exp(log_value - sum->most);
}

static double sum_log(const struct sum *sum)
{
    return sum->value > 0 ? sum->most + log(sum->value) : -INFINITY;
}

struct weighing {
    struct sum nothing, fills, time, requests, beside, *endpoint, *pair;
};

static void weigh_null(const struct looking *looking, const struct view *view, struct weighing *weighing)
{
    const struct design *design = looking->design;
    double each = (double)looking->told_count * 2;
    for (size_t e = 0; e <= looking->panel->endpoints; e++) {
        bool none = e == looking->panel->endpoints;
        if (!none && !looking->told[e])
            continue;
        size_t flight = none ? SIZE_MAX : design->rates + e;
        double log_each = none ? log(0.5) : -log(each);
        struct claim nothing = claim(SIZE_MAX, flight), time = claim(design->time, flight);
        sum_add(&weighing->nothing, view->base + evidence_of(view, &nothing) + log(prior_nothing) + log_each);
        sum_add(&weighing->time, view->base + evidence_of(view, &time) + log(prior_time) + log_each);
        for (size_t i = 0; i < DESIGN_SLOW; i++) {
            struct claim fills = claim(design->slow + i, flight);
            sum_add(&weighing->fills,
                    view->base + evidence_of(view, &fills) + log(prior_fills / 2 / DESIGN_SLOW) + log_each);
        }
        if (none)
            continue;
        struct claim own = claim(design->fills + e, flight);
        sum_add(&weighing->fills, view->base + evidence_of(view, &own) + log(prior_fills) - log(each));
    }
}

static void weigh_requests(const struct looking *looking, const struct view *view, struct weighing *weighing,
                           size_t a, size_t b, double log_prior)
{
    const struct design *design = looking->design;
    struct claim one = claim(design->requests + a, design->rates + a);
    if (b != a)
        one = claim_and(one, claim(design->requests + b, design->rates + b));
    struct claim timed = claim_and(one, claim(design->time, SIZE_MAX));
    double alone = view->base + evidence_of(view, &one) + log_prior - log(2);
    double beside = view->base + evidence_of(view, &timed) + log_prior - log(2);
    sum_add(&weighing->beside, beside);
    for (int with_time = 0; with_time < 2; with_time++) {
        double value = with_time ? beside : alone;
        sum_add(&weighing->requests, value);
        sum_add(&weighing->endpoint[a], value);
        if (b != a) {
            sum_add(&weighing->endpoint[b], value);
            sum_add(&weighing->pair[a * looking->panel->endpoints + b], value);
        }
    }
}

static void weigh(const struct looking *looking, const struct view *view, struct weighing *weighing)
{
    double n = (double)looking->told_count, pairs = fmax(n * (n - 1) / 2, 1);
    weigh_null(looking, view, weighing);
    for (size_t a = 0; a < looking->panel->endpoints; a++)
        for (size_t b = a; b < looking->panel->endpoints; b++)
            if (looking->told[a] && looking->told[b])
                weigh_requests(looking, view, weighing, a, b,
                               log(b == a ? prior_one / n : prior_two / pairs));
}

/* The endpoint that explains most by itself. */
static size_t best_endpoint(const struct looking *looking, const struct view *view, double *evidence)
{
    size_t best = 0;
    *evidence = -INFINITY;
    for (size_t e = 0; e < looking->panel->endpoints; e++) {
        struct claim one = claim(looking->design->requests + e, looking->design->rates + e);
        double value = looking->told[e] ? evidence_of(view, &one) : -INFINITY;
        if (value > *evidence) {
            *evidence = value;
            best = e;
        }
    }
    return best;
}

/* What the best endpoint, time and the nuisance leave. */
static double *residuals_of(const struct looking *looking, const struct view *view)
{
    const struct design *design = looking->design;
    size_t k = design->count, rows = looking->panel->rows, columns[SMALL_MOST + 3], count = 0;
    double evidence, fit[SMALL_MOST + 3], *residuals = copy_of(view->memory, rows);
    bool positive[SMALL_MOST + 3] = {true, false, true};
    size_t best = best_endpoint(looking, view, &evidence);
    struct gram gram;
    columns[count++] = design->requests + best;
    columns[count++] = design->rates + best;
    columns[count++] = design->time;
    for (size_t c = design->nuisance; c < k; c++)
        columns[count++] = c;
    gram_init(&gram, count);
    double *few = xcalloc(rows * count + 1, sizeof *few);
    for (size_t row = 0; row < rows; row++)
        for (size_t c = 0; c < count; c++)
            few[row * count + c] = view->columns[row * k + columns[c]];
    gram_add(&gram, few, view->memory, rows);
    for (size_t c = 0; c < count; c++)
        columns[c] = c;
    gram_fit(&gram, columns, positive, count, fit);
    for (size_t row = 0; row < rows; row++)
        for (size_t c = 0; c < count; c++)
            residuals[row] -= fit[c] * few[row * count + c];
    gram_release(&gram);
    free(few);
    return residuals;
}

/* How much more windows vary than independent rows would, on average over the endpoints. */
static double inflation_of(const struct looking *looking, const struct view *view)
{
    const struct panel *panel = looking->panel;
    size_t k = looking->design->count, p = panel->endpoints;
    double *residuals = residuals_of(looking, view), ratios = 0, count = 0, squares = 0;
    double *windows = xcalloc(ATTRIBUTION_WINDOWS * p + 1, sizeof *windows),
           *own = xcalloc(p + 1, sizeof *own);
    for (size_t row = 0; row < panel->rows; row++) {
        size_t window = attribution_window(panel, row);
        squares += residuals[row] * residuals[row];
        for (size_t e = 0; e < p; e++) {
            double value = view->columns[row * k + looking->design->requests + e];
            windows[window * p + e] += value * residuals[row];
            own[e] += value * value;
        }
    }
    for (size_t e = 0; e < p; e++) {
        double sum = 0;
        for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
            sum += windows[w * p + e] * windows[w * p + e];
        if (!looking->told[e] || !(own[e] > 0))
            continue;
        ratios += sum / (own[e] * squares / (double)view->freedom);
        count++;
    }
    free(residuals);
    free(windows);
    free(own);
    return count > 0 ? fmax(1, ratios / count) : 1;
}

static void take_alike(const struct looking *looking, const struct view *view)
{
    size_t p = looking->panel->endpoints, first = looking->design->requests;
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            looking->out->alike[a * p + b] = gram_alike(&view->gram, first + a, first + b);
}

static void take_sums(const struct looking *looking, const struct weighing *weighing)
{
    struct attribution *out = looking->out;
    size_t p = looking->panel->endpoints;
    struct sum all = {-INFINITY, 0};
    const struct sum *parts[] = {&weighing->nothing, &weighing->fills, &weighing->time, &weighing->requests};
    double *into[] = {&out->nothing, &out->fills, &out->time, &out->requests};
    for (size_t i = 0; i < 4; i++)
        sum_add(&all, sum_log(parts[i]));
    for (size_t i = 0; i < 4; i++)
        *into[i] = exp(sum_log(parts[i]) - sum_log(&all));
    out->time_beside = exp(sum_log(&weighing->beside) - sum_log(&weighing->requests));
    for (size_t e = 0; e < p; e++)
        out->probability[e] = exp(sum_log(&weighing->endpoint[e]) - sum_log(&all));
    for (size_t i = 0; i < p * p; i++)
        out->pairs[i] = exp(sum_log(&weighing->pair[i]) - sum_log(&all));
}

static struct sum *empty_sums(size_t count)
{
    struct sum *sums = xcalloc(count + 1, sizeof *sums);
    for (size_t i = 0; i < count; i++)
        sums[i].most = -INFINITY;
    return sums;
}

static void weigh_all(struct looking *looking, const size_t *noises, size_t noise_count)
{
    size_t p = looking->panel->endpoints;
    struct sum none = {-INFINITY, 0};
    struct weighing weighing = {none, none, none, none, none, empty_sums(p), empty_sums(p * p)};
    for (size_t i = 0; i < noise_count; i++) {
        struct view view;
        view_init(&view, looking, noises[i]);
        view.base -= (double)view.freedom / 2 * log(gram_left(&view.gram) / (double)view.freedom);
        view.readings = fmax((double)view.freedom / inflation_of(looking, &view), 8);
        weigh(looking, &view, &weighing);
        if (i == 0)
            take_alike(looking, &view);
        view_release(&view);
    }
    take_sums(looking, &weighing);
    free(weighing.endpoint);
    free(weighing.pair);
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

static double evidence_at_lag(const struct looking *looking, size_t noise, size_t lag)
{
    struct panel shifted = *looking->panel;
    struct design design;
    struct looking at = *looking;
    struct view view;
    double evidence;
    shifted.requests = lagged_requests(looking->panel, lag);
    design_init(&design, &shifted);
    at.panel = &shifted;
    at.design = &design;
    view_init(&view, &at, noise);
    view.readings = fmax((double)view.freedom / inflation_of(&at, &view), 8);
    best_endpoint(&at, &view, &evidence);
    view_release(&view);
    design_release(&design);
    free(shifted.requests);
    return evidence;
}

/* 0 unless another is clearly better. */
static size_t find_lag(const struct looking *looking, size_t noise)
{
    double none = evidence_at_lag(looking, noise, 0), most = none + LAG_SHOWN;
    size_t best = 0;
    for (size_t lag = 1; none > LAG_SHOWN && lag <= LAG_MOST; lag *= 2) {
        double evidence = evidence_at_lag(looking, noise, lag);
        if (evidence > most) {
            most = evidence;
            best = lag;
        }
    }
    return best;
}

void attribute(const struct panel *panel, const bool *told, struct attribution *out)
{
    size_t p = panel->endpoints, noises[KEPT_NOISES];
    struct panel lagged = *panel;
    struct design design;
    struct looking looking = {&lagged, told, &design, out, 0};
    *out = (struct attribution){.nothing = 1,
                                .endpoints = p,
                                .probability = xcalloc(p + 1, sizeof(double)),
                                .alike = xcalloc(p * p + 1, sizeof(double)),
                                .pairs = xcalloc(p * p + 1, sizeof(double)),
                                .weights = xcalloc(panel->rows + 1, sizeof(double))};
    for (size_t row = 0; row < panel->rows; row++)
        out->weights[row] = 1;
    for (size_t e = 0; e < p; e++)
        looking.told_count += told[e];
    if (looking.told_count == 0 || panel->rows == 0)
        return;
    design_init(&design, panel);
    size_t count = choose_noises(&looking, noises);
    out->noise = noises[0];
    out->lag_rows = find_lag(&looking, out->noise);
    if (out->lag_rows > 0) {
        design_release(&design);
        lagged.requests = lagged_requests(panel, out->lag_rows);
        design_init(&design, &lagged);
    }
    weigh_all(&looking, noises, count);
    if (out->lag_rows > 0)
        free(lagged.requests);
    design_release(&design);
}

void attribution_release(struct attribution *attribution)
{
    free(attribution->probability);
    free(attribution->alike);
    free(attribution->pairs);
    free(attribution->weights);
    *attribution = (struct attribution){.endpoints = 0};
}

#include "analysis/leak_rate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/gram.h"
#include "analysis/robust.h"
#include "analysis/whiten.h"
#include "base/random.h"
#include "base/text.h"

#define DRAWS 400
#define COLUMNS_MOST 40
#define Z95 1.959964

/* Columns: each group's requests, time, each group's rates, nuisance. */
struct rating {
    const struct panel *panel;
    const struct attribution *attribution;
    const bool *members;
    size_t groups, columns, rows;
    bool time;
    double *plain, *white, *memory; /* rows x columns, rows */
    double *scales;                 /* columns */
    double *requests;               /* groups: of all rows */
    double hours, days;             /* of all rows */
    double measured;
};

static size_t lagged_row(const struct rating *rating, const struct panel_piece *piece, size_t row)
{
    size_t lag = rating->attribution->lag_rows;
    return piece->first + (row > lag ? row - lag : 0);
}

static void take_groups(const struct rating *rating, const struct panel_piece *piece, size_t row)
{
    const struct panel *panel = rating->panel;
    size_t p = panel->endpoints, from = lagged_row(rating, piece, row);
    double *into = rating->plain + (piece->first + row) * rating->columns;
    for (size_t g = 0; g < rating->groups; g++)
        for (size_t e = 0; e < p; e++) {
            if (!rating->members[g * p + e])
                continue;
            into[g] += panel->requests[from * p + e];
            into[rating->groups + 1 + g] += panel->rates[(piece->first + row) * p + e];
        }
    into[rating->groups] = rating->time ? panel->at_s[piece->first + row] / 3600 : 0;
}

static void take_nuisance(const struct rating *rating, const struct design *design)
{
    size_t first = 2 * rating->groups + 1;
    for (size_t row = 0; row < rating->rows; row++)
        memcpy(rating->plain + row * rating->columns + first,
               design->values + row * design->count + design->nuisance,
               (design->count - design->nuisance) * sizeof(double));
}

static void scale(struct rating *rating)
{
    for (size_t c = 0; c < rating->columns; c++) {
        double most = 0;
        for (size_t row = 0; row < rating->rows; row++)
            most = fmax(most, fabs(rating->plain[row * rating->columns + c]));
        rating->scales[c] = most > 0 ? most : 1;
        for (size_t row = 0; row < rating->rows; row++)
            rating->plain[row * rating->columns + c] /= rating->scales[c];
    }
}

static void rating_init(struct rating *rating)
{
    struct design design;
    size_t freedom;
    design_init(&design, rating->panel);
    rating->rows = rating->panel->rows;
    rating->columns = 2 * rating->groups + 1 + design.count - design.nuisance;
    rating->plain = xcalloc(rating->rows * rating->columns + 1, sizeof(double));
    rating->white = xcalloc(rating->rows * rating->columns + 1, sizeof(double));
    rating->memory = xcalloc(rating->rows + 1, sizeof(double));
    rating->scales = xcalloc(rating->columns, sizeof(double));
    for (size_t i = 0; i < rating->panel->piece_count; i++)
        for (size_t row = 0; row < rating->panel->pieces[i].count; row++)
            take_groups(rating, &rating->panel->pieces[i], row);
    take_nuisance(rating, &design);
    scale(rating);
    memcpy(rating->white, rating->plain, rating->rows * rating->columns * sizeof(double));
    memcpy(rating->memory, rating->panel->memory, rating->rows * sizeof(double));
    whiten(rating->panel, rating->attribution->noise, rating->white, rating->columns, &freedom);
    whiten(rating->panel, rating->attribution->noise, rating->memory, 1, &freedom);
    design_release(&design);
}

static void rating_release(struct rating *rating)
{
    free(rating->plain);
    free(rating->white);
    free(rating->memory);
    free(rating->scales);
    free(rating->requests);
}

static void fit(const struct rating *rating, const struct gram *gram, double *coefficients)
{
    size_t columns[COLUMNS_MOST];
    bool positive[COLUMNS_MOST] = {false};
    for (size_t c = 0; c < rating->columns; c++) {
        columns[c] = c;
        positive[c] = c <= rating->groups;
    }
    gram_fit(gram, columns, positive, rating->columns, coefficients);
    for (size_t c = 0; c < rating->columns; c++)
        coefficients[c] /= rating->scales[c];
}

static void totals(struct rating *rating)
{
    const struct panel *panel = rating->panel;
    size_t p = panel->endpoints;
    rating->requests = xcalloc(rating->groups + 1, sizeof(double));
    for (size_t g = 0; g < rating->groups; g++)
        for (size_t e = 0; e < p; e++)
            rating->requests[g] += rating->members[g * p + e] ? panel->totals[e] : 0;
    rating->hours = (double)panel->rows * panel->row_s / 3600;
    rating->days = rating->hours / 24;
}

static double per_day(const struct rating *rating, const double *coefficients)
{
    double bytes = coefficients[rating->groups] * rating->hours;
    for (size_t g = 0; g < rating->groups; g++)
        bytes += coefficients[g] * rating->requests[g];
    return bytes / rating->days;
}

/* Products by window. */
static struct gram *by_window(const struct rating *rating)
{
    struct gram *grams = xcalloc(ATTRIBUTION_WINDOWS, sizeof *grams);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_init(&grams[w], rating->columns);
    size_t *windows = attribution_windows(rating->panel);
    for (size_t row = 0; row < rating->rows; row++)
        gram_add(&grams[windows[row]], rating->white + row * rating->columns, rating->memory + row, 1);
    free(windows);
    return grams;
}

static void add_gram(struct gram *sum, const struct gram *gram)
{
    for (size_t i = 0; i < (gram->count + 1) * (gram->count + 1); i++)
        sum->products[i] += gram->products[i];
}

static int ascending(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* From the quantiles of the draws, widened about the estimate as Student's t is for so many windows. */
static struct interval interval_of(double *draws, double estimate)
{
    double widen = robust_student(ATTRIBUTION_WINDOWS - 1, Z95) / Z95;
    qsort(draws, DRAWS, sizeof *draws, ascending);
    double low = draws[(size_t)(0.025 * DRAWS)], high = draws[(size_t)(0.975 * DRAWS) - 1];
    return (struct interval){fmax(0, estimate - widen * fmax(estimate - low, 0)),
                             estimate + widen * fmax(high - estimate, 0)};
}

/* draws: (groups + 2) x DRAWS: each group's, time's, and of a day. */
static void draw(const struct rating *rating, const struct gram *windows, uint64_t seed, double *draws)
{
    struct random random;
    double coefficients[COLUMNS_MOST];
    random_init(&random, seed);
    for (size_t i = 0; i < DRAWS; i++) {
        struct gram sum;
        gram_init(&sum, rating->columns);
        for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
            add_gram(&sum, &windows[random_below(&random, ATTRIBUTION_WINDOWS)]);
        fit(rating, &sum, coefficients);
        for (size_t g = 0; g <= rating->groups; g++)
            draws[g * DRAWS + i] = coefficients[g];
        draws[(rating->groups + 1) * DRAWS + i] = per_day(rating, coefficients);
        gram_release(&sum);
    }
}

static void take_fitted(const struct rating *rating, const double *coefficients, double *fitted)
{
    for (size_t i = 0; i < rating->panel->piece_count; i++) {
        const struct panel_piece *piece = &rating->panel->pieces[i];
        for (size_t row = piece->first; row < piece->first + piece->count; row++)
            for (size_t c = 0; c <= rating->groups; c++)
                fitted[row] += coefficients[c] * rating->scales[c] *
                               (rating->plain[row * rating->columns + c] -
                                rating->plain[piece->first * rating->columns + c]);
    }
}

static void take_rates(const struct rating *rating, const double *coefficients, double *draws,
                       struct leak_rates *rates)
{
    size_t groups = rating->groups;
    for (size_t g = 0; g < groups; g++) {
        struct leak_rate *rate = &rates->groups[g];
        double part = rating->measured > 0 ? rating->requests[g] / rating->measured : NAN;
        rate->bytes = coefficients[g];
        rate->interval = interval_of(draws + g * DRAWS, coefficients[g]);
        rate->share = rate->bytes * part;
        rate->share_interval = (struct interval){rate->interval.low * part, rate->interval.high * part};
    }
    rates->bytes_per_hour = coefficients[groups];
    rates->bytes_per_hour_interval = interval_of(draws + groups * DRAWS, coefficients[groups]);
    rates->bytes_per_day = per_day(rating, coefficients);
    rates->bytes_per_day_interval = interval_of(draws + (groups + 1) * DRAWS, rates->bytes_per_day);
}

void leak_rates(const struct panel *panel, const struct attribution *attribution, const bool *members,
                size_t groups, bool time, double measured, uint64_t seed, struct leak_rates *rates)
{
    struct rating rating = {.panel = panel,
                            .attribution = attribution,
                            .members = members,
                            .groups = groups < LEAK_RATES_MOST ? groups : LEAK_RATES_MOST,
                            .time = time,
                            .measured = measured};
    double coefficients[COLUMNS_MOST], *draws = xcalloc((groups + 2) * DRAWS, sizeof *draws);
    struct gram all;
    *rates = (struct leak_rates){.fitted = xcalloc(panel->rows + 1, sizeof(double))};
    rating_init(&rating);
    totals(&rating);
    struct gram *windows = by_window(&rating);
    gram_init(&all, rating.columns);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        add_gram(&all, &windows[w]);
    fit(&rating, &all, coefficients);
    draw(&rating, windows, seed, draws);
    take_rates(&rating, coefficients, draws, rates);
    take_fitted(&rating, coefficients, rates->fitted);
    for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
        gram_release(&windows[w]);
    free(windows);
    gram_release(&all);
    free(draws);
    rating_release(&rating);
}

#include "analysis/leak_rate.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
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
    bool *held;                     /* rows: in which groups and time add anything */
    double *plain, *white, *memory; /* rows x columns, rows */
    double *scales;                 /* columns */
    double *requests;               /* groups: of all that are held */
    double hours, days;             /* likewise */
    double measured;
};

/* requests: panel->requests, or as they were a while before. */
static void take_groups(const struct rating *rating, const double *requests, size_t row)
{
    size_t p = rating->panel->endpoints;
    double *into = rating->plain + row * rating->columns;
    for (size_t g = 0; g < rating->groups; g++)
        for (size_t e = 0; e < p; e++) {
            if (!rating->members[g * p + e])
                continue;
            into[g] += rating->held[row] ? requests[row * p + e] : 0;
            into[rating->groups + 1 + g] += rating->panel->rates[row * p + e];
        }
    into[rating->groups] = rating->time && rating->held[row] ? rating->panel->at_s[row] / 3600 : 0;
}

static void take_nuisance(const struct rating *rating, const struct design *design)
{
    size_t first = 2 * rating->groups + 1;
    for (size_t row = 0; row < rating->rows; row++)
        memcpy(rating->plain + row * rating->columns + first,
               design->values + row * design->count + design->nuisance,
               (design->count - design->nuisance) * sizeof(double));
}

static void rating_init(struct rating *rating)
{
    struct design design;
    size_t freedom;
    design_init(&design, rating->panel);
    rating->rows = rating->panel->rows;
    rating->held = panel_held(rating->panel, rating->attribution->holding);
    rating->columns = 2 * rating->groups + 1 + design.count - design.nuisance;
    rating->plain = xcalloc(rating->rows * rating->columns + 1, sizeof(double));
    rating->white = xcalloc(rating->rows * rating->columns + 1, sizeof(double));
    rating->memory = xcalloc(rating->rows + 1, sizeof(double));
    rating->scales = xcalloc(rating->columns, sizeof(double));
    double *requests = lagged_requests(rating->panel, rating->attribution->lag_rows);
    for (size_t row = 0; row < rating->rows; row++)
        take_groups(rating, requests, row);
    free(requests);
    take_nuisance(rating, &design);
    columns_scale(rating->plain, rating->rows, rating->columns, rating->scales);
    memcpy(rating->white, rating->plain, rating->rows * rating->columns * sizeof(double));
    memcpy(rating->memory, rating->panel->memory, rating->rows * sizeof(double));
    whiten(rating->panel, rating->attribution->noise, rating->white, rating->columns, &freedom);
    whiten(rating->panel, rating->attribution->noise, rating->memory, 1, &freedom);
    design_release(&design);
}

static void rating_release(struct rating *rating)
{
    free(rating->held);
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
    size_t p = panel->endpoints, rows = 0;
    rating->requests = xcalloc(rating->groups + 1, sizeof(double));
    for (size_t row = 0; row < panel->rows; row++) {
        rows += rating->held[row];
        for (size_t g = 0; rating->held[row] && g < rating->groups; g++)
            for (size_t e = 0; e < p; e++)
                rating->requests[g] +=
                    rating->members[g * p + e] ? panel->rates[row * p + e] * panel->row_s : 0;
    }
    rating->hours = (double)rows * panel->row_s / 3600;
    rating->days = rating->hours / 24;
}

static double per_day(const struct rating *rating, const double *coefficients)
{
    double bytes = coefficients[rating->groups] * rating->hours;
    for (size_t g = 0; g < rating->groups; g++)
        bytes += coefficients[g] * rating->requests[g];
    return bytes / rating->days;
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
static void draw(const struct rating *rating, const struct windows *windows, uint64_t seed, double *draws)
{
    struct random random;
    double coefficients[COLUMNS_MOST];
    random_init(&random, seed);
    for (size_t i = 0; i < DRAWS; i++) {
        struct gram sum;
        windows_draw(windows, &random, &sum);
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
    struct windows windows;
    *rates = (struct leak_rates){.fitted = xcalloc(panel->rows + 1, sizeof(double))};
    rating_init(&rating);
    totals(&rating);
    windows_init(&windows, panel, rating.white, rating.memory, rating.columns);
    fit(&rating, &windows.all, coefficients);
    draw(&rating, &windows, seed, draws);
    take_rates(&rating, coefficients, draws, rates);
    take_fitted(&rating, coefficients, rates->fitted);
    windows_release(&windows);
    free(draws);
    rating_release(&rating);
}

#include "analysis/trend.h"

#include <math.h>

#define APART_LEAST 1e-3 /* of a walk's steps, so that its first reading weighs no more than it can */
#define ALIKE 1e-9       /* a shape that is itself a line leaves nothing to tell them apart by */
#define LEFT_LEAST 1e-300
#define COLUMNS_MOST 4 /* level, gain of the early halves, gain of the late ones, y */

/* The kinds of noise that are tried: a part that keeps `wander` of itself from reading to reading, and an
 * independent one beside it of `apart` times its steps' variance; and how likely each is before anything is seen. */
static const struct noise {
    double wander, steps, apart, prior;
} noises[TREND_NOISES] = {{0, 0, 1, 0.25},   {0.3, 1, 0, 0.1},    {0.6, 1, 0, 0.1}, {0.8, 1, 0, 0.1},
                          {0.93, 1, 0, 0.1}, {0.985, 1, 0, 0.08}, {1, 1, 0, 0.25},  {1, 1, 4, 0.06},
                          {1, 1, 40, 0.04},  {1, 1, 400, 0.02}};

/* Sums of the normal equations: of the segment at hand with its level in column 0, and of all segments, their levels taken out. */
struct equations {
    double segment[COLUMNS_MOST][COLUMNS_MOST];
    double sums[COLUMNS_MOST][COLUMNS_MOST]; /* row and column 0 unused; the last are y's */
    double log_levels;                       /* sum of log of what the levels took */
    double log_errors;                       /* sum of log of the readings' variances */
    size_t columns, readings, segments;
};

static void add_row(struct equations *equations, const double *row)
{
    for (size_t i = 0; i < equations->columns; i++)
        for (size_t j = 0; j <= i; j++)
            equations->segment[i][j] += row[i] * row[j];
}

/* Takes the segment's level out of its sums (Frisch and Waugh) and adds them to the others'. */
static void end_segment(struct equations *equations)
{
    double(*sums)[COLUMNS_MOST] = equations->segment, level = sums[0][0];
    for (size_t i = 1; i < equations->columns; i++)
        for (size_t j = 1; j <= i; j++)
            equations->sums[i][j] += sums[i][j] - sums[i][0] * sums[j][0] / level;
    equations->log_levels += log(level);
    equations->segments++;
    for (size_t i = 0; i < equations->columns; i++)
        for (size_t j = 0; j <= i; j++)
            sums[i][j] = 0;
}

/* What is fitted: a line in pieces, or in one with a shape beside it. */
struct design {
    const struct trend_series *series;
    size_t pieces;
    const double *shape; /* NULL: none */
};

/* Level, gains, shape and y of one reading; span is the whole series', so that slopes of all segments are alike. */
static void row_at(const struct design *design, size_t begin, size_t end, size_t i, double *row)
{
    const struct trend_series *series = design->series;
    const double *x = series->x;
    double span = x[series->n - 1] - x[0], at = (x[i] - x[begin]) / span;
    double half = (x[end - 1] - x[begin]) / span / 2;
    size_t columns = 1;
    row[0] = 1;
    row[columns++] = design->pieces == 1 ? at : fmin(at, half);
    if (design->pieces == 2)
        row[columns++] = fmax(0, at - half);
    if (design->shape != NULL)
        row[columns++] = design->shape[i];
    row[columns] = series->y[i] - series->y[begin];
}

/* The filter of Kalman, whose state is the part that wanders: how uncertain it is, and what follows from that. It
 * soon is so always alike; from then on nothing is reckoned anew. */
struct filter {
    const struct noise *noise;
    double spread, apart;          /* variance of the state; of the independent part */
    double gain, scale, log_error; /* of the reading at hand */
    bool steady;
};

/* A walk begins at 0, any other noise as it goes on. */
static struct filter filter_begin(const struct noise *noise)
{
    bool walks = noise->wander >= 1;
    double spread = walks ? 0 : noise->steps / (1 - noise->wander * noise->wander);
    double apart = walks ? fmax(noise->apart, APART_LEAST) : noise->apart;
    return (struct filter){.noise = noise, .spread = spread, .apart = apart, .gain = -1};
}

static void filter_next(struct filter *filter)
{
    const struct noise *noise = filter->noise;
    if (filter->steady)
        return;
    double error = filter->spread + filter->apart, before = filter->gain;
    filter->gain = filter->spread / error;
    filter->scale = 1 / sqrt(error);
    filter->log_error = log(error);
    filter->steady = fabs(filter->gain - before) < 1e-7;
    filter->spread = noise->wander * noise->wander * filter->spread * (1 - filter->gain) + noise->steps;
}

/* Each column less what the noise carries over into it, and by its standard error. */
static void add_segment(struct equations *equations, const struct design *design, size_t begin, size_t end,
                        const struct noise *noise)
{
    double here[COLUMNS_MOST], state[COLUMNS_MOST] = {0}, row[COLUMNS_MOST];
    struct filter filter = filter_begin(noise);
    for (size_t i = begin; i < end; i++) {
        filter_next(&filter);
        row_at(design, begin, end, i, here);
        for (size_t j = 0; j < equations->columns; j++) {
            double news = here[j] - state[j];
            row[j] = news * filter.scale;
            state[j] = noise->wander * (state[j] + filter.gain * news);
        }
        equations->log_errors += filter.log_error;
        add_row(equations, row);
    }
    equations->readings += end - begin;
    end_segment(equations);
}

static void add_segments(struct equations *equations, const struct design *design, const struct noise *noise)
{
    const struct trend_series *series = design->series;
    size_t begin = 0, least = design->pieces + 2;
    for (size_t i = 1; i <= series->n; i++) {
        if (i < series->n && (series->begins == NULL || !series->begins[i]))
            continue;
        if (i - begin >= least)
            add_segment(equations, design, begin, i, noise);
        begin = i;
    }
}

/* How likely `left` is as what the fit leaves, levels and slopes of any size taken as alike likely. */
static double likelihood(const struct equations *equations, double determinant, double left, double freedom)
{
    return -(equations->log_errors + equations->log_levels + log(determinant) + freedom * log(left)) / 2;
}

/* Two columns after the level: their sums, what they explain of y. */
struct solution {
    double first, second; /* coefficients */
    double determinant, a, b, d;
    double left; /* sum of squares */
};

static struct solution solve(const struct equations *equations, size_t columns)
{
    const double(*s)[COLUMNS_MOST] = equations->sums;
    size_t y = equations->columns - 1;
    bool two = columns == 2;
    struct solution is = {.a = s[1][1], .b = two ? s[2][1] : 0, .d = two ? s[2][2] : 1};
    double first = s[y][1], second = two ? s[y][2] : 0;
    is.determinant = is.a * is.d - is.b * is.b;
    is.first = (is.d * first - is.b * second) / is.determinant;
    is.second = (is.a * second - is.b * first) / is.determinant;
    is.left = fmax(0, s[y][y] - is.first * first - is.second * second);
    return is;
}

/* Slopes and their variances by what one column more or less explains; the logarithm of the likelihood in `weight`. */
static void fit_noise(const struct equations *equations, const struct design *design, double prior,
                      struct trend_fit *fit)
{
    const struct trend_series *series = design->series;
    double span = series->x[series->n - 1] - series->x[0];
    size_t columns = equations->columns - 2;
    double readings = (double)(equations->readings - equations->segments);
    double freedom = readings - (double)columns, least = series->least * series->least;
    struct solution is = solve(equations, columns);
    *fit = (struct trend_fit){.weight = -INFINITY};
    if (!(is.determinant > ALIKE * is.a * is.d))
        return;
    double left = fmax(is.left, freedom * least) + LEFT_LEAST;
    double variance = left / freedom / (span * span) / is.determinant;
    fit->early = is.first / span;
    fit->late = design->pieces == 2 ? is.second / span : fit->early;
    fit->var_early = variance * is.d;
    fit->var_late = design->pieces == 2 ? variance * is.a : fit->var_early;
    fit->cov = design->pieces == 2 ? -variance * is.b : fit->var_early;
    if (design->shape == NULL) {
        fit->weight = log(prior) + likelihood(equations, is.determinant, left, freedom);
        return;
    }
    struct solution line = solve(equations, 1);
    double alone = fmax(line.left, (readings - 1) * least) + LEFT_LEAST, g = readings;
    fit->weight = log(prior) + likelihood(equations, line.determinant, alone, readings - 1) +
                  ((readings - 2) * log1p(g) - (readings - 1) * log1p(g * fmin(1, left / alone))) / 2;
}

/* Weights that add up to 1, or are all 0; returns the logarithm of what they added up to. */
static double weigh(struct trend_fit *fits)
{
    double most = -INFINITY, all = 0;
    for (size_t i = 0; i < TREND_NOISES; i++)
        most = fmax(most, fits[i].weight);
    for (size_t i = 0; i < TREND_NOISES; i++)
        all += fits[i].weight = most > -INFINITY ? exp(fits[i].weight - most) : 0;
    for (size_t i = 0; all > 0 && i < TREND_NOISES; i++)
        fits[i].weight /= all;
    return most + log(all);
}

static struct trend none(void)
{
    struct trend trend = {.freedom = 0, .evidence = -INFINITY};
    for (size_t i = 0; i < TREND_NOISES; i++)
        trend.fits[i] = (struct trend_fit){1.0 / TREND_NOISES, NAN, NAN, NAN, NAN, NAN};
    return trend;
}

static struct trend fit(const struct design *design)
{
    const struct trend_series *series = design->series;
    struct trend trend = {.freedom = 0};
    for (size_t i = 0; i < TREND_NOISES; i++) {
        struct equations equations = {.columns = design->pieces + 2 + (design->shape != NULL)};
        size_t columns = equations.columns - 2;
        if (series->n > 0 && series->x[series->n - 1] > series->x[0])
            add_segments(&equations, design, &noises[i]);
        if (equations.readings < equations.segments + columns + 2)
            return none();
        trend.freedom = equations.readings - equations.segments - columns;
        fit_noise(&equations, design, noises[i].prior, &trend.fits[i]);
    }
    trend.evidence = weigh(trend.fits);
    return trend;
}

struct trend trend_fit(const struct trend_series *series, size_t pieces)
{
    return fit(&(struct design){series, pieces, NULL});
}

struct trend trend_beside(const struct trend_series *series, const double *shape)
{
    return fit(&(struct design){series, 1, shape});
}

#include "analysis/whiten.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* s(t) = keeps s(t - 1) + sqrt(walks) e, y(t) = s(t) + sqrt(errs) e. */
static const struct noise {
    double keeps, walks, errs;
} noises[WHITEN_NOISES] = {
    {0, 0, 1}, {0.5, 1, 0}, {0.8, 1, 0},  {0.95, 1, 0},  {0.99, 1, 0},   {1, 1, 0},
    {1, 1, 1}, {1, 0.1, 1}, {1, 0.01, 1}, {1, 0.001, 1}, {0.95, 0.1, 1}, {0.99, 0.03, 1},
};

struct gains {
    double *gain, *deviation; /* by row of a level */
};

/* The same for every column: they hang on the noise alone. The first row of a walk says where it begins, and no more. */
static double gains_of(const struct noise *noise, size_t rows, struct gains *gains)
{
    bool walk = noise->keeps >= 1;
    double variance = walk ? INFINITY : noise->walks / (1 - noise->keeps * noise->keeps), log_sum = 0;
    for (size_t i = 0; i < rows; i++) {
        double f = variance + noise->errs;
        bool begins = isinf(variance);
        gains->gain[i] = begins ? 1 : variance / f;
        gains->deviation[i] = begins ? INFINITY : sqrt(f);
        log_sum += begins ? 0 : log(f);
        double left = begins ? noise->errs : variance * (1 - variance / f);
        variance = noise->keeps * noise->keeps * left + noise->walks;
    }
    return log_sum;
}

static void filter(const struct noise *noise, const struct gains *gains, size_t rows, double *columns,
                   size_t count, double *level)
{
    memset(level, 0, count * sizeof *level);
    for (size_t i = 0; i < rows; i++) {
        double *row = columns + i * count;
        for (size_t c = 0; c < count; c++) {
            double innovation = row[c] - level[c];
            level[c] = noise->keeps * (level[c] + gains->gain[i] * innovation);
            row[c] = innovation / gains->deviation[i];
        }
    }
}

/* What a constant explains. Returns the logarithm of its information, as the likelihood of differences takes it. */
static double take_level_out(const double *constant, size_t rows, double *columns, size_t count,
                             double *level)
{
    double information = 0;
    memset(level, 0, count * sizeof *level);
    for (size_t i = 0; i < rows; i++) {
        information += constant[i] * constant[i];
        for (size_t c = 0; c < count; c++)
            level[c] += constant[i] * columns[i * count + c];
    }
    if (information < 1e-12)
        return 0;
    for (size_t i = 0; i < rows; i++)
        for (size_t c = 0; c < count; c++)
            columns[i * count + c] -= constant[i] * level[c] / information;
    return log(information);
}

double whiten(const struct panel *panel, size_t kind, double *columns, size_t count, size_t *freedom)
{
    const struct noise *noise = &noises[kind];
    double *space = xcalloc(3 * panel->rows + count + 1, sizeof *space), *level = space + 3 * panel->rows;
    struct gains gains = {space, space + panel->rows};
    double *constant = space + 2 * panel->rows, logs = 0, one[1];
    *freedom = panel->rows - panel->piece_count;
    for (size_t i = 0; i < panel->piece_count; i++) {
        const struct panel_piece *piece = &panel->pieces[i];
        double *at = columns + piece->first * count;
        logs += gains_of(noise, piece->count, &gains);
        filter(noise, &gains, piece->count, at, count, level);
        for (size_t row = 0; row < piece->count; row++)
            constant[row] = 1;
        filter(noise, &gains, piece->count, constant, 1, one);
        logs += take_level_out(constant, piece->count, at, count, level);
    }
    free(space);
    return -logs / 2;
}

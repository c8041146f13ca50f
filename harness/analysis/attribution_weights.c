/* How much each reading counts. Memory moves by jumps as well, of a large request or an arena: few of them outweigh all that
 * trickles, where errors count by their squares. */
#include <math.h>
#include <stdlib.h>

#include "analysis/attribution_inside.h"
#include "analysis/robust.h"
#include "base/text.h"

#define ROUNDS 6
#define DEVIATIONS 4.7    /* beyond which a reading does not count */
#define NORMAL_MAD 1.4826 /* of a normal distribution, by which its median of |x| becomes its deviation */

static void take_errors(const struct whole *whole, size_t rows, double *errors)
{
    for (size_t i = 0; i < rows; i++) {
        errors[i] = whole->memory[i];
        for (size_t c = 0; c < whole->count; c++)
            errors[i] -= whole->coefficients[c] * whole->columns[i * whole->count + c];
        errors[i] = fabs(errors[i]);
    }
}

static double biweight(double deviations)
{
    double part = deviations / DEVIATIONS;
    return part < 1 ? (1 - part * part) * (1 - part * part) : 0;
}

void weigh_rows(const struct looking *looking, size_t noise, double *weights)
{
    size_t rows = looking->panel->rows;
    double *errors = xcalloc(rows + 1, sizeof *errors);
    struct whole whole;
    whole_init(&whole, looking, noise);
    for (size_t i = 0; i < rows; i++)
        weights[i] = 1;
    for (size_t round = 0; round < ROUNDS; round++) {
        whole_fit(&whole, rows, weights);
        take_errors(&whole, rows, errors);
        double deviation = NORMAL_MAD * robust_median(errors, rows);
        for (size_t i = 0; i < rows && deviation > 0; i++)
            weights[i] = biweight(errors[i] / deviation);
    }
    whole_release(&whole);
    free(errors);
}

#include "numbers.h"

#include <math.h>

double numbers_pearson(const double *x, const double *y, size_t count, size_t stride)
{
    double n = 0, mean_x = 0, mean_y = 0, xx = 0, yy = 0, xy = 0;
    for (size_t i = 0; i < count * stride; i += stride) {
        if (isnan(x[i]) || isnan(y[i]))
            continue;
        n++;
        double dx = x[i] - mean_x, dy = y[i] - mean_y;
        mean_x += dx / n;
        mean_y += dy / n;
        xx += dx * (x[i] - mean_x);
        yy += dy * (y[i] - mean_y);
        xy += dx * (y[i] - mean_y);
    }
    return n < 3 || xx <= 0 || yy <= 0 ? NAN : xy / sqrt(xx * yy);
}

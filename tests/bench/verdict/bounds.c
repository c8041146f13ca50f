#include "bounds.h"

#include <math.h>

/* Probability of at most `hits` of `trials`. */
static double at_most(size_t hits, size_t trials, double probability)
{
    double n = (double)trials, sum = 0;
    for (size_t i = 0; i <= hits; i++) {
        double k = (double)i;
        sum += exp(lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1) + k * log(probability) +
                   (n - k) * log1p(-probability));
    }
    return sum;
}

double bounds_upper(size_t hits, size_t trials, double confidence)
{
    double low = (double)hits / (double)(trials > 0 ? trials : 1), high = 1;
    if (hits >= trials)
        return 1;
    for (int i = 0; i < 40; i++) {
        double middle = (low + high) / 2;
        if (at_most(hits, trials, middle) > 1 - confidence)
            low = middle;
        else
            high = middle;
    }
    return high;
}

double bounds_lower(size_t hits, size_t trials, double confidence)
{
    return hits == 0 ? 0 : 1 - bounds_upper(trials - hits, trials, confidence);
}

#include "format/sampled.h"

#include <math.h>

#define DEVIATIONS 3

double sampled_scale(double each, double rate)
{
    return rate > 1 && each > 0 ? 1 / -expm1(-each / rate) : 1;
}

double sampled_quantum(double bytes, double each, double rate)
{
    if (!(rate > 1) || !(bytes > 0))
        return 0;
    /* (1 - p) / p is 1 / (exp(s / rate) - 1); times s, this is the rate where s is small. */
    double step = each > 0 ? each / expm1(each / rate) : rate;
    return DEVIATIONS * sqrt(bytes * step);
}

#include "analysis/certain.h"

#include <math.h>

bool certain_look_due(size_t readings)
{
    static const size_t places[] = {12, 16, 20, 24, 32, 40, 48, 60, 75};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        if (places[i] == readings)
            return true;
    return false;
}

enum certainty certainty(const struct standing *standing)
{
    if (!standing->limits_settled)
        return CERTAIN_NOT;
    if (standing->grows)
        return standing->full || standing->requests >= CERTAIN_REQUESTS ? CERTAIN_GROWTH : CERTAIN_NOT;
    bool flat =
        standing->requests >= CERTAIN_REQUESTS && standing->flat && standing->fine && standing->outside_flat;
    return flat && standing->whole && standing->landed ? CERTAIN_NO_GROWTH : CERTAIN_NOT;
}

double certain_normal(size_t look)
{
    double k = (double)look, share = look > 0 ? 1 / (k * (k + 1)) : 1;
    double t = sqrt(-2 * log(0.025 * share));
    return t -
           (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308)));
}

bool certain_fine(double smallest_detectable, double floor, double tightest_limit)
{
    return smallest_detectable <= (isnan(tightest_limit) ? 2 * floor : tightest_limit);
}

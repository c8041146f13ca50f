#include "analysis/projection.h"

#include <math.h>

struct projection projection_make(double bytes_per_request, double rate_per_second, double memory_limit_bytes,
                                  double used_bytes)
{
    struct projection projection = {memory_limit_bytes, INFINITY, rate_per_second};
    double per_day = bytes_per_request * rate_per_second * 86400;
    double room = memory_limit_bytes - (isnan(used_bytes) ? 0 : used_bytes);
    if (memory_limit_bytes > 0 && per_day > 0)
        projection.days = fmax(0, room / per_day);
    return projection;
}

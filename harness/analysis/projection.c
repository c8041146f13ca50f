#include "analysis/projection.h"

#include <math.h>

#define SECONDS_PER_DAY 86400

static double days_until(double room_bytes, double bytes_per_day)
{
    return bytes_per_day > 0 ? fmax(0, room_bytes / bytes_per_day) : INFINITY;
}

struct projection projection_make(double bytes_per_request, struct interval interval, double rate_per_second,
                                  double memory_limit_bytes, double used_bytes)
{
    double requests_per_day = rate_per_second > 0 ? rate_per_second * SECONDS_PER_DAY : (double)NAN;
    double room = memory_limit_bytes - (isnan(used_bytes) ? 0 : used_bytes);
    struct interval per_day = {interval.low * requests_per_day, interval.high * requests_per_day};
    struct projection projection = {
        .memory_limit_bytes = memory_limit_bytes,
        .days = NAN,
        .at_rate_per_second = rate_per_second,
        .bytes_per_day = bytes_per_request * requests_per_day,
        .bytes_per_day_interval = per_day,
        .days_interval = {NAN, NAN},
    };
    if (!(memory_limit_bytes > 0) || isnan(projection.bytes_per_day))
        return projection;
    projection.days = days_until(room, projection.bytes_per_day);
    if (!isnan(per_day.low) && !isnan(per_day.high))
        projection.days_interval =
            (struct interval){days_until(room, per_day.high), days_until(room, per_day.low)};
    return projection;
}

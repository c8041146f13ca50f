#include "analysis/pressure.h"

#include <math.h>

enum pressure pressure_of(double reached_bytes, double kept_bytes, double memory_limit_bytes)
{
    if (memory_limit_bytes > 0 && reached_bytes > memory_limit_bytes)
        return PRESSURE_ABOVE_LIMIT;
    if (!isfinite(reached_bytes) || !isfinite(kept_bytes))
        return PRESSURE_UNKNOWN;
    return reached_bytes > PRESSURE_FACTOR * kept_bytes && reached_bytes - kept_bytes > PRESSURE_BYTES
               ? PRESSURE_HIGH
               : PRESSURE_LOW;
}

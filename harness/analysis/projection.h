/* What a leak costs: bytes per request at the recorded rate until the limit. */
#ifndef SEEP_ANALYSIS_PROJECTION_H
#define SEEP_ANALYSIS_PROJECTION_H

#include "model/result.h"

/* bytes_per_request: the leak. rate: requests per second that leak. memory_limit_bytes: what one instance may
 * have (0: not given). used_bytes: what it has when warm (NaN: taken as 0). days: (limit - used) /
 * (bytes_per_request x rate x 86,400); INFINITY when nothing grows, 0 when already above. */
struct projection projection_make(double bytes_per_request, double rate_per_second, double memory_limit_bytes,
                                  double used_bytes);

#endif

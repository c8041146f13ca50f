/* What a leak costs: bytes per request at the recorded rate, per day and until the limit. */
#ifndef SEEP_ANALYSIS_PROJECTION_H
#define SEEP_ANALYSIS_PROJECTION_H

#include "model/result.h"

/* bytes_per_request: the leak, interval: of it (NaN: not known). rate_per_second: requests that leak; not above 0:
 * not known, and then nothing is but that.
 * memory_limit_bytes: what one instance may have (0: not given). used_bytes: what it has when warm (NaN: taken as
 * 0).
 *
 * bytes_per_day: bytes_per_request x rate x 86,400. days: (limit - used) / bytes_per_day; INFINITY when nothing grows,
 * 0 when already above, NaN where no limit is given or the growth is not known. The ends of its interval are those of the growth, the other way round:
 * the fastest growth gives the earliest day. Where the slowest is none or less, the last day is INFINITY: perhaps
 * never. The rate and the room are taken as exact: the interval is that of the growth alone. */
struct projection projection_make(double bytes_per_request, struct interval interval, double rate_per_second,
                                  double memory_limit_bytes, double used_bytes);

#endif

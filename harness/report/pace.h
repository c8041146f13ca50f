/* Thins what became of requests to columns of equal width, while it streams by: memory is fixed, sums stay sums and
 * maxima maxima. */
#ifndef SEEP_REPORT_PACE_H
#define SEEP_REPORT_PACE_H

#include <stddef.h>

#include "model/evidence.h"

struct pacing {
    struct pace *columns; /* the first at second 0; those without any request have only zeros and NaN */
    size_t count, most;
    double width_s;
};

/* `most`: at least 2. */
void pacing_init(struct pacing *pacing, size_t most);

/* In any order. What spans several columns is shared out by time. Amortised O(columns it spans). */
void pacing_add(struct pacing *pacing, const struct pace *pace);

#endif

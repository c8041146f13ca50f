/* Which endpoints' requests production's memory grows with. Pure. */
#ifndef SEEP_ANALYSIS_SUSPECTS_H
#define SEEP_ANALYSIS_SUSPECTS_H

#include "model/history.h"
#include "model/suspects.h"

struct suspects_options {
    double limit_bytes; /* of one instance's memory where the history has none; NaN: not known */
    uint64_t seed;      /* of the bootstrap */
};

/* Fills `suspects` but for its source, its queries and `written`; to be released by the caller. That nothing can be said is
 * a result: reason and help say why and what would. */
void suspects_analyse(const struct history *history, const struct suspects_options *options,
                      struct suspects *suspects);

#endif

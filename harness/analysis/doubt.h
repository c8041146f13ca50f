/* What may be wrong with levels whatever the verdict on them: pure, for the audits of a soak (flow/soak_audit.h). */
#ifndef SEEP_ANALYSIS_DOUBT_H
#define SEEP_ANALYSIS_DOUBT_H

#include <stdbool.h>
#include <stddef.h>

/* Of what `count` levels rose by, from the first to the median of the three before the last, the share that the last one
 * takes back: what readings under traffic held, and a settled one does not. 0 where nothing rose; NaN for fewer than 5. Gaps
 * (NaN) are left out. */
double doubt_taken_back(const double *levels, size_t count);

/* Requests that were under way at each reading. */
struct doubt_met {
    size_t readings; /* that met any */
    double most;
    double early, late; /* the median of the first and of the last third */
    bool piles_up;      /* late is above twice early, and by more than two */
};
struct doubt_met doubt_met(const double *under_way, size_t count);

/* Whether levels end on a plateau at `limit`: the median of the last quarter (three at least) is above nine tenths of
 * it. False for a limit that is 0, NaN or infinite. */
bool doubt_clipped(const double *levels, size_t count, double limit);

#endif

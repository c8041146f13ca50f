/* Thins a line of points to what a plot can show, while they stream by: memory is fixed, peaks stay. */
#ifndef SEEP_REPORT_THIN_H
#define SEEP_REPORT_THIN_H

#include <stddef.h>

#include "report/report.h"

struct bucket {
    double from_s; /* the time of its first point */
    struct point low, high;
};

struct thinner {
    size_t most;            /* buckets; each keeps its lowest and its highest point */
    double width_s;         /* 0 until the first merge: every point is kept */
    struct bucket *buckets; /* room for `most`; NULL until the first point */
    size_t count;
};

/* `most`: at least 4. */
void thinner_init(struct thinner *thinner, size_t most);
void thinner_release(struct thinner *thinner);
void thinner_add(struct thinner *thinner, const struct point *point); /* in order of time; amortised O(1) */

/* From now on it has room for `most` buckets, at least 4 and no more than before; where it has more, half of that is left. */
void thinner_narrow(struct thinner *thinner, size_t most);

size_t thinner_room(const struct thinner *thinner); /* as many points as it may have */

/* The points left, in order of time; the caller's, with room for thinner_room(). */
struct point *thinner_points(const struct thinner *thinner, size_t *count);

#endif

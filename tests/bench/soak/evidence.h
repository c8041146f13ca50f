/* What a run's samples tell: gathered as they are put, and again as a store has them, so that the two can be held to one
 * another. Memory is that of a row per hour and signal. */
#ifndef TESTS_BENCH_SOAK_EVIDENCE_H
#define TESTS_BENCH_SOAK_EVIDENCE_H

#include "analysis/growth.h"
#include "model/evidence.h"

enum { HOUR_S = 3600, DAY_S = 24 * HOUR_S, READINGS = 48, SIGNALS_MOST = 24 };

struct moment {
    double at_s, value;
};

/* Least squares over points that stream by, reckoned from the first of them. */
struct line {
    double n, x0, y0, x, y, xx, xy;
};
double line_slope(const struct line *line); /* NaN: fewer than two points */

/* One signal. */
struct seen {
    char name[32];
    uint64_t timed;
    struct moment first, last, low, high; /* of what was read while traffic flowed */
    struct line line;                     /* the same, over requests */
    double *hour_low, *hour_requests; /* of each hour its lowest value, and the requests by its end; NaN */
    double judged[READINGS], judged_requests[READINGS];
    size_t judged_count, gaps, settled;
};

struct evidence {
    struct seen signals[SIGNALS_MOST];
    size_t count, hours;
};
void evidence_init(struct evidence *evidence, int days);
void evidence_release(struct evidence *evidence);
void evidence_add(struct evidence *evidence, const struct sample *sample); /* in order of time */
struct seen *evidence_of(struct evidence *evidence, const char *signal);

/* As the flow asks: of the readings. And of the lowest value of each hour, which no reading has to hit. */
struct growth_answer seen_judge(const struct seen *seen);
struct growth_answer seen_judge_hours(const struct seen *seen, size_t hours);

#endif

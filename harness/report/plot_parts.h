/* What the plots over time and over requests share. Only for plot_*.c. */
#ifndef SEEP_REPORT_PLOT_PARTS_H
#define SEEP_REPORT_PLOT_PARTS_H

#include <stdbool.h>

#include "base/text.h"
#include "report/report.h"
#include "report/svg.h"

enum { PLOT_TOP = 16, PLOT_FOOT = 24 }; /* pixels above and below what is plotted */

/* plot_blocks.c */
double plot_last_second(const struct report *report); /* of the run; never 0 */
void plot_block_title(struct text *out, const struct block *block);

/* plot_parts.c */
bool plot_counts_objects(const struct report *report, const char *signal);
void plot_say_value(struct text *out, double value, bool objects);

/* An area is as wide as the page; within it, 1000 stretched units across. Each is closed by </svg>. */
void plot_open_area(struct text *out, double height, const char *label);
void plot_open_stretched(struct text *out, double top, double height);

/* Points of one kind as a line; a gap (NaN) breaks it. */
void plot_line(struct text *out, const struct report_series *series, enum sample_kind kind,
               const struct axis *x, const struct axis *y, double height, bool by_requests,
               const char *class);

/* Settled readings as dots that say their value. Circles stay round: they stand in the unstretched area. */
void plot_dots(struct text *out, const struct report_series *series, const struct axis *x,
               const struct axis *y, double height, bool by_requests, bool objects);

struct range {
    double low, high;
};
void range_widen(struct range *range, double value); /* not to NaN, not to infinity */

bool series_has_settled(const struct report_series *series);

/* A soak settles at its two ends only: a straight line between them would hide what happened in between. */
bool series_timed_says_more(const struct report_series *series);

#endif

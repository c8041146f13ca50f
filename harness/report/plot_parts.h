/* What the plots over time and over requests share. Only for plot_*.c and html_comparison.c. */
#ifndef SEEP_REPORT_PLOT_PARTS_H
#define SEEP_REPORT_PLOT_PARTS_H

#include <stdbool.h>

#include "base/text.h"
#include "report/report.h"
#include "report/svg.h"

enum { PLOT_TOP = 16, PLOT_FOOT = 24 }; /* pixels above and below what is plotted */

struct range {
    double low, high;
};
void range_widen(struct range *range, double value); /* not to NaN, not to infinity */

/* A flat line must look flat: never less than a thousandth of the level from top to bottom. */
void range_flatten(struct range *range);

enum plot_unit { PLOT_BYTES, PLOT_COUNT, PLOT_RATE, PLOT_SECONDS };

/* One plot while it is written. What only stretches stands first, in the inner part; after plot_round() what keeps
 * its shape. A figure's tables name what they say by the same `id`. */
struct plot {
    struct axis x, y;
    double height;
    const char *link; /* plots with the same word are zoomed together: "time", "trial-3" */
    const char *id;   /* of the figure: its letter */
    bool by_requests; /* else over seconds */
    enum plot_unit unit;
    bool labels; /* with labels under the x axis; of plots one below the other only the last */
};
void plot_open(struct text *out, const struct plot *plot, const char *label);
void plot_round(struct text *out);
void plot_close(struct text *out, const struct plot *plot);

double plot_at(const struct plot *plot, const struct point *point); /* its x */

/* Points of one kind as a line; a gap (NaN) breaks it. `layer` is what a legend calls it by, `class` how it looks;
 * `said`: its points are those of the table. `index` is that of the series in its figure. */
struct plot_line {
    const struct report_series *series;
    size_t index;
    enum sample_kind kind;
    const char *class, *layer;
    bool said;
};
void plot_line(struct text *out, const struct plot *plot, const struct plot_line *line);
void plot_gaps(struct text *out, const struct plot *plot, const struct plot_line *line);

/* Settled readings as dots that say their value. Circles stay round: after plot_round(). */
void plot_dots(struct text *out, const struct plot *plot, const struct plot_line *line);

/* The table behind a plot: plot_numbers_open(), a body for each line or its dots, plot_numbers_close(). */
void plot_numbers_open(struct text *out, const char *label);
void plot_numbers_line(struct text *out, const struct plot *plot, const struct plot_line *line,
                       const char *heading);
void plot_numbers_close(struct text *out);

/* plot_fit.c: the growth that was measured of a series, with its band (`plot` NULL: not drawn); true where there is
 * any. In words, unescaped: "long solo of GET /quote/{slug}: 1.00 objects per request (0.99 to 1.01)". */
bool plot_fits(struct text *out, const struct plot *plot, const struct report *report,
               const struct report_series *series);
void plot_say_fits(struct text *out, const struct report *report, const struct report_series *series);

/* plot_blocks.c */
struct plot_layers {
    bool timed, settled, fit, gap, restart;
};
void plot_legend(struct text *out, const struct report *report, const struct plot_layers *layers);
void plot_shades(struct text *out, const struct plot *plot, const struct report *report,
                 int64_t trial);                      /* 0: all */
double plot_last_second(const struct report *report); /* of the run; never 0 */

/* plot_series.c */
enum plot_unit plot_unit_of(const struct report *report, const char *signal); /* bytes, or a count */
void plot_say_value(struct text *out, double value, enum plot_unit unit);
bool series_has(const struct report_series *series, enum sample_kind kind);

/* A soak settles at its two ends only: a straight line between them would hide what happened in between. */
bool series_timed_says_more(const struct report_series *series);

#endif

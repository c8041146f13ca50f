/* Small parts of plots: nice axes, and an area whose width is the page's.
 *
 * A plot is an <svg> of full width and fixed height without a viewBox: x is in per cent and y in pixels, so
 * that text keeps its size on a phone. What only stretches (lines, bars) stands in an inner <svg> of 1000
 * units across with preserveAspectRatio="none" and strokes that do not scale. */
#ifndef SEEP_REPORT_SVG_H
#define SEEP_REPORT_SVG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

enum axis_kind { AXIS_NUMBER, AXIS_BYTES, AXIS_SECONDS };

struct axis {
    enum axis_kind kind;
    double low, high;   /* what the plot spans */
    double first, step; /* ticks */
    double unit;        /* a tick's label is its value over this */
    const char *suffix; /* "MiB", "s", "" */
    bool log;           /* ticks are powers of ten, each with its unit in its label */
};

/* Spans low..high with 3 to `most` ticks at 1, 2 or 5 times a power of ten (of the unit). With `round`, the
 * ends are moved outward to ticks. A span of nothing is widened. */
void axis_init(struct axis *axis, enum axis_kind kind, double low, double high, unsigned most, bool round);
/* The same on a logarithmic scale, from 10^n to 10^m around low..high, both above 0. */
void axis_init_log(struct axis *axis, enum axis_kind kind, double low, double high);
double axis_share(const struct axis *axis, double value);                 /* 0 at low, 1 at high */
void axis_label(struct text *out, const struct axis *axis, double value); /* "34.5", without the suffix */

/* y axis: an <svg class="ya"> with the labels right-aligned, to stand left of the area. */
void svg_y_axis(struct text *out, const struct axis *axis, double top, double height, double total);
void svg_y_grid(struct text *out, const struct axis *axis, double top, double height); /* within the area */

/* Tick labels below y; within the area. */
void svg_x_axis(struct text *out, const struct axis *axis, double y);

/* <title>: what a pointer that rests on the element is told. Escapes. */
void svg_title(struct text *out, const char *title);

#endif

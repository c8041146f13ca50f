/* The growth that was measured, drawn into the readings that it was measured on. The slope and its interval are those
 * of the measurement; the line goes through the later half of the readings (the median of what the slope leaves over),
 * since earlier ones may still be warming up, and the band through its middle. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/plot_parts.h"
#include "report/say.h"

struct fit {
    const struct measurement *measured;
    const struct point **points; /* that it is drawn through, in order */
    size_t count, half;          /* from `half` on it rests on them */
    double offset, middle;       /* value at request 0; the request where the band is narrowest */
};

static bool is_drawn(const struct measurement *one, const struct report_series *series)
{
    bool step = one->step == STEP_SOAK || one->step == STEP_LONG_SOLO || one->step == STEP_ISOLATED ||
                one->step == STEP_COMPLEMENT;
    return step && one->trial == series->trial && isfinite(one->per_request) &&
           strcmp(one->signal, series->signal) == 0;
}

/* Of two of one step and mix the last counts. */
static bool is_said_again(const struct report *report, size_t index)
{
    const struct measurement *one = &report->measurements[index];
    for (size_t i = index + 1; i < report->measurement_count; i++) {
        const struct measurement *other = &report->measurements[i];
        if (other->step == one->step && other->trial == one->trial &&
            strcmp(other->signal, one->signal) == 0 && strcmp(other->mix, one->mix) == 0)
            return true;
    }
    return false;
}

/* The requests that its blocks went through; where there are none, all of them. */
static struct range spanned(const struct report *report, const struct measurement *measured)
{
    struct range span = {INFINITY, -INFINITY};
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *block = &report->blocks[i];
        if (block->trial != measured->trial || block->step != measured->step ||
            (measured->step != STEP_SOAK && strcmp(block->mix, measured->mix) != 0))
            continue;
        range_widen(&span, (double)block->first_request);
        range_widen(&span, (double)block->last_request);
    }
    for (size_t i = 0; i < report->block_count; i++) { /* what was left out in front is not fitted */
        const struct block *block = &report->blocks[i];
        if (block->trial == measured->trial && block->step == STEP_WARM_UP && measured->step == STEP_SOAK)
            span.low = fmin(fmax(span.low, (double)block->last_request), span.high);
    }
    return span.low <= span.high ? span : (struct range){0, INFINITY};
}

static int by_value(const void *a, const void *b)
{
    double one = *(const double *)a, other = *(const double *)b;
    return (one > other) - (one < other);
}

static void place(struct fit *fit)
{
    size_t rest = fit->count - fit->half;
    double *left = xmalloc(rest * sizeof *left);
    fit->middle = 0;
    for (size_t i = 0; i < rest; i++) {
        const struct point *point = fit->points[fit->half + i];
        left[i] = point->value - fit->measured->per_request * point->requests;
        fit->middle += point->requests / (double)rest;
    }
    qsort(left, rest, sizeof *left, by_value);
    fit->offset = (left[rest / 2] + left[(rest - 1) / 2]) / 2;
    free(left);
}

static bool make_fit(struct fit *fit, const struct report *report, const struct report_series *series,
                     const struct measurement *measured)
{
    struct range span = spanned(report, measured);
    enum sample_kind kind = series_timed_says_more(series) ? SAMPLE_TIMED : SAMPLE_SETTLED;
    *fit = (struct fit){.measured = measured};
    fit->points = xcalloc(series->count, sizeof *fit->points);
    for (size_t i = 0; i < series->count; i++) {
        const struct point *point = &series->points[i];
        bool moved = fit->count == 0 || point->requests > fit->points[fit->count - 1]->requests;
        if (point->kind == kind && isfinite(point->value) && point->requests >= span.low &&
            point->requests <= span.high && moved) /* what is read later, idle, is no part of it */
            fit->points[fit->count++] = point;
    }
    fit->half = fit->count / 2;
    if (fit->count < 2) {
        free(fit->points);
        return false;
    }
    place(fit);
    return true;
}

/* Not held to the axis: what leaves the plot is cut off, not bent. */
static double height_at(const struct plot *plot, const struct fit *fit, double slope, double requests)
{
    double level = fit->offset + fit->measured->per_request * fit->middle + slope * (requests - fit->middle);
    double share = (level - plot->y.low) / (plot->y.high - plot->y.low);
    return plot->height * (1 - fmax(-5, fmin(6, share)));
}

static void add_corner(struct text *out, const struct plot *plot, const struct fit *fit, size_t i,
                       double slope)
{
    text_addf(out, "%.1f %.1f ", axis_share(&plot->x, plot_at(plot, fit->points[i])) * 1000,
              height_at(plot, fit, slope, fit->points[i]->requests));
}

/* What was not growth is drawn where it was looked for: in the later half. */
static void draw(struct text *out, const struct plot *plot, const struct fit *fit)
{
    const struct measurement *one = fit->measured;
    size_t from = one->verdict == VERDICT_GROWTH ? 0 : fit->half;
    if (from + 2 > fit->count)
        from = fit->count - 2;
    if (isfinite(one->interval.low) && isfinite(one->interval.high)) {
        text_add_string(out, "<polygon class=\"band\" data-l=\"fit\" points=\"");
        for (size_t i = from; i < fit->count; i++)
            add_corner(out, plot, fit, i, one->interval.high);
        for (size_t i = fit->count; i-- > from;)
            add_corner(out, plot, fit, i, one->interval.low);
        text_add_string(out, "\"/>");
    }
    text_add_string(out, "<polyline class=\"fit\" data-l=\"fit\" points=\"");
    for (size_t i = from; i < fit->count; i++)
        add_corner(out, plot, fit, i, one->per_request);
    text_add_string(out, "\"/>");
}

bool plot_fits(struct text *out, const struct plot *plot, const struct report *report,
               const struct report_series *series)
{
    bool any = false;
    for (size_t i = 0; i < report->measurement_count; i++) {
        struct fit fit;
        if (!is_drawn(&report->measurements[i], series) || is_said_again(report, i) ||
            !make_fit(&fit, report, series, &report->measurements[i]))
            continue;
        if (plot != NULL)
            draw(out, plot, &fit);
        free(fit.points);
        any = true;
    }
    return any;
}

void plot_say_fits(struct text *out, const struct report *report, const struct report_series *series)
{
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        if (!is_drawn(one, series) || is_said_again(report, i))
            continue;
        text_addf(out, "%s%s of %s: ", out->length > 0 ? "; " : "", say_step(one->step), one->mix);
        say_amount(out, one->per_request, one->objects);
        text_add_string(out, " per request");
        if (isfinite(one->interval.low) && isfinite(one->interval.high)) {
            text_add_string(out, " (");
            say_interval(out, one->interval, one->objects);
            text_add_string(out, ")");
        }
    }
}

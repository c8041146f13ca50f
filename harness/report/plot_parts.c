/* A series in a plot: what it counts, its range, its line, its dots, and the areas that they are drawn in. */
#include "report/plot_parts.h"

#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"

bool plot_counts_objects(const struct report *report, const char *signal)
{
    for (size_t i = 0; i < report->result.signal_count; i++)
        if (strcmp(report->result.signals[i].name, signal) == 0)
            return report->result.signals[i].objects;
    for (size_t i = 0; i < report->measurement_count; i++)
        if (strcmp(report->measurements[i].signal, signal) == 0)
            return report->measurements[i].objects;
    return strstr(signal, "objects") != NULL || strcmp(signal, "fds") == 0 ||
           strcmp(signal, "sockets") == 0 || strcmp(signal, "threads") == 0;
}

void plot_open_area(struct text *out, double height, const char *label)
{
    text_addf(out, "<svg class=\"area\" width=\"100%%\" height=\"%g\" role=\"img\" aria-label=\"", height);
    escape_html(out, label);
    text_add_string(out, "\">");
}

void plot_open_stretched(struct text *out, double top, double height)
{
    text_addf(out,
              "<svg x=\"0\" y=\"%g\" width=\"100%%\" height=\"%g\" viewBox=\"0 0 1000 %g\" "
              "preserveAspectRatio=\"none\">",
              top, height, height);
}

void plot_line(struct text *out, const struct report_series *series, enum sample_kind kind,
               const struct axis *x, const struct axis *y, double height, bool by_requests, const char *class)
{
    bool drawing = false;
    text_addf(out, "<path class=\"%s\" d=\"", class);
    for (size_t i = 0; i < series->count; i++) {
        const struct point *point = &series->points[i];
        if (point->kind != kind)
            continue;
        if (!isfinite(point->value)) {
            drawing = false;
            continue;
        }
        text_addf(out, "%s%.1f %.1f", drawing ? "L" : "M",
                  axis_share(x, by_requests ? point->requests : point->at_s) * 1000,
                  height * (1 - axis_share(y, point->value)));
        drawing = true;
    }
    text_add_string(out, "\"/>");
}

void plot_say_value(struct text *out, double value, bool objects)
{
    char number[UNITS_SIZE];
    if (objects)
        text_addf(out, "%s",
                  value >= 0 && value < 1e15 ? units_count(number, (uint64_t)llround(value)) : "?");
    else
        text_add_string(out, units_bytes(number, value));
}

void plot_dots(struct text *out, const struct report_series *series, const struct axis *x,
               const struct axis *y, double height, bool by_requests, bool objects)
{
    const char *radius = series->count > 60 ? "1.6" : "2.5";
    for (size_t i = 0; i < series->count; i++) {
        const struct point *point = &series->points[i];
        char requests[UNITS_SIZE];
        if (point->kind != SAMPLE_SETTLED || !isfinite(point->value))
            continue;
        text_addf(out, "<circle class=\"dot\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"%s\"><title>",
                  axis_share(x, by_requests ? point->requests : point->at_s) * 100,
                  PLOT_TOP + height * (1 - axis_share(y, point->value)), radius);
        plot_say_value(out, point->value, objects);
        text_addf(out, " after %s requests of trial %lld</title></circle>",
                  units_count(requests, (uint64_t)point->requests), (long long)series->trial);
    }
}

void range_widen(struct range *range, double value)
{
    if (!isfinite(value))
        return;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

static size_t count_of(const struct report_series *series, enum sample_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < series->count; i++)
        count += series->points[i].kind == kind;
    return count;
}

bool series_has_settled(const struct report_series *series)
{
    return count_of(series, SAMPLE_SETTLED) > 0;
}

bool series_timed_says_more(const struct report_series *series)
{
    return count_of(series, SAMPLE_SETTLED) < 4 && count_of(series, SAMPLE_TIMED) >= 4;
}

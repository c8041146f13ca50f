/* A series in a plot: what it counts, its range, its line, its dots, and its rows in the table behind. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/say.h"

static bool counts_objects(const struct report *report, const char *signal)
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

enum plot_unit plot_unit_of(const struct report *report, const char *signal)
{
    return counts_objects(report, signal) ? PLOT_COUNT : PLOT_BYTES;
}

void plot_say_value(struct text *out, double value, enum plot_unit unit)
{
    char number[UNITS_SIZE];
    if (unit == PLOT_RATE)
        say_rate(out, value);
    else if (unit == PLOT_SECONDS)
        text_add_string(out, units_duration(number, value));
    else if (unit == PLOT_BYTES)
        text_add_string(out, units_bytes(number, value));
    else
        text_addf(out, "%s",
                  value >= 0 && value < 1e15 ? units_count(number, (uint64_t)llround(value)) : "?");
}

double plot_at(const struct plot *plot, const struct point *point)
{
    return plot->by_requests ? point->requests : point->at_s;
}

static double height_of(const struct plot *plot, double value)
{
    return plot->height * (1 - axis_share(&plot->y, value));
}

static void add_name(struct text *out, const struct plot *plot, const struct plot_line *line)
{
    text_addf(out, "%s%zu%c", plot->id, line->index, line->kind == SAMPLE_SETTLED ? 's' : 't');
}

static void add_layer(struct text *out, const struct plot *plot, const struct plot_line *line)
{
    text_addf(out, " data-l=\"%s\"", line->layer);
    if (line->said) {
        text_add_string(out, " data-t=\"");
        add_name(out, plot, line);
        text_add_string(out, "\"");
    }
}

void plot_line(struct text *out, const struct plot *plot, const struct plot_line *line)
{
    bool drawing = false;
    if (!series_has(line->series, line->kind))
        return;
    text_addf(out, "<path class=\"%s\"", line->class);
    add_layer(out, plot, line);
    text_add_string(out, " d=\"");
    for (size_t i = 0; i < line->series->count; i++) {
        const struct point *point = &line->series->points[i];
        if (point->kind != line->kind)
            continue;
        if (isfinite(point->value))
            text_addf(out, "%s%.1f %.1f", drawing ? "L" : "M",
                      axis_share(&plot->x, plot_at(plot, point)) * 1000, height_of(plot, point->value));
        drawing = isfinite(point->value);
    }
    text_add_string(out, "\"/>");
}

static void add_gap(struct text *out, const struct plot *plot, double from, double to)
{
    char took[UNITS_SIZE];
    double left = axis_share(&plot->x, from) * 1000, right = axis_share(&plot->x, to) * 1000;
    text_addf(out,
              "<rect class=\"gap\" data-l=\"gap\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%g\"><title>%s "
              "without "
              "a reading</title></rect>",
              left, fmax(right - left, 1), plot->height,
              plot->by_requests ? "requests" : units_duration(took, to - from));
}

/* From the last reading before to the first one after. */
void plot_gaps(struct text *out, const struct plot *plot, const struct plot_line *line)
{
    const struct point *before = NULL;
    bool gap = false;
    for (size_t i = 0; i < line->series->count; i++) {
        const struct point *point = &line->series->points[i];
        if (point->kind != line->kind)
            continue;
        gap = gap || !isfinite(point->value);
        if (!isfinite(point->value) && before == NULL)
            before = point;
        if (!isfinite(point->value))
            continue;
        if (gap)
            add_gap(out, plot, plot_at(plot, before), plot_at(plot, point));
        before = point;
        gap = false;
    }
    if (gap && before != NULL)
        add_gap(out, plot, plot_at(plot, before), plot->x.high);
}

void plot_dots(struct text *out, const struct plot *plot, const struct plot_line *line)
{
    const char *radius = line->series->count > 60 ? "1.6" : "2.5";
    if (!series_has(line->series, SAMPLE_SETTLED))
        return;
    text_add_string(out, "<g");
    add_layer(out, plot, line);
    text_add_string(out, ">");
    for (size_t i = 0; i < line->series->count; i++) {
        const struct point *point = &line->series->points[i];
        char requests[UNITS_SIZE];
        if (point->kind != SAMPLE_SETTLED || !isfinite(point->value))
            continue;
        text_addf(out, "<circle class=\"%s\" cx=\"%.2f%%\" cy=\"%.1f\" r=\"%s\"><title>", line->class,
                  axis_share(&plot->x, plot_at(plot, point)) * 100, PLOT_TOP + height_of(plot, point->value),
                  radius);
        plot_say_value(out, point->value, plot->unit);
        text_addf(out, " after %s requests of trial %lld</title></circle>",
                  units_count(requests, (uint64_t)point->requests), (long long)line->series->trial);
    }
    text_add_string(out, "</g>");
}

void plot_numbers_open(struct text *out, const char *label)
{
    text_add_string(out, "<details><summary>The numbers</summary><div class=\"wide numbers\" tabindex=\"0\" "
                         "role=\"region\" aria-label=\"");
    escape_html(out, label);
    text_add_string(out, ", in numbers\"><table><thead><tr><th>at<th>requests<th>value</thead>");
}

void plot_numbers_line(struct text *out, const struct plot *plot, const struct plot_line *line,
                       const char *heading)
{
    char number[UNITS_SIZE];
    if (!line->said || !series_has(line->series, line->kind))
        return;
    text_add_string(out, "<tbody id=\"");
    add_name(out, plot, line);
    text_add_string(out, "\"><tr class=\"h\"><th colspan=\"3\" scope=\"rowgroup\">");
    escape_html(out, heading);
    for (size_t i = 0; i < line->series->count; i++) {
        const struct point *point = &line->series->points[i];
        if (point->kind != line->kind || !isfinite(point->value))
            continue;
        text_addf(out, "<tr><td>%s", units_duration(number, point->at_s));
        text_addf(out, "<td>%s<td>", units_count(number, (uint64_t)point->requests));
        plot_say_value(out, point->value, plot->unit);
    }
    text_add_string(out, "</tbody>");
}

void plot_numbers_close(struct text *out)
{
    text_add_string(out, "</table></div></details>");
}

void range_widen(struct range *range, double value)
{
    if (!isfinite(value))
        return;
    range->low = fmin(range->low, value);
    range->high = fmax(range->high, value);
}

void range_flatten(struct range *range)
{
    double least = fabs(range->high) * 1e-3, middle = (range->low + range->high) / 2;
    if (range->high - range->low < least)
        *range = (struct range){middle - least / 2, middle + least / 2};
}

static size_t count_of(const struct report_series *series, enum sample_kind kind)
{
    size_t count = 0;
    for (size_t i = 0; i < series->count; i++)
        count += series->points[i].kind == kind && isfinite(series->points[i].value);
    return count;
}

bool series_has(const struct report_series *series, enum sample_kind kind)
{
    return count_of(series, kind) > 0;
}

/* The widest stretch of requests without a settled reading, as a share of them all. */
static double widest_share(const struct report_series *series)
{
    double last = 0, widest = 0, most = 0;
    for (size_t i = 0; i < series->count; i++) {
        const struct point *point = &series->points[i];
        most = fmax(most, point->requests);
        if (point->kind != SAMPLE_SETTLED || !isfinite(point->value))
            continue;
        widest = fmax(widest, point->requests - last);
        last = point->requests;
    }
    return most > 0 ? fmax(widest, most - last) / most : 0;
}

bool series_timed_says_more(const struct report_series *series)
{
    return count_of(series, SAMPLE_TIMED) >= 4 &&
           (count_of(series, SAMPLE_SETTLED) < 4 || widest_share(series) > 0.6);
}

#include "report/plots.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/say.h"
#include "report/svg.h"

enum { TOP = 16, FOOT = 24, LEAST_LABEL_PERCENT = 16, LEAST_NUMBER_PERCENT = 4 };

/* ---- what all plots over time share ---- */

static double last_second(const struct report *report)
{
    double last = isfinite(report->result.seconds) ? report->result.seconds : 0;
    for (size_t i = 0; i < report->block_count; i++)
        if (isfinite(report->blocks[i].ended_s))
            last = fmax(last, report->blocks[i].ended_s);
    return last > 0 ? last : 1;
}

static bool is_object_signal(const struct report *report, const char *signal)
{
    for (size_t i = 0; i < report->result.signal_count; i++)
        if (strcmp(report->result.signals[i].name, signal) == 0)
            return report->result.signals[i].objects;
    for (size_t i = 0; i < report->measurement_count; i++)
        if (strcmp(report->measurements[i].signal, signal) == 0)
            return report->measurements[i].objects;
    return strstr(signal, "objects") != NULL || strcmp(signal, "fds") == 0 || strcmp(signal, "threads") == 0;
}

static void block_title(struct text *out, const struct block *block)
{
    char calls[UNITS_SIZE], took[UNITS_SIZE];
    struct text title = TEXT_EMPTY;
    text_addf(&title, "%s", say_step(block->step));
    if (block->mix != NULL && block->mix[0] != '\0')
        text_addf(&title, ": %s", block->mix);
    text_addf(&title, ", %s calls in %s", units_count(calls, block->last_request - block->first_request),
              units_duration(took, block->ended_s - block->started_s));
    svg_title(out, title.bytes);
    text_release(&title);
}

/* Shades of the blocks behind a plot; within an inner svg of 1000 units. */
static void add_shades(struct text *out, const struct report *report, const struct axis *x, double height)
{
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *block = &report->blocks[i];
        double from = axis_share(x, block->started_s) * 1000, to = axis_share(x, block->ended_s) * 1000;
        if (!isfinite(from) || !isfinite(to))
            continue;
        text_addf(out, "<rect class=\"sh k-%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%g\">",
                  step_name(block->step), from, fmax(to - from, 0.5), height);
        block_title(out, block);
        text_add_string(out, "</rect>");
    }
}

static void open_area(struct text *out, double height, const char *label)
{
    text_addf(out, "<svg class=\"area\" width=\"100%%\" height=\"%g\" role=\"img\" aria-label=\"", height);
    escape_html(out, label);
    text_add_string(out, "\">");
}

static void open_stretched(struct text *out, double top, double height)
{
    text_addf(out,
              "<svg x=\"0\" y=\"%g\" width=\"100%%\" height=\"%g\" viewBox=\"0 0 1000 %g\" "
              "preserveAspectRatio=\"none\">",
              top, height, height);
}

/* Points of one kind as a line; a gap (NaN) breaks it. */
static void add_line(struct text *out, const struct report_series *series, enum sample_kind kind,
                     const struct axis *x, const struct axis *y, double height, bool by_requests,
                     const char *class)
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

static void say_value(struct text *out, double value, bool objects)
{
    char number[UNITS_SIZE];
    if (objects)
        text_addf(out, "%s",
                  value >= 0 && value < 1e15 ? units_count(number, (uint64_t)llround(value)) : "?");
    else
        text_add_string(out, units_bytes(number, value));
}

/* Settled readings as dots that say their value. Circles stay round: they stand in the unstretched area. */
static void add_dots(struct text *out, const struct report_series *series, const struct axis *x,
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
                  TOP + height * (1 - axis_share(y, point->value)), radius);
        say_value(out, point->value, objects);
        text_addf(out, " after %s requests of trial %lld</title></circle>",
                  units_count(requests, (uint64_t)point->requests), (long long)series->trial);
    }
}

struct range {
    double low, high;
};

static void widen(struct range *range, double value)
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

static bool has_settled(const struct report_series *series)
{
    return count_of(series, SAMPLE_SETTLED) > 0;
}

/* A soak settles at its two ends only: a straight line between them would hide what happened in between. */
static bool timed_says_more(const struct report_series *series)
{
    return count_of(series, SAMPLE_SETTLED) < 4 && count_of(series, SAMPLE_TIMED) >= 4;
}

/* ---- memory over time ---- */

static void add_panel_lines(struct text *out, const struct report *report, const char *signal,
                            const struct axis *x, const struct axis *y, double height)
{
    open_stretched(out, TOP, height);
    add_shades(out, report, x, height);
    for (size_t i = 0; i < report->series_count; i++)
        if (strcmp(report->series[i].signal, signal) == 0) {
            add_line(out, &report->series[i], SAMPLE_TIMED, x, y, height, false, "ln");
            if (!timed_says_more(&report->series[i]))
                add_line(out, &report->series[i], SAMPLE_SETTLED, x, y, height, false, "ln st");
        }
    text_add_string(out, "</svg>");
    for (size_t i = 0; i < report->series_count; i++)
        if (strcmp(report->series[i].signal, signal) == 0)
            add_dots(out, &report->series[i], x, y, height, false, is_object_signal(report, signal));
}

/* A number above the beginning of each trial: each is a fresh server. */
static void add_trial_marks(struct text *out, const struct report *report, const struct axis *x,
                            double height)
{
    for (size_t i = 0; i < report->trial_count; i++) {
        const struct trial *trial = &report->trials[i];
        if (!isfinite(trial->started_s))
            continue;
        double at = axis_share(x, trial->started_s) * 100;
        double wide = isfinite(trial->ended_s) ? axis_share(x, trial->ended_s) * 100 - at : 100 - at;
        text_addf(out, "<line class=\"tr\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%g\"/>", at, at,
                  TOP - 12, TOP + height);
        if (wide >= LEAST_NUMBER_PERCENT)
            text_addf(out, "<text class=\"tl\" x=\"%.2f%%\" y=\"%d\" dx=\"3\" dy=\"-3\">%s%lld</text>", at,
                      TOP, wide >= LEAST_LABEL_PERCENT ? "trial " : "", (long long)trial->number);
    }
}

static void add_panel(struct text *out, const struct report *report, const char *signal, const struct axis *x,
                      bool last)
{
    double height = 150, total = TOP + height + (last ? FOOT : 8);
    struct range range = {INFINITY, -INFINITY};
    bool objects = is_object_signal(report, signal);
    size_t points = 0;
    for (size_t i = 0; i < report->series_count; i++)
        for (size_t p = 0; strcmp(report->series[i].signal, signal) == 0 && p < report->series[i].count;
             p++) {
            widen(&range, report->series[i].points[p].value);
            points++;
        }
    if (points == 0)
        return;
    struct axis y;
    axis_init(&y, objects ? AXIS_NUMBER : AXIS_BYTES, range.low, range.high, 4, true);
    struct text label = TEXT_EMPTY;
    text_addf(&label, "%s over time, from ", signal);
    say_value(&label, range.low, objects);
    text_add_string(&label, " to ");
    say_value(&label, range.high, objects);
    text_add_string(out, "<p class=\"pt\"><b>");
    escape_html(out, signal);
    text_addf(out, "</b> %s</p><div class=\"plot\">", objects && y.suffix[0] == '\0' ? "count" : y.suffix);
    svg_y_axis(out, &y, TOP, height, total);
    open_area(out, total, label.bytes);
    svg_y_grid(out, &y, TOP, height);
    add_panel_lines(out, report, signal, x, &y, height);
    add_trial_marks(out, report, x, height);
    if (last)
        svg_x_axis(out, x, TOP + height);
    text_add_string(out, "</svg></div>");
    text_release(&label);
}

static const struct report_series *find_series(const struct report *report, const char *signal)
{
    for (size_t i = 0; i < report->series_count; i++)
        if (strcmp(report->series[i].signal, signal) == 0)
            return &report->series[i];
    return NULL;
}

/* First and last reading of each trial: what the plot shows, in numbers. */
static void add_memory_table(struct text *out, const struct report *report)
{
    text_add_string(
        out, "<details><summary>The numbers</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"First and last readings\"><table><thead><tr><th>trial<th>signal<th class=\"n\">"
             "first<th class=\"n\">last<th class=\"n\">lowest<th class=\"n\">highest</thead><tbody>");
    for (size_t i = 0; i < report->series_count; i++) {
        const struct report_series *series = &report->series[i];
        struct range range = {INFINITY, -INFINITY};
        double first = NAN, last = NAN;
        for (size_t p = 0; p < series->count; p++) {
            widen(&range, series->points[p].value);
            first = isnan(first) ? series->points[p].value : first;
            last = isnan(series->points[p].value) ? last : series->points[p].value;
        }
        if (isnan(first))
            continue;
        double values[] = {first, last, range.low, range.high};
        text_addf(out, "<tr><td>%lld<td>", (long long)series->trial);
        escape_html(out, series->signal);
        for (size_t v = 0; v < 4; v++) {
            text_add_string(out, "<td class=\"n\">");
            say_value(out, values[v], is_object_signal(report, series->signal));
        }
    }
    text_add_string(out, "</tbody></table></div></details>");
}

void plot_memory(struct text *out, const struct report *report)
{
    bool objects = false;
    const char *deciding = say_deciding(report, &objects);
    bool rss = find_series(report, "rss") != NULL;
    bool other = deciding != NULL && strcmp(deciding, "rss") != 0 && find_series(report, deciding) != NULL;
    if (!rss && !other)
        return;
    struct axis x;
    axis_init(&x, AXIS_SECONDS, 0, last_second(report), 6, false);
    text_add_string(
        out, "<figure><h2>Memory over time</h2><p class=\"note\">Each trial is a fresh server. Shades are "
             "blocks of one mix; dots are readings between blocks, taken until they no longer fall.</p>");
    plot_legend(out, report);
    if (other)
        add_panel(out, report, deciding, &x, !rss);
    if (rss)
        add_panel(out, report, "rss", &x, true);
    add_memory_table(out, report);
    text_add_string(out, "</figure>");
}

void plot_legend(struct text *out, const struct report *report)
{
    bool seen[STEP_COUNT] = {false};
    for (size_t i = 0; i < report->block_count; i++)
        seen[report->blocks[i].step] = true;
    text_add_string(out, "<ul class=\"legend\">");
    for (int step = 0; step < STEP_COUNT; step++)
        if (seen[step])
            text_addf(
                out,
                "<li><svg width=\"11\" height=\"11\" aria-hidden=\"true\"><rect class=\"k-%s\" width=\"11\" "
                "height=\"11\" rx=\"2\"/></svg>%s</li>",
                step_name((enum step)step), say_step((enum step)step));
    text_add_string(out, "</ul>");
}

/* ---- settled readings over requests ---- */

enum { PANELS = 6 };

static const struct trial *trial_of(const struct report *report, int64_t number)
{
    for (size_t i = 0; i < report->trial_count; i++)
        if (report->trials[i].number == number)
            return &report->trials[i];
    return NULL;
}

static void add_request_shades(struct text *out, const struct report *report, int64_t trial,
                               const struct axis *x, double height)
{
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *block = &report->blocks[i];
        if (block->trial != trial)
            continue;
        double from = axis_share(x, (double)block->first_request) * 1000;
        double to = axis_share(x, (double)block->last_request) * 1000;
        text_addf(out, "<rect class=\"sh k-%s\" x=\"%.1f\" y=\"0\" width=\"%.1f\" height=\"%g\">",
                  step_name(block->step), from, to - from, height);
        block_title(out, block);
        text_add_string(out, "</rect>");
    }
}

static void panel_heading(struct text *out, const struct report *report, const struct report_series *series)
{
    const struct trial *trial = trial_of(report, series->trial);
    text_addf(out, "<h3>Trial %lld", (long long)series->trial);
    if (trial != NULL) {
        text_addf(out, ": %s", say_step(trial->step));
        text_add_string(out, "</h3><p class=\"note\">");
        escape_html(out, trial->mix);
        text_add_string(out, "</p>");
    } else {
        text_add_string(out, "</h3>");
    }
}

static void add_settled_panel(struct text *out, const struct report *report,
                              const struct report_series *series, bool objects)
{
    double height = 130, total = TOP + height + FOOT;
    struct range range = {INFINITY, -INFINITY};
    double most = 0;
    bool timed = timed_says_more(series);
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].kind == SAMPLE_SETTLED || timed) {
            widen(&range, series->points[i].value);
            most = fmax(most, series->points[i].requests);
        }
    struct axis x, y;
    axis_init(&x, AXIS_NUMBER, 0, most > 0 ? most : 1, 4, false);
    /* A flat line must look flat: never less than a thousandth of the level from top to bottom. */
    double least = fabs(range.high) * 1e-3, middle = (range.low + range.high) / 2;
    if (range.high - range.low < least)
        range = (struct range){middle - least / 2, middle + least / 2};
    axis_init(&y, objects ? AXIS_NUMBER : AXIS_BYTES, range.low, range.high, 4, true);
    text_add_string(out, "<section>");
    panel_heading(out, report, series);
    text_add_string(out, "<div class=\"plot\">");
    svg_y_axis(out, &y, TOP, height, total);
    struct text label = TEXT_EMPTY;
    text_addf(&label, "%s over the requests of trial %lld", series->signal, (long long)series->trial);
    open_area(out, total, label.bytes);
    text_release(&label);
    svg_y_grid(out, &y, TOP, height);
    open_stretched(out, TOP, height);
    add_request_shades(out, report, series->trial, &x, height);
    add_line(out, series, timed ? SAMPLE_TIMED : SAMPLE_SETTLED, &x, &y, height, true, "ln");
    text_add_string(out, "</svg>");
    add_dots(out, series, &x, &y, height, true, objects);
    svg_x_axis(out, &x, TOP + height);
    text_add_string(out, "</svg></div></section>");
}

void plot_settled(struct text *out, const struct report *report)
{
    bool objects = false;
    const char *signal = say_deciding(report, &objects);
    size_t panels = 0, all = 0;
    for (size_t i = 0; signal != NULL && i < report->series_count; i++)
        all += strcmp(report->series[i].signal, signal) == 0 && has_settled(&report->series[i]);
    if (all == 0)
        return;
    objects = is_object_signal(report, signal);
    text_add_string(out, "<figure><h2>");
    escape_html(out, signal);
    text_addf(
        out,
        " over requests</h2><p class=\"note\">Readings between blocks, against the requests that the trial's "
        "server had answered%s.",
        objects ? "" : ", in bytes");
    if (all > PANELS)
        text_addf(out, " The first %d of %zu trials.", PANELS, all);
    text_add_string(out, "</p><div class=\"panels\">");
    for (size_t i = 0; i < report->series_count && panels < PANELS; i++)
        if (strcmp(report->series[i].signal, signal) == 0 && has_settled(&report->series[i])) {
            add_settled_panel(out, report, &report->series[i], objects);
            panels++;
        }
    text_add_string(out, "</div></figure>");
}

/* ---- the hunt ---- */

static void add_trial_row(struct text *out, const struct report *report, const struct trial *trial,
                          const struct axis *x)
{
    char requests[UNITS_SIZE];
    text_addf(
        out,
        "<div class=\"row\"><span>%lld</span><svg class=\"area\" width=\"100%%\" height=\"18\" role=\"img\" "
        "aria-label=\"",
        (long long)trial->number);
    text_addf(out, "%s, %s requests", say_step(trial->step), units_count(requests, trial->requests));
    text_add_string(out, "\">");
    open_stretched(out, 0, 18);
    double from = axis_share(x, trial->started_s) * 1000, to = axis_share(x, trial->ended_s) * 1000;
    if (isfinite(from) && isfinite(to))
        text_addf(out, "<rect class=\"base\" x=\"%.1f\" y=\"8\" width=\"%.1f\" height=\"2\"/>", from,
                  to - from);
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *block = &report->blocks[i];
        if (block->trial != trial->number)
            continue;
        from = axis_share(x, block->started_s) * 1000, to = axis_share(x, block->ended_s) * 1000;
        if (!isfinite(from) || !isfinite(to))
            continue;
        text_addf(out, "<rect class=\"bar k-%s\" x=\"%.1f\" y=\"2\" width=\"%.1f\" height=\"14\">",
                  step_name(block->step), from, fmax(to - from, 0.8));
        block_title(out, block);
        text_add_string(out, "</rect>");
    }
    text_add_string(out, "</svg></svg></div>");
}

enum { MOST_ROWS = 40 };

void plot_hunt(struct text *out, const struct report *report)
{
    if (report->trial_count == 0 || report->block_count == 0)
        return;
    struct axis x;
    axis_init(&x, AXIS_SECONDS, 0, last_second(report), 6, false);
    text_add_string(out, "<figure class=\"hunt\"><h2>Trials and blocks</h2>");
    plot_legend(out, report);
    for (size_t i = 0; i < report->trial_count && i < MOST_ROWS; i++)
        add_trial_row(out, report, &report->trials[i], &x);
    text_add_string(out, "<div class=\"row\"><span></span><svg class=\"area\" width=\"100%\" height=\"22\" "
                         "aria-hidden=\"true\">");
    svg_x_axis(out, &x, 0);
    text_add_string(out, "</svg></div>");
    if (report->trial_count > MOST_ROWS)
        text_addf(out, "<p class=\"note\">The first %d of %zu trials.</p>", MOST_ROWS, report->trial_count);
    text_add_string(out, "</figure>");
}

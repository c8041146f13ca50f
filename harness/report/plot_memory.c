/* Memory over time: a panel for the deciding signal and one for rss, with blocks and trials behind them. */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/plots.h"
#include "report/say.h"

enum { LEAST_LABEL_PERCENT = 16, LEAST_NUMBER_PERCENT = 4 };

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
        plot_block_title(out, block);
        text_add_string(out, "</rect>");
    }
}

static void add_panel_lines(struct text *out, const struct report *report, const char *signal,
                            const struct axis *x, const struct axis *y, double height)
{
    plot_open_stretched(out, PLOT_TOP, height);
    add_shades(out, report, x, height);
    for (size_t i = 0; i < report->series_count; i++)
        if (strcmp(report->series[i].signal, signal) == 0) {
            plot_line(out, &report->series[i], SAMPLE_TIMED, x, y, height, false, "ln");
            if (!series_timed_says_more(&report->series[i]))
                plot_line(out, &report->series[i], SAMPLE_SETTLED, x, y, height, false, "ln st");
        }
    text_add_string(out, "</svg>");
    for (size_t i = 0; i < report->series_count; i++)
        if (strcmp(report->series[i].signal, signal) == 0)
            plot_dots(out, &report->series[i], x, y, height, false, plot_counts_objects(report, signal));
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
                  PLOT_TOP - 12, PLOT_TOP + height);
        if (wide >= LEAST_NUMBER_PERCENT)
            text_addf(out, "<text class=\"tl\" x=\"%.2f%%\" y=\"%d\" dx=\"3\" dy=\"-3\">%s%lld</text>", at,
                      PLOT_TOP, wide >= LEAST_LABEL_PERCENT ? "trial " : "", (long long)trial->number);
    }
}

static void add_panel(struct text *out, const struct report *report, const char *signal, const struct axis *x,
                      bool last)
{
    double height = 150, total = PLOT_TOP + height + (last ? PLOT_FOOT : 8);
    struct range range = {INFINITY, -INFINITY};
    bool objects = plot_counts_objects(report, signal);
    size_t points = 0;
    for (size_t i = 0; i < report->series_count; i++)
        for (size_t p = 0; strcmp(report->series[i].signal, signal) == 0 && p < report->series[i].count;
             p++) {
            range_widen(&range, report->series[i].points[p].value);
            points++;
        }
    if (points == 0)
        return;
    struct axis y;
    axis_init(&y, objects ? AXIS_NUMBER : AXIS_BYTES, range.low, range.high, 4, true);
    struct text label = TEXT_EMPTY;
    text_addf(&label, "%s over time, from ", signal);
    plot_say_value(&label, range.low, objects);
    text_add_string(&label, " to ");
    plot_say_value(&label, range.high, objects);
    text_add_string(out, "<p class=\"pt\"><b>");
    escape_html(out, signal);
    text_addf(out, "</b> %s</p><div class=\"plot\">", objects && y.suffix[0] == '\0' ? "count" : y.suffix);
    svg_y_axis(out, &y, PLOT_TOP, height, total);
    plot_open_area(out, total, label.bytes);
    svg_y_grid(out, &y, PLOT_TOP, height);
    add_panel_lines(out, report, signal, x, &y, height);
    add_trial_marks(out, report, x, height);
    if (last)
        svg_x_axis(out, x, PLOT_TOP + height);
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
            range_widen(&range, series->points[p].value);
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
            plot_say_value(out, values[v], plot_counts_objects(report, series->signal));
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
    axis_init(&x, AXIS_SECONDS, 0, plot_last_second(report), 6, false);
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

/* The deciding signal over the requests of each trial, from the readings between blocks. */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/plots.h"
#include "report/say.h"

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
        plot_block_title(out, block);
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
    double height = 130, total = PLOT_TOP + height + PLOT_FOOT;
    struct range range = {INFINITY, -INFINITY};
    double most = 0;
    bool timed = series_timed_says_more(series);
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].kind == SAMPLE_SETTLED || timed) {
            range_widen(&range, series->points[i].value);
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
    svg_y_axis(out, &y, PLOT_TOP, height, total);
    struct text label = TEXT_EMPTY;
    text_addf(&label, "%s over the requests of trial %lld", series->signal, (long long)series->trial);
    plot_open_area(out, total, label.bytes);
    text_release(&label);
    svg_y_grid(out, &y, PLOT_TOP, height);
    plot_open_stretched(out, PLOT_TOP, height);
    add_request_shades(out, report, series->trial, &x, height);
    plot_line(out, series, timed ? SAMPLE_TIMED : SAMPLE_SETTLED, &x, &y, height, true, "ln");
    text_add_string(out, "</svg>");
    plot_dots(out, series, &x, &y, height, true, objects);
    svg_x_axis(out, &x, PLOT_TOP + height);
    text_add_string(out, "</svg></div></section>");
}

void plot_settled(struct text *out, const struct report *report)
{
    bool objects = false;
    const char *signal = say_deciding(report, &objects);
    size_t panels = 0, all = 0;
    for (size_t i = 0; signal != NULL && i < report->series_count; i++)
        all += strcmp(report->series[i].signal, signal) == 0 && series_has_settled(&report->series[i]);
    if (all == 0)
        return;
    objects = plot_counts_objects(report, signal);
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
        if (strcmp(report->series[i].signal, signal) == 0 && series_has_settled(&report->series[i])) {
            add_settled_panel(out, report, &report->series[i], objects);
            panels++;
        }
    text_add_string(out, "</div></figure>");
}

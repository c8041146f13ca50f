/* The deciding signal over the requests of each trial, from the readings between blocks. */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/plots.h"
#include "report/say.h"

enum { PANELS = 6, HEIGHT = 130 };

static const struct trial *trial_of(const struct report *report, int64_t number)
{
    for (size_t i = 0; i < report->trial_count; i++)
        if (report->trials[i].number == number)
            return &report->trials[i];
    return NULL;
}

static void panel_heading(struct text *out, const struct report *report, const struct report_series *series)
{
    const struct trial *trial = trial_of(report, series->trial);
    struct text fits = TEXT_EMPTY;
    text_addf(out, "<h3>Trial %lld", (long long)series->trial);
    if (trial != NULL) {
        text_addf(out, ": %s", say_step(trial->step));
        text_add_string(out, "</h3><p class=\"note\">");
        escape_html(out, trial->mix);
        text_add_string(out, "</p>");
    } else {
        text_add_string(out, "</h3>");
    }
    plot_say_fits(&fits, report, series);
    if (fits.length > 0) {
        text_add_string(out, "<p class=\"note\">Growth as measured: ");
        escape_html(out, fits.bytes);
        text_add_string(out, ".</p>");
    }
    text_release(&fits);
}

static void add_panel(struct text *out, const struct report *report, size_t index, enum plot_unit unit)
{
    const struct report_series *series = &report->series[index];
    bool timed = series_timed_says_more(series);
    struct plot_line line = {.series = series,
                             .index = index,
                             .kind = timed ? SAMPLE_TIMED : SAMPLE_SETTLED,
                             .class = "ln",
                             .layer = timed ? "timed" : "settled",
                             .said = timed};
    struct plot_line dots = {series, index, SAMPLE_SETTLED, "dot", "settled", true};
    struct range range = {INFINITY, -INFINITY};
    double most = 0;
    for (size_t i = 0; i < series->count; i++)
        if (series->points[i].kind == SAMPLE_SETTLED || timed) {
            range_widen(&range, series->points[i].value);
            most = fmax(most, series->points[i].requests);
        }
    range_flatten(&range);
    struct text label = TEXT_EMPTY, link = TEXT_EMPTY;
    text_addf(&label, "%s over the requests of trial %lld", series->signal, (long long)series->trial);
    text_addf(&link, "trial-%lld", (long long)series->trial);
    struct plot plot = {
        .height = HEIGHT, .link = link.bytes, .id = "r", .by_requests = true, .unit = unit, .labels = true};
    axis_init(&plot.x, AXIS_NUMBER, 0, most > 0 ? most : 1, 4, false);
    axis_init(&plot.y, unit == PLOT_COUNT ? AXIS_NUMBER : AXIS_BYTES, range.low, range.high, 4, true);
    text_add_string(out, "<section>");
    panel_heading(out, report, series);
    plot_open(out, &plot, label.bytes);
    plot_shades(out, &plot, report, series->trial);
    plot_gaps(out, &plot, &line);
    plot_fits(out, &plot, report, series);
    plot_line(out, &plot, &line);
    plot_round(out);
    plot_dots(out, &plot, &dots);
    plot_close(out, &plot);
    plot_numbers_open(out, label.bytes);
    plot_numbers_line(out, &plot, &line, "while requests are answered");
    plot_numbers_line(out, &plot, &dots, "between blocks");
    plot_numbers_close(out);
    text_add_string(out, "</section>");
    text_release(&label);
    text_release(&link);
}

static bool is_shown(const struct report_series *series, const char *signal)
{
    return strcmp(series->signal, signal) == 0 &&
           (series_has(series, SAMPLE_SETTLED) || series_timed_says_more(series));
}

void plot_settled(struct text *out, const struct report *report)
{
    bool objects = false;
    const char *signal = say_deciding(report, &objects);
    size_t panels = 0, all = 0;
    if (signal == NULL && report->series_count > 0)
        signal = "rss";
    for (size_t i = 0; signal != NULL && i < report->series_count; i++)
        all += is_shown(&report->series[i], signal);
    if (all == 0)
        return;
    enum plot_unit unit = plot_unit_of(report, signal);
    text_add_string(out, "<figure><h2>");
    escape_html(out, signal);
    text_addf(
        out,
        " over requests</h2><p class=\"note\">Readings, against the requests that the trial's server had "
        "answered%s.",
        unit == PLOT_COUNT ? "" : ", in bytes");
    if (all > PANELS)
        text_addf(out, " The first %d of %zu trials.", PANELS, all);
    text_add_string(out, "</p><div class=\"panels\">");
    for (size_t i = 0; i < report->series_count && panels < PANELS; i++)
        if (is_shown(&report->series[i], signal)) {
            add_panel(out, report, i, unit);
            panels++;
        }
    text_add_string(out, "</div></figure>");
}

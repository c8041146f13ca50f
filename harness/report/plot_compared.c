/* Two runs on the same axes: what came on top of the first reading, over the requests since then. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/comparison.h"
#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/plots.h"

enum { HEIGHT = 170, PLOTS_MOST = 8 };

/* One of the two, as it is plotted: readings of the trial that the estimate rests on, requests and value counted from
 * the first of them. A report of its own, so that growth is drawn as it is in the page of a run. */
struct side {
    struct report report;
    struct report_series series;
    struct measurement measured;
};

static const struct measurement *measured(const struct report *report, const struct compared *item,
                                          const struct estimate *estimate)
{
    const struct measurement *found = NULL;
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        if (one->step == estimate->step && one->requests == estimate->requests &&
            strcmp(one->signal, item->signal) == 0)
            found = one;
    }
    return found;
}

static struct range spanned(const struct report *report, const struct measurement *one)
{
    struct range span = {INFINITY, -INFINITY};
    for (size_t i = 0; i < report->block_count; i++) {
        const struct block *block = &report->blocks[i];
        if (block->trial == one->trial && block->step == one->step &&
            (one->step == STEP_SOAK || strcmp(block->mix, one->mix) == 0)) {
            range_widen(&span, (double)block->first_request);
            range_widen(&span, (double)block->last_request);
        }
    }
    return span.low <= span.high ? span : (struct range){0, INFINITY};
}

static void take_points(struct side *side, const struct report_series *series, struct range span)
{
    enum sample_kind kind = series_timed_says_more(series) ? SAMPLE_TIMED : SAMPLE_SETTLED;
    const struct point *first = NULL;
    side->series = (struct report_series){.signal = series->signal, .trial = series->trial};
    side->series.points = xcalloc(series->count, sizeof *side->series.points);
    for (size_t i = 0; i < series->count; i++) {
        struct point point = series->points[i];
        if (point.kind != kind || point.requests < span.low || point.requests > span.high)
            continue;
        if (first == NULL && !isfinite(point.value))
            continue;
        if (first == NULL)
            first = &series->points[i];
        point.at_s -= first->at_s;
        point.requests -= first->requests;
        point.value -= first->value;
        point.kind = SAMPLE_TIMED;
        side->series.points[side->series.count++] = point;
    }
}

static void take_side(struct side *side, const struct report *report, const struct compared *item,
                      const struct estimate *estimate)
{
    const struct measurement *one = measured(report, item, estimate);
    *side = (struct side){.series = {.signal = item->signal}};
    if (one == NULL)
        return;
    for (size_t i = 0; i < report->series_count; i++)
        if (report->series[i].trial == one->trial && strcmp(report->series[i].signal, item->signal) == 0)
            take_points(side, &report->series[i], spanned(report, one));
    side->measured = *one;
    side->measured.step = STEP_SOAK; /* what is drawn is all of it */
    side->report = (struct report){.measurements = &side->measured, .measurement_count = 1};
}

static void set_axes(struct plot *plot, const struct side sides[2])
{
    struct range range = {0, 0};
    double most = 1;
    for (size_t s = 0; s < 2; s++)
        for (size_t i = 0; i < sides[s].series.count; i++) {
            range_widen(&range, sides[s].series.points[i].value);
            most = fmax(most, sides[s].series.points[i].requests);
        }
    axis_init(&plot->x, AXIS_NUMBER, 0, most, 5, false);
    axis_init(&plot->y, plot->unit == PLOT_COUNT ? AXIS_NUMBER : AXIS_BYTES, range.low, range.high, 5, true);
}

static void add_plot(struct text *out, const struct comparison *comparison, const struct compared *item,
                     const struct side sides[2], size_t number)
{
    static const char *const classes[] = {"ln b", "ln"}, *const layers[] = {"before", "after"};
    struct text label = TEXT_EMPTY, link = TEXT_EMPTY, heading = TEXT_EMPTY, id = TEXT_EMPTY;
    const int64_t runs[] = {comparison->before.run, comparison->after.run};
    text_addf(&label, "%s of %s over requests, before and after", item->signal, item->mix);
    text_addf(&link, "requests-%zu", number);
    text_addf(&id, "c%zux", number);
    struct plot plot = {.height = HEIGHT,
                        .link = link.bytes,
                        .id = id.bytes,
                        .by_requests = true,
                        .unit = item->objects ? PLOT_COUNT : PLOT_BYTES,
                        .labels = true};
    struct plot_line lines[2];
    set_axes(&plot, sides);
    text_add_string(out, "<figure><h3>");
    escape_html(out, item->signal);
    text_add_string(out, " of ");
    escape_html(out, item->mix);
    text_addf(out, "%s%s</h3><ul class=\"legend\">", plot.y.suffix[0] != '\0' ? ", " : "", plot.y.suffix);
    for (size_t s = 0; s < 2; s++)
        text_addf(out,
                  "<li data-layer=\"%s\"><svg width=\"16\" height=\"12\" aria-hidden=\"true\"><path "
                  "class=\"%s\" d=\"M0 6H16\"/></svg>%s, run %lld</li>",
                  layers[s], classes[s], layers[s], (long long)runs[s]);
    text_add_string(out,
                    "<li data-layer=\"fit\"><svg width=\"16\" height=\"12\" aria-hidden=\"true\"><path "
                    "class=\"fit\" d=\"M0 7L16 5\"/></svg>growth as measured, with its interval</li></ul>");
    plot_open(out, &plot, label.bytes);
    for (size_t s = 0; s < 2; s++) {
        lines[s] = (struct plot_line){&sides[s].series, s, SAMPLE_TIMED, classes[s], layers[s], true};
        if (sides[s].report.measurement_count > 0)
            plot_fits(out, &plot, &sides[s].report, &sides[s].series);
        plot_line(out, &plot, &lines[s]);
    }
    plot_round(out);
    plot_close(out, &plot);
    plot_numbers_open(out, label.bytes);
    for (size_t s = 0; s < 2; s++) {
        text_clear(&heading);
        text_addf(&heading, "%s, run %lld", layers[s], (long long)runs[s]);
        plot_numbers_line(out, &plot, &lines[s], heading.bytes);
    }
    plot_numbers_close(out);
    text_add_string(out, "</figure>\n");
    text_release(&label);
    text_release(&link);
    text_release(&heading);
    text_release(&id);
}

void plot_compared(struct text *out, const struct compared_page *page)
{
    struct text plots = TEXT_EMPTY;
    for (size_t i = 0; i < page->comparison->count && i < PLOTS_MOST; i++) {
        const struct compared *item = &page->comparison->items[i];
        struct side sides[2];
        take_side(&sides[0], page->before, item, &item->before);
        take_side(&sides[1], page->after, item, &item->after);
        if (sides[0].series.count > 1 || sides[1].series.count > 1)
            add_plot(&plots, page->comparison, item, sides, i);
        free(sides[0].series.points);
        free(sides[1].series.points);
    }
    if (plots.length > 0)
        text_addf(
            out,
            "<section class=\"part\"><h2>Before and after on the same axes</h2><p class=\"note\">What came "
            "on top of the first reading, over the requests since then.</p>%s</section>\n",
            plots.bytes);
    text_release(&plots);
}

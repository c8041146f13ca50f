/* A soak over time: requests planned, answered and lost, and how long they took. */
#include <math.h>
#include <stdlib.h>

#include "report/loads.h"
#include "report/plot_parts.h"
#include "report/plots.h"

enum { HEIGHT = 110, LINES = 3 };

/* A line of the two plots: its name, how it looks, and its value in one column; NaN: none. */
struct measure {
    const char *layer, *class, *words;
    double (*value)(const struct pace *pace);
    bool always; /* also where it is 0 all the time */
};

static double planned(const struct pace *pace)
{
    return pace->planned / pace->seconds;
}

static double done(const struct pace *pace)
{
    return pace->done / pace->seconds;
}

static double lost(const struct pace *pace)
{
    return (pace->failed + pace->skipped) / pace->seconds;
}

static double mean(const struct pace *pace)
{
    return pace->done > 0 ? pace->service_sum_us / pace->done / 1e6 : NAN;
}

static double longest(const struct pace *pace)
{
    return pace->service_max_us / 1e6;
}

static double lag(const struct pace *pace)
{
    return pace->lag_max_us > 0 ? pace->lag_max_us / 1e6 : NAN;
}

static const struct measure rates[LINES] = {
    {"planned", "ln st", "planned", planned, true},
    {"done", "ln", "answered", done, true},
    {"lost", "ln c", "failed or skipped", lost, false},
};
static const struct measure times[LINES] = {
    {"mean", "ln", "service time, mean", mean, true},
    {"longest", "ln b", "service time, longest", longest, true},
    {"lag", "ln c", "lag behind the due time, longest", lag, true},
};

static struct report_series series_of(const struct report *report, const struct measure *measure)
{
    struct report_series series = {.points = xcalloc(report->pace_count, sizeof *series.points)};
    double requests = 0, most = 0;
    for (size_t i = 0; i < report->pace_count; i++) {
        const struct pace *pace = &report->paces[i];
        requests += pace->done;
        double value = measure->value(pace);
        most = isfinite(value) ? fmax(most, value) : most;
        series.points[series.count++] =
            (struct point){pace->from_s + pace->seconds / 2, requests, value, SAMPLE_TIMED};
    }
    if (most <= 0 && !measure->always)
        series.count = 0;
    return series;
}

static void add_legend(struct text *out, const struct measure measures[LINES],
                       const struct report_series series[LINES])
{
    text_add_string(out, "<ul class=\"legend\">");
    for (size_t i = 0; i < LINES; i++)
        if (series_has(&series[i], SAMPLE_TIMED))
            text_addf(out,
                      "<li data-layer=\"%s\"><svg width=\"16\" height=\"12\" aria-hidden=\"true\"><path "
                      "class=\"%s\" d=\"M0 6H16\"/></svg>%s</li>",
                      measures[i].layer, measures[i].class, measures[i].words);
    text_add_string(out, "</ul>");
}

/* Times are drawn to a logarithmic scale: the longest are often a hundred times the mean. */
static void set_axes(struct plot *plot, const struct report *report, const struct report_series *series)
{
    struct range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < LINES; i++)
        for (size_t p = 0; p < series[i].count; p++)
            if (series[i].points[p].value > 0)
                range_widen(&range, series[i].points[p].value);
    axis_init(&plot->x, AXIS_SECONDS, 0, plot_last_second(report), 6, false);
    if (plot->unit == PLOT_SECONDS)
        axis_init_log(&plot->y, AXIS_SECONDS, fmax(range.low, 1e-5), range.high);
    else
        axis_init(&plot->y, AXIS_NUMBER, 0, range.high, 4, true);
}

static void add_plot(struct text *out, const struct report *report, struct plot *plot, const char *heading,
                     const struct measure measures[LINES])
{
    struct report_series series[LINES];
    struct plot_line lines[LINES];
    for (size_t i = 0; i < LINES; i++) {
        series[i] = series_of(report, &measures[i]);
        lines[i] =
            (struct plot_line){&series[i], i, SAMPLE_TIMED, measures[i].class, measures[i].layer, true};
    }
    set_axes(plot, report, series);
    text_addf(out, "<figure><h2>%s</h2>", heading);
    add_legend(out, measures, series);
    plot_open(out, plot, heading);
    plot_shades(out, plot, report, 0);
    for (size_t i = 0; i < LINES; i++)
        plot_line(out, plot, &lines[i]);
    plot_round(out);
    plot_close(out, plot);
    plot_numbers_open(out, heading);
    for (size_t i = 0; i < LINES; i++) {
        plot_numbers_line(out, plot, &lines[i], measures[i].words);
        free(series[i].points);
    }
    plot_numbers_close(out);
    text_add_string(out, "</figure>\n");
}

/* A hunt goes from mix to mix as fast as it is answered: its rates say nothing of the service. */
void plot_pace(struct text *out, const struct report *report)
{
    double answered = 0;
    for (size_t i = 0; i < report->pace_count; i++)
        answered += report->paces[i].done;
    if (!(loads_soak_seconds(report) > 0) || answered <= 0)
        return;
    add_plot(out, report,
             &(struct plot){.height = HEIGHT, .link = "time", .id = "p", .unit = PLOT_RATE, .labels = true},
             "Requests per second over time", rates);
    add_plot(
        out, report,
        &(struct plot){.height = HEIGHT, .link = "time", .id = "l", .unit = PLOT_SECONDS, .labels = true},
        "Latency and lag over time", times);
}

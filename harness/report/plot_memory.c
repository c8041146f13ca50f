/* Memory over time: a panel for the deciding signal and one for rss, with blocks, trials and restarts; what else was
 * read in panels that are folded away. */
#include <math.h>
#include <string.h>

#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/plots.h"
#include "report/say.h"

enum {
    LEAST_LABEL_PERCENT = 16,
    LEAST_NUMBER_PERCENT = 4,
    OTHERS_MOST = 6,
    OTHERS_POINTS = 6000,
    HEIGHT = 150,
    LEAST_HEIGHT = 90
};

static struct plot_line timed_of(const struct report *report, size_t i)
{
    return (struct plot_line){.series = &report->series[i],
                              .index = i,
                              .kind = SAMPLE_TIMED,
                              .class = "ln",
                              .layer = "timed",
                              .said = true};
}

static struct plot_line settled_of(const struct report *report, size_t i, bool said)
{
    return (struct plot_line){.series = &report->series[i],
                              .index = i,
                              .kind = SAMPLE_SETTLED,
                              .class = said ? "dot" : "ln st",
                              .layer = "settled",
                              .said = said};
}

static bool is_of(const struct report *report, size_t i, const char *signal)
{
    return strcmp(report->series[i].signal, signal) == 0;
}

static void add_lines(struct text *out, const struct plot *plot, const struct report *report,
                      const char *signal)
{
    plot_shades(out, plot, report, 0);
    for (size_t i = 0; i < report->series_count; i++)
        if (is_of(report, i, signal)) {
            struct plot_line timed = timed_of(report, i), settled = settled_of(report, i, false);
            plot_gaps(out, plot, &timed);
            plot_fits(out, plot, report, &report->series[i]);
            plot_line(out, plot, &timed);
            if (!series_timed_says_more(&report->series[i]))
                plot_line(out, plot, &settled);
        }
    plot_round(out);
    for (size_t i = 0; i < report->series_count; i++)
        if (is_of(report, i, signal)) {
            struct plot_line settled = settled_of(report, i, true);
            plot_dots(out, plot, &settled);
        }
}

static void add_line_down(struct text *out, const struct plot *plot, const char *class, double at, double top)
{
    text_addf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%g\" y2=\"%g\"/>", class, at, at, top,
              PLOT_TOP + plot->height);
}

/* A number above the beginning of each trial: each is a fresh server. */
static void add_trials(struct text *out, const struct plot *plot, const struct report *report)
{
    for (size_t i = 0; i < report->trial_count; i++) {
        const struct trial *trial = &report->trials[i];
        if (!isfinite(trial->started_s))
            continue;
        double at = axis_share(&plot->x, trial->started_s) * 100;
        double wide = isfinite(trial->ended_s) ? axis_share(&plot->x, trial->ended_s) * 100 - at : 100 - at;
        add_line_down(out, plot, "tr", at, PLOT_TOP - 12);
        if (wide >= LEAST_NUMBER_PERCENT)
            text_addf(out, "<text class=\"tl\" x=\"%.2f%%\" y=\"%d\" dx=\"3\" dy=\"-3\">%s%lld</text>", at,
                      PLOT_TOP, wide >= LEAST_LABEL_PERCENT ? "trial " : "", (long long)trial->number);
    }
}

static double first_process_s(const struct report *report, int64_t trial)
{
    double first = INFINITY;
    for (size_t i = 0; i < report->series_count; i++) {
        const struct report_series *series = &report->series[i];
        if (series->trial == trial && signal_is_of_process(series->signal) && series->count > 0)
            first = fmin(first, series->points[0].at_s);
    }
    return first;
}

/* A process that is first seen a second after those that the trial began with has taken the place of one, or came
 * beside them. */
enum { LATER_S = 1, RESTARTS_MOST = 100 };

static size_t add_restarts(struct text *out, const struct plot *plot, const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->series_count && count < RESTARTS_MOST; i++) {
        const struct report_series *series = &report->series[i];
        if (!signal_is_of_process(series->signal) || series->count == 0 ||
            series->points[0].at_s < first_process_s(report, series->trial) + LATER_S)
            continue;
        if (plot != NULL)
            add_line_down(out, plot, "new\" data-l=\"restart",
                          axis_share(&plot->x, series->points[0].at_s) * 100, PLOT_TOP);
        count++;
    }
    return count;
}

static struct range span_of(const struct report *report, const char *signal)
{
    struct range range = {INFINITY, -INFINITY};
    for (size_t i = 0; i < report->series_count; i++)
        for (size_t p = 0; is_of(report, i, signal) && p < report->series[i].count; p++)
            range_widen(&range, report->series[i].points[p].value);
    return range;
}

static void add_panel(struct text *out, const struct report *report, const char *signal, double height,
                      bool labels)
{
    struct range range = span_of(report, signal);
    enum plot_unit unit = plot_unit_of(report, signal);
    if (!(range.low <= range.high))
        return;
    struct plot plot = {.height = height, .link = "time", .id = "m", .unit = unit, .labels = labels};
    struct text label = TEXT_EMPTY;
    text_addf(&label, "%s over time, from ", signal);
    plot_say_value(&label, range.low, unit);
    text_add_string(&label, " to ");
    plot_say_value(&label, range.high, unit);
    range_flatten(&range);
    axis_init(&plot.x, AXIS_SECONDS, 0, plot_last_second(report), 6, false);
    axis_init(&plot.y, unit == PLOT_COUNT ? AXIS_NUMBER : AXIS_BYTES, range.low, range.high, 4, true);
    text_add_string(out, "<p class=\"pt\"><b>");
    escape_html(out, signal);
    text_addf(out, "</b> %s</p>", unit == PLOT_COUNT && plot.y.suffix[0] == '\0' ? "count" : plot.y.suffix);
    plot_open(out, &plot, label.bytes);
    add_lines(out, &plot, report, signal);
    text_add_string(out, "<g>");
    add_trials(out, &plot, report);
    add_restarts(out, &plot, report);
    text_add_string(out, "</g>");
    plot_close(out, &plot);
    text_release(&label);
}

static const struct report_series *find_series(const struct report *report, const char *signal)
{
    for (size_t i = 0; i < report->series_count; i++)
        if (is_of(report, i, signal))
            return &report->series[i];
    return NULL;
}

static void add_numbers(struct text *out, const struct report *report, const char *signal)
{
    struct plot plot = {.id = "m", .unit = plot_unit_of(report, signal)};
    for (size_t i = 0; i < report->series_count; i++) {
        if (!is_of(report, i, signal))
            continue;
        struct plot_line timed = timed_of(report, i), settled = settled_of(report, i, true);
        struct text heading = TEXT_EMPTY;
        text_addf(&heading, "%s, trial %lld, while requests are answered", signal,
                  (long long)report->series[i].trial);
        plot_numbers_line(out, &plot, &timed, heading.bytes);
        text_clear(&heading);
        text_addf(&heading, "%s, trial %lld, between blocks", signal, (long long)report->series[i].trial);
        plot_numbers_line(out, &plot, &settled, heading.bytes);
        text_release(&heading);
    }
}

static struct plot_layers layers_of(const struct report *report, const char *const signals[2])
{
    struct plot_layers layers = {.restart = add_restarts(NULL, NULL, report) > 0};
    for (size_t i = 0; i < report->series_count; i++)
        for (size_t s = 0; s < 2; s++) {
            const struct report_series *series = &report->series[i];
            if (signals[s] == NULL || !is_of(report, i, signals[s]))
                continue;
            layers.timed = layers.timed || series_has(series, SAMPLE_TIMED);
            layers.settled = layers.settled || series_has(series, SAMPLE_SETTLED);
            layers.fit = layers.fit || plot_fits(NULL, NULL, report, series);
            for (size_t p = 0; p < series->count && !layers.gap; p++)
                layers.gap = series->points[p].kind == SAMPLE_TIMED && isnan(series->points[p].value);
        }
    return layers;
}

void plot_memory(struct text *out, const struct report *report)
{
    bool objects = false;
    const char *deciding = say_deciding(report, &objects);
    bool rss = find_series(report, "rss") != NULL;
    bool other = deciding != NULL && strcmp(deciding, "rss") != 0 && find_series(report, deciding) != NULL;
    const char *const signals[2] = {other ? deciding : NULL, rss ? "rss" : NULL};
    struct plot_layers layers = layers_of(report, signals);
    if (!rss && !other)
        return;
    text_add_string(
        out, "<figure><h2>Memory over time</h2><p class=\"note\">Each trial is a fresh server. Shades are "
             "blocks of one mix; dots are readings between blocks, taken until they no longer fall.</p>");
    plot_legend(out, report, &layers);
    for (size_t s = 0; s < 2; s++)
        if (signals[s] != NULL)
            add_panel(out, report, signals[s], HEIGHT, s == 1 || !rss);
    plot_numbers_open(out, "Memory over time");
    for (size_t s = 0; s < 2; s++)
        if (signals[s] != NULL)
            add_numbers(out, report, signals[s]);
    plot_numbers_close(out);
    text_add_string(out, "</figure>");
}

static size_t points_of(const struct report *report, const char *signal)
{
    size_t points = 0;
    for (size_t i = 0; i < report->series_count; i++)
        points += is_of(report, i, signal) ? report->series[i].count : 0;
    return points;
}

void plot_others(struct text *out, const struct report *report)
{
    bool objects = false;
    const char *deciding = say_deciding(report, &objects), *others[OTHERS_MOST];
    size_t count = 0, points = 0;
    for (size_t i = 0; i < report->series_count && count < OTHERS_MOST; i++) {
        const char *signal = report->series[i].signal;
        bool known = strcmp(signal, "rss") == 0 || signal_is_of_process(signal) ||
                     (deciding != NULL && strcmp(signal, deciding) == 0);
        for (size_t k = 0; k < count && !known; k++)
            known = strcmp(others[k], signal) == 0;
        if (!known && points + points_of(report, signal) <= OTHERS_POINTS) {
            points += points_of(report, signal);
            others[count++] = signal;
        }
    }
    if (count == 0)
        return;
    text_addf(out,
              "<figure><h2>What else was read</h2><details><summary>%zu more signal%s over time</summary>",
              count, count > 1 ? "s" : "");
    for (size_t i = 0; i < count; i++)
        add_panel(out, report, others[i], LEAST_HEIGHT, true);
    plot_numbers_open(out, "What else was read");
    for (size_t i = 0; i < count; i++)
        add_numbers(out, report, others[i]);
    plot_numbers_close(out);
    text_add_string(out, "</details></figure>");
}

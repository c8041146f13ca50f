/* Per endpoint: how long its answers took, and its rate beside the recorded one. A row each, the table of requests and
 * times is behind both. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/loads.h"
#include "report/plots.h"
#include "report/say.h"
#include "report/svg.h"

enum { ROW_HEIGHT = 22, ROWS_MOST = 30 }; /* more are folded away */

/* The limit on an endpoint's or on all p99, in seconds; NaN: there is none. */
static double limit_of(const struct report *report)
{
    for (size_t i = 0; i < report->result.threshold_count; i++) {
        const char *text = report->result.thresholds[i].limit, *value = strchr(text, '>');
        int64_t ns = 0;
        if (!text_starts_with(text, "p99") || value == NULL)
            continue;
        value += 1 + strspn(value + 1, " ");
        if (units_parse_duration(value, &ns, NULL) == 0)
            return (double)ns / 1e9;
    }
    return NAN;
}

static void add_mark(struct text *out, const struct axis *axis, const char *class, double value,
                     const char *words)
{
    if (value > 0)
        text_addf(out, "<circle class=\"%s\" cx=\"%.2f%%\" cy=\"11\" r=\"4\"><title>%s</title></circle>",
                  class, axis_share(axis, value) * 100, words);
}

static void add_down(struct text *out, const struct axis *axis, const char *class, double value, int from,
                     int to, const char *words)
{
    if (!(value > 0))
        return;
    text_addf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"%d\" y2=\"%d\">", class,
              axis_share(axis, value) * 100, axis_share(axis, value) * 100, from, to);
    if (words != NULL)
        svg_title(out, words);
    text_add_string(out, "</line>");
}

static void open_row(struct text *out, const char *endpoint)
{
    text_add_string(out, "<div class=\"erow\"><span class=\"en\">");
    escape_html(out, endpoint);
    text_addf(out, "</span><svg class=\"area\" width=\"100%%\" height=\"%d\" aria-hidden=\"true\">",
              ROW_HEIGHT);
}

static void add_time_row(struct text *out, const struct report *report, const struct endpoint_load *load,
                         const struct axis *axis)
{
    char p50[UNITS_SIZE], p99[UNITS_SIZE], longest[UNITS_SIZE];
    struct text words = TEXT_EMPTY;
    const struct times *times = &load->service;
    units_duration(p50, times->p50_us / 1e6);
    units_duration(p99, times->p99_us / 1e6);
    units_duration(longest, times->max_us / 1e6);
    open_row(out, load->endpoint);
    add_down(out, axis, "limit", limit_of(report), 0, ROW_HEIGHT, NULL);
    text_addf(out, "<line class=\"iv\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"11\" y2=\"11\"/>",
              axis_share(axis, times->p50_us / 1e6) * 100, axis_share(axis, times->p99_us / 1e6) * 100);
    text_addf(&words, "half within %s", p50);
    add_mark(out, axis, "pd", times->p50_us / 1e6, words.bytes);
    text_clear(&words);
    text_addf(&words, "99 of 100 within %s", p99);
    add_mark(out, axis, "rec", times->p99_us / 1e6, words.bytes);
    text_clear(&words);
    text_addf(&words, "longest %s", longest);
    add_down(out, axis, "max", times->max_us / 1e6, 5, 17, words.bytes);
    if (loads_have_due_times(report)) {
        text_clear(&words);
        text_addf(&words, "99 of 100 sent within %s of their due time",
                  units_duration(longest, load->lag.p99_us / 1e6));
        add_down(out, axis, "lag", load->lag.p99_us / 1e6, 5, 17, words.bytes);
    }
    text_addf(out, "</svg><span class=\"ev\">%s</span></div>", p99);
    text_release(&words);
}

static void add_rate_row(struct text *out, const struct report *report, const struct endpoint_load *load,
                         const struct axis *axis)
{
    struct text achieved = TEXT_EMPTY, words = TEXT_EMPTY;
    double rate = loads_achieved(load, loads_soak_seconds(report));
    say_rate(&achieved, rate);
    open_row(out, load->endpoint);
    text_add_string(&words, "recorded ");
    say_rate(&words, load->recorded_rate_per_second);
    add_mark(out, axis, "rec", load->recorded_rate_per_second, words.bytes);
    text_clear(&words);
    text_addf(&words, "achieved %s", text_string(&achieved));
    add_mark(out, axis, "pd", rate, words.bytes);
    text_addf(out, "</svg><span class=\"ev\">%s</span></div>", text_string(&achieved));
    text_release(&achieved);
    text_release(&words);
}

static bool has_times(const struct endpoint_load *load)
{
    return load->service.max_us > 0;
}

static bool has_rate(const struct endpoint_load *load)
{
    return load->tally.done > 0 || load->recorded_rate_per_second > 0;
}

/* A figure of rows: which endpoints have one, how it is drawn. */
struct rows {
    const char *heading, *note;
    bool (*has)(const struct endpoint_load *load);
    void (*add)(struct text *out, const struct report *report, const struct endpoint_load *load,
                const struct axis *axis);
};

static void add_axis(struct text *out, const struct axis *axis)
{
    text_add_string(out, "<div class=\"erow\"><span></span><svg class=\"area\" width=\"100%\" height=\"22\" "
                         "aria-hidden=\"true\">");
    svg_x_axis(out, axis, 0);
    text_add_string(out, "</svg><span class=\"ev\"></span></div>");
}

static void add_figure(struct text *out, const struct report *report, const struct rows *rows,
                       const struct axis *axis)
{
    size_t count = 0, shown = 0;
    for (size_t i = 0; i < report->load_count; i++)
        count += rows->has(&report->loads[i]);
    text_addf(out, "<figure><h2>%s</h2><p class=\"note\">%s</p><div class=\"rows\">", rows->heading,
              rows->note);
    for (size_t i = 0; i < report->load_count; i++) {
        if (!rows->has(&report->loads[i]))
            continue;
        if (shown++ == ROWS_MOST)
            text_addf(out, "<details><summary>%zu more</summary>", count - ROWS_MOST);
        rows->add(out, report, &report->loads[i], axis);
    }
    text_add_string(out, shown > ROWS_MOST ? "</details>" : "");
    add_axis(out, axis);
    text_add_string(out, "</div></figure>\n");
}

void plot_times(struct text *out, const struct report *report)
{
    static const struct rows rows = {
        "Latency per endpoint",
        "From sending a request to its whole answer: the dot is the median, the ring what 99 of 100 took at "
        "most, the line the longest; where requests had due times, the coloured line is the lag that 99 of "
        "100 kept. "
        "To a logarithmic scale; the table has the numbers.",
        has_times, add_time_row};
    struct axis axis;
    double low = INFINITY, high = limit_of(report);
    for (size_t i = 0; i < report->load_count; i++)
        if (has_times(&report->loads[i])) {
            low = fmin(low, fmax(report->loads[i].service.p50_us, 1) / 1e6);
            if (report->loads[i].lag.p99_us > 0)
                low = fmin(low, report->loads[i].lag.p99_us / 1e6);
            high = fmax(high, report->loads[i].service.max_us / 1e6);
        }
    if (!isfinite(low))
        return;
    axis_init_log(&axis, AXIS_SECONDS, low, high);
    add_figure(out, report, &rows, &axis);
}

void plot_rates(struct text *out, const struct report *report)
{
    static const struct rows rows = {
        "Rates achieved against recorded",
        "Requests per second: the ring is the recorded rate, the dot what was answered; to a logarithmic "
        "scale. They differ where the load was asked to be faster or slower than the recording.",
        has_rate, add_rate_row};
    struct axis axis;
    double low = INFINITY, high = 0, seconds = loads_soak_seconds(report);
    for (size_t i = 0; i < report->load_count && seconds > 0; i++) {
        const double both[] = {loads_achieved(&report->loads[i], seconds),
                               report->loads[i].recorded_rate_per_second};
        for (size_t k = 0; k < 2; k++)
            if (both[k] > 0) {
                low = fmin(low, both[k]);
                high = fmax(high, both[k]);
            }
    }
    if (!isfinite(low))
        return;
    axis_init_log(&axis, AXIS_NUMBER, low, high);
    add_figure(out, report, &rows, &axis);
}

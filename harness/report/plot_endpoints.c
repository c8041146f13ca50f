/* Growth per endpoint: a dot with its interval, the zero line, and the limit. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/plots.h"
#include "report/say.h"
#include "report/svg.h"

enum { ROW_HEIGHT = 22 };

/* The limit on growth in the unit of the plot; NaN: there is none. */
static double limit_of(const struct report *report, bool objects)
{
    for (size_t i = 0; i < report->result.threshold_count; i++) {
        const char *text = report->result.thresholds[i].limit;
        struct growth growth;
        const char *value = strchr(text, '>');
        if (!text_starts_with(text, "growth") || value == NULL)
            continue;
        value++;
        while (*value == ' ')
            value++;
        if (units_parse_growth(value, &growth, NULL) == 0 && growth.per == GROWTH_PER_REQUEST &&
            (growth.objects != 0) == objects)
            return growth.value;
    }
    return NAN;
}

static void span(const struct judged *judged, size_t count, double limit, struct axis *axis)
{
    double low = 0, high = isfinite(limit) ? limit * 1.05 : 0;
    for (size_t i = 0; i < count; i++)
        if (judged[i].screen != NULL) {
            const struct measurement *one = judged[i].screen;
            low = fmin(low, isfinite(one->interval.low) ? one->interval.low : one->per_request);
            high = fmax(high, isfinite(one->interval.high) ? one->interval.high : one->per_request);
        }
    bool objects = count > 0 && judged[0].screen != NULL && judged[0].screen->objects;
    double margin = (high - low) * 0.03;
    axis_init(axis, objects ? AXIS_NUMBER : AXIS_BYTES, low - margin, high + margin, 5, false);
}

static void add_mark(struct text *out, const struct axis *axis, double value, const char *class)
{
    if (isfinite(value))
        text_addf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>", class,
                  axis_share(axis, value) * 100, axis_share(axis, value) * 100, ROW_HEIGHT);
}

static const char *class_of(enum judgement judgement)
{
    static const char *const classes[] = {"grows", "open", "clear", "skip"};
    return classes[judgement];
}

static void add_row(struct text *out, const struct judged *judged, const struct axis *axis, double limit)
{
    const struct measurement *one = judged->screen;
    struct text amount = TEXT_EMPTY, interval = TEXT_EMPTY;
    say_amount(&amount, one->per_request, one->objects);
    say_interval(&interval, one->interval, one->objects);
    text_addf(out, "<div class=\"erow %s\"><span class=\"en\">", class_of(judged->judgement));
    escape_html(out, judged->endpoint);
    text_addf(out, "</span><svg class=\"area\" width=\"100%%\" height=\"%d\" aria-hidden=\"true\">",
              ROW_HEIGHT);
    add_mark(out, axis, 0, "zero");
    add_mark(out, axis, limit, "limit");
    if (isfinite(one->interval.low) && isfinite(one->interval.high))
        text_addf(out, "<line class=\"iv\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"11\" y2=\"11\"/>",
                  axis_share(axis, one->interval.low) * 100, axis_share(axis, one->interval.high) * 100);
    if (isfinite(one->per_request))
        text_addf(out, "<circle class=\"pd\" cx=\"%.2f%%\" cy=\"11\" r=\"4\"><title>%s (%s)</title></circle>",
                  axis_share(axis, one->per_request) * 100, text_string(&amount), text_string(&interval));
    text_addf(out, "</svg><span class=\"ev\">%s</span></div>", text_string(&amount));
    text_release(&amount);
    text_release(&interval);
}

static void add_table(struct text *out, const struct judged *judged, size_t count)
{
    text_add_string(
        out, "<details><summary>The numbers</summary><div class=\"wide\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"Growth per endpoint\"><table><thead><tr><th>endpoint<th class=\"n\">per request"
             "<th class=\"n\">interval<th class=\"n\">calls<th>said</thead><tbody>");
    for (size_t i = 0; i < count; i++) {
        const struct measurement *one = judged[i].screen;
        char calls[UNITS_SIZE];
        text_add_string(out, "<tr><td>");
        escape_html(out, judged[i].endpoint);
        text_add_string(out, "<td class=\"n\">");
        if (one != NULL) {
            say_amount(out, one->per_request, one->objects);
            text_add_string(out, "<td class=\"n\">");
            say_interval(out, one->interval, one->objects);
            text_addf(out, "<td class=\"n\">%s", units_count(calls, one->requests));
        } else {
            text_add_string(out, "<td><td>");
        }
        text_addf(out, "<td>%s", say_judgement(judged[i].judgement));
        if (judged[i].why != NULL) {
            text_add_string(out, ": ");
            escape_html(out, judged[i].why);
        }
    }
    text_add_string(out, "</tbody></table></div></details>");
}

void plot_endpoints(struct text *out, const struct report *report)
{
    size_t count = 0, screened = 0;
    struct judged *judged = say_judged(report, &count);
    const struct measurement *first = NULL;
    for (size_t i = 0; i < count; i++)
        if (judged[i].screen != NULL) {
            first = first == NULL ? judged[i].screen : first;
            screened++;
        }
    if (screened > 0) {
        struct axis axis;
        double limit = limit_of(report, first->objects);
        span(judged, count, limit, &axis);
        text_add_string(
            out, "<figure class=\"ends\"><h2>Growth per endpoint</h2><p class=\"note\">What one request "
                 "leaves behind in <b>");
        escape_html(out, first->signal);
        text_addf(out, "</b>, from solo blocks of the screen, with its interval%s.</p>",
                  isfinite(limit) ? "; dashed: the limit" : "");
        text_add_string(out, "<div class=\"rows\">");
        for (size_t i = 0; i < count; i++)
            if (judged[i].screen != NULL)
                add_row(out, &judged[i], &axis, limit);
        text_add_string(out,
                        "<div class=\"erow\"><span></span><svg class=\"area\" width=\"100%\" height=\"22\" "
                        "aria-hidden=\"true\">");
        svg_x_axis(out, &axis, 0);
        text_addf(out, "</svg><span class=\"ev unit\">%s</span></div></div>",
                  first->objects ? "objects" : "");
        add_table(out, judged, count);
        text_add_string(out, "</figure>");
    }
    free(judged);
}

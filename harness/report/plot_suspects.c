/* Suspects as rows: a name, an interval with its estimate, a value; their shares of the growth, and idle against busy. */
#include <math.h>

#include "report/escape.h"
#include "report/plot_parts.h"
#include "report/say.h"
#include "report/suspects.h"

#define SURE 0.9 /* from here on a suspect is drawn as what grows */

enum { ROW_HEIGHT = 22, MOST_SUSPECTS = 20 };

struct row {
    const char *name, *class, *value, *title; /* unescaped */
    double at;
    struct interval interval;
};

static void add_row(struct text *out, const struct axis *axis, const struct row *row)
{
    text_addf(out, "<div class=\"erow %s\"><span class=\"en\">", row->class);
    escape_html(out, row->name);
    text_addf(out,
              "</span><svg class=\"area\" width=\"100%%\" height=\"%d\" aria-hidden=\"true\"><line "
              "class=\"zero\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>",
              ROW_HEIGHT, axis_share(axis, 0) * 100, axis_share(axis, 0) * 100, ROW_HEIGHT);
    if (isfinite(row->interval.low) && isfinite(row->interval.high))
        text_addf(out, "<line class=\"iv\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"11\" y2=\"11\"/>",
                  axis_share(axis, row->interval.low) * 100, axis_share(axis, row->interval.high) * 100);
    if (isfinite(row->at)) {
        text_addf(out, "<circle class=\"pd\" cx=\"%.2f%%\" cy=\"11\" r=\"4\">",
                  axis_share(axis, row->at) * 100);
        svg_title(out, row->title);
        text_add_string(out, "</circle>");
    }
    text_add_string(out, "</svg><span class=\"ev\">");
    escape_html(out, row->value);
    text_add_string(out, "</span></div>");
}

static void end_rows(struct text *out, const struct axis *axis, const char *unit)
{
    text_add_string(out, "<div class=\"erow\"><span></span><svg class=\"area\" width=\"100%\" height=\"22\" "
                         "aria-hidden=\"true\">");
    svg_x_axis(out, axis, 0);
    text_addf(out, "</svg><span class=\"ev unit\">%s</span></div></div>", unit);
}

static void widen(struct range *range, double value, struct interval interval)
{
    range_widen(range, value);
    range_widen(range, interval.low);
    range_widen(range, interval.high);
}

void plot_suspects(struct text *out, const struct suspects *suspects)
{
    struct range range = {0, 0};
    struct axis axis;
    struct text name = TEXT_EMPTY, value = TEXT_EMPTY, title = TEXT_EMPTY;
    size_t known = 0, shown = suspects->count > MOST_SUSPECTS ? MOST_SUSPECTS : suspects->count;
    for (size_t i = 0; i < shown; i++) {
        known += isfinite(suspects->items[i].share);
        widen(&range, suspects->items[i].share, suspects->items[i].share_interval);
    }
    if (known == 0)
        return;
    axis_init(&axis, AXIS_NUMBER, range.low * 100, fmax(range.high, 1) * 100, 5, false);
    text_add_string(out, "<div class=\"ends\"><h3>Share of the growth</h3><p class=\"note\">How much of "
                         "what was measured each explains, with its interval.");
    if (shown < suspects->count)
        text_addf(out, " The first %zu of %zu.", shown, suspects->count);
    text_add_string(out, "</p><div class=\"rows\">");
    for (size_t i = 0; i < shown; i++) {
        const struct suspect *suspect = &suspects->items[i];
        if (!isfinite(suspect->share))
            continue;
        struct interval share = {suspect->share_interval.low * 100, suspect->share_interval.high * 100};
        text_clear(&name);
        text_clear(&value);
        text_clear(&title);
        say_some(&name, &suspect->endpoints, 4);
        text_addf(&title, "%s: ", text_string(&name));
        say_suspect(&title, suspect);
        text_addf(&value, "%.0f %%", suspect->share * 100);
        add_row(out, &axis,
                &(struct row){text_string(&name), suspect->probability >= SURE ? "grows" : "open",
                              text_string(&value), title.bytes, suspect->share * 100, share});
    }
    end_rows(out, &axis, "%");
    text_add_string(out, "</div>\n");
    text_release(&name);
    text_release(&value);
    text_release(&title);
}

static void add_part(struct text *out, const struct axis *axis, const char *what, double rate, double bytes,
                     struct interval interval)
{
    struct text name = TEXT_EMPTY, value = TEXT_EMPTY, title = TEXT_EMPTY;
    text_add_string(&name, what);
    if (isfinite(rate)) {
        text_add_string(&name, ", ");
        say_rate(&name, rate);
    }
    say_amount(&value, bytes, false);
    text_addf(&title, "%s: ", name.bytes);
    say_daily(&title, bytes, interval);
    text_add_string(&title, " per hour and instance");
    add_row(out, axis, &(struct row){name.bytes, "", value.bytes, title.bytes, bytes, interval});
    text_release(&name);
    text_release(&value);
    text_release(&title);
}

void plot_idle_and_busy(struct text *out, const struct suspects *suspects)
{
    const struct idle_and_busy *both = &suspects->idle_and_busy;
    struct range range = {0, 0};
    struct axis axis;
    if (!isfinite(both->idle_bytes_per_hour) || !isfinite(both->busy_bytes_per_hour))
        return;
    widen(&range, both->idle_bytes_per_hour, both->idle_interval);
    widen(&range, both->busy_bytes_per_hour, both->busy_interval);
    double margin = (range.high - range.low) * 0.03;
    axis_init(&axis, AXIS_BYTES, range.low - margin, range.high + margin, 5, false);
    text_add_string(out, "<figure class=\"ends\"><h2>Growth while idle and while busy</h2><p class=\"note\">"
                         "Of one instance per hour: in the part of the time with the fewest requests, and in "
                         "that with the most. Where the two are alike, it grows with time.</p><div "
                         "class=\"rows\">");
    add_part(out, &axis, "fewest requests", both->idle_rate, both->idle_bytes_per_hour, both->idle_interval);
    add_part(out, &axis, "most requests", both->busy_rate, both->busy_bytes_per_hour, both->busy_interval);
    end_rows(out, &axis, "per hour");
    text_add_string(out, "</figure>\n");
}

/* The page of a comparison: the answer, what was shown of each signal, and both runs' readings on the same axes. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/comparison.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/plot_parts.h"
#include "report/say.h"

enum { HEIGHT = 170, ROW_HEIGHT = 22, PLOTS_MOST = 8 };

static const char *class_of(enum compared_answer answer)
{
    return answer == COMPARED_BELOW ? "no_growth" : answer == COMPARED_OPEN ? "inconclusive" : "growth";
}

static void add_header(struct text *out, const struct comparison *comparison)
{
    struct text words = TEXT_EMPTY;
    text_addf(out,
              "<header><p>seep &middot; compare &middot; run %lld and run %lld</p><p class=\"verdict "
              "%s\">%s</p><h1>",
              (long long)comparison->before.run, (long long)comparison->after.run,
              comparison->refusal != NULL ? "inconclusive" : class_of(comparison->answer),
              say_compared(comparison));
    say_comparison(&words, comparison);
    html_capitalise(&words);
    html_escaped(out, &words);
    text_add_string(out, "</h1>");
    text_clear(&words);
    say_comparison_next(&words, comparison);
    if (words.length > 0)
        html_element(out, "p", "", words.bytes);
    text_add_string(out, "</header>\n");
    text_release(&words);
}

static void add_cell(struct text *out, struct text *words)
{
    text_add_string(out, "<td class=\"n\">");
    html_escaped(out, words);
    text_clear(words);
}

static void add_numbers(struct text *out, const struct comparison *comparison)
{
    struct text words = TEXT_EMPTY;
    text_addf(
        out,
        "<section class=\"part\"><h2>Growth per request</h2><div class=\"wide\" tabindex=\"0\" "
        "role=\"region\" aria-label=\"Growth per request\"><table><thead><tr><th>signal<th>of<th "
        "class=\"n\">run %lld<th class=\"n\">run %lld<th class=\"n\">difference<th class=\"n\">limit<th "
        "class=\"n\">shown after<th>decides</thead><tbody>",
        (long long)comparison->before.run, (long long)comparison->after.run);
    for (size_t i = 0; i < comparison->count; i++) {
        const struct compared *item = &comparison->items[i];
        text_add_string(out, "<tr><td>");
        escape_html(out, item->signal);
        text_add_string(out, "<td>");
        escape_html(out, item->mix);
        say_estimate(&words, &item->before, item->objects);
        add_cell(out, &words);
        say_estimate(&words, &item->after, item->objects);
        add_cell(out, &words);
        say_difference(&words, item);
        add_cell(out, &words);
        say_amount(&words, item->limit, item->objects);
        add_cell(out, &words);
        say_bound(&words, item);
        add_cell(out, &words);
        text_addf(out, "<td class=\"tag %s\">%s", item->decides ? class_of(item->answer) : "",
                  item->decides ? "yes" : "no");
    }
    text_add_string(out, "</tbody></table></div></section>\n");
    text_release(&words);
}

static void add_run(struct text *out, const char *when, const struct compared_run *run)
{
    char count[UNITS_SIZE], took[UNITS_SIZE];
    text_addf(out, "<li>%s: run %lld", when, (long long)run->run);
    if (run->label[0] != '\0') {
        text_add_string(out, " (");
        escape_html(out, run->label);
        text_add_string(out, ")");
    }
    text_add_string(out, ", ");
    escape_html(out, run->command);
    text_add_string(out, " of ");
    escape_html(out, run->service);
    text_addf(out, ", %s requests in %s</li>", units_count(count, run->requests),
              units_duration(took, run->seconds));
}

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

static void add_plots(struct text *out, const struct compared_page *page)
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

/* Before and after as dots with their intervals, the limit dashed. */
static void add_mark(struct text *out, const struct axis *axis, const char *name,
                     const struct estimate *estimate, double limit, bool objects, const char *class)
{
    struct text words = TEXT_EMPTY;
    say_estimate(&words, estimate, objects);
    text_addf(out,
              "<div class=\"erow %s\"><span class=\"en\">%s</span><svg class=\"area\" width=\"100%%\" "
              "height=\"%d\" aria-hidden=\"true\">",
              class, name, ROW_HEIGHT);
    const double downs[] = {0, limit};
    for (size_t i = 0; i < 2; i++)
        if (isfinite(downs[i]))
            text_addf(out, "<line class=\"%s\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"0\" y2=\"%d\"/>",
                      i == 0 ? "zero" : "limit", axis_share(axis, downs[i]) * 100,
                      axis_share(axis, downs[i]) * 100, ROW_HEIGHT);
    if (isfinite(estimate->interval.low) && isfinite(estimate->interval.high))
        text_addf(out, "<line class=\"iv\" x1=\"%.2f%%\" x2=\"%.2f%%\" y1=\"11\" y2=\"11\"/>",
                  axis_share(axis, estimate->interval.low) * 100,
                  axis_share(axis, estimate->interval.high) * 100);
    if (isfinite(estimate->per_request))
        text_addf(out, "<circle class=\"pd\" cx=\"%.2f%%\" cy=\"11\" r=\"4\"><title>%s</title></circle>",
                  axis_share(axis, estimate->per_request) * 100, text_string(&words));
    text_clear(&words);
    say_amount(&words, estimate->per_request, objects);
    text_addf(out, "</svg><span class=\"ev\">%s</span></div>", text_string(&words));
    text_release(&words);
}

static void add_item(struct text *out, const struct compared *item)
{
    struct range range = {0, 0};
    const double ends[] = {item->before.per_request, item->before.interval.low, item->before.interval.high,
                           item->after.per_request,  item->after.interval.low,  item->after.interval.high,
                           item->limit * 1.05};
    struct axis axis;
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++)
        range_widen(&range, ends[i]);
    double margin = (range.high - range.low) * 0.03;
    axis_init(&axis, item->objects ? AXIS_NUMBER : AXIS_BYTES, range.low - margin, range.high + margin, 5,
              false);
    text_add_string(out, "<figure><h3>");
    escape_html(out, item->signal);
    text_add_string(out, " of ");
    escape_html(out, item->mix);
    text_add_string(out, ", per request</h3><div class=\"rows\">");
    add_mark(out, &axis, "before", &item->before, item->limit, item->objects,
             item->before.verdict == VERDICT_GROWTH ? "grows" : "");
    add_mark(out, &axis, "after", &item->after, item->limit, item->objects,
             item->after.verdict == VERDICT_GROWTH ? "grows" : "");
    text_add_string(out, "<div class=\"erow\"><span></span><svg class=\"area\" width=\"100%\" height=\"22\" "
                         "aria-hidden=\"true\">");
    svg_x_axis(out, &axis, 0);
    text_add_string(out, "</svg><span class=\"ev\"></span></div></div></figure>\n");
}

static void add_items(struct text *out, const struct comparison *comparison)
{
    text_add_string(out, "<section class=\"part\"><h2>Growth before and after</h2><p class=\"note\">With its "
                         "interval; dashed: the limit. The table has the numbers.</p>");
    for (size_t i = 0; i < comparison->count && i < PLOTS_MOST; i++)
        add_item(out, &comparison->items[i]);
    text_add_string(out, "</section>\n");
}

static void add_end(struct text *out, const struct comparison *comparison)
{
    if (comparison->caveats.count > 0) {
        text_add_string(out, "<section class=\"part\"><h2>Mind</h2><ul class=\"plain\">");
        for (size_t i = 0; i < comparison->caveats.count; i++)
            html_element(out, "li", "", comparison->caveats.items[i]);
        text_add_string(out, "</ul></section>\n");
    }
    text_add_string(out, "<section class=\"part\"><h2>Runs</h2><ul class=\"plain\">");
    add_run(out, "before", &comparison->before);
    add_run(out, "after", &comparison->after);
    text_addf(out, "</ul></section>\n<footer>Exit code %d.</footer>\n", comparison->exit_code);
}

int comparison_html(const void *view, FILE *out, struct err *err)
{
    const struct compared_page *page = view;
    const struct comparison *comparison = page->comparison;
    struct text html = TEXT_EMPTY, title = TEXT_EMPTY;
    text_addf(&title, "seep compare: %s", say_compared(comparison));
    html_begin(&html, &title);
    text_release(&title);
    add_header(&html, comparison);
    if (comparison->refusal == NULL && comparison->count > 0) {
        add_plots(&html, page);
        add_items(&html, comparison);
        add_numbers(&html, comparison);
    }
    add_end(&html, comparison);
    html_end(&html);
    return html_write(&html, out, err);
}

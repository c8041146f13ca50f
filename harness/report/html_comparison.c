/* The page of a comparison: the answer, what was shown of each signal, and both runs' readings on the same axes. */
#include <math.h>

#include "base/units.h"
#include "report/comparison.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/plot_parts.h"
#include "report/plots.h"
#include "report/say.h"

enum { ROW_HEIGHT = 22, ITEMS_MOST = 8 };

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
    for (size_t i = 0; i < comparison->count && i < ITEMS_MOST; i++)
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
        plot_compared(&html, page);
        add_items(&html, comparison);
        add_numbers(&html, comparison);
    }
    add_end(&html, comparison);
    html_end(&html);
    return html_write(&html, out, err);
}

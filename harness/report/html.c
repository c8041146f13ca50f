/* The page: one file that opens anywhere, offline, for years; no network, all input escaped, all of it there without the script. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/plots.h"
#include "report/renderers.h"
#include "report/say.h"
#include "report/story.h"

void html_escaped(struct text *out, const struct text *words)
{
    escape_html(out, text_string(words));
}

void html_element(struct text *out, const char *tag, const char *attributes, const char *string)
{
    text_addf(out, "<%s%s>", tag, attributes);
    escape_html(out, string);
    text_addf(out, "</%s>", tag);
}

void html_capitalise(struct text *sentence)
{
    size_t word = strcspn(text_string(sentence), " ");
    if (memchr(text_string(sentence), '_', word) != NULL) /* a signal's name */
        return;
    if (sentence->length > 0 && sentence->bytes[0] >= 'a' && sentence->bytes[0] <= 'z')
        sentence->bytes[0] = (char)(sentence->bytes[0] - 'a' + 'A');
}

static void add_head(struct text *out, const struct result *result)
{
    struct text title = TEXT_EMPTY;
    text_addf(&title, "seep run %lld: %s, ", (long long)result->run, say_verdict(result->verdict));
    say_answer(&title, result);
    html_begin(out, &title);
    text_release(&title);
}

static void add_header(struct text *out, const struct report *report)
{
    const struct result *result = &report->result;
    struct text date = TEXT_EMPTY;
    say_date(&date, result->started_us);
    text_addf(out, "<header><p>seep &middot; run %lld", (long long)result->run);
    if (result->label != NULL && result->label[0] != '\0') {
        text_add_string(out, " &middot; ");
        escape_html(out, result->label);
    }
    text_add_string(out, " &middot; ");
    escape_html(out, result->command);
    text_add_string(out, " ");
    escape_html(out, result->service);
    text_add_string(out, date.length > 0 ? " &middot; " : "");
    html_escaped(out, &date);
    text_add_string(out, "</p>");
    text_addf(out, "<p class=\"verdict %s\">%s</p><h1>", verdict_name(result->verdict),
              say_verdict(result->verdict));
    text_clear(&date);
    say_answer(&date, result);
    html_capitalise(&date);
    html_escaped(out, &date);
    text_add_string(out, "</h1>");
    text_clear(&date);
    text_add_string(&date, say_next(result));
    say_unfinished(&date, report);
    html_capitalise(&date);
    if (date.length > 0)
        html_element(out, "p", "", date.bytes);
    text_add_string(out, "</header>\n");
    text_release(&date);
}

void html_key(struct text *out, const char *what, struct text *value, struct text *small)
{
    if (value->length > 0) {
        text_addf(out, "<div><dt>%s</dt><dd>", what);
        html_escaped(out, value);
        if (small->length > 0) {
            text_add_string(out, "<small>");
            html_escaped(out, small);
            text_add_string(out, "</small>");
        }
        text_add_string(out, "</dd></div>");
    }
    text_clear(value);
    text_clear(small);
}

static void key_growth(struct text *out, const struct result *result, const struct finding *finding)
{
    struct text value = TEXT_EMPTY, small = TEXT_EMPTY;
    bool idle = finding->kind == FINDING_IDLE;
    double bytes = idle ? finding->bytes_per_second : finding->bytes_per_request;
    if (isfinite(bytes)) {
        say_amount(&value, bytes, false);
        say_interval(&small, finding->interval, false);
        if (small.length > 0 && result->confidence > 0)
            text_addf(&small, " at %.3g %% confidence", result->confidence * 100);
        html_key(out, idle ? "bytes kept per second" : "bytes kept per request", &value, &small);
    }
    if (isfinite(finding->objects_per_request) && !idle) {
        text_addf(&value, fabs(finding->objects_per_request) >= 0.0995 ? "%.2f" : "%.3f",
                  finding->objects_per_request);
        text_addf(&small, "decided by %s", finding->signal != NULL ? finding->signal : "?");
        html_key(out, "objects kept per request", &value, &small);
    }
    text_release(&value);
    text_release(&small);
}

static void key_reach(struct text *out, const struct finding *finding)
{
    char count[UNITS_SIZE], bytes[UNITS_SIZE];
    struct text value = TEXT_EMPTY, small = TEXT_EMPTY;
    if (finding->linear_requests > 0) {
        text_addf(&value, "%s calls", units_count(count, finding->linear_requests));
        if (isfinite(finding->linear_bytes) && finding->linear_bytes > 0)
            text_addf(&small, "%s kept by then", units_bytes(bytes, finding->linear_bytes));
        html_key(out, "linear through", &value, &small);
    }
    text_release(&value);
    text_release(&small);
}

/* Until the limit, or without one how much a day: the last of the figures in a row. */
static void key_cost(struct text *out, const struct projection *projection)
{
    char bytes[UNITS_SIZE];
    struct text value = TEXT_EMPTY, small = TEXT_EMPTY, what = TEXT_EMPTY;
    if (projection->memory_limit_bytes > 0 && isfinite(projection->days)) {
        text_addf(&what, "reaches %s", units_bytes(bytes, projection->memory_limit_bytes));
        text_add_string(&value, "in ");
        say_days(&value, projection->days);
        say_days_interval(&small, projection->days_interval);
    } else if (isfinite(projection->bytes_per_day)) {
        text_add_string(&what, "bytes kept per day");
        say_amount(&value, projection->bytes_per_day, false);
        say_interval(&small, projection->bytes_per_day_interval, false);
    }
    if (projection->at_rate_per_second > 0) {
        text_add_string(&small, small.length > 0 ? ", at " : "at ");
        say_rate(&small, projection->at_rate_per_second);
    }
    html_key(out, text_string(&what), &value, &small);
    text_release(&value);
    text_release(&small);
    text_release(&what);
}

/* Without a finding, the key figures are what would have been seen. */
static void key_signals(struct text *out, const struct result *result)
{
    for (size_t i = 0; i < result->signal_count && i < 4; i++) {
        const struct signal_result *signal = &result->signals[i];
        struct text value = TEXT_EMPTY, small = TEXT_EMPTY, what = TEXT_EMPTY;
        if (isfinite(signal->smallest_detectable)) {
            say_amount(&value, signal->smallest_detectable, signal->objects);
            text_addf(&small, "per request; %s", verdict_name(signal->verdict));
            text_add_string(&what, "seen in ");
            escape_html(&what, signal->name);
            text_add_string(&what, " from");
            html_key(out, what.bytes, &value, &small);
        }
        text_release(&value);
        text_release(&small);
        text_release(&what);
    }
}

static void add_keys(struct text *out, const struct result *result)
{
    struct text keys = TEXT_EMPTY;
    if (result->finding_count > 0) {
        key_growth(&keys, result, &result->findings[0]);
        key_reach(&keys, &result->findings[0]);
        key_cost(&keys, &result->findings[0].projection);
    } else {
        key_signals(&keys, result);
    }
    if (keys.length > 0)
        text_addf(out, "<dl class=\"key\">%s</dl>\n", keys.bytes);
    text_release(&keys);
}

static void add_footer(struct text *out, const struct report *report)
{
    const struct result *result = &report->result;
    char bytes[UNITS_SIZE];
    struct text words = TEXT_EMPTY;
    if (result->caveats.count > 0) {
        text_add_string(out, "<section class=\"part\"><h2>Mind</h2><ul class=\"plain\">");
        for (size_t i = 0; i < result->caveats.count; i++)
            html_element(out, "li", "", result->caveats.items[i]);
        text_add_string(out, "</ul></section>\n");
    }
    say_effort(&words, report);
    say_memory(&words, result);
    if (isfinite(result->own_max_rss_bytes) && result->own_max_rss_bytes > 0)
        text_addf(&words, ", seep's own %s", units_bytes(bytes, result->own_max_rss_bytes));
    text_add_string(out, "<footer>");
    html_escaped(out, &words);
    text_addf(out, ". Exit code %d.</footer>\n", result->exit_code);
    html_end(out);
    text_release(&words);
}

int render_html(const struct report *report, FILE *out, struct err *err)
{
    const struct result *result = &report->result;
    struct text page = TEXT_EMPTY;
    add_head(&page, result);
    add_header(&page, report);
    add_keys(&page, result);
    html_findings(&page, report);
    plot_memory(&page, report);
    plot_settled(&page, report);
    plot_others(&page, report);
    plot_endpoints(&page, report);
    plot_hunt(&page, report);
    html_remarks(&page, "Cleared", result->cleared, result->cleared_count);
    html_remarks(&page, "Not looked at", result->not_looked_at, result->not_looked_at_count);
    html_not_judged(&page, report);
    html_way(&page, report);
    html_again(&page, result);
    html_production(&page, result);
    html_measurements(&page, report);
    html_limits(&page, result);
    html_signals(&page, result);
    plot_pace(&page, report);
    plot_times(&page, report);
    plot_rates(&page, report);
    html_loads(&page, report);
    add_footer(&page, report);
    return html_write(&page, out, err);
}

/* The page: one file that opens anywhere, offline, for years. No script, no network, everything from outside
 * escaped. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/html_style.h"
#include "report/plots.h"
#include "report/renderers.h"
#include "report/say.h"

static void add_escaped(struct text *out, const struct text *words)
{
    escape_html(out, text_string(words));
}

/* <tag class>escaped string</tag> */
static void add_element(struct text *out, const char *tag, const char *attributes, const char *string)
{
    text_addf(out, "<%s%s>", tag, attributes);
    escape_html(out, string);
    text_addf(out, "</%s>", tag);
}

static void add_head(struct text *out, const struct result *result)
{
    struct text title = TEXT_EMPTY;
    text_addf(&title, "seep run %lld: %s, ", (long long)result->run, say_verdict(result->verdict));
    say_answer(&title, result);
    text_add_string(
        out, "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
             "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src "
             "'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'\">\n"
             "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
             "<meta name=\"generator\" content=\"seep\">\n<link rel=\"icon\" href=\"data:,\">\n<title>");
    add_escaped(out, &title);
    text_addf(out, "</title>\n<style>%s</style>\n</head>\n<body>\n<main>\n", html_style);
    text_release(&title);
}

static void capitalise(struct text *sentence)
{
    if (sentence->length > 0 && sentence->bytes[0] >= 'a' && sentence->bytes[0] <= 'z')
        sentence->bytes[0] = (char)(sentence->bytes[0] - 'a' + 'A');
}

static void add_header(struct text *out, const struct result *result)
{
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
    add_escaped(out, &date);
    text_add_string(out, "</p>");
    text_addf(out, "<p class=\"verdict %s\">%s</p><h1>", verdict_name(result->verdict),
              say_verdict(result->verdict));
    text_clear(&date);
    say_answer(&date, result);
    capitalise(&date);
    add_escaped(out, &date);
    text_add_string(out, "</h1>");
    if (say_next(result)[0] != '\0')
        add_element(out, "p", "", say_next(result));
    text_add_string(out, "</header>\n");
    text_release(&date);
}

/* One key figure; `small` may be empty. */
static void add_key(struct text *out, const char *what, const struct text *value, const struct text *small)
{
    if (value->length == 0)
        return;
    text_addf(out, "<div><dt>%s</dt><dd>", what);
    add_escaped(out, value);
    if (small->length > 0) {
        text_add_string(out, "<small>");
        add_escaped(out, small);
        text_add_string(out, "</small>");
    }
    text_add_string(out, "</dd></div>");
}

static void key_growth(struct text *out, const struct result *result, const struct finding *finding)
{
    struct text value = TEXT_EMPTY, small = TEXT_EMPTY;
    if (isfinite(finding->bytes_per_request)) {
        say_amount(&value, finding->bytes_per_request, false);
        say_interval(&small, finding->interval, false);
        if (small.length > 0 && result->confidence > 0)
            text_addf(&small, " at %g %% confidence", result->confidence * 100);
        add_key(out, "bytes kept per request", &value, &small);
    }
    text_clear(&value);
    text_clear(&small);
    if (isfinite(finding->objects_per_request)) {
        text_addf(&value, fabs(finding->objects_per_request) >= 0.0995 ? "%.2f" : "%.3f",
                  finding->objects_per_request);
        text_addf(&small, "decided by %s", finding->signal != NULL ? finding->signal : "?");
        add_key(out, "objects kept per request", &value, &small);
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
        add_key(out, "linear through", &value, &small);
    }
    text_clear(&value);
    text_clear(&small);
    const struct projection *projection = &finding->projection;
    if (projection->memory_limit_bytes > 0 && isfinite(projection->days)) {
        text_add_string(&value, "in ");
        say_days(&value, projection->days);
        text_add_string(&small, projection->at_rate_per_second > 0 ? "at " : "");
        if (projection->at_rate_per_second > 0)
            say_rate(&small, projection->at_rate_per_second);
        struct text what = TEXT_EMPTY;
        text_addf(&what, "reaches %s", units_bytes(bytes, projection->memory_limit_bytes));
        add_key(out, what.bytes, &value, &small);
        text_release(&what);
    }
    text_release(&value);
    text_release(&small);
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
            add_key(out, what.bytes, &value, &small);
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
    } else {
        key_signals(&keys, result);
    }
    if (keys.length > 0)
        text_addf(out, "<dl class=\"key\">%s</dl>\n", keys.bytes);
    text_release(&keys);
}

static void add_sites(struct text *out, const struct finding *finding)
{
    if (finding->site_count == 0)
        return;
    text_add_string(
        out, "<section class=\"part\"><h2>Where it is allocated</h2><div class=\"wide\" tabindex=\"0\" "
             "role=\"region\" aria-label=\"Allocation sites\"><table><thead><tr><th>site<th class=\"n\">"
             "bytes per request<th class=\"n\">asked for<th class=\"n\">objects per request<th>whose"
             "</thead><tbody>");
    for (size_t i = 0; i < finding->site_count; i++) {
        const struct site_growth *site = &finding->sites[i];
        text_add_string(out, "<tr><td class=\"mono\">");
        escape_html(out, site->site);
        text_add_string(out, "<td class=\"n\">");
        say_amount(out, site->bytes_per_request, false);
        text_add_string(out, "<td class=\"n\">");
        say_amount(out, site->requested_bytes_per_request, false);
        text_add_string(out, "<td class=\"n\">");
        say_site_growth(out, site);
        text_addf(out, "<td>%s", whose_name(site->whose));
    }
    text_add_string(out, "</tbody></table></div>");
    if (isfinite(finding->explained))
        text_addf(out, "<p class=\"note\">Together these explain %.0f %% of the growth.</p>",
                  finding->explained * 100);
    text_add_string(out, "</section>\n");
}

/* The last measurement of a step that concerns the finding, in its signal where there is one; or NULL. */
static const struct measurement *measured(const struct report *report, const struct finding *finding,
                                          const char *step)
{
    const struct measurement *found = NULL;
    int wanted = step_from_name(step);
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        bool together = finding->kind == FINDING_JOINT || finding->kind == FINDING_CONSUMED;
        bool concerns = one->step == STEP_COMPLEMENT || (one->step == STEP_ISOLATED && together);
        if ((int)one->step != wanted || !isfinite(one->per_request) ||
            !(concerns || strings_has(&finding->endpoints, one->mix)))
            continue;
        if (found == NULL || finding->signal == NULL || strcmp(one->signal, finding->signal) == 0)
            found = one;
    }
    return found;
}

static void add_confirmation(struct text *out, const struct report *report, const struct finding *finding,
                             const char *step)
{
    char calls[UNITS_SIZE];
    const struct measurement *one = measured(report, finding, step);
    const char *words = say_confirmation(finding, step);
    struct text sentence = TEXT_EMPTY;
    text_addf(&sentence, "%s.", words);
    capitalise(&sentence);
    text_add_string(out, "<li>");
    add_escaped(out, &sentence);
    if (one != NULL) {
        text_clear(&sentence);
        say_amount(&sentence, one->per_request, one->objects);
        text_add_string(&sentence, " per request (");
        say_interval(&sentence, one->interval, one->objects);
        text_addf(&sentence, ") over %s calls in trial %lld", units_count(calls, one->requests),
                  (long long)one->trial);
        if (one->note != NULL && one->note[0] != '\0')
            text_addf(&sentence, "; %s", one->note);
        add_element(out, "small", "", sentence.bytes);
    }
    text_add_string(out, "</li>");
    text_release(&sentence);
}

static void add_reasons(struct text *out, const struct report *report, const struct finding *finding)
{
    if (finding->confirmed.count > 0) {
        text_add_string(out, "<section class=\"part\"><h2>Why to believe it</h2><ol class=\"why\">");
        for (size_t i = 0; i < finding->confirmed.count; i++)
            add_confirmation(out, report, finding, finding->confirmed.items[i]);
        text_add_string(out, "</ol></section>\n");
    }
    if (finding->requests_that_grow != NULL && finding->requests_that_grow[0] != '\0') {
        text_add_string(out, "<p>Only requests with ");
        add_element(out, "code", "", finding->requests_that_grow);
        text_add_string(out, " grow.</p>");
    }
    if (finding->reproduce != NULL && finding->reproduce[0] != '\0') {
        text_add_string(out, "<section class=\"part\"><h2>See it again</h2>");
        add_element(out, "pre", " tabindex=\"0\"", finding->reproduce);
        text_add_string(out, "</section>\n");
    }
}

static void add_findings(struct text *out, const struct report *report)
{
    const struct result *result = &report->result;
    for (size_t i = 0; i < result->finding_count; i++) {
        if (i > 0 || result->verdict != VERDICT_GROWTH) {
            struct text words = TEXT_EMPTY;
            say_finding(&words, &result->findings[i]);
            text_add_string(out, "<section class=\"part\">");
            add_element(out, "h2", "", words.bytes);
            text_add_string(out, "</section>");
            text_release(&words);
        }
        add_sites(out, &result->findings[i]);
        add_reasons(out, report, &result->findings[i]);
    }
}

static void add_measurement(struct text *out, const struct measurement *one)
{
    char calls[UNITS_SIZE];
    text_addf(out, "<tr><td class=\"n\">%lld<td class=\"tag\">%s<td>", (long long)one->trial,
              say_step(one->step));
    escape_html(out, one->mix);
    text_add_string(out, "<td class=\"tag\">");
    escape_html(out, one->signal);
    text_add_string(out, "<td class=\"n\">");
    if (isfinite(one->per_request))
        say_amount(out, one->per_request, one->objects);
    text_add_string(out, "<td class=\"n\">");
    say_interval(out, one->interval, one->objects);
    text_addf(out, "<td class=\"n\">%s<td class=\"tag %s\">%s<td>",
              one->requests > 0 ? units_count(calls, one->requests) : "", verdict_name(one->verdict),
              verdict_name(one->verdict));
    escape_html(out, one->note);
}

static void add_measurements(struct text *out, const struct report *report)
{
    size_t said = 0;
    for (size_t i = 0; i < report->measurement_count; i++) {
        if (report->measurements[i].step == STEP_SCREEN)
            continue;
        if (said++ == 0)
            text_add_string(out,
                            "<section class=\"part\"><h2>What each step measured</h2><div class=\"wide\" "
                            "tabindex=\"0\" role=\"region\" aria-label=\"Measurements\"><table><thead><tr>"
                            "<th class=\"n\">trial<th>step<th>mix<th>signal<th class=\"n\">per request<th "
                            "class=\"n\">interval"
                            "<th class=\"n\">calls<th>verdict<th>note</thead><tbody>");
        add_measurement(out, &report->measurements[i]);
    }
    if (said > 0)
        text_add_string(out, "</tbody></table></div></section>\n");
}

static void add_remarks(struct text *out, const char *heading, const struct remark *remarks, size_t count)
{
    if (count == 0)
        return;
    text_addf(out, "<section class=\"part\"><h2>%s</h2><ul class=\"plain\">", heading);
    for (size_t i = 0; i < count; i++) {
        text_add_string(out, "<li>");
        for (size_t e = 0; e < remarks[i].endpoints.count; e++) {
            text_add_string(out, e > 0 ? ", " : "");
            add_element(out, "code", "", remarks[i].endpoints.items[e]);
        }
        text_add_string(out, remarks[i].endpoints.count > 0 ? ": " : "");
        escape_html(out, remarks[i].why);
        text_add_string(out, "</li>");
    }
    text_add_string(out, "</ul></section>\n");
}

static void add_limits(struct text *out, const struct result *result)
{
    static const char *const words[] = {"not shown", "kept", "crossed"};
    static const char *const classes[] = {"inconclusive", "no_growth", "growth"};
    if (result->threshold_count == 0)
        return;
    text_add_string(
        out,
        "<section class=\"part\"><h2>Limits</h2><div class=\"wide\" tabindex=\"0\" role=\"region\" "
        "aria-label=\"Limits\"><table><thead><tr><th>limit<th>shown<th class=\"n\">value</thead><tbody>");
    for (size_t i = 0; i < result->threshold_count; i++) {
        const struct threshold_result *threshold = &result->thresholds[i];
        struct text value = TEXT_EMPTY;
        say_threshold(&value, threshold);
        text_add_string(out, "<tr><td>");
        escape_html(out, threshold->limit);
        text_addf(out, "<td class=\"tag %s\">%s<td class=\"n\">%s", classes[threshold->outcome],
                  words[threshold->outcome], text_string(&value));
        text_release(&value);
    }
    text_add_string(out, "</tbody></table></div></section>\n");
}

static void add_signals(struct text *out, const struct result *result)
{
    if (result->signal_count == 0)
        return;
    text_add_string(
        out, "<section class=\"part\"><h2>Signals</h2><div class=\"wide\" tabindex=\"0\" role=\"region\" "
             "aria-label=\"Signals\"><table><thead><tr><th>signal<th>verdict<th class=\"n\">per request"
             "<th class=\"n\">interval<th class=\"n\">would see from</thead><tbody>");
    for (size_t i = 0; i < result->signal_count; i++) {
        const struct signal_result *signal = &result->signals[i];
        text_add_string(out, "<tr><td>");
        escape_html(out, signal->name);
        text_addf(out, "<td class=\"tag %s\">%s<td class=\"n\">", verdict_name(signal->verdict),
                  verdict_name(signal->verdict));
        if (isfinite(signal->per_request))
            say_amount(out, signal->per_request, signal->objects);
        text_add_string(out, "<td class=\"n\">");
        say_interval(out, signal->interval, signal->objects);
        text_add_string(out, "<td class=\"n\">");
        say_amount(out, signal->smallest_detectable, signal->objects);
    }
    text_add_string(out, "</tbody></table></div></section>\n");
}

/* Seconds under a soak's mix; 0: the run was a hunt, whose rates are not meant to be the recorded ones. */
static double soak_seconds(const struct report *report)
{
    double seconds = 0;
    for (size_t i = 0; i < report->block_count; i++)
        if (report->blocks[i].step == STEP_SOAK && report->blocks[i].ended_s > report->blocks[i].started_s)
            seconds += report->blocks[i].ended_s - report->blocks[i].started_s;
    return seconds;
}

static void add_time(struct text *out, double us)
{
    char time[UNITS_SIZE];
    text_addf(out, "<td class=\"n\">%s", us > 0 ? units_duration(time, us / 1e6) : "");
}

static void add_load(struct text *out, const struct endpoint_load *load, double seconds)
{
    char number[UNITS_SIZE];
    text_add_string(out, "<tr><td>");
    escape_html(out, load->endpoint);
    text_addf(out, "<td class=\"n\">%s", units_count(number, load->tally.done));
    text_addf(out, "<td class=\"n\">%s", units_count(number, load->tally.failed));
    text_addf(out, "<td class=\"n\">%s", units_count(number, load->tally.skipped));
    text_addf(out, "<td class=\"n\">%s", units_count(number, load->tally.done - load->tally.landed));
    text_add_string(out, "<td class=\"n\">");
    say_rate(out, load->recorded_rate_per_second);
    if (seconds > 0) {
        text_add_string(out, "<td class=\"n\">");
        say_rate(out, (double)load->tally.done / seconds);
    }
    add_time(out, load->p50_us);
    add_time(out, load->p99_us);
    add_time(out, load->max_us);
}

static void add_loads(struct text *out, const struct report *report)
{
    if (report->load_count == 0)
        return;
    double seconds = soak_seconds(report);
    text_add_string(out, "<section class=\"part\"><h2>Requests and times</h2><p class=\"note\">");
    struct text words = TEXT_EMPTY;
    say_replay(&words, &report->result);
    add_escaped(out, &words);
    text_release(&words);
    text_addf(
        out,
        ".</p><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Requests and times\"><table>"
        "<thead><tr><th>endpoint<th class=\"n\">done<th class=\"n\">failed<th class=\"n\">skipped"
        "<th class=\"n\">unexpected<th class=\"n\">recorded%s<th class=\"n\">p50<th class=\"n\">p99"
        "<th class=\"n\">longest</thead><tbody>",
        seconds > 0 ? "<th class=\"n\">achieved" : "");
    for (size_t i = 0; i < report->load_count; i++)
        add_load(out, &report->loads[i], seconds);
    text_add_string(out, "</tbody></table></div></section>\n");
}

static void add_footer(struct text *out, const struct result *result)
{
    char bytes[UNITS_SIZE];
    struct text words = TEXT_EMPTY;
    if (result->caveats.count > 0) {
        text_add_string(out, "<section class=\"part\"><h2>Mind</h2><ul class=\"plain\">");
        for (size_t i = 0; i < result->caveats.count; i++)
            add_element(out, "li", "", result->caveats.items[i]);
        text_add_string(out, "</ul></section>\n");
    }
    say_cost(&words, result);
    if (isfinite(result->peak_bytes) && result->peak_bytes > 0)
        text_addf(&words, ". The target's peak was %s", units_bytes(bytes, result->peak_bytes));
    if (isfinite(result->own_max_rss_bytes) && result->own_max_rss_bytes > 0)
        text_addf(&words, ", seep's own %s", units_bytes(bytes, result->own_max_rss_bytes));
    text_add_string(out, "<footer>");
    add_escaped(out, &words);
    text_addf(out, ". Exit code %d.</footer>\n</main>\n</body>\n</html>\n", result->exit_code);
    text_release(&words);
}

int render_html(const struct report *report, FILE *out, struct err *err)
{
    const struct result *result = &report->result;
    struct text page = TEXT_EMPTY;
    add_head(&page, result);
    add_header(&page, result);
    add_keys(&page, result);
    add_findings(&page, report);
    plot_memory(&page, report);
    plot_settled(&page, report);
    plot_endpoints(&page, report);
    plot_hunt(&page, report);
    add_measurements(&page, report);
    add_remarks(&page, "Not looked at", result->not_looked_at, result->not_looked_at_count);
    add_remarks(&page, "Cleared", result->cleared, result->cleared_count);
    add_limits(&page, result);
    add_signals(&page, result);
    add_loads(&page, report);
    add_footer(&page, result);
    size_t written = fwrite(page.bytes, 1, page.length, out);
    bool whole = written == page.length;
    text_release(&page);
    return whole ? 0 : err_set(err, ERR_INTERNAL, "cannot write the page");
}

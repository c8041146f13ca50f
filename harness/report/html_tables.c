/* The tables below the plots: what each step measured, what was left out, limits, signals, requests. */
#include <math.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/html_parts.h"
#include "report/loads.h"
#include "report/say.h"

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

void html_measurements(struct text *out, const struct report *report)
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

void html_remarks(struct text *out, const char *heading, const struct remark *remarks, size_t count)
{
    if (count == 0)
        return;
    text_addf(out, "<section class=\"part\"><h2>%s</h2><ul class=\"plain\">", heading);
    for (size_t i = 0; i < count; i++) {
        text_add_string(out, "<li>");
        for (size_t e = 0; e < remarks[i].endpoints.count; e++) {
            text_add_string(out, e > 0 ? ", " : "");
            html_element(out, "code", "", remarks[i].endpoints.items[e]);
        }
        text_add_string(out, remarks[i].endpoints.count > 0 ? ": " : "");
        escape_html(out, remarks[i].why);
        text_add_string(out, "</li>");
    }
    text_add_string(out, "</ul></section>\n");
}

void html_limits(struct text *out, const struct result *result)
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

void html_signals(struct text *out, const struct result *result)
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

static void add_time(struct text *out, double us)
{
    char time[UNITS_SIZE];
    text_addf(out, "<td class=\"n\">%s", us > 0 ? units_duration(time, us / 1e6) : "");
}

static void add_load(struct text *out, const struct endpoint_load *load, double seconds, bool due_times)
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
        say_rate(out, loads_achieved(load, seconds));
    }
    add_time(out, load->service.p50_us);
    add_time(out, load->service.p99_us);
    add_time(out, load->service.max_us);
    if (due_times) {
        add_time(out, load->total.p99_us);
        add_time(out, load->total.max_us);
        add_time(out, load->lag.p50_us);
        add_time(out, load->lag.p99_us);
    }
}

void html_loads(struct text *out, const struct report *report)
{
    if (report->load_count == 0)
        return;
    double seconds = loads_soak_seconds(report);
    bool due_times = loads_have_due_times(report);
    text_add_string(out, "<section class=\"part\"><h2>Requests and times</h2><p class=\"note\">");
    struct text words = TEXT_EMPTY;
    say_replay(&words, &report->result);
    html_escaped(out, &words);
    text_release(&words);
    text_addf(
        out,
        ".</p><div class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Requests and times\"><table>"
        "<thead><tr><th>endpoint<th class=\"n\">done<th class=\"n\">failed<th class=\"n\">skipped"
        "<th class=\"n\">unexpected<th class=\"n\">recorded%s<th class=\"n\">p50<th class=\"n\">p99"
        "<th class=\"n\">longest%s</thead><tbody>",
        seconds > 0 ? "<th class=\"n\">achieved" : "",
        due_times ? "<th class=\"n\">p99 from due<th class=\"n\">longest from due<th class=\"n\">lag p50"
                    "<th class=\"n\">lag p99"
                  : "");
    for (size_t i = 0; i < report->load_count; i++)
        add_load(out, &report->loads[i], seconds, due_times);
    text_add_string(out, "</tbody></table></div></section>\n");
}

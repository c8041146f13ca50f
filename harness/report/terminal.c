/* The report as a person reads it in a terminal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/renderers.h"
#include "report/say.h"
#include "report/story.h"
#include "report/terminal_parts.h"

static const char *verdict_color(enum verdict verdict)
{
    return verdict == VERDICT_GROWTH ? RED : verdict == VERDICT_NO_GROWTH ? GREEN : YELLOW;
}

static void put_answer(FILE *out, const struct report *report)
{
    const struct result *result = &report->result;
    struct text answer = TEXT_EMPTY;
    say_answer(&answer, result);
    const char *verdict = say_verdict(result->verdict);
    fprintf(out, "%s%s%s: ", verdict_color(result->verdict), verdict, RESET);
    terminal_wrapped(out, text_string(&answer), strlen(verdict) + 2, 2);
    text_clear(&answer);
    text_add_string(&answer, say_next(result));
    say_unfinished(&answer, report);
    if (answer.length > 0) {
        fputs("  ", out);
        terminal_wrapped(out, answer.bytes, 2, 2);
    }
    text_release(&answer);
}

static void put_site(FILE *out, const struct site_growth *site, bool first)
{
    struct text line = TEXT_EMPTY;
    text_add_string(&line, site->site != NULL ? site->site : "(unknown)");
    text_add_string(&line, "  ");
    say_amount(&line, site->bytes_per_request, false);
    text_add_string(&line, " per request");
    struct text growth = TEXT_EMPTY;
    say_site_growth(&growth, site);
    if (growth.length > 0)
        text_addf(&line, ", %s", growth.bytes);
    struct text whose = TEXT_EMPTY;
    say_site_whose(&whose, site);
    if (whose.length > 0)
        text_addf(&line, " (%s)", whose.bytes);
    fprintf(out, "  %s%-*s%s", DIM, LABEL_WIDTH - 2, first ? "where" : "", RESET);
    terminal_wrapped(out, line.bytes, LABEL_WIDTH, LABEL_WIDTH + 2);
    text_release(&growth);
    text_release(&whose);
    text_release(&line);
}

static void put_sites(FILE *out, const struct finding *finding)
{
    for (size_t i = 0; i < finding->site_count; i++)
        put_site(out, &finding->sites[i], i == 0);
    if (finding->site_count > 0 && isfinite(finding->explained))
        fprintf(out, "  %-*s%sthese explain %.0f %% of it%s\n", LABEL_WIDTH - 2, "", DIM,
                finding->explained * 100, RESET);
}

/* A line for each confirmation, with what it rests on. A soak confirms nothing further: its reason says it all. */
static void put_reasons(FILE *out, const struct report *report, const struct finding *finding, bool first)
{
    const struct strings *confirmed = &finding->confirmed;
    for (size_t i = 0; i < confirmed->count; i++) {
        struct text line = TEXT_EMPTY, evidence = TEXT_EMPTY;
        text_add_string(&line, say_confirmation(finding, confirmed->items[i]));
        say_evidence(&evidence, report, finding, confirmed->items[i]);
        if (evidence.length > 0)
            text_addf(&line, ": %s", evidence.bytes);
        terminal_labelled(out, i == 0 ? "why" : "", line.bytes);
        text_release(&line);
        text_release(&evidence);
    }
    if (confirmed->count == 0 && first)
        terminal_labelled(out, "why", report->result.reason);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding, bool first)
{
    const struct result *result = &report->result;
    struct text text = TEXT_EMPTY;
    if (!first) {
        say_finding(&text, finding);
        fputs("\n", out);
        terminal_wrapped(out, text.bytes, 0, 2);
        text_clear(&text);
    }
    say_order(&text, finding);
    terminal_labelled(out, "order", text_string(&text));
    terminal_labelled(out, "only", finding->requests_that_grow);
    put_sites(out, finding);
    put_reasons(out, report, finding, first);
    text_clear(&text);
    text_addf(&text, "signal %s", finding->signal != NULL ? finding->signal : "unknown");
    if (finding->per != NULL && (finding->endpoints.count > 1 || finding->kind == FINDING_IDLE))
        text_addf(&text, ", per %s", finding->per);
    if (isfinite(result->confidence) && result->confidence > 0)
        text_addf(&text, ", %.3g %% confidence", result->confidence * 100);
    terminal_labelled(out, "by", text.bytes);
    text_release(&text);
}

static void put_judged(FILE *out, const struct judged *judged, size_t width)
{
    const struct measurement *screen = judged->screen;
    struct text amount = TEXT_EMPTY, interval = TEXT_EMPTY;
    char calls[UNITS_SIZE];
    say_amount(&amount, screen->per_request, screen->objects);
    say_interval(&interval, screen->interval, screen->objects);
    terminal_name(out, judged->endpoint, width);
    terminal_column(out, text_string(&amount), 15, true);
    if (!terminal_narrow()) {
        terminal_column(out, text_string(&interval), 18, true);
        terminal_column(out, units_count(calls, screen->requests), 8, true);
    }
    const char *color = judged->judgement == JUDGED_GROWS  ? RED
                        : judged->judgement == JUDGED_OPEN ? YELLOW
                                                           : "";
    fprintf(out, "  %s%s%s\n", color, say_judgement(judged->judgement), RESET);
    text_release(&amount);
    text_release(&interval);
}

static void put_screen_heads(FILE *out, const char *first, size_t width)
{
    fputs("  ", out);
    terminal_column(out, first, width, false);
    fprintf(out, "%15s%18s%8s%s\n", "per request", "interval", "calls", RESET);
}

static void put_endpoints(FILE *out, const struct report *report)
{
    size_t count = 0, screened = 0;
    bool objects = false;
    struct judged *judged = say_judged(report, &count);
    const char *signal = say_deciding(report, &objects);
    for (size_t i = 0; i < count; i++)
        screened += judged[i].screen != NULL;
    if (screened > 0) {
        size_t width = 8;
        for (size_t i = 0; i < count; i++)
            width = terminal_name_width(judged[i].endpoint, width, 2 + 15 + 18 + 8 + 2 + 14);
        terminal_heading(out, "Growth per request in the screen");
        fputs(DIM, out);
        if (terminal_narrow())
            fprintf(out, "  %15s%s\n", "per request", RESET);
        else
            put_screen_heads(out, signal != NULL ? signal : "endpoint", width);
        for (size_t i = 0; i < count; i++)
            if (judged[i].screen != NULL)
                put_judged(out, &judged[i], width);
    }
    free(judged);
}

static void put_signals(FILE *out, const struct result *result)
{
    if (result->signal_count == 0)
        return;
    terminal_heading(out, "Signals");
    for (size_t i = 0; i < result->signal_count; i++) {
        const struct signal_result *signal = &result->signals[i];
        struct text text = TEXT_EMPTY;
        if (isfinite(signal->per_request) && signal->verdict != VERDICT_NO_GROWTH) {
            say_amount(&text, signal->per_request, signal->objects);
            text_add_string(&text, " per request; ");
        }
        if (isfinite(signal->smallest_detectable)) {
            text_add_string(&text, "sees growth from ");
            say_amount(&text, signal->smallest_detectable, signal->objects);
        } else {
            text_add_string(&text, "cannot say what it would see");
        }
        fputs("  ", out);
        terminal_column(out, signal->name, 16, false);
        fprintf(out, "%s%-14s%s", verdict_color(signal->verdict), verdict_name(signal->verdict), RESET);
        if (terminal_narrow())
            fputs("\n    ", out);
        terminal_wrapped(out, text.bytes, terminal_narrow() ? 4 : 32, terminal_narrow() ? 4 : 32);
        text_release(&text);
    }
}

static void put_thresholds(FILE *out, const struct result *result)
{
    static const char *const words[] = {"not shown", "kept", "crossed"};
    if (result->threshold_count > 0)
        terminal_heading(out, "Limits");
    for (size_t i = 0; i < result->threshold_count; i++) {
        const struct threshold_result *threshold = &result->thresholds[i];
        struct text value = TEXT_EMPTY;
        say_threshold(&value, threshold);
        const char *color = threshold->outcome == THRESHOLD_FAIL   ? RED
                            : threshold->outcome == THRESHOLD_PASS ? GREEN
                                                                   : YELLOW;
        struct text line = TEXT_EMPTY; /* as one text: an endpoint's name may be long */
        text_addf(&line, "%s: %s", threshold->limit, text_string(&value));
        fprintf(out, "  %s%-11s%s", color, words[threshold->outcome], RESET);
        terminal_wrapped(out, text_string(&line), 13, 15);
        text_release(&line);
        text_release(&value);
    }
}

static void put_caveats(FILE *out, const struct result *result)
{
    if (result->caveats.count > 0)
        terminal_heading(out, "Mind");
    for (size_t i = 0; i < result->caveats.count; i++) {
        fputs("  - ", out);
        terminal_wrapped(out, result->caveats.items[i], 4, 4);
    }
}

int render_terminal(const struct report *report, FILE *out, struct err *err)
{
    const struct result *result = &report->result;
    put_answer(out, report);
    for (size_t i = 0; i < result->finding_count; i++)
        put_finding(out, report, &result->findings[i], i == 0 && result->verdict == VERDICT_GROWTH);
    put_endpoints(out, report);
    terminal_loads(out, report);
    terminal_remarks(out, "Cleared", result->cleared, result->cleared_count);
    terminal_remarks(out, "Not looked at", result->not_looked_at, result->not_looked_at_count);
    terminal_not_judged(out, report);
    put_signals(out, result);
    put_thresholds(out, result);
    put_caveats(out, result);
    terminal_story(out, report);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the report") : 0;
}

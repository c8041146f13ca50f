/* The report as a person reads it in a terminal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/renderers.h"
#include "report/say.h"
#include "report/terminal_parts.h"

enum { LABEL_WIDTH = 10 };

static const char *verdict_color(enum verdict verdict)
{
    return verdict == VERDICT_GROWTH ? RED : verdict == VERDICT_NO_GROWTH ? GREEN : YELLOW;
}

/* The bytes of `plain` that fill at most `columns`, ending after a space or a comma where there is one. */
static size_t line_length(const char *plain, size_t columns)
{
    size_t at = 0, width = 0, after_space = 0;
    while (plain[at] != '\0' && width < columns) {
        at++;
        while (((unsigned char)plain[at] & 0xc0) == 0x80)
            at++;
        width++;
        if (plain[at - 1] == ' ')
            after_space = at;
    }
    if (plain[at] == '\0' || plain[at] == ' ' || after_space == 0)
        return at;
    return after_space;
}

/* A space that no line ends at; escaped text never holds it. */
#define GLUE '\x01'

static void put_line(FILE *out, const char *plain, size_t length)
{
    while (length > 0 && plain[length - 1] == ' ')
        length--;
    for (size_t i = 0; i < length; i++)
        fputc(plain[i] == GLUE ? ' ' : plain[i], out);
    fputc('\n', out);
}

/* Wraps escaped text from column `used` on, later lines indented by `indent`. */
static void put_wrapped_plain(FILE *out, const char *plain, size_t used, size_t indent)
{
    size_t width = terminal_style.width > 40 ? (size_t)terminal_style.width : 40;
    const char *at = plain;
    for (bool first = true; first || *at != '\0'; first = false) {
        if (!first)
            fprintf(out, "%*s", (int)indent, "");
        size_t length = line_length(at, width - (first && used < width - 20 ? used : indent));
        put_line(out, at, length);
        at += length;
        while (*at == ' ')
            at++;
    }
}

static void put_wrapped(FILE *out, const char *string, size_t used, size_t indent)
{
    char *plain = escape_taken(escape_plain, string);
    put_wrapped_plain(out, plain, used, indent);
    free(plain);
}

void terminal_wrapped(FILE *out, const char *string, size_t used, size_t indent)
{
    put_wrapped(out, string, used, indent);
}

static void put_labelled(FILE *out, const char *label, const char *string)
{
    if (string == NULL || string[0] == '\0')
        return;
    fprintf(out, "  %s%-*s%s", DIM, LABEL_WIDTH - 2, label, RESET);
    put_wrapped(out, string, LABEL_WIDTH, LABEL_WIDTH);
}

/* A command is copied and pasted: it is never broken. */
static void put_command(FILE *out, const char *label, const char *command)
{
    if (command == NULL || command[0] == '\0')
        return;
    char *plain = escape_taken(escape_plain, command);
    fprintf(out, "  %s%-*s%s%s%s%s\n", DIM, LABEL_WIDTH - 2, label, RESET, BOLD, plain, RESET);
    free(plain);
}

static void put_answer(FILE *out, const struct result *result)
{
    struct text answer = TEXT_EMPTY;
    say_answer(&answer, result);
    const char *verdict = say_verdict(result->verdict);
    fprintf(out, "%s%s%s: ", verdict_color(result->verdict), verdict, RESET);
    put_wrapped(out, text_string(&answer), strlen(verdict) + 2, 2);
    text_release(&answer);
    const char *next = say_next(result);
    if (next[0] != '\0') {
        fputs("  ", out);
        put_wrapped(out, next, 2, 2);
    }
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
    if (site->whose != WHOSE_UNKNOWN)
        text_addf(&line, " (%s)", whose_name(site->whose));
    fprintf(out, "  %s%-*s%s", DIM, LABEL_WIDTH - 2, first ? "where" : "", RESET);
    put_wrapped(out, line.bytes, LABEL_WIDTH, LABEL_WIDTH + 2);
    text_release(&growth);
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

static void put_finding(FILE *out, const struct result *result, const struct finding *finding, bool first)
{
    struct text text = TEXT_EMPTY;
    if (!first) {
        say_finding(&text, finding);
        fputs("\n", out);
        put_wrapped(out, text.bytes, 0, 2);
        text_clear(&text);
    }
    put_sites(out, finding);
    say_confirmed(&text, finding);
    if (finding->kind != FINDING_ALONE && finding->kind != FINDING_MIX)
        text_addf(&text, "%s%s", text.length > 0 ? "; kind: " : "kind: ", finding_kind_name(finding->kind));
    if (text.length == 0 && first &&
        result->reason != NULL) /* a soak confirms nothing further: its reason says it all */
        text_add_string(&text, result->reason);
    put_labelled(out, "why", text_string(&text));
    text_clear(&text);
    text_addf(&text, "signal %s", finding->signal != NULL ? finding->signal : "unknown");
    if (finding->per != NULL && finding->endpoints.count > 1)
        text_addf(&text, ", per %s", finding->per);
    if (isfinite(result->confidence) && result->confidence > 0)
        text_addf(&text, ", %.3g %% confidence", result->confidence * 100);
    put_labelled(out, "by", text.bytes);
    put_labelled(out, "only", finding->requests_that_grow);
    text_clear(&text);
    say_projection(&text, &finding->projection);
    put_labelled(out, "when", text_string(&text));
    put_command(out, "again", finding->reproduce);
    text_release(&text);
}

static void put_observed(FILE *out, const struct result *result)
{
    struct text text = TEXT_EMPTY;
    say_observed(&text, result);
    put_labelled(out, "share", text_string(&text));
    text_release(&text);
}

/* "GET /" is one word. */
static void add_glued(struct text *text, const char *name, bool more)
{
    size_t from = text->length;
    escape_plain(text, name);
    for (size_t i = from; i < text->length; i++)
        if (text->bytes[i] == ' ')
            text->bytes[i] = GLUE;
    text_add_string(text, more ? ", " : "");
}

static void put_remarks(FILE *out, const char *heading, const struct remark *remarks, size_t count)
{
    size_t endpoints = 0;
    for (size_t i = 0; i < count; i++)
        endpoints += remarks[i].endpoints.count;
    if (count == 0)
        return;
    fprintf(out, "\n%s%s%s (%zu)\n", BOLD, heading, RESET, endpoints);
    for (size_t i = 0; i < count; i++) {
        struct text text = TEXT_EMPTY;
        escape_plain(&text, remarks[i].why);
        text_add_string(&text, ": ");
        for (size_t e = 0; e < remarks[i].endpoints.count; e++)
            add_glued(&text, remarks[i].endpoints.items[e], e + 1 < remarks[i].endpoints.count);
        fputs("  ", out);
        put_wrapped_plain(out, text.bytes, 2, 4);
        text_release(&text);
    }
}

static void put_judged(FILE *out, const struct judged *judged, size_t width)
{
    const struct measurement *screen = judged->screen;
    struct text amount = TEXT_EMPTY, interval = TEXT_EMPTY;
    char calls[UNITS_SIZE];
    say_amount(&amount, screen->per_request, screen->objects);
    say_interval(&interval, screen->interval, screen->objects);
    fputs("  ", out);
    terminal_column(out, judged->endpoint, width, false);
    terminal_column(out, text_string(&amount), 15, true);
    terminal_column(out, text_string(&interval), 18, true);
    terminal_column(out, units_count(calls, screen->requests), 8, true);
    const char *color = judged->judgement == JUDGED_GROWS  ? RED
                        : judged->judgement == JUDGED_OPEN ? YELLOW
                                                           : "";
    fprintf(out, "  %s%s%s\n", color, say_judgement(judged->judgement), RESET);
    text_release(&amount);
    text_release(&interval);
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
        fputs("  ", out);
        terminal_column(out, signal != NULL ? signal : "endpoint", width, false);
        fprintf(out, "%15s%18s%8s%s\n", "per request", "interval", "calls", RESET);
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
        put_wrapped(out, text.bytes, 32, 32);
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
        put_wrapped(out, text_string(&line), 13, 15);
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
        put_wrapped(out, result->caveats.items[i], 4, 4);
    }
}

static void put_cost(FILE *out, const struct result *result)
{
    struct text text = TEXT_EMPTY;
    char own[UNITS_SIZE];
    terminal_heading(out, "Cost");
    say_cost(&text, result);
    say_memory(&text, result);
    if (isfinite(result->own_max_rss_bytes) && result->own_max_rss_bytes > 0)
        text_addf(&text, ", seep's own %s", units_bytes(own, result->own_max_rss_bytes));
    fputs("  ", out);
    put_wrapped(out, text.bytes, 2, 2);
    text_clear(&text);
    say_replay(&text, result);
    fputs("  ", out);
    put_wrapped(out, text.bytes, 2, 2);
    text_clear(&text);
    text_addf(&text, "run %lld", (long long)result->run);
    if (result->label != NULL && result->label[0] != '\0')
        text_addf(&text, " (%s)", result->label);
    text_addf(&text, ", exit %d", result->exit_code);
    fputs("  ", out);
    put_wrapped(out, text.bytes, 2, 2);
    text_release(&text);
}

int render_terminal(const struct report *report, FILE *out, struct err *err)
{
    const struct result *result = &report->result;
    put_answer(out, result);
    for (size_t i = 0; i < result->finding_count; i++)
        put_finding(out, result, &result->findings[i], i == 0 && result->verdict == VERDICT_GROWTH);
    put_observed(out, result);
    put_endpoints(out, report);
    terminal_loads(out, report);
    put_remarks(out, "Not looked at", result->not_looked_at, result->not_looked_at_count);
    put_remarks(out, "Cleared", result->cleared, result->cleared_count);
    put_signals(out, result);
    put_thresholds(out, result);
    put_caveats(out, result);
    put_cost(out, result);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the report") : 0;
}

/* A summary for a CI job: under 60 lines whatever the run was, with as much of how it went in a part that is closed as
 * they leave room for. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/markdown_parts.h"
#include "report/loads.h"
#include "report/renderers.h"
#include "report/say.h"
#include "report/spark.h"
#include "report/story.h"

enum {
    MOST_LINES = 59,
    MOST_FINDINGS = 3,
    MOST_SITES = 3, /* of the first finding; one of each other */
    MOST_REASONS = 3,
    WAY_LINES = 7, /* around its rows */
    WAY_LEAST = 3,
    MOST_NAMES = 12,
    MOST_REMARKS = 2,
    MOST_THRESHOLDS = 4,
    MOST_CAVEATS = 3,
    SPARKS = 40
};

/* A line of a list; nothing where there are no words. */
static void put_point(FILE *out, const struct text *words)
{
    if (words->length == 0)
        return;
    fputs("- ", out);
    markdown_put(out, words->bytes);
    fputs("\n", out);
}

static const struct report_series *longest(const struct report *report, const char *signal)
{
    const struct report_series *found = NULL;
    for (size_t i = 0; i < report->series_count; i++)
        if (strcmp(report->series[i].signal, signal) == 0 &&
            (found == NULL || report->series[i].count > found->count))
            found = &report->series[i];
    return found;
}

/* Each mark is the highest of its share of the points. */
static void put_sparkline(FILE *out, const struct report_series *series)
{
    double low = INFINITY, high = -INFINITY;
    for (size_t i = 0; i < series->count; i++) {
        low = fmin(low, series->points[i].value);
        high = fmax(high, series->points[i].value);
    }
    size_t columns = series->count < SPARKS ? series->count : SPARKS;
    for (size_t column = 0; column < columns; column++) {
        double top = NAN;
        for (size_t i = column * series->count / columns; i < (column + 1) * series->count / columns; i++)
            top = fmax(top, series->points[i].value);
        fputs(isnan(top) ? " " : spark_of(top, low, high, true), out);
    }
}

static void put_memory(FILE *out, const struct report *report)
{
    const struct report_series *series = longest(report, "rss");
    if (series == NULL || series->count < 2)
        return;
    double first = NAN, last = NAN;
    for (size_t i = 0; i < series->count; i++) {
        first = isnan(first) ? series->points[i].value : first;
        last = isnan(series->points[i].value) ? last : series->points[i].value;
    }
    char from[UNITS_SIZE], to[UNITS_SIZE];
    fprintf(out, "\nMemory in trial %lld: `", (long long)series->trial);
    put_sparkline(out, series);
    fprintf(out, "` %s to %s\n", units_bytes(from, first), units_bytes(to, last));
}

static void put_site(FILE *out, const struct site_growth *site)
{
    struct text text = TEXT_EMPTY;
    say_amount(&text, site->bytes_per_request, false);
    text_add_string(&text, " per request, ");
    say_site_growth(&text, site);
    fputs("  - ", out);
    markdown_code(out, site->site);
    fputs(" ", out);
    markdown_put(out, text.bytes);
    text_clear(&text);
    say_site_whose(&text, site);
    fputs(" (", out);
    markdown_put(out, text_string(&text));
    fputs(")\n", out);
    text_release(&text);
}

static void put_reasons(FILE *out, const struct report *report, const struct finding *finding, size_t most)
{
    struct text text = TEXT_EMPTY, evidence = TEXT_EMPTY;
    for (size_t i = 0; i < finding->confirmed.count && i < most; i++) {
        text_clear(&text);
        text_clear(&evidence);
        text_add_string(&text, say_confirmation(finding, finding->confirmed.items[i]));
        say_evidence(&evidence, report, finding, finding->confirmed.items[i]);
        if (evidence.length > 0)
            text_addf(&text, ": %s", evidence.bytes);
        fputs("  ", out);
        put_point(out, &text);
    }
    text_release(&text);
    text_release(&evidence);
}

static void put_finding(FILE *out, const struct report *report, const struct finding *finding, bool first)
{
    struct text text = TEXT_EMPTY;
    fputs("- **", out);
    say_finding(&text, finding);
    markdown_put(out, text.bytes);
    fputs("**\n", out);
    text_clear(&text);
    say_order(&text, finding);
    if (text.length > 0)
        fputs("  ", out);
    put_point(out, &text);
    for (size_t i = 0; i < finding->site_count && i < (first ? MOST_SITES : 1); i++)
        put_site(out, &finding->sites[i]);
    put_reasons(out, report, finding, first ? MOST_REASONS : 1);
    text_release(&text);
}

static void put_more(FILE *out, size_t count, size_t most, const char *what)
{
    if (count > most)
        fprintf(out, "- and %zu more %s\n", count - most, what);
}

static void put_findings(FILE *out, const struct report *report)
{
    const struct result *result = &report->result;
    for (size_t i = 0; i < result->finding_count && i < MOST_FINDINGS; i++)
        put_finding(out, report, &result->findings[i], i == 0);
    put_more(out, result->finding_count, MOST_FINDINGS, "findings");
    if (result->finding_count > 0 && isfinite(result->confidence) && result->confidence > 0)
        fprintf(out, "\nAt %.3g %% confidence.\n", result->confidence * 100);
}

static void put_thresholds(FILE *out, const struct result *result)
{
    if (result->threshold_count == 0)
        return;
    fputs("\n| limit | result | value |\n|---|---|---|\n", out);
    for (size_t i = 0; i < result->threshold_count && i < MOST_THRESHOLDS; i++) {
        struct text value = TEXT_EMPTY;
        say_threshold(&value, &result->thresholds[i]);
        fputs("| ", out);
        markdown_put(out, result->thresholds[i].limit);
        fprintf(out, " | %s | ", threshold_outcome_name(result->thresholds[i].outcome));
        markdown_put(out, text_string(&value));
        fputs(" |\n", out);
        text_release(&value);
    }
    if (result->threshold_count > MOST_THRESHOLDS)
        fprintf(out, "| and %zu more | | |\n", result->threshold_count - MOST_THRESHOLDS);
}

static void put_remarks(FILE *out, const char *heading, const struct remark *remarks, size_t count)
{
    if (count > 0)
        fprintf(out, "\n%s:\n\n", heading);
    for (size_t i = 0; i < count && i < MOST_REMARKS; i++) {
        fprintf(out, "- ");
        for (size_t e = 0; e < remarks[i].endpoints.count && e < 6; e++) {
            fputs(e > 0 ? ", " : "", out);
            markdown_code(out, remarks[i].endpoints.items[e]);
        }
        if (remarks[i].endpoints.count > 6)
            fprintf(out, " and %zu more", remarks[i].endpoints.count - 6);
        fputs(remarks[i].endpoints.count > 0 ? ": " : "", out);
        markdown_put(out, remarks[i].why);
        fputs("\n", out);
    }
    put_more(out, count, MOST_REMARKS, "reasons");
}

static void put_caveats(FILE *out, const struct result *result)
{
    if (result->caveats.count > 0)
        fputs("\nMind:\n\n", out);
    for (size_t i = 0; i < result->caveats.count && i < MOST_CAVEATS; i++) {
        fputs("- ", out);
        markdown_put(out, result->caveats.items[i]);
        fputs("\n", out);
    }
    put_more(out, result->caveats.count, MOST_CAVEATS, "caveats");
}

static void put_not_judged(FILE *out, const struct report *report)
{
    size_t count = 0;
    const char **names = story_not_judged(report, &count);
    if (count > 0)
        fprintf(out, "\nNot judged yet (%zu): ", count);
    for (size_t i = 0; i < count && i < MOST_NAMES; i++) {
        fputs(i > 0 ? ", " : "", out);
        markdown_code(out, names[i]);
    }
    if (count > 0)
        fprintf(out, count > MOST_NAMES ? " and %zu more\n" : "\n", count - MOST_NAMES);
    free(names);
}

static void put_probe(FILE *out, const struct probe *probe)
{
    char number[UNITS_SIZE];
    struct text from = TEXT_EMPTY;
    fprintf(out, "| %s | %s | ", isfinite(probe->ended_s) ? units_duration(number, probe->ended_s) : "",
            say_step(probe->step));
    markdown_put(out, probe->mix);
    fputs(" | ", out);
    markdown_put(out, probe->says);
    say_reused(&from, probe);
    fprintf(out, " | %s |\n", from.length > 0 ? from.bytes : units_count(number, probe->requests));
    text_release(&from);
}

static void put_way(FILE *out, const struct report *report, size_t lines)
{
    size_t length = story_length(report), shown = 0;
    if (length == 0 || lines < WAY_LINES + WAY_LEAST)
        return;
    size_t most = lines - WAY_LINES;
    most = length > most ? most - 1 : length; /* the last line says how many more */
    fprintf(
        out,
        "\n<details><summary>How it went: %zu answers</summary>\n\n| at | step | mix | answer | requests |\n"
        "|---|---|---|---|---|\n",
        length);
    for (size_t i = 0; i < report->probe_count && shown < most; i++)
        if (story_shows(&report->probes[i])) {
            put_probe(out, &report->probes[i]);
            shown++;
        }
    if (length > shown)
        fprintf(out, "| | | and %zu more | | |\n", length - shown);
    fputs("\n</details>\n", out);
}

static void put_cost(FILE *out, const struct report *report)
{
    const struct result *result = &report->result;
    struct text text = TEXT_EMPTY;
    say_effort(&text, report);
    text_addf(&text, ", run %lld", (long long)result->run);
    if (loads_have_losses(&result->replay))
        say_losses(&text, &result->replay);
    fputs("\n", out);
    markdown_put(out, text.bytes);
    fputs("\n", out);
    text_release(&text);
}

static void put_command(FILE *out, const char *label, const char *command)
{
    if (command == NULL || command[0] == '\0')
        return;
    fprintf(out, "- %s: ", label);
    markdown_code(out, command);
    fputs("\n", out);
}

static void put_suspects(FILE *out, const struct result *result)
{
    struct strings lines = {NULL, 0};
    struct text text = TEXT_EMPTY;
    say_suspicions(&text, &result->suspects);
    put_point(out, &text);
    say_suspected_judged(result, &lines);
    for (size_t i = 0; i < lines.count && i < MOST_FINDINGS; i++) {
        text_clear(&text);
        text_add_string(&text, lines.items[i]);
        put_point(out, &text);
    }
    strings_release(&lines);
    text_release(&text);
}

/* How to see it again, how to go on, what it means in production. */
static void put_outlook(FILE *out, const struct result *result)
{
    struct text text = TEXT_EMPTY;
    if (result->finding_count > 0 || result->resume != NULL)
        fputs("\n", out);
    for (size_t i = 0; i < result->finding_count && i < MOST_FINDINGS; i++)
        put_command(out, "again", result->findings[i].reproduce);
    if (result->finding_count > 0 && result->findings[0].curl.count > 0)
        put_command(out, "by hand", result->findings[0].curl.items[0]);
    put_command(out, "go on", result->resume);
    for (size_t i = 0; i < result->finding_count && i < MOST_FINDINGS; i++) {
        text_clear(&text);
        say_projection_of(&text, result, &result->findings[i]);
        put_point(out, &text);
    }
    text_clear(&text);
    say_observed(&text, result);
    put_point(out, &text);
    put_suspects(out, result);
    text_release(&text);
}

static void put_answer(FILE *out, const struct report *report)
{
    const struct result *result = &report->result;
    struct text text = TEXT_EMPTY;
    fprintf(out, "### seep: %s\n\n", say_verdict(result->verdict));
    if (result->verdict != VERDICT_GROWTH || result->finding_count == 0) {
        say_answer(&text, result);
        markdown_paragraph(out, &text);
    }
    text_clear(&text);
    say_unfinished(&text, report);
    markdown_paragraph(out, &text);
    text_release(&text);
}

static void put_front(FILE *out, const struct report *report)
{
    const struct result *result = &report->result;
    put_answer(out, report);
    put_findings(out, report);
    put_memory(out, report);
    put_thresholds(out, result);
    put_remarks(out, "Cleared", result->cleared, result->cleared_count);
    put_remarks(out, "Not looked at", result->not_looked_at, result->not_looked_at_count);
    put_not_judged(out, report);
    put_caveats(out, result);
}

static void put_end(FILE *out, const struct report *report)
{
    put_cost(out, report);
    put_outlook(out, &report->result);
}

/* What a part writes, the caller's, and adds its lines; NULL: out of memory. */
static char *taken(void (*part)(FILE *out, const struct report *report), const struct report *report,
                   size_t *lines)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    if (out == NULL)
        return NULL;
    part(out, report);
    fclose(out);
    for (const char *at = bytes; at != NULL && *at != '\0'; at++)
        *lines += *at == '\n';
    return bytes;
}

int render_markdown(const struct report *report, FILE *out, struct err *err)
{
    size_t lines = 0;
    char *front = taken(put_front, report, &lines), *end = taken(put_end, report, &lines);
    if (front != NULL && end != NULL) {
        fputs(front, out);
        put_way(out, report, lines < MOST_LINES ? MOST_LINES - lines : 0);
        fputs(end, out);
    }
    bool whole = front != NULL && end != NULL;
    free(front);
    free(end);
    if (!whole)
        return err_set(err, ERR_INTERNAL, "out of memory");
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the summary") : 0;
}

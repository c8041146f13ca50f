/* The end of the report on a terminal: what was cleared, what is left, how it went, what it cost, how to see it again. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/say.h"
#include "report/story.h"
#include "report/terminal_parts.h"

enum { AT_WIDTH = 8, STEP_WIDTH = 11 };

/* A space that no line ends at; escaped text never holds it: "GET /" is one word. */
static void add_glued(struct text *text, const char *name, bool more)
{
    size_t from = text->length;
    escape_plain(text, name);
    for (size_t i = from; i < text->length; i++)
        if (text->bytes[i] == ' ')
            text->bytes[i] = GLUE;
    text_add_string(text, more ? ", " : "");
}

void terminal_remarks(FILE *out, const char *heading, const struct remark *remarks, size_t count)
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
        terminal_wrapped_plain(out, text.bytes, 2, 4);
        text_release(&text);
    }
}

void terminal_not_judged(FILE *out, const struct report *report)
{
    size_t count = 0;
    const char **names = story_not_judged(report, &count);
    if (count > 0) {
        struct text text = TEXT_EMPTY;
        fprintf(out, "\n%sNot judged yet%s (%zu)\n  ", BOLD, RESET, count);
        for (size_t i = 0; i < count; i++)
            add_glued(&text, names[i], i + 1 < count);
        terminal_wrapped_plain(out, text.bytes, 2, 4);
        text_release(&text);
    }
    free(names);
}

/* The line begins with when and in which step; what follows is wrapped beside these. */
static void put_moment(FILE *out, double at_s, enum step step, const struct text *rest)
{
    char at[UNITS_SIZE];
    fputs(DIM, out);
    terminal_column(out, isfinite(at_s) ? units_duration(at, at_s) : "", AT_WIDTH + 2, true);
    fprintf(out, "%s  ", RESET);
    terminal_column(out, say_step(step), STEP_WIDTH, false);
    terminal_wrapped(out, text_string(rest), 2 + AT_WIDTH + 2 + STEP_WIDTH, 2 + AT_WIDTH + 2 + STEP_WIDTH);
}

static void put_probe(FILE *out, const struct probe *probe)
{
    char number[UNITS_SIZE];
    struct text line = TEXT_EMPTY;
    text_addf(&line, "%s: %s", probe->mix != NULL ? probe->mix : "",
              probe->says != NULL ? probe->says : "no answer");
    if (probe->reused_from != 0) {
        text_add_string(&line, ", ");
        say_reused(&line, probe);
    } else if (probe->requests > 0) {
        text_addf(&line, " (%s requests)", units_count(number, probe->requests));
    }
    put_moment(out, probe->ended_s, probe->step, &line);
    text_release(&line);
}

static void put_step_sum(FILE *out, const struct step_sum *sum)
{
    struct text line = TEXT_EMPTY;
    say_step_sum(&line, sum);
    put_moment(out, sum->at_s, sum->step, &line);
    text_release(&line);
}

static void put_suspects(FILE *out, const struct suspicions *suspects)
{
    struct text line = TEXT_EMPTY;
    say_suspicions(&line, suspects);
    if (line.length > 0) {
        line.bytes[0] = (char)toupper((unsigned char)line.bytes[0]);
        fputs("  ", out);
        terminal_wrapped(out, line.bytes, 2, 4);
    }
    text_release(&line);
}

static void put_way(FILE *out, const struct report *report)
{
    struct step_sum sums[STEP_COUNT];
    size_t steps = story_steps(report, sums);
    if (steps == 0)
        return;
    terminal_heading(out, "How it went");
    put_suspects(out, &report->result.suspects);
    for (size_t i = 0; i < report->probe_count && terminal_style.verbose; i++)
        if (story_shows(&report->probes[i]))
            put_probe(out, &report->probes[i]);
    for (size_t i = 0; i < steps && !terminal_style.verbose; i++)
        put_step_sum(out, &sums[i]);
}

static void put_cost(FILE *out, const struct report *report)
{
    const struct result *result = &report->result;
    struct text text = TEXT_EMPTY;
    char own[UNITS_SIZE];
    terminal_heading(out, "Cost");
    say_effort(&text, report);
    say_memory(&text, result);
    if (isfinite(result->own_max_rss_bytes) && result->own_max_rss_bytes > 0)
        text_addf(&text, ", seep's own %s", units_bytes(own, result->own_max_rss_bytes));
    fputs("  ", out);
    terminal_wrapped(out, text.bytes, 2, 2);
    text_clear(&text);
    say_replay(&text, result);
    fputs("  ", out);
    terminal_wrapped(out, text.bytes, 2, 2);
    text_clear(&text);
    text_addf(&text, "run %lld", (long long)result->run);
    if (result->label != NULL && result->label[0] != '\0')
        text_addf(&text, " (%s)", result->label);
    text_addf(&text, ", exit %d", result->exit_code);
    fputs("  ", out);
    terminal_wrapped(out, text.bytes, 2, 2);
    text_release(&text);
}

/* The heading of a part is put with its first line. */
static void put_command(FILE *out, const char *label, const char *command, bool *headed)
{
    if (command == NULL || command[0] == '\0')
        return;
    if (!*headed)
        terminal_heading(out, "See it again");
    terminal_command(out, label, command);
    *headed = true;
}

static void put_commands(FILE *out, const struct result *result)
{
    bool headed = false;
    for (size_t i = 0; i < result->finding_count; i++)
        put_command(out, headed ? "" : "again", result->findings[i].reproduce, &headed);
    for (size_t i = 0; i < result->finding_count; i++)
        if (result->findings[i].curl.count > 0)
            put_command(out, "by hand", result->findings[i].curl.items[0], &headed);
    put_command(out, "go on", result->resume, &headed);
}

static void put_said(FILE *out, const char *label, const struct text *said, bool *headed)
{
    if (said->length == 0)
        return;
    if (!*headed)
        terminal_heading(out, "In production");
    terminal_labelled(out, label, said->bytes);
    *headed = true;
}

static void put_production(FILE *out, const struct result *result)
{
    bool headed = false;
    struct text text = TEXT_EMPTY;
    for (size_t i = 0; i < result->finding_count; i++) {
        text_clear(&text);
        say_projection_of(&text, result, &result->findings[i]);
        put_said(out, headed ? "" : "when", &text, &headed);
    }
    text_clear(&text);
    say_observed(&text, result);
    put_said(out, "share", &text, &headed);
    struct strings lines = {NULL, 0};
    say_suspected_judged(result, &lines);
    for (size_t i = 0; i < lines.count; i++) {
        text_clear(&text);
        text_add_string(&text, lines.items[i]);
        put_said(out, i == 0 ? "suspect" : "", &text, &headed);
    }
    strings_release(&lines);
    text_release(&text);
}

void terminal_story(FILE *out, const struct report *report)
{
    put_way(out, report);
    put_cost(out, report);
    put_commands(out, &report->result);
    put_production(out, &report->result);
}

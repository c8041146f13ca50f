/* Suspects as a summary for CI: under 60 lines, however many there are. */
#include <math.h>
#include <stdlib.h>

#include "report/markdown_parts.h"
#include "report/say.h"
#include "report/suspects.h"

enum {
    MOST_SUSPECTS = 8,
    MOST_TOGETHER = 6,
    MOST_INSTANCES = 5,
    MOST_NAMES = 6,
    MOST_LINES = 4 /* of caveats, of what would help */
};

static void put_more(FILE *out, size_t shown, size_t count)
{
    if (shown < count)
        fprintf(out, "\nand %zu more\n", count - shown);
}

static void put_suspect(FILE *out, const struct suspect *suspect)
{
    struct text text = TEXT_EMPTY, interval = TEXT_EMPTY;
    fputs("| ", out);
    say_some(&text, &suspect->endpoints, MOST_TOGETHER);
    if (suspect->endpoints.count > 1)
        text_add_string(&text, " (" SUSPECTS_TOGETHER ")");
    markdown_cell(out, &text);
    say_amount(&text, suspect->bytes_per_request, false);
    say_interval(&interval, suspect->interval, false);
    if (interval.length > 0)
        text_addf(&text, " (%s)", interval.bytes);
    markdown_cell(out, &text);
    say_suspect_share(&text, suspect);
    markdown_cell(out, &text);
    say_suspect_sure(&text, suspect);
    markdown_cell(out, &text);
    say_rate(&text, suspect->per_second);
    markdown_cell(out, &text);
    fputs("\n", out);
    text_release(&text);
    text_release(&interval);
}

static void put_suspects(FILE *out, const struct suspects *suspects)
{
    size_t shown = suspects->count > MOST_SUSPECTS ? MOST_SUSPECTS : suspects->count;
    if (suspects->count == 0)
        return;
    fputs("| suspect | bytes per request | share of the growth | sure | requests |\n|---|---|---|---|---|\n",
          out);
    for (size_t i = 0; i < shown; i++)
        put_suspect(out, &suspects->items[i]);
    put_more(out, shown, suspects->count);
    fprintf(out, "\n%s" SUSPECTS_HINT "\n\n", suspects_overlap(suspects) ? SUSPECTS_OVERLAP " " : "");
}

static void put_instances(FILE *out, const struct suspects *suspects)
{
    struct text text = TEXT_EMPTY;
    size_t count = suspects->instance_count, shown = count > MOST_INSTANCES ? MOST_INSTANCES : count;
    size_t *order = suspects_worst(suspects);
    if (count > 0)
        fputs("| instance | memory | per day | reaches its limit |\n|---|---|---|---|\n", out);
    for (size_t i = 0; i < shown; i++) {
        const struct suspect_instance *instance = &suspects->instances[order[i]];
        fputs("| ", out);
        text_add_string(&text, instance->name);
        markdown_cell(out, &text);
        if (isfinite(instance->memory_bytes))
            say_amount(&text, instance->memory_bytes, false);
        else
            text_add_string(&text, "gone");
        markdown_cell(out, &text);
        say_daily(&text, instance->bytes_per_day, instance->bytes_per_day_interval);
        markdown_cell(out, &text);
        say_until_limit(&text, instance);
        markdown_cell(out, &text);
        fputs("\n", out);
    }
    put_more(out, shown, count);
    fputs(count > 0 ? "\n" : "", out);
    free(order);
    text_release(&text);
}

static void put_point(FILE *out, const char *label, const char *words)
{
    if (words == NULL || words[0] == '\0')
        return;
    fprintf(out, "- %s", label);
    markdown_put(out, words);
    fputs("\n", out);
}

static void put_names(FILE *out, const char *label, const struct strings *names)
{
    struct text text = TEXT_EMPTY;
    if (names->count > 0)
        say_some(&text, names, MOST_NAMES);
    put_point(out, label, text.bytes);
    text_release(&text);
}

static void put_points(FILE *out, const struct suspects *suspects)
{
    struct text text = TEXT_EMPTY;
    say_restarts(&text, suspects);
    put_point(out, "restarts: ", text.bytes);
    put_names(out, "not once among what explains it best: ", &suspects->cleared);
    put_names(out, "requests too few, or too even, to say anything: ", &suspects->untold);
    text_clear(&text);
    say_suspects_data(&text, suspects);
    put_point(out, "looked at: ", text.bytes);
    put_point(out, "from: ", suspects->source);
    text_release(&text);
}

static void put_list(FILE *out, const char *heading, const struct strings *lines)
{
    size_t shown = lines->count > MOST_LINES + 1 ? MOST_LINES : lines->count;
    if (lines->count > 0)
        fprintf(out, "\n%s\n\n", heading);
    for (size_t i = 0; i < shown; i++)
        put_point(out, "", lines->items[i]);
    if (shown < lines->count)
        fprintf(out, "- and %zu more\n", lines->count - shown);
}

int suspects_markdown(const void *view, FILE *out, struct err *err)
{
    const struct suspects *suspects = view;
    struct text text = TEXT_EMPTY;
    fprintf(out, "### seep suspects: %s\n\n", say_suspects(suspects));
    say_suspects_answer(&text, suspects);
    markdown_paragraph(out, &text);
    say_suspects_story(&text, suspects);
    markdown_paragraph(out, &text);
    put_suspects(out, suspects);
    put_instances(out, suspects);
    put_points(out, suspects);
    put_list(out, "Mind:", &suspects->caveats);
    put_list(out, "What would tell more:", &suspects->help);
    say_suspects_command(&text, suspects);
    if (text.length > 0) {
        fputs("\nGo on: ", out);
        markdown_code(out, text.bytes);
        fputs("\n", out);
    }
    text_release(&text);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the summary") : 0;
}

/* Suspects as a person reads them in a terminal. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/escape.h"
#include "report/say.h"
#include "report/suspects.h"
#include "report/terminal_parts.h"

enum {
    LABEL = 12,
    MOST_SUSPECTS = 10,
    MOST_TOGETHER = 12, /* endpoints of a group */
    MOST_INSTANCES = 5,
    MOST_NAMES = 8,
    MEMORY = 11,
    DAILY = 30,
    UNTIL = 24
};

static const char *color_of(enum verdict verdict)
{
    return verdict == VERDICT_GROWTH ? RED : verdict == VERDICT_NO_GROWTH ? GREEN : YELLOW;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Wrapped, but never between a number and its unit, or a method and its route. */
static void put_wrapped(FILE *out, const char *words, size_t used, size_t indent)
{
    char *plain = escape_taken(escape_plain, words);
    for (char *at = plain; *at != '\0'; at++) {
        if (*at != ' ' || at == plain)
            continue;
        bool number = at[-1] >= '0' && at[-1] <= '9', unit = is_letter(at[1]) || at[1] == '%';
        if ((number && unit) || (at[-1] >= 'A' && at[-1] <= 'Z' && at[1] == '/'))
            *at = GLUE;
    }
    terminal_wrapped_plain(out, plain, used, indent);
    free(plain);
}

static void put_answer(FILE *out, const struct suspects *suspects)
{
    struct text text = TEXT_EMPTY;
    const char *words = say_suspects(suspects);
    say_suspects_answer(&text, suspects);
    fprintf(out, "%s%s%s: ", color_of(suspects->verdict), words, RESET);
    put_wrapped(out, text_string(&text), strlen(words) + 2, 2);
    text_clear(&text);
    say_suspects_story(&text, suspects);
    if (text.length > 0) {
        fputs("  ", out);
        put_wrapped(out, text.bytes, 2, 2);
    }
    text_release(&text);
}

static void put_indented(FILE *out, size_t indent, const char *words)
{
    fprintf(out, "%*s", (int)indent, "");
    put_wrapped(out, words, indent, indent);
}

static void put_suspect(FILE *out, const struct suspect *suspect, size_t number)
{
    struct text text = TEXT_EMPTY;
    char place[32];
    int used = snprintf(place, sizeof place, "  %zu. ", number);
    say_some(&text, &suspect->endpoints, MOST_TOGETHER);
    fprintf(out, "%s%s", place, BOLD);
    put_wrapped(out, text_string(&text), (size_t)used, (size_t)used);
    fputs(RESET, out);
    text_clear(&text);
    say_suspect(&text, suspect);
    put_indented(out, (size_t)used, text.bytes);
    if (suspect->endpoints.count > 1)
        put_indented(out, (size_t)used, SUSPECTS_TOGETHER);
    text_release(&text);
}

static void put_suspects(FILE *out, const struct suspects *suspects)
{
    size_t shown = suspects->count > MOST_SUSPECTS ? MOST_SUSPECTS : suspects->count;
    if (suspects->count == 0)
        return;
    terminal_heading(out, "Suspects");
    for (size_t i = 0; i < shown; i++)
        put_suspect(out, &suspects->items[i], i + 1);
    if (shown < suspects->count)
        fprintf(out, "  and %zu more\n", suspects->count - shown);
    if (suspects_overlap(suspects))
        put_indented(out, 2, SUSPECTS_OVERLAP);
    put_indented(out, 2, SUSPECTS_HINT);
}

static void put_labelled(FILE *out, const char *label, const char *words)
{
    if (words == NULL || words[0] == '\0')
        return;
    fprintf(out, "  %s%-*s%s", DIM, LABEL - 2, label, RESET);
    put_wrapped(out, words, LABEL, LABEL);
}

static size_t name_width(const struct suspects *suspects, const size_t *order, size_t shown)
{
    size_t width = 8;
    for (size_t i = 0; i < shown; i++)
        width = terminal_name_width(suspects->instances[order[i]].name, width, 2 + MEMORY + DAILY + UNTIL);
    return width;
}

static void put_instance(FILE *out, const struct suspect_instance *instance, size_t width)
{
    struct text memory = TEXT_EMPTY, daily = TEXT_EMPTY, until = TEXT_EMPTY;
    if (isfinite(instance->memory_bytes))
        say_amount(&memory, instance->memory_bytes, false);
    else
        text_add_string(&memory, "gone");
    say_daily(&daily, instance->bytes_per_day, instance->bytes_per_day_interval);
    say_until_limit(&until, instance);
    terminal_name(out, instance->name, width);
    if (terminal_narrow()) {
        text_addf(&memory, "; %s per day", daily.length > 0 ? daily.bytes : "?");
        if (until.length > 0)
            text_addf(&memory, "; limit %s", until.bytes);
        fputs("  ", out);
        put_wrapped(out, memory.bytes, 4, 4);
    } else {
        size_t used = 2 + width + MEMORY + DAILY;
        terminal_column(out, memory.bytes, MEMORY, true);
        terminal_column(out, daily.length > 0 ? daily.bytes : "?", DAILY, true);
        if (until.length == 0 && isfinite(instance->memory_bytes))
            text_add_string(&until, "?");
        fputs(until.length > 0 ? "  " : "", out);
        put_wrapped(out, text_string(&until), used + 2, used + 2);
    }
    text_release(&memory);
    text_release(&daily);
    text_release(&until);
}

static void put_instances(FILE *out, const struct suspects *suspects)
{
    size_t count = suspects->instance_count, shown = count > MOST_INSTANCES + 1 ? MOST_INSTANCES : count;
    size_t *order = suspects_worst(suspects), width = name_width(suspects, order, shown);
    if (count > 0)
        terminal_heading(out, "Instances");
    if (count > 0 && !terminal_narrow()) {
        fprintf(out, "  %s%-*s%*s%*s  %s%s\n", DIM, (int)width, "", MEMORY, "memory", DAILY, "per day",
                "its limit", RESET);
    }
    for (size_t i = 0; i < shown; i++)
        put_instance(out, &suspects->instances[order[i]], width);
    if (shown < count)
        fprintf(out, "  and %zu more\n", count - shown);
    free(order);
}

static void put_names(FILE *out, const char *label, const struct strings *names, const char *why)
{
    struct text text = TEXT_EMPTY;
    if (names->count > 0) {
        text_addf(&text, "%zu: ", names->count);
        say_some(&text, names, MOST_NAMES);
        text_addf(&text, " (%s)", why);
    }
    put_labelled(out, label, text.bytes);
    text_release(&text);
}

static void put_list(FILE *out, const char *heading, const struct strings *lines)
{
    if (lines->count > 0)
        terminal_heading(out, heading);
    for (size_t i = 0; i < lines->count; i++) {
        fputs("  - ", out);
        put_wrapped(out, lines->items[i], 4, 4);
    }
}

static void put_rest(FILE *out, const struct suspects *suspects)
{
    struct text text = TEXT_EMPTY;
    terminal_heading(out, "What was looked at");
    put_names(out, "cleared", &suspects->cleared, "not once among what explains the growth best");
    put_names(out, "not told", &suspects->untold, "requests too few, or too even, to say anything");
    say_restarts(&text, suspects);
    put_labelled(out, "restarts", text.bytes);
    text_clear(&text);
    say_suspects_data(&text, suspects);
    put_labelled(out, "data", text.bytes);
    put_labelled(out, "from", suspects->source);
    put_labelled(out, "memory", suspects->memory_query);
    put_labelled(out, "requests", suspects->requests_query);
    text_release(&text);
}

static void put_command(FILE *out, const struct suspects *suspects)
{
    struct text command = TEXT_EMPTY;
    say_suspects_command(&command, suspects);
    if (command.length > 0) {
        char *plain = escape_taken(escape_plain, command.bytes);
        fprintf(out, "\n  %s%-*s%s%s%s%s\n", DIM, LABEL - 2, "go on", RESET, BOLD, plain, RESET);
        free(plain);
    }
    fprintf(out, "  exit %d\n", suspects->exit_code);
    text_release(&command);
}

int suspects_terminal(const void *view, FILE *out, struct err *err)
{
    const struct suspects *suspects = view;
    put_answer(out, suspects);
    put_suspects(out, suspects);
    put_instances(out, suspects);
    put_rest(out, suspects);
    put_list(out, "Mind", &suspects->caveats);
    put_list(out, "What would tell more", &suspects->help);
    put_command(out, suspects);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the suspects") : 0;
}

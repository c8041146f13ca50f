/* A comparison as a summary for CI. */
#include <stdlib.h>

#include "report/comparison.h"
#include "report/escape.h"
#include "report/say.h"

static void put(FILE *out, const char *string)
{
    char *escaped = escape_taken(escape_markdown, string);
    fputs(escaped, out);
    free(escaped);
}

static void put_cell(FILE *out, struct text *text)
{
    put(out, text_string(text));
    fputs(" | ", out);
    text_clear(text);
}

static void put_item(FILE *out, const struct compared *item)
{
    struct text text = TEXT_EMPTY;
    fputs("| ", out);
    text_addf(&text, "%s of %s", item->signal, item->mix);
    put_cell(out, &text);
    say_estimate(&text, &item->before, item->objects);
    put_cell(out, &text);
    say_estimate(&text, &item->after, item->objects);
    put_cell(out, &text);
    say_difference(&text, item);
    put_cell(out, &text);
    say_bound(&text, item);
    put_cell(out, &text);
    fputs("\n", out);
    text_release(&text);
}

int comparison_markdown(const void *view, FILE *out, struct err *err)
{
    const struct comparison *comparison = view;
    struct text text = TEXT_EMPTY;
    fprintf(out, "### seep compare: %s\n\n", say_compared(comparison));
    say_comparison(&text, comparison);
    put(out, text_string(&text));
    fputs("\n", out);
    if (comparison->refusal == NULL && comparison->count > 0)
        fprintf(out,
                "\n| per request | run %lld | run %lld | difference | shown after |\n|---|---|---|---|---|\n",
                (long long)comparison->before.run, (long long)comparison->after.run);
    for (size_t i = 0; comparison->refusal == NULL && i < comparison->count; i++)
        put_item(out, &comparison->items[i]);
    fputs(comparison->caveats.count > 0 ? "\nMind:\n\n" : "", out);
    for (size_t i = 0; i < comparison->caveats.count; i++) {
        fputs("- ", out);
        put(out, comparison->caveats.items[i]);
        fputs("\n", out);
    }
    text_release(&text);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the summary") : 0;
}

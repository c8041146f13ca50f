/* A comparison as a summary for CI. */
#include <stdlib.h>

#include "report/comparison.h"
#include "report/markdown_parts.h"
#include "report/say.h"

static void put_item(FILE *out, const struct compared *item)
{
    struct text text = TEXT_EMPTY;
    fputs("| ", out);
    text_addf(&text, "%s of %s", item->signal, item->mix);
    markdown_cell(out, &text);
    say_estimate(&text, &item->before, item->objects);
    markdown_cell(out, &text);
    say_estimate(&text, &item->after, item->objects);
    markdown_cell(out, &text);
    say_difference(&text, item);
    markdown_cell(out, &text);
    say_bound(&text, item);
    markdown_cell(out, &text);
    fputs("\n", out);
    text_release(&text);
}

int comparison_markdown(const void *view, FILE *out, struct err *err)
{
    const struct comparison *comparison = view;
    struct text text = TEXT_EMPTY;
    fprintf(out, "### seep compare: %s\n\n", say_compared(comparison));
    say_comparison(&text, comparison);
    markdown_put(out, text_string(&text));
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
        markdown_put(out, comparison->caveats.items[i]);
        fputs("\n", out);
    }
    text_release(&text);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the summary") : 0;
}

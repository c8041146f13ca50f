/* A comparison as a person reads it in a terminal. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/comparison.h"
#include "report/say.h"
#include "report/terminal_parts.h"

enum { LABEL = 14, AMOUNT = 36 };

static const char *color_of(enum compared_answer answer)
{
    return answer == COMPARED_BELOW ? GREEN : answer == COMPARED_OPEN ? YELLOW : RED;
}

static void put_answer(FILE *out, const struct comparison *comparison)
{
    struct text text = TEXT_EMPTY;
    const char *words = say_compared(comparison);
    say_comparison(&text, comparison);
    fprintf(out, "%s%s%s: ", color_of(comparison->answer), words, RESET);
    terminal_wrapped(out, text_string(&text), strlen(words) + 2, 2);
    text_clear(&text);
    say_comparison_next(&text, comparison);
    if (text.length > 0) {
        fputs("  ", out);
        terminal_wrapped(out, text.bytes, 2, 2);
    }
    text_release(&text);
}

static void put_label(FILE *out, const char *label)
{
    fprintf(out, "  %s%-*s%s", DIM, LABEL - 2, label, RESET);
}

static void put_estimate(FILE *out, const char *label, const struct estimate *estimate, bool objects)
{
    struct text amount = TEXT_EMPTY, rest = TEXT_EMPTY;
    char count[UNITS_SIZE];
    say_estimate(&amount, estimate, objects);
    put_label(out, label);
    terminal_column(out, text_string(&amount), AMOUNT, false);
    text_addf(&rest, "%s, %s requests", verdict_name(estimate->verdict),
              units_count(count, estimate->requests));
    if (estimate->step != STEP_SOAK)
        text_addf(&rest, " (%s)", say_step(estimate->step));
    if (estimate->verdict != VERDICT_GROWTH && isfinite(estimate->smallest_detectable)) {
        text_add_string(&rest, "; sees growth from ");
        say_amount(&rest, estimate->smallest_detectable, objects);
    }
    terminal_wrapped(out, rest.bytes, LABEL + AMOUNT, LABEL + AMOUNT);
    text_release(&amount);
    text_release(&rest);
}

static void put_shown(FILE *out, const struct compared *item)
{
    static const char *const words[] = {[COMPARED_BELOW] = "shown below",
                                        [COMPARED_OPEN] = "not shown",
                                        [COMPARED_IMPROVED] = "shown above",
                                        [COMPARED_UNIMPROVED] = "shown above",
                                        [COMPARED_WORSE] = "shown above"};
    struct text text = TEXT_EMPTY;
    say_amount(&text, item->limit, item->objects);
    put_label(out, "limit");
    terminal_column(out, text.bytes, AMOUNT, false);
    text_clear(&text);
    say_bound(&text, item);
    if (!item->decides)
        text_add_string(&text, "; does not decide");
    fprintf(out, "%s%s%s: ", item->decides ? color_of(item->answer) : "", words[item->answer], RESET);
    terminal_wrapped(out, text.bytes, LABEL + AMOUNT + strlen(words[item->answer]) + 2, LABEL + AMOUNT);
    text_release(&text);
}

static void put_item(FILE *out, const struct comparison *comparison, const struct compared *item)
{
    struct text text = TEXT_EMPTY;
    char label[32];
    text_addf(&text, "%s of %s, per request", item->signal, item->mix);
    fprintf(out, "\n%s", BOLD);
    terminal_wrapped(out, text.bytes, 0, 2);
    fputs(RESET, out);
    snprintf(label, sizeof label, "run %lld", (long long)comparison->before.run);
    put_estimate(out, label, &item->before, item->objects);
    snprintf(label, sizeof label, "run %lld", (long long)comparison->after.run);
    put_estimate(out, label, &item->after, item->objects);
    put_label(out, "difference");
    text_clear(&text);
    say_difference(&text, item);
    terminal_wrapped(out, text.bytes, LABEL, LABEL);
    put_shown(out, item);
    text_release(&text);
}

static void put_run(FILE *out, const char *label, const struct compared_run *run)
{
    struct text text = TEXT_EMPTY;
    char count[UNITS_SIZE], seconds[UNITS_SIZE];
    text_addf(&text, "run %lld%s%s%s: %s of %s, %s requests in %s", (long long)run->run,
              run->label[0] != '\0' ? " (" : "", run->label, run->label[0] != '\0' ? ")" : "", run->command,
              run->service, units_count(count, run->requests), units_duration(seconds, run->seconds));
    put_label(out, label);
    terminal_wrapped(out, text.bytes, LABEL, LABEL);
    text_release(&text);
}

int comparison_terminal(const void *view, FILE *out, struct err *err)
{
    const struct comparison *comparison = view;
    put_answer(out, comparison);
    for (size_t i = 0; comparison->refusal == NULL && i < comparison->count; i++)
        put_item(out, comparison, &comparison->items[i]);
    if (comparison->caveats.count > 0)
        terminal_heading(out, "Mind");
    for (size_t i = 0; i < comparison->caveats.count; i++) {
        fputs("  - ", out);
        terminal_wrapped(out, comparison->caveats.items[i], 4, 4);
    }
    terminal_heading(out, "Runs");
    put_run(out, "before", &comparison->before);
    put_run(out, "after", &comparison->after);
    fprintf(out, "  exit %d\n", comparison->exit_code);
    return ferror(out) ? err_set(err, ERR_INTERNAL, "cannot write the comparison") : 0;
}

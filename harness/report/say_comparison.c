/* What is said of two runs side by side. */
#include <math.h>
#include <string.h>

#include "base/units.h"
#include "report/comparison.h"
#include "report/say.h"

const char *say_compared(const struct comparison *comparison)
{
    static const char *const words[] = {
        [COMPARED_BELOW] = "SHOWN BELOW",
        [COMPARED_OPEN] = "INCONCLUSIVE",
        [COMPARED_IMPROVED] = "STILL GROWING",
        [COMPARED_UNIMPROVED] = "NOT IMPROVED",
        [COMPARED_WORSE] = "WORSE",
    };
    return comparison->refusal != NULL ? "NOT COMPARED" : words[comparison->answer];
}

static void add_rate(struct text *out, double value, bool objects)
{
    say_amount(out, value, objects);
    text_add_string(out, "/request");
}

static void add_interval(struct text *out, struct interval interval, bool objects)
{
    if (!isfinite(interval.low) || !isfinite(interval.high))
        return;
    text_add_string(out, " (");
    say_interval(out, interval, objects);
    text_add_string(out, ")");
}

void say_estimate(struct text *out, const struct estimate *estimate, bool objects)
{
    say_amount(out, estimate->per_request, objects);
    add_interval(out, estimate->interval, objects);
}

void say_difference(struct text *out, const struct compared *item)
{
    if (item->difference > 0)
        text_add_char(out, '+');
    say_amount(out, item->difference, item->objects);
    if (isfinite(item->difference) && !(isfinite(item->interval.low) && isfinite(item->interval.high)))
        text_add_string(out, " (not known how exactly)");
    add_interval(out, item->interval, item->objects);
}

void say_bound(struct text *out, const struct compared *item)
{
    if (!isfinite(item->bounds.high)) {
        text_add_string(out, "not known");
        return;
    }
    bool above = item->answer > COMPARED_OPEN;
    text_add_string(out, above ? "at least " : "at most ");
    say_amount(out, above ? item->bounds.low : item->bounds.high, item->objects);
    text_add_string(out, " at 95 %");
}

/* The size of a change, as a person says it: without a sign. */
static void add_change(struct text *out, const struct compared *item)
{
    bool less = item->difference < 0;
    struct interval size =
        less ? (struct interval){-item->interval.high, -item->interval.low} : item->interval;
    add_rate(out, fabs(item->difference), item->objects);
    add_interval(out, size, item->objects);
}

static void add_subject(struct text *out, const struct compared *item)
{
    text_addf(out, "%s of %s ", item->signal, item->mix);
}

/* How it stands to before, behind what is said of after. */
static void add_before(struct text *out, const struct comparison *comparison, const struct compared *item)
{
    long long run = comparison->before.run;
    if (item->change == CHANGE_LESS) {
        text_add_string(out, "; improved by ");
        add_change(out, item);
    } else if (item->change == CHANGE_MORE) {
        text_add_string(out, "; more than before by ");
        add_change(out, item);
    } else if (item->before.verdict == VERDICT_NO_GROWTH) {
        text_addf(out, "; run %lld showed no growth either", run);
    } else if (item->before.verdict == VERDICT_INCONCLUSIVE) {
        text_addf(out, "; run %lld did not show growth", run);
    } else {
        text_add_string(out, "; not shown to differ from before");
    }
}

/* No growth shows what it could have seen, and no more. */
static void add_seen(struct text *out, const struct comparison *comparison, const struct compared *item)
{
    if (item->after.verdict == VERDICT_GROWTH) {
        text_add_string(out, "; it grows by ");
        add_rate(out, item->after.per_request, item->objects);
        add_interval(out, item->after.interval, item->objects);
    } else if (isfinite(item->after.smallest_detectable)) {
        text_addf(out, "; run %lld would have called it growth from ", (long long)comparison->after.run);
        add_rate(out, item->after.smallest_detectable, item->objects);
    }
}

static void say_below(struct text *out, const struct comparison *comparison, const struct compared *item)
{
    add_subject(out, item);
    text_add_string(out, "is shown to be below ");
    add_rate(out, item->limit, item->objects);
    text_add_string(out, " at 95 %");
    add_before(out, comparison, item);
    add_seen(out, comparison, item);
}

static void say_improved(struct text *out, const struct comparison *comparison, const struct compared *item)
{
    (void)comparison;
    add_subject(out, item);
    text_add_string(out, "improved by ");
    add_change(out, item);
    text_add_string(out, " but still growing: ");
    add_rate(out, item->after.per_request, item->objects);
    add_interval(out, item->after.interval, item->objects);
}

static void say_unimproved(struct text *out, const struct comparison *comparison, const struct compared *item)
{
    add_subject(out, item);
    text_add_string(out, "still grows by ");
    add_rate(out, item->after.per_request, item->objects);
    add_interval(out, item->after.interval, item->objects);
    if (!isfinite(item->difference))
        text_addf(out, "; run %lld does not say what it was before", (long long)comparison->before.run);
    else {
        text_add_string(out, ", not shown to differ from before: ");
        say_difference(out, item);
    }
}

static void say_worse(struct text *out, const struct comparison *comparison, const struct compared *item)
{
    (void)comparison;
    add_subject(out, item);
    text_add_string(out, "grows by ");
    add_rate(out, item->after.per_request, item->objects);
    add_interval(out, item->after.interval, item->objects);
    text_add_string(out, ", more than before by ");
    add_change(out, item);
}

static void say_open(struct text *out, const struct comparison *comparison, const struct compared *item)
{
    text_add_string(out, "no evidence either way: ");
    if (comparison->doubt != NULL) {
        text_add_string(out, comparison->doubt);
        return;
    }
    add_subject(out, item);
    if (!isfinite(item->after.per_request))
        text_addf(out, "was read too seldom in run %lld", (long long)comparison->after.run);
    else if (!isfinite(item->bounds.high))
        text_addf(out, "is inconclusive in run %lld, and what it would have seen is not known",
                  (long long)comparison->after.run);
    else {
        text_add_string(out, "is shown to be below ");
        add_rate(out, item->bounds.high, item->objects);
        text_add_string(out, " at 95 %, not below ");
        add_rate(out, item->limit, item->objects);
        add_before(out, comparison, item);
    }
}

void say_comparison(struct text *out, const struct comparison *comparison)
{
    static void (*const say[])(struct text *, const struct comparison *, const struct compared *) = {
        [COMPARED_BELOW] = say_below,       [COMPARED_OPEN] = say_open,
        [COMPARED_IMPROVED] = say_improved, [COMPARED_UNIMPROVED] = say_unimproved,
        [COMPARED_WORSE] = say_worse,
    };
    const struct compared *item = comparison_deciding(comparison);
    if (comparison->refusal != NULL)
        text_add_string(out, comparison->refusal);
    else if (item != NULL)
        say[comparison->answer](out, comparison, item);
    else
        text_addf(out, "no evidence either way: %s",
                  comparison->doubt != NULL ? comparison->doubt : "no signal of both runs decides");
}

void say_comparison_next(struct text *out, const struct comparison *comparison)
{
    const struct compared *item = comparison_deciding(comparison);
    char count[UNITS_SIZE];
    if (comparison->refusal != NULL || comparison->doubt != NULL || comparison->answer != COMPARED_OPEN ||
        item == NULL)
        return;
    double times = item->bounds.high / item->limit;
    if (item->after.verdict != VERDICT_GROWTH && isfinite(times) && times > 1)
        text_addf(out, "A run of about %s requests after the fix may tell.",
                  units_count(count, (uint64_t)(ceil(times) * (double)item->after.requests)));
    else
        text_add_string(out, "A longer run after the fix may tell.");
    if (item->hides)
        text_addf(out,
                  " %s hides what first fills room that was there; a signal that counts what is live shows "
                  "more in fewer requests.",
                  item->signal);
}

/* What is said of production's memory and of the endpoints that it grows with. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "report/say.h"
#include "report/suspects.h"

const char *say_suspects(const struct suspects *suspects)
{
    if (suspects->verdict != VERDICT_GROWTH)
        return suspects->verdict == VERDICT_NO_GROWTH ? "DOES NOT GROW" : "NOTHING CAN BE SAID";
    if (isnan(suspects->by_requests))
        return suspects->holds == HOLDS_UNTIL ? "GREW" : "GROWS";
    if (suspects->holds == HOLDS_UNTIL)
        return suspects->by_requests >= SUSPECTS_WITH ? "GREW WITH REQUESTS"
                                                      : "GREW WITH REQUESTS AND WITH TIME";
    return suspects->by_requests >= SUSPECTS_WITH       ? "GROWS WITH REQUESTS"
           : suspects->by_requests <= 1 - SUSPECTS_WITH ? "GROWS WITH TIME"
                                                        : "GROWS WITH REQUESTS AND WITH TIME";
}

static bool is_said(const char *words)
{
    return words != NULL && words[0] != '\0';
}

static void add_bracketed(struct text *out, struct interval interval)
{
    struct text words = TEXT_EMPTY;
    say_interval(&words, interval, false);
    if (words.length > 0)
        text_addf(out, " (%s)", words.bytes);
    text_release(&words);
}

void say_daily(struct text *out, double bytes_per_day, struct interval interval)
{
    if (!isfinite(bytes_per_day))
        return;
    say_amount(out, bytes_per_day, false);
    add_bracketed(out, interval);
}

static void say_flat(struct text *out, const struct suspects *suspects)
{
    text_add_string(out, is_said(suspects->reason) ? suspects->reason : "memory does not grow");
    if (!isfinite(suspects->smallest_bytes_per_day))
        return;
    text_add_string(out, "; growth from ");
    say_amount(out, suspects->smallest_bytes_per_day, false);
    text_add_string(out, " per day and instance would have been seen");
}

static void say_deploy(struct text *out, const struct suspects *suspects)
{
    if (suspects->holds == HOLDS_ALWAYS || !isfinite(suspects->deploy_s))
        return;
    text_addf(out, ", %s the deploy of ", holds_name(suspects->holds));
    say_epoch(out, suspects->deploy_s);
}

void say_suspects_answer(struct text *out, const struct suspects *suspects)
{
    if (suspects->verdict == VERDICT_NO_GROWTH) {
        say_flat(out, suspects);
    } else if (suspects->verdict == VERDICT_INCONCLUSIVE) {
        text_add_string(out, is_said(suspects->reason) ? suspects->reason : "what was read tells too little");
    } else if (suspects->bytes_per_day > 0) {
        text_addf(out, "memory %s by ", suspects->holds == HOLDS_UNTIL ? "grew" : "grows");
        say_amount(out, suspects->bytes_per_day, false);
        text_add_string(out, " per day and instance");
        add_bracketed(out, suspects->bytes_per_day_interval);
        say_deploy(out, suspects);
    } else {
        text_add_string(out, is_said(suspects->reason) ? suspects->reason : "memory grows");
    }
}

#define ALL 0.995 /* what would be said to be 100 % */

static void say_by(struct text *out, const struct suspects *suspects)
{
    double by = fmin(fmax(suspects->by_requests, 0), 1);
    bool grows = suspects->verdict == VERDICT_GROWTH, known = grows && isfinite(suspects->by_requests);
    bool all = known && (by >= ALL || by <= 1 - ALL);
    if (all) {
        text_addf(out, "All of the growth comes with %s. ", by >= ALL ? "requests" : "time");
    } else if (known) {
        say_share(out, by);
        text_add_string(out, " of the growth comes with requests, ");
        say_share(out, 1 - by);
        text_add_string(out, " with time. ");
    }
    if (grows && suspects->bytes_per_hour_idle > 0 && !(all && by >= ALL)) {
        text_add_string(out, "Time alone adds ");
        say_amount(out, suspects->bytes_per_hour_idle, false);
        text_add_string(out, " per hour and instance, whether requests come or not. ");
    }
}

static void say_part(struct text *out, double bytes, struct interval interval, double rate)
{
    say_amount(out, bytes, false);
    text_add_string(out, " per hour");
    add_bracketed(out, interval);
    if (isfinite(rate)) {
        text_add_string(out, " at ");
        say_rate(out, rate);
    }
}

static void say_quiet_and_busy(struct text *out, const struct idle_and_busy *both)
{
    if (!isfinite(both->idle_bytes_per_hour) || !isfinite(both->busy_bytes_per_hour))
        return;
    bool both_grow = both->idle_bytes_per_hour >= 0 && both->busy_bytes_per_hour >= 0;
    text_addf(out, "When the fewest requests come, an instance %s by ", both_grow ? "grows" : "changes");
    say_part(out, both->idle_bytes_per_hour, both->idle_interval, both->idle_rate);
    text_add_string(out, "; when the most come, by ");
    say_part(out, both->busy_bytes_per_hour, both->busy_interval, both->busy_rate);
    text_add_string(out, ". ");
}

static void say_sentence(struct text *out, const char *words)
{
    size_t at = out->length;
    text_add_string(out, words);
    if (out->bytes[at] >= 'a' && out->bytes[at] <= 'z')
        out->bytes[at] = (char)(out->bytes[at] - 'a' + 'A');
    text_add_string(out, text_ends_with(words, ".") ? " " : ". ");
}

void say_suspects_story(struct text *out, const struct suspects *suspects)
{
    char lag[UNITS_SIZE];
    say_by(out, suspects);
    say_quiet_and_busy(out, &suspects->idle_and_busy);
    if (suspects->count > 0 && suspects->lag_s > 0 && isfinite(suspects->lag_s))
        text_addf(out, "Memory follows requests by %s. ", units_duration(lag, suspects->lag_s));
    if (suspects->verdict == VERDICT_GROWTH && (suspects->count == 0 || suspects->exit_code != 0) &&
        is_said(suspects->reason) && suspects->bytes_per_day > 0) /* else it is the answer */
        say_sentence(out, suspects->reason);
    if (out->length > 0)
        out->bytes[--out->length] = '\0';
}

/* Shares of what is next to nothing may lie below 0. */
static void say_signed_interval(struct text *out, struct interval interval)
{
    if (interval.low < -0.0005 && isfinite(interval.low) && isfinite(interval.high))
        text_addf(out, "%.0f to %.0f %%", interval.low * 100, interval.high * 100);
    else
        say_share_interval(out, (struct interval){fmax(interval.low, 0), interval.high});
}

void say_suspect_share(struct text *out, const struct suspect *suspect)
{
    struct text interval = TEXT_EMPTY;
    if (!isfinite(suspect->share))
        return;
    text_add_string(out, suspect->share < -0.0005 ? "-" : "");
    say_share(out, suspect->share);
    if (isfinite(suspect->share_interval.low))
        say_signed_interval(&interval, suspect->share_interval);
    if (interval.length > 0)
        text_addf(out, " (%s)", interval.bytes);
    text_release(&interval);
}

void say_suspect_sure(struct text *out, const struct suspect *suspect)
{
    double percent = suspect->probability * 100;
    if (!isfinite(percent))
        return;
    if (percent >= 99.5)
        text_add_string(out, "more than 99 %");
    else if (percent < 0.5)
        text_add_string(out, "less than 1 %");
    else
        text_addf(out, "%.0f %%", percent);
}

void say_suspect(struct text *out, const struct suspect *suspect)
{
    struct text part = TEXT_EMPTY;
    say_amount(out, suspect->bytes_per_request, false);
    text_add_string(out, " per request");
    add_bracketed(out, suspect->interval);
    if (isfinite(suspect->share)) {
        struct interval share = suspect->share_interval;
        text_add_string(out, suspect->share < -0.0005 ? ", -" : ", ");
        say_share(out, suspect->share);
        text_add_string(out, " of the growth");
        if (isfinite(share.low) && isfinite(share.high)) {
            text_add_string(out, " (");
            say_signed_interval(out, share);
            text_add_string(out, ")");
        }
    }
    say_suspect_sure(&part, suspect);
    if (part.length > 0)
        text_addf(out, ", %s sure", part.bytes);
    text_clear(&part);
    say_rate(&part, suspect->per_second);
    if (part.length > 0)
        text_addf(out, ", %s", part.bytes);
    text_release(&part);
}

bool suspects_overlap(const struct suspects *suspects)
{
    double sum = 0;
    for (size_t i = 0; i < suspects->count; i++)
        sum += suspects->items[i].share > 0 ? suspects->items[i].share : 0;
    return suspects->count > 1 && sum > 1;
}

void say_some(struct text *out, const struct strings *names, size_t most)
{
    size_t shown = names->count > most + 1 ? most : names->count; /* "and 1 more" takes the room of the one */
    for (size_t i = 0; i < shown; i++)
        text_addf(out, "%s%s", i > 0 ? ", " : "", names->items[i]);
    if (shown < names->count)
        text_addf(out, " and %zu more", names->count - shown);
}

void say_until_limit(struct text *out, const struct suspect_instance *instance)
{
    struct text interval = TEXT_EMPTY;
    if (isnan(instance->days))
        return;
    if (isinf(instance->days)) {
        text_add_string(out, "never");
        return;
    }
    if (instance->days <= 0) {
        text_add_string(out, "at its limit");
        return;
    }
    text_add_string(out, "in ");
    say_days(out, instance->days);
    say_days_interval(&interval, instance->days_interval);
    if (interval.length > 0)
        text_addf(out, " (%s)", interval.bytes);
    text_release(&interval);
}

void say_restarts(struct text *out, const struct suspects *suspects)
{
    static const char *const words[RESTART_KINDS] = {
        [RESTART_MEMORY] = "by memory (it was near its limit, or near the most that any instance had)",
        [RESTART_DEPLOY] = "by deploys (most instances at once)",
        [RESTART_OTHER] = "by nothing that is known"};
    size_t counts[RESTART_KINDS] = {0}, said = 0;
    for (size_t i = 0; i < suspects->restart_count; i++)
        counts[suspects->restarts[i].kind]++;
    if (suspects->restart_count == 0) {
        text_add_string(out, "none");
        return;
    }
    text_addf(out, "%zu", suspects->restart_count);
    for (size_t kind = 0; kind < RESTART_KINDS; kind++)
        if (counts[kind] == suspects->restart_count)
            text_addf(out, ", %s%s", counts[kind] > 1 ? "all " : "", words[kind]);
        else if (counts[kind] > 0)
            text_addf(out, "%s%zu %s", said++ > 0 ? ", " : ": ", counts[kind], words[kind]);
}

void say_epoch(struct text *out, double at_s)
{
    if (isfinite(at_s) && fabs(at_s) < 9e12)
        say_date(out, (int64_t)llround(at_s * 1e6));
}

static const char *plural(size_t count)
{
    return count == 1 ? "" : "s";
}

void say_suspects_data(struct text *out, const struct suspects *suspects)
{
    char words[UNITS_SIZE];
    double span = suspects->to_s - suspects->from_s;
    if (isfinite(span) && span > 0) {
        say_days(out, span / 86400);
        text_add_string(out, " until ");
        say_epoch(out, suspects->to_s);
        if (suspects->step_s > 0)
            text_addf(out, ", every %s", units_duration(words, suspects->step_s));
        text_add_string(out, ": ");
    }
    text_addf(out, "%zu instance%s, %zu stretch%s between restarts", suspects->instance_count,
              plural(suspects->instance_count), suspects->stretches, suspects->stretches == 1 ? "" : "es");
    if (suspects->requests >= 0 && suspects->requests < 1e18)
        text_addf(out, ", %s requests", units_count(words, (uint64_t)llround(suspects->requests)));
}

void say_suspects_command(struct text *out, const struct suspects *suspects)
{
    if (suspects->written != NULL) {
        text_add_string(out, "seep bisect ");
        text_add_word(out, suspects->written);
    } else if (suspects->count > 0 && suspects->exit_code == 0) {
        text_add_string(out, "seep suspects ... --write DIR");
    }
}

/* What is near comes first; what nobody knows stands before what never comes; what is gone reaches nothing any more. */
static int rank_of(const struct suspect_instance *instance)
{
    if (!isfinite(instance->memory_bytes))
        return 3;
    return isfinite(instance->days) ? 0 : isnan(instance->days) ? 1 : 2;
}

static int compare_doubles(double a, double b)
{
    return isnan(a) || isnan(b) ? isnan(a) - isnan(b) : (a > b) - (a < b);
}

static int compare_instances(const void *left, const void *right, void *context)
{
    const struct suspects *suspects = context;
    size_t at[2] = {*(const size_t *)left, *(const size_t *)right};
    const struct suspect_instance *a = &suspects->instances[at[0]], *b = &suspects->instances[at[1]];
    int order = rank_of(a) - rank_of(b);
    if (order == 0 && isfinite(a->days))
        order = compare_doubles(a->days, b->days);
    if (order == 0)
        order = compare_doubles(-a->bytes_per_day, -b->bytes_per_day);
    return order != 0 ? order : (at[0] > at[1]) - (at[0] < at[1]);
}

size_t *suspects_worst(const struct suspects *suspects)
{
    size_t *order = xcalloc(suspects->instance_count + 1, sizeof *order);
    for (size_t i = 0; i < suspects->instance_count; i++)
        order[i] = i;
    qsort_r(order, suspects->instance_count, sizeof *order, compare_instances, (void *)suspects);
    return order;
}

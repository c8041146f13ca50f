#include "report/say.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/units.h"

void say_amount(struct text *out, double value, bool objects)
{
    char number[UNITS_SIZE];
    if (!isfinite(value))
        text_add_string(out, "?");
    else if (!objects)
        text_add_string(out, units_bytes(number, value));
    else if (fabs(value) < 0.0005)
        text_add_string(out, "0 objects");
    else
        text_addf(out, fabs(value) >= 0.0995 ? "%.2f objects" : "%.3f objects", value);
}

/* As many digits as it takes to tell the ends apart, so that 0.998 to 1.002 does not become 1.00 to 1.00;
 * `least` where they are closer than anybody could use. */
static int decimals_for(double width, int least)
{
    int decimals = width > 1e-6 ? (int)ceil(0.3 - log10(width)) : least;
    return decimals < least ? least : decimals > 5 ? 5 : decimals;
}

/* In the unit of the larger end: "1.083 to 1.091 KiB", where both would be 1.1 KiB. */
static void say_close_bytes(struct text *out, struct interval interval)
{
    char high[UNITS_SIZE];
    units_bytes(high, interval.high);
    double scale = 1;
    for (double size = fabs(interval.high); size >= 1023.5; size /= 1024)
        scale *= 1024;
    int decimals = decimals_for((interval.high - interval.low) / scale, 1);
    text_addf(out, "%.*f to %.*f", decimals, interval.low / scale, decimals, interval.high / scale);
    if (scale > 1)
        text_add_string(out, strchr(high, ' '));
}

/* The unit is said once, by the amount that stands before it, where both ends share it. */
void say_interval(struct text *out, struct interval interval, bool objects)
{
    if (!isfinite(interval.low) || !isfinite(interval.high))
        return;
    if (objects) {
        int decimals = decimals_for(interval.high - interval.low, 2);
        text_addf(out, "%.*f to %.*f", decimals, interval.low, decimals, interval.high);
        return;
    }
    char low[UNITS_SIZE], high[UNITS_SIZE];
    units_bytes(low, interval.low);
    units_bytes(high, interval.high);
    char *low_unit = strchr(low, ' '), *high_unit = strchr(high, ' ');
    if (strcmp(low, high) == 0) {
        say_close_bytes(out, interval);
        return;
    }
    if (low_unit != NULL && high_unit != NULL && strcmp(low_unit, high_unit) == 0) {
        *low_unit = '\0';
        if (strcmp(high_unit, " B") == 0)
            *high_unit = '\0';
    }
    text_addf(out, "%s to %s", low, high);
}

void say_names(struct text *out, const struct strings *names, const char *between)
{
    for (size_t i = 0; i < names->count; i++)
        text_addf(out, "%s%s", i > 0 ? between : "", names->items[i]);
}

static void say_no_growth(struct text *out, const struct result *result)
{
    size_t said = 0;
    for (size_t i = 0; i < result->signal_count; i++) {
        const struct signal_result *signal = &result->signals[i];
        if (signal->verdict != VERDICT_NO_GROWTH || !isfinite(signal->smallest_detectable))
            continue;
        text_add_string(out, said == 0 ? "nothing grows; growth from " : " and from ");
        say_amount(out, signal->smallest_detectable, signal->objects);
        text_addf(out, " per request in %s", signal->name);
        if (++said == 2)
            break;
    }
    text_add_string(out, said > 0 ? " would have been seen" : "nothing grows");
}

void say_answer(struct text *out, const struct result *result)
{
    if (result->verdict == VERDICT_GROWTH && result->finding_count > 0) {
        say_finding(out, &result->findings[0]);
        if (result->finding_count > 1)
            text_addf(out, " (and %zu more)", result->finding_count - 1);
    } else if (result->verdict == VERDICT_NO_GROWTH) {
        say_no_growth(out, result);
    } else if (result->reason != NULL && result->reason[0] != '\0') {
        text_add_string(out, result->reason);
    } else {
        text_add_string(out, result->verdict == VERDICT_GROWTH ? "memory grows"
                                                               : "neither growth nor its absence is shown");
    }
}

const char *say_verdict(enum verdict verdict)
{
    static const char *const words[] = {"INCONCLUSIVE", "NO GROWTH", "GROWTH"};
    return words[verdict];
}

const char *say_step(enum step step)
{
    static const char *const words[STEP_COUNT] = {
        [STEP_NULL] = "no traffic",     [STEP_WARM_UP] = "warm-up",     [STEP_SCREEN] = "screen",
        [STEP_LONG_SOLO] = "long solo", [STEP_HOLD] = "hold",           [STEP_ISOLATED] = "isolated",
        [STEP_PARTNER] = "partner",     [STEP_COMPLEMENT] = "the rest", [STEP_REDUCE] = "reduce",
        [STEP_NARROW] = "requests",     [STEP_SITES] = "sites",         [STEP_SOAK] = "soak",
    };
    return words[step];
}

const char *say_next(const struct result *result)
{
    if (result->verdict != VERDICT_INCONCLUSIVE || result->resume != NULL)
        return "";
    if (result->shards > 0)
        return result->ended_us == 0 ? "run all shards again: what it sent is at the server already" : "";
    if (result->ended_us == 0)
        return "run it again; what was measured until then is below";
    const char *reason = result->reason != NULL ? result->reason : "";
    if (text_starts_with(reason, "the target was killed for memory") ||
        text_starts_with(reason, "the target lost a process"))
        return "`seep bisect` finds what holds it; with a larger limit it can be followed further";
    if (text_starts_with(reason, "the target was killed") || text_starts_with(reason, "the target ended") ||
        text_starts_with(reason, "the target hangs") || text_starts_with(reason, "the target stopped"))
        return "find out why (its own log; `dmesg` where memory ran out), then run it again";
    if (text_starts_with(reason, "signal ") && strstr(reason, " cannot be read ") != NULL)
        return "look at what the signal's address answers (`seep check`), then run it again";
    if (result->part_count > 0 && text_starts_with(reason, "shard "))
        return "run all shards again, on a fresh server and with one --start-at";
    const struct tally *replay = &result->replay;
    if (replay->done > 0 && (double)replay->landed < 0.5 * (double)replay->done)
        return "most answers differ from what was recorded: look at `seep check` (login, prerequisites, "
               "data), then run it again";
    if (replay->uncorrelated > replay->planned / 10)
        return "requests lacked values from earlier answers: look at `capture` and `setup`, then run it "
               "again";
    if (replay->failed + replay->skipped > replay->planned / 10 ||
        replay->late + replay->too_late > replay->planned / 100)
        return "many requests failed or came too late: lower --rate or --speed, then run it again";
    if (text_starts_with(reason, "the replay did not land"))
        return "mend what was answered otherwise (bodies, a login, data), or leave it out (`weight: 0`), "
               "then run it again";
    bool hunted = result->command != NULL && strcmp(result->command, "bisect") == 0;
    if (hunted && result->requests == 0) /* the reason says what is missing */
        return "";
    if (hunted)
        return "give it more calls (--confirm 40000, and --budget if it ran out), or watch a signal that is "
               "read "
               "after a collection";
    return "run it longer (--duration or --requests), or watch a signal that is read after a "
           "collection";
}

void say_threshold(struct text *out, const struct threshold_result *threshold)
{
    char number[UNITS_SIZE];
    bool objects = strstr(threshold->limit, "object") != NULL;
    if (!isfinite(threshold->value)) {
        text_add_string(out, "not measured");
    } else if (strstr(threshold->limit, "p99 > ") != NULL) { /* an endpoint's name may stand before it */
        text_add_string(out, units_duration(number, threshold->value));
    } else if (strstr(threshold->limit, "errors > ") != NULL) {
        text_addf(out, "%.3g %%", threshold->value * 100);
    } else {
        say_amount(out, threshold->value, objects);
        struct text interval = TEXT_EMPTY;
        say_interval(&interval, threshold->interval, objects);
        if (interval.length > 0)
            text_addf(out, " (%s)", interval.bytes);
        text_release(&interval);
        text_add_string(out, strstr(threshold->limit, "growth > ") == NULL ||
                                     strstr(threshold->limit, "/request") != NULL
                                 ? ""
                                 : " per hour");
    }
}

void say_date(struct text *out, int64_t wall_us)
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm utc;
    char date[40];
    if (wall_us > 0 && gmtime_r(&seconds, &utc) != NULL &&
        strftime(date, sizeof date, "%Y-%m-%d %H:%M:%S UTC", &utc) > 0)
        text_add_string(out, date);
}

void say_cost(struct text *out, const struct result *result)
{
    char requests[UNITS_SIZE], trials[UNITS_SIZE], seconds[UNITS_SIZE];
    text_addf(out, "%s requests in %s %s, %s", units_count(requests, result->requests),
              units_count(trials, result->trials), result->trials == 1 ? "trial" : "trials",
              units_duration(seconds, result->seconds));
}

void say_losses(struct text *out, const struct tally *tally)
{
    const struct {
        uint64_t count;
        const char *words;
    } losses[] = {
        {tally->late, "sent late"},
        {tally->too_late, "skipped as too late"},
        {tally->uncorrelated, "skipped because a value from an earlier answer was missing"},
        {tally->abandoned, "hung up on, as planned"},
    };
    char count[UNITS_SIZE];
    for (size_t i = 0; i < sizeof losses / sizeof losses[0]; i++)
        if (losses[i].count > 0)
            text_addf(out, "; %s %s", units_count(count, losses[i].count), losses[i].words);
}

void say_replay(struct text *out, const struct result *result)
{
    const struct tally *tally = &result->replay;
    char planned[UNITS_SIZE], done[UNITS_SIZE], p50[UNITS_SIZE], p99[UNITS_SIZE], most[UNITS_SIZE];
    text_addf(out, "%s planned = %s done", units_count(planned, tally->planned),
              units_count(done, tally->done));
    text_addf(out, " + %s failed", units_count(done, tally->failed));
    text_addf(out, " + %s skipped", units_count(done, tally->skipped));
    if (tally->done > tally->landed)
        text_addf(out, "; %s answered otherwise than recorded",
                  units_count(done, tally->done - tally->landed));
    say_losses(out, tally);
    /* A closed loop has no due times, so no lag. */
    if (isfinite(result->lag_p50_us) && isfinite(result->lag_p99_us) && result->lag_p99_us > 0)
        text_addf(out, "; lag %s (median), %s (p99)", units_duration(p50, result->lag_p50_us / 1e6),
                  units_duration(p99, result->lag_p99_us / 1e6));
    if (result->lag_p99_us > 0 && result->lag_max_us > 0)
        text_addf(out, ", %s (longest)", units_duration(most, result->lag_max_us / 1e6));
}

#include "cmd/diff_pace.h"

#include <math.h>

#include "base/clock.h"
#include "base/units.h"
#include "cmd/diff_words.h"
#include "report/say.h"

#define SECONDS_PER_DAY 86400

int diff_pace_set(struct diff_pace *pace, int64_t over_ns, const char *observed, uint64_t workers,
                  struct err *err)
{
    *pace = (struct diff_pace){.over_ns = over_ns, .workers = workers};
    if (observed != NULL && over_ns <= 0)
        return err_set(err, ERR_USAGE,
                       "--observed needs --over: how long after the first snapshot was the "
                       "second taken?");
    if (workers > 0 && observed == NULL)
        return err_set(err, ERR_USAGE, "--workers needs --observed: what did so many workers grow together?");
    if (observed == NULL)
        return 0;
    return units_parse_growth_over(observed, &pace->observed_bytes, &pace->observed_seconds, err);
}

double diff_per_day(const struct diff_pace *pace, double bytes)
{
    double days = (double)pace->over_ns / (double)CLOCK_NS_PER_S / SECONDS_PER_DAY;
    return days > 0 ? bytes / days : (double)NAN;
}

/* Of what was observed, for as many workers as are given. */
static double share_of(const struct diff_pace *pace, double bytes)
{
    double workers = pace->workers > 0 ? (double)pace->workers : 1;
    double observed_per_day = pace->observed_bytes / pace->observed_seconds * SECONDS_PER_DAY;
    return pace->observed_bytes > 0 ? diff_per_day(pace, bytes) * workers / observed_per_day : (double)NAN;
}

static struct interval shares_of(const struct diff_pace *pace, struct interval bytes)
{
    return (struct interval){share_of(pace, bytes.low), share_of(pace, bytes.high)};
}

void diff_pace_words(const struct diff_pace *pace, const struct site_rank *rank, struct text *words)
{
    char size[UNITS_SIZE];
    double per_day = diff_per_day(pace, rank->bytes), share = share_of(pace, rank->bytes);
    if (!growth_shape_grew(rank->shape) || !isfinite(per_day))
        return;
    text_addf(words, "; %s a day", diff_size(size, per_day));
    if (isfinite(share)) {
        text_add_string(words, ", ");
        say_share(words, share);
        text_add_string(words, " of the observed growth");
    }
}

struct diff_total diff_total_of(const struct site_rank *ranked, size_t count)
{
    struct diff_total total = {0};
    for (size_t i = 0; i < count; i++) {
        const struct site_rank *rank = &ranked[i];
        if (!growth_shape_grew(rank->shape) || !isfinite(rank->bytes))
            continue;
        total.sites++;
        total.bytes += rank->bytes;
        total.interval.low += fmax(0, rank->bytes - rank->quantum);
        total.interval.high += fmax(rank->bytes, rank->allocated) + rank->quantum;
    }
    if (total.sites == 0)
        total.bytes = total.interval.low = total.interval.high = (double)NAN;
    return total;
}

/* Where nobody said how many workers there are: how many it would take. */
static void add_workers_needed(const struct diff_pace *pace, struct interval shares, struct text *words)
{
    char least[UNITS_SIZE], most[UNITS_SIZE];
    if (pace->workers > 0 || !(shares.low > 1e-9))
        return;
    units_count(least, (uint64_t)ceil(1 / shares.high));
    units_count(most, (uint64_t)ceil(1 / shares.low));
    text_addf(words, "\nit would take %s to %s workers that grow alike (--workers N)", least, most);
}

static void add_whose(const struct diff_pace *pace, struct text *words)
{
    char workers[UNITS_SIZE];
    if (pace->workers == 0)
        text_add_string(words, " of the observed growth for each worker");
    else
        text_addf(words, " of the observed growth for %s worker%s", units_count(workers, pace->workers),
                  pace->workers > 1 ? "s that grow alike" : "");
}

static void add_share(const struct diff_pace *pace, const struct diff_total *total, struct text *words)
{
    double share = share_of(pace, total->bytes);
    bool small = share<OBSERVED_EXPLAINED_FROM, more = share> OBSERVED_EXPLAINED_TO;
    struct interval shares = shares_of(pace, total->interval);
    text_add_string(words, small ? "\nthat is about " : more ? "\nthat would be " : "\nthat explains ");
    say_share(words, share);
    add_whose(pace, words);
    text_add_string(words, " (");
    say_share_interval(words, shares);
    text_add_string(words, ", of ");
    say_chart(words, pace->observed_bytes, pace->observed_seconds);
    text_add_string(words, small  ? "): it does not explain it, look for more"
                           : more ? "): more than was observed"
                                  : ")");
    if (small)
        add_workers_needed(pace, shares, words);
}

void diff_total_words(const struct diff_pace *pace, const struct diff_total *total, struct text *words)
{
    char day[UNITS_SIZE], low[UNITS_SIZE], high[UNITS_SIZE];
    double per_day = diff_per_day(pace, total->bytes);
    if (!isfinite(per_day))
        return;
    text_addf(words,
              "what grew (%zu site%s) gained %s a day; %s to %s with what the format leaves unknown and what "
              "the allocator takes",
              total->sites, total->sites == 1 ? "" : "s", diff_size(day, per_day),
              diff_size(low, diff_per_day(pace, total->interval.low)),
              diff_size(high, diff_per_day(pace, total->interval.high)));
    if (pace->observed_bytes > 0)
        add_share(pace, total, words);
}

/* JSON has no NaN. */
static json_t *number(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static json_t *pair(struct interval interval)
{
    return isfinite(interval.low) ? json_pack("[o, o]", number(interval.low), number(interval.high))
                                  : json_null();
}

void diff_pace_json(const struct diff_pace *pace, const struct diff_total *total, json_t *result)
{
    if (pace->over_ns <= 0)
        return;
    struct interval per_day = {diff_per_day(pace, total->interval.low),
                               diff_per_day(pace, total->interval.high)};
    json_object_set_new(result, "over_seconds", number((double)pace->over_ns / (double)CLOCK_NS_PER_S));
    json_object_set_new(result, "total",
                        json_pack("{s:I, s:o, s:o, s:o}", "sites", (json_int_t)total->sites,
                                  "requested_bytes", number(total->bytes), "requested_bytes_per_day",
                                  number(diff_per_day(pace, total->bytes)), "interval_bytes_per_day",
                                  pair(per_day)));
    if (!(pace->observed_bytes > 0))
        return;
    json_object_set_new(
        result, "observed",
        json_pack("{s:o, s:o, s:o, s:o}", "bytes_per_day",
                  number(pace->observed_bytes / pace->observed_seconds * SECONDS_PER_DAY), "workers",
                  pace->workers > 0 ? json_integer((json_int_t)pace->workers) : json_null(), "explained",
                  number(share_of(pace, total->bytes)), "interval", pair(shares_of(pace, total->interval))));
}

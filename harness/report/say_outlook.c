/* Words about what growth means in production: per day, until the limit, beside what its chart showed. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/units.h"
#include "report/say.h"

void say_days(struct text *out, double days)
{
    char time[UNITS_SIZE];
    if (days < 2)
        text_add_string(out, units_duration(time, days * 86400));
    else if (days < 1000)
        text_addf(out, "%.*f days", days < 100 ? 1 : 0, days);
    else
        text_addf(out, "%.3g years", days / 365.25);
}

/* Spelled out, since "10.1/m" is read as a month's or a metre's. */
void say_rate(struct text *out, double per_second)
{
    static const struct {
        double factor;
        const char *word;
    } units[] = {{1, "/s"}, {60, " per minute"}, {3600, " per hour"}, {86400, " per day"}};
    size_t at = 0;
    if (!isfinite(per_second))
        return;
    while (at < 3 && per_second > 0 && per_second * units[at].factor < 0.995)
        at++;
    double rate = per_second * units[at].factor;
    char whole[UNITS_SIZE];
    if (rate >= 999.5)
        text_addf(out, "%s%s", units_count(whole, (uint64_t)llround(fmin(rate, 1e15))), units[at].word);
    else
        text_addf(out, "%.3g%s", rate, units[at].word);
}

static bool is_known(struct interval interval)
{
    return !isnan(interval.low) && !isnan(interval.high);
}

/* The unit of the lower end is left out where the upper one has the same: "61.9 to 63.2 days". */
void say_days_interval(struct text *out, struct interval days)
{
    struct text low = TEXT_EMPTY, high = TEXT_EMPTY;
    if (!is_known(days) || isinf(days.low))
        return;
    say_days(&low, days.low);
    if (isinf(days.high)) {
        text_addf(out, "%s at the earliest, perhaps never", low.bytes);
    } else {
        say_days(&high, days.high);
        char *low_unit = strrchr(low.bytes, ' '), *high_unit = strrchr(high.bytes, ' ');
        if (days.low >= 2 && low_unit != NULL && high_unit != NULL && strcmp(low_unit, high_unit) == 0)
            *low_unit = '\0';
        text_addf(out, "%s to %s", low.bytes, high.bytes);
    }
    text_release(&low);
    text_release(&high);
}

static void add_bracketed(struct text *out, const struct text *words)
{
    if (words->length > 0)
        text_addf(out, " (%s)", words->bytes);
}

static void say_limit(struct text *out, const struct projection *projection)
{
    char limit[UNITS_SIZE];
    struct text interval = TEXT_EMPTY;
    units_bytes(limit, projection->memory_limit_bytes);
    if (isinf(projection->days)) {
        text_addf(out, "never reaches %s", limit);
        return;
    }
    text_addf(out, "reaches %s in ", limit);
    say_days(out, projection->days);
    say_days_interval(&interval, projection->days_interval);
    add_bracketed(out, &interval);
    text_release(&interval);
}

/* What grows without requests has no rate. */
bool say_has_daily(const struct projection *projection)
{
    return isfinite(projection->bytes_per_day) &&
           (projection->at_rate_per_second > 0 || projection->bytes_per_day > 0);
}

void say_projection(struct text *out, const struct projection *projection)
{
    struct text interval = TEXT_EMPTY;
    bool daily = say_has_daily(projection);
    bool limited = projection->memory_limit_bytes > 0 && !isnan(projection->days);
    if (daily) {
        say_amount(out, projection->bytes_per_day, false);
        text_add_string(out, " per day");
        say_interval(&interval, projection->bytes_per_day_interval, false);
        add_bracketed(out, &interval);
    } else if (limited) {
        say_limit(out, projection);
    }
    if ((daily || limited) && projection->at_rate_per_second > 0) {
        text_add_string(out, " at the recorded ");
        say_rate(out, projection->at_rate_per_second);
    }
    if (daily && limited) {
        text_add_string(out, "; ");
        say_limit(out, projection);
    }
    text_release(&interval);
}

void say_projection_of(struct text *out, const struct result *result, const struct finding *finding)
{
    struct text projection = TEXT_EMPTY;
    say_projection(&projection, &finding->projection);
    if (projection.length > 0 && result->finding_count > 1 && finding->endpoints.count > 0) {
        say_names(out, &finding->endpoints, " + ");
        text_add_string(out, ": ");
    }
    text_add_string(out, text_string(&projection));
    text_release(&projection);
}

static void write_percent(char out[UNITS_SIZE], double share, int decimals)
{
    snprintf(out, UNITS_SIZE, "%.*f", decimals, fmin(fabs(share), 1e9) * 100);
}

void say_share(struct text *out, double share)
{
    char percent[UNITS_SIZE];
    int decimals = 0;
    while (decimals < 4 && share > 0 && share * 100 < 0.95 * pow(10, -decimals))
        decimals++;
    write_percent(percent, share, decimals);
    text_addf(out, "%s %%", percent);
}

/* As many decimals as it takes to tell the ends apart. */
void say_share_interval(struct text *out, struct interval interval)
{
    char low[UNITS_SIZE], high[UNITS_SIZE];
    if (!isfinite(interval.low) || !isfinite(interval.high))
        return;
    int decimals = interval.high < 0.0995 ? 1 : 0;
    do {
        write_percent(low, interval.low, decimals);
        write_percent(high, interval.high, decimals);
    } while (strcmp(low, high) == 0 && decimals++ < 4);
    text_addf(out, "%s to %s %%", low, high);
}

/* In the decimal units of most charts where it is a round number of those: 100 MB, not 95.4 MiB. */
static void say_as_read(struct text *out, double bytes)
{
    static const struct {
        double size;
        const char *name;
    } decimal[] = {{1e9, "GB"}, {1e6, "MB"}, {1e3, "kB"}};
    char binary[UNITS_SIZE];
    for (size_t i = 0; i < sizeof decimal / sizeof *decimal; i++)
        if (bytes >= decimal[i].size && fmod(bytes, decimal[i].size / 10) == 0 && fmod(bytes, 1024) != 0) {
            text_addf(out, "%.10g %s", bytes / decimal[i].size, decimal[i].name);
            return;
        }
    text_add_string(out, units_bytes(binary, bytes));
}

void say_chart(struct text *out, double bytes, double seconds)
{
    char time[UNITS_SIZE];
    double days = seconds / 86400;
    say_as_read(out, bytes);
    if (days >= 1)
        text_addf(out, " in %.3g day%s", days, days > 1 ? "s" : "");
    else
        text_addf(out, " in %s", units_duration(time, seconds));
}

static void say_times(struct text *out, const struct observed *observed)
{
    text_addf(out, "what was found is %.1f times", observed->explained);
    if (is_known(observed->interval))
        text_addf(out, " (%.1f to %.1f)", observed->interval.low, observed->interval.high);
}

static void say_part(struct text *out, const struct observed *observed)
{
    struct text interval = TEXT_EMPTY;
    bool explains = observed->explained >= OBSERVED_EXPLAINED_FROM;
    text_addf(out, "what was found %s", explains ? "explains " : "makes about ");
    say_share(out, observed->explained);
    say_share_interval(&interval, observed->interval);
    add_bracketed(out, &interval);
    text_add_string(out, " of");
    text_release(&interval);
}

void say_observed(struct text *out, const struct result *result)
{
    const struct observed *observed = &result->observed;
    bool found = result->finding_count > 0;
    if (!(observed->bytes > 0) || isnan(observed->explained))
        return;
    if (!found) {
        text_add_string(out, "what would not have been seen is at most ");
        say_share(out, observed->interval.high);
        text_add_string(out, " of");
    } else if (observed->explained > OBSERVED_EXPLAINED_TO) {
        say_times(out, observed);
    } else {
        say_part(out, observed);
    }
    text_add_string(out, " the growth observed in production (");
    say_chart(out, observed->bytes, observed->seconds);
    text_add_string(out, ")");
    if (found && observed->explained < OBSERVED_EXPLAINED_FROM)
        text_add_string(out, ": it does not explain it");
}

void say_memory(struct text *out, const struct result *result)
{
    char bytes[UNITS_SIZE];
    if (!isfinite(result->peak_bytes) || !(result->peak_bytes > 0))
        return;
    text_addf(out, "; the target reached %s", units_bytes(bytes, result->peak_bytes));
    if (isfinite(result->kept_bytes))
        text_addf(out, " and keeps %s", units_bytes(bytes, result->kept_bytes));
}

#include "flow/rates.h"

#include "base/text.h"
#include "base/units.h"
#include "replay/replay.h"

#define LAG_MOST_US 50000
#define LATE_SOME 0.01
#define LATE_MOST 0.1
#define ACHIEVED_LEAST 0.9

static double per_second(uint64_t count, double seconds)
{
    return seconds > 0 ? (double)count / seconds : 0;
}

static void say_late(struct text *out, const struct tally *tally)
{
    char number[UNITS_SIZE], of[UNITS_SIZE];
    text_addf(out, "of %s requests ", units_count(of, tally->planned));
    text_addf(out, "%s went out more than %s late", units_count(number, tally->late),
              units_duration(of, (double)REPLAY_LATE_NS / 1e9));
    if (tally->too_late > 0)
        text_addf(out, " and %s were skipped as too late", units_count(number, tally->too_late));
}

static enum rates_kept judge(struct text *out, const struct rates *rates, double scheduled, double sent)
{
    const struct tally *tally = rates->tally;
    double late = (double)(tally->late + tally->too_late), planned = (double)tally->planned;
    char number[UNITS_SIZE];
    if (rates->lag_p50_us > LAG_MOST_US) {
        text_addf(out, "requests went out %s late at the median",
                  units_duration(number, rates->lag_p50_us / 1e6));
        return RATES_UNTRUE;
    }
    if (late <= LATE_SOME * planned && sent >= ACHIEVED_LEAST * scheduled)
        return RATES_KEPT;
    if (late > LATE_SOME * planned)
        say_late(out, tally);
    else
        text_addf(out, "%s were sent", units_rate(number, sent));
    return late > LATE_MOST * planned || sent < ACHIEVED_LEAST * scheduled ? RATES_UNTRUE : RATES_STRAINED;
}

enum rates_kept rates_judge(const struct rates *rates, char **why)
{
    const struct tally *tally = rates->tally;
    struct text what = TEXT_EMPTY;
    char rate[UNITS_SIZE];
    /* What was left out for other reasons was not to be sent at any rate. */
    uint64_t to_send = tally->planned - (tally->skipped - tally->too_late);
    double scheduled = per_second(to_send, rates->due_s);
    enum rates_kept kept =
        judge(&what, rates, scheduled, per_second(tally->done + tally->failed, rates->sent_s));
    *why = NULL;
    if (kept != RATES_KEPT)
        *why = xasprintf("the rates were not true: %s (target or machine too slow for %s)", what.bytes,
                         units_rate(rate, scheduled));
    text_release(&what);
    return kept;
}

#include "flow/soak_combine.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/units.h"
#include "flow/soak_state.h"

#define DRIFT_REQUESTS 16000 /* through which RSS drifts where nothing leaks */
#define RSS_SHOWN (2 * DECIDER_RSS_FLOOR)
#define STEP_MUCH 0.25

enum shown { ABSENT = 1, FLAT = 2, OPEN = 4, GROWS = 8, ANY = 15, NOT_GROWING = FLAT | OPEN };

static enum shown shown_by(const struct growth_answer *answer)
{
    static const enum shown shown[] = {
        [VERDICT_INCONCLUSIVE] = OPEN, [VERDICT_NO_GROWTH] = FLAT, [VERDICT_GROWTH] = GROWS};
    return answer == NULL ? ABSENT : shown[answer->verdict];
}

static bool native_shown(const struct combination *combination)
{
    const struct growth_answer *late = combination->rss_late;
    return late != NULL && late->verdict == VERDICT_GROWTH && late->interval.low > RSS_SHOWN &&
           combination->rss->interval.low > RSS_SHOWN && !(combination->rss->largest_step > STEP_MUCH);
}

/* RSS that grows, by how much it shows; of what is counted there is something or there is not. */
enum rss_shows {
    RSS_ABSENT = 1,
    RSS_FLAT = 2,
    RSS_OPEN = 4,
    RSS_CREEPS = 8,
    RSS_MORE = 16,
    RSS_SHOWN_NATIVE = 32,
    RSS_LIKE = 64,
    RSS_GROWS = RSS_CREEPS | RSS_MORE | RSS_SHOWN_NATIVE | RSS_LIKE,
    RSS_ANY = 127
};

/* Beside bytes that grow: with them, or by twice as much as they explain. Beside none: shown, not enough, or a creep. */
static enum rss_shows rss_shown_by(const struct combination *combination, enum shown bytes)
{
    const struct growth_answer *rss = combination->rss;
    switch (shown_by(rss)) {
    case ABSENT:
        return RSS_ABSENT;
    case FLAT:
        return RSS_FLAT;
    case OPEN:
        return RSS_OPEN;
    default:
        break;
    }
    if (bytes == GROWS)
        return rss->interval.low > 2 * combination->bytes->interval.high + RSS_SHOWN ? RSS_MORE : RSS_LIKE;
    if (native_shown(combination))
        return RSS_SHOWN_NATIVE;
    return rss->interval.low > RSS_SHOWN ? RSS_MORE : RSS_CREEPS;
}

enum amount { NOTHING, OF_RSS, BEYOND_BYTES, RSS_COULD, BYTES_COULD };

/* The first row that fits is taken. */
static const struct row {
    unsigned objects, bytes, rss;
    enum verdict verdict;
    bool native;
    const char *reason, *caveat;
    enum amount amount;
} rows[] = {
    /* what is counted grows */
    {ANY, GROWS, RSS_MORE, VERDICT_GROWTH, false, NULL,
     "RSS grows by %s per request more than what is counted: native memory beside it, or the allocator's own "
     "holes",
     BEYOND_BYTES},
    {FLAT, GROWS, RSS_LIKE, VERDICT_GROWTH, false,
     "the number of objects does not: something gets longer; RSS grows with it", NULL, NOTHING},
    {FLAT, GROWS, RSS_ANY, VERDICT_GROWTH, false, "the number of objects does not: something gets longer",
     NULL, NOTHING},
    {ANY, GROWS, RSS_LIKE, VERDICT_GROWTH, false, "RSS grows with it", NULL, NOTHING},
    {ANY, GROWS, RSS_OPEN, VERDICT_GROWTH, false, NULL, "RSS could not have shown less than %s per request",
     RSS_COULD},
    {ANY, GROWS, RSS_FLAT, VERDICT_GROWTH, false, NULL,
     "RSS does not grow: what is kept fits into room that the process had already", NOTHING},
    {GROWS, OPEN, RSS_ANY, VERDICT_GROWTH, false, NULL, "bytes could not have shown less than %s per request",
     BYTES_COULD},
    {GROWS, FLAT, RSS_ANY, VERDICT_GROWTH, false, NULL,
     "bytes do not grow: the objects that are kept are small, or take the place of larger ones", NOTHING},
    {GROWS, ANY, RSS_ANY, VERDICT_GROWTH, false, NULL, NULL, NOTHING},
    {ANY, GROWS, RSS_ANY, VERDICT_GROWTH, false, NULL, NULL, NOTHING},
    /* it is open */
    {OPEN, ANY, RSS_ANY, VERDICT_INCONCLUSIVE, false, NULL, NULL, NOTHING},
    {ANY, OPEN, RSS_ANY, VERDICT_INCONCLUSIVE, false, NULL, NULL, NOTHING},
    /* it is flat */
    {ANY, ANY, RSS_SHOWN_NATIVE, VERDICT_GROWTH, true,
     "what is counted is flat: native memory, or the allocator's own holes", NULL, NOTHING},
    {ANY, ANY, RSS_MORE, VERDICT_INCONCLUSIVE, false, NULL, NULL, NOTHING},
    {ANY, ANY, RSS_CREEPS, VERDICT_NO_GROWTH, false, NULL,
     "RSS creeps by %s per request, as it does in servers without a leak", OF_RSS},
    {ANY, ANY, RSS_OPEN, VERDICT_NO_GROWTH, false, NULL,
     "RSS could not have shown less than %s per request: smaller growth outside of what is counted is not "
     "excluded",
     RSS_COULD},
    {ANY, ANY, RSS_ANY, VERDICT_NO_GROWTH, false, NULL, NULL, NOTHING},
};

static double amount_of(const struct combination *combination, enum amount amount)
{
    switch (amount) {
    case OF_RSS:
        return combination->rss->per_request;
    case BEYOND_BYTES:
        return combination->rss->per_request - combination->bytes->per_request;
    case RSS_COULD:
        return combination->rss->smallest_detectable;
    case BYTES_COULD:
        return combination->bytes->smallest_detectable;
    case NOTHING:
        break;
    }
    return (double)NAN;
}

struct combined combine_signals(const struct combination *combination)
{
    enum shown objects = shown_by(combination->objects), bytes = shown_by(combination->bytes);
    enum rss_shows rss = rss_shown_by(combination, bytes);
    const struct row *row = rows;
    while (!(row->objects & objects) || !(row->bytes & bytes) || !(row->rss & rss))
        row++; /* the last one fits all */
    return (struct combined){row->verdict, row->native, row->reason, row->caveat,
                             amount_of(combination, row->amount)};
}

/* The readings after the first DRIFT_REQUESTS; false where fewer than as many requests follow. */
static bool late_answer(const struct soak *soak, struct growth_answer *answer)
{
    const struct levels *all = &soak->levels;
    size_t from = 0, cut = 0;
    while (from < all->count && all->requests[from] < DRIFT_REQUESTS)
        from++;
    if (from == all->count || all->requests[all->count - 1] - all->requests[from] < DRIFT_REQUESTS)
        return false;
    while (cut < all->cut_count && all->cuts[cut] <= from)
        cut++;
    struct levels late = {.requests = all->requests + from,
                          .at_s = all->at_s + from,
                          .values = all->values + from * all->signal_count,
                          .readings = all->readings + from,
                          .count = all->count - from,
                          .signal_count = all->signal_count,
                          .cuts = xcalloc(all->cut_count + 1, sizeof *late.cuts),
                          .cut_count = all->cut_count - cut,
                          .look = all->look};
    for (size_t i = 0; i < late.cut_count; i++)
        late.cuts[i] = all->cuts[cut + i] - from;
    struct decider rss = soak_rss(soak);
    *answer = levels_judge(&late, &rss);
    free(late.cuts);
    return true;
}

/* Of all signals of a unit the first that grows, else the first that is open, else the first. */
static const struct growth_answer *first_of(const struct soak *soak, const struct growth_answer *answers,
                                            bool objects)
{
    const struct growth_answer *found = NULL;
    for (size_t i = 0; i < soak->deciders.count; i++)
        if (soak->deciders.items[i].objects == objects &&
            (found == NULL || shown_by(&answers[i]) > shown_by(found)))
            found = &answers[i];
    return found;
}

struct combined soak_combine(const struct soak *soak, const struct growth_answer *answers,
                             const struct growth_answer *rss)
{
    struct growth_answer late;
    return combine_signals(&(struct combination){
        .objects = first_of(soak, answers, true),
        .bytes = first_of(soak, answers, false),
        .rss = rss,
        .rss_late = rss != NULL && late_answer(soak, &late) ? &late : NULL,
    });
}

void soak_say_combined(struct soak *soak, const struct combined *combined)
{
    struct result *result = soak->result;
    char amount[UNITS_SIZE];
    if (result->verdict != combined->verdict)
        return;
    if (combined->reason != NULL) {
        char *reason = xasprintf("%s; %s", result->reason, combined->reason);
        free(result->reason);
        result->reason = reason;
    }
    if (combined->caveat == NULL || (strchr(combined->caveat, '%') != NULL && isnan(combined->amount)))
        return;
    char *said = xstrdup(combined->caveat), *place = strstr(said, "%s");
    if (place == NULL)
        strings_add(&result->caveats, said);
    else
        strings_addf(&result->caveats, "%.*s%s%s", (int)(place - said), said,
                     units_bytes(amount, combined->amount), place + 2);
    free(said);
}

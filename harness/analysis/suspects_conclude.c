/* What is said in the end, and what would help where nothing is. */
#include <math.h>

#include "analysis/suspects_inside.h"
#include "base/text.h"

#define GROWS_NOT 0.9
#define SMALL                                                                                                \
    0.05 /* of the memory that is there, in the time that was looked at: growth below it may go unseen */
#define MOST_OF_ALL 0.5

static double usual_memory(const struct panel *panel)
{
    double sum = 0;
    for (size_t row = 0; row < panel->rows; row++)
        sum += panel->memory[row];
    return panel->rows > 0 ? sum / (double)panel->rows : NAN;
}

static void say(struct suspects *out, enum verdict verdict, char *reason)
{
    out->verdict = verdict;
    out->reason = reason;
}

/* One group of more endpoints than it leaves out tells nobody where to look. */
static bool tells_apart(const struct suspects *out, size_t told)
{
    return out->count > 0 && (double)out->items[0].endpoints.count <= fmax(1, MOST_OF_ALL * (double)told);
}

static void conclude_requests(const struct suspecting *suspecting)
{
    struct suspects *out = suspecting->out;
    size_t told = 0;
    for (size_t e = 0; e < suspecting->panel.endpoints; e++)
        told += suspecting->told[e];
    if (out->count == 0) {
        say(out, VERDICT_GROWTH, xstrdup("memory grows as requests come, but no endpoint stands out"));
        strings_add(&out->help, "more days: the mix of endpoints has to change for one to stand out");
    } else if (!tells_apart(out, told)) {
        say(out, VERDICT_GROWTH,
            xasprintf("memory grows as requests come, but those of %zu of %zu endpoints always come together",
                      out->items[0].endpoints.count, told));
        strings_add(&out->help,
                    "an instance of which one endpoint is kept away, or which gets more of it than others");
    } else {
        static const char *const reasons[HOLDS_KINDS] = {
            [HOLDS_ALWAYS] = "memory grows as requests of the suspects come",
            [HOLDS_UNTIL] = "memory grew as requests of the suspects came, until a deploy",
            [HOLDS_SINCE] = "memory grows as requests of the suspects come, since a deploy"};
        say(out, VERDICT_GROWTH, xstrdup(reasons[out->holds]));
        if (out->holds == HOLDS_UNTIL)
            strings_add(&out->help, "a hunt in the version before that deploy: nothing of it was seen since");
        out->exit_code = 0;
    }
}

static bool is_flat(const struct suspecting *suspecting)
{
    double days = (suspecting->out->to_s - suspecting->out->from_s) / 86400;
    return suspecting->attribution.nothing >= GROWS_NOT &&
           suspecting->attribution.plainly.nothing >= GROWS_NOT &&
           suspecting->out->smallest_bytes_per_day * days < SMALL * usual_memory(&suspecting->panel);
}

static void conclude_nothing(const struct suspecting *suspecting)
{
    struct suspects *out = suspecting->out;
    const struct attribution *attribution = &suspecting->attribution;
    if (suspecting->grows == GROWS_WITH_TIME)
        say(out, VERDICT_GROWTH, xstrdup("memory grows with time, whether requests come or not"));
    else if (is_flat(suspecting))
        say(out, VERDICT_NO_GROWTH, xstrdup("nothing grows for good"));
    else if (suspecting->grows == GROWS_AND_FALLS)
        say(out, VERDICT_INCONCLUSIVE,
            xstrdup("memory that requests take is given back again: what is left of it is less than "
                    "half of what they would have kept"));
    else if (attribution->fills > attribution->time + attribution->requests)
        say(out, VERDICT_INCONCLUSIVE,
            xstrdup("what grows slows down, as a cache does that is not full yet"));
    else if (attribution->nothing >= GROWS_NOT)
        say(out, VERDICT_INCONCLUSIVE, xstrdup("nothing was seen to grow, but much could have gone unseen"));
    else
        say(out, VERDICT_INCONCLUSIVE,
            xstrdup("whether memory grows as requests come cannot be told from this"));
    if (out->verdict != VERDICT_INCONCLUSIVE)
        return;
    strings_add(&out->help, "more days without a restart");
    strings_add(&out->help, "a night or a weekend with few requests");
}

void suspects_conclude(struct suspecting *suspecting)
{
    struct suspects *out = suspecting->out;
    if (suspecting->panel.rows == 0) {
        say(out, VERDICT_INCONCLUSIVE,
            xasprintf("no instance ran for %d rows of %.0f s on end", PANEL_LEAST, suspecting->panel.row_s));
        strings_add(&out->help, "a smaller --step, or a longer --since");
    } else if (out->requests == 0) {
        say(out, VERDICT_INCONCLUSIVE, xstrdup("no request was counted"));
    } else if (suspecting->grows == GROWS_WITH_REQUESTS) {
        conclude_requests(suspecting);
    } else {
        conclude_nothing(suspecting);
    }
}

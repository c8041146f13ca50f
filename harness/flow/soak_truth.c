/* Whether the replay was what was recorded: what landed, and when it went out. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/units.h"
#include "flow/soak_state.h"

#define ERRORS_MOST 0.01 /* where `limits.errors` says nothing */
#define ASTRAY_MOST 0.1  /* of all requests: more may be what grows */

/* What was still to be sent when the target was killed, or passed its ceiling, says nothing about its answers. */
static struct tally until_the_end(const struct soak *soak, struct tally tally)
{
    enum halt halt = soak->trials.halt;
    if (halt == HALT_KILLED || halt == HALT_CEILING) {
        tally.planned -= tally.skipped;
        tally.skipped = tally.too_late = tally.uncorrelated = 0;
    }
    if (halt == HALT_KILLED) {
        tally.planned -= tally.failed;
        tally.failed = 0;
    }
    return tally;
}

static const char *told(const struct strings *words, size_t endpoint)
{
    return endpoint < words->count && words->items[endpoint][0] != '\0' ? words->items[endpoint] : NULL;
}

const char *soak_why(const struct soak *soak, size_t endpoint)
{
    const struct replay *replay = soak->trials.replay;
    return replay != NULL ? replay_why(replay, endpoint) : told(&soak->whys, endpoint);
}

const char *soak_lost(const struct soak *soak, size_t endpoint)
{
    const struct replay *replay = soak->trials.replay;
    return replay != NULL ? replay_lost(replay, endpoint) : told(&soak->losts, endpoint);
}

void soak_set_aside(struct soak *soak)
{
    for (size_t i = 0; i < soak->service->endpoint_count; i++) {
        struct tally tally = until_the_end(soak, soak->trials.by_endpoint[i]);
        char *why = trials_why_not_landed(&tally, soak_why(soak, i), soak_lost(soak, i));
        if (why != NULL)
            strings_add(&result_add_not_looked_at(soak->result, why)->endpoints,
                        soak->service->endpoints[i].name);
        free(why);
    }
}

static double errors_most(const struct soak *soak)
{
    for (size_t i = 0; i < soak->service->limits.count; i++)
        if (soak->service->limits.items[i].kind == LIMIT_ERRORS)
            return soak->service->limits.items[i].value;
    return ERRORS_MOST;
}

/* The endpoint that most requests are missing of. */
static size_t worst(const struct soak *soak, unsigned long long *lost)
{
    size_t found = 0;
    *lost = 0;
    for (size_t i = 0; i < soak->service->endpoint_count; i++) {
        struct tally tally = until_the_end(soak, trials_tally(&soak->trials, i));
        unsigned long long missing = tally.planned - tally.landed;
        if (missing > *lost) {
            *lost = missing;
            found = i;
        }
    }
    return found;
}

static void say_did_not_land(const struct soak *soak, const struct tally *all, const char *of, char **why)
{
    unsigned long long lost = 0;
    size_t at = worst(soak, &lost);
    const char *name = soak->service->endpoints[at].name;
    const char *first = soak_lost(soak, at);
    result_say(
        why,
        "the replay did not land: of %s requests %llu were answered otherwise than recorded and %llu got "
        "no answer, more than `limits.errors` allows; %llu of them are %s, which `weight: 0` in its file "
        "leaves out%s%s%s",
        of, (unsigned long long)(all->done - all->landed), (unsigned long long)all->failed, lost, name,
        first != NULL ? " (" : "", first != NULL ? first : "", first != NULL ? ")" : "");
}

bool soak_went_astray(const struct soak *soak)
{
    struct tally all = until_the_end(soak, trials_sum(&soak->trials));
    double astray = (double)(all.done - all.landed + all.failed), planned = (double)all.planned;
    return astray > errors_most(soak) * planned && astray > ASTRAY_MOST * planned;
}

bool soak_did_not_land(const struct soak *soak, char **why)
{
    struct tally sum = until_the_end(soak, trials_sum(&soak->trials));
    const struct tally *all = &sum;
    double most = errors_most(soak), planned = (double)all->planned;
    unsigned long long other = all->done - all->landed, failed = all->failed;
    char of[UNITS_SIZE];
    units_count(of, all->planned);
    if (all->planned == 0)
        result_say(why, "nothing was sent");
    else if ((double)(other + failed) > most * planned)
        say_did_not_land(soak, all, of, why);
    else if ((double)all->uncorrelated > most * planned)
        result_say(
            why,
            "the replay did not land: %llu of %s requests were not sent: a value that an earlier answer "
            "should have given was missing",
            (unsigned long long)all->uncorrelated, of);
    else if ((double)(all->skipped - all->too_late) > most * planned)
        result_say(why, "the replay did not land: %llu of %s requests were skipped",
                   (unsigned long long)all->skipped, of);
    return *why != NULL;
}

enum rates_kept soak_rates(const struct soak *soak, char **why)
{
    const struct trials *trials = &soak->trials;
    *why = NULL;
    struct tally sum = trials_sum(trials);
    if (soak->options->load.kind == LOAD_CONNECTIONS || sum.planned == 0)
        return RATES_KEPT;
    struct latencies all = {0};
    trials_all_latencies(trials, &all);
    struct rates rates = {
        .tally = &sum,
        .lag_p50_us = times_of(&all.lag).p50_us,
        .due_s = (double)(trials->last_due_ns - soak->began_ns) / (double)CLOCK_NS_PER_S,
        .sent_s = (double)(trials->last_sent_ns - soak->began_ns) / (double)CLOCK_NS_PER_S,
    };
    latencies_release(&all);
    return rates_judge(&rates, why);
}

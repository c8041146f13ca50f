#include "flow/compare_mix.h"

#include <math.h>
#include <string.h>

#include "base/text.h"

#define SHARES_APART 1.5
#define CHANCE 2.576 /* normal quantile at 99 %, two-sided */
#define EXPECTED_LEAST 5

static double weight(const struct compare_side *side, const struct endpoint_load *load)
{
    return compare_side_is_hunt(side) ? load->recorded_rate_per_second : (double)load->tally.done;
}

static double total(const struct compare_side *side)
{
    double sum = 0;
    for (size_t i = 0; i < side->load_count; i++)
        sum += weight(side, &side->loads[i]);
    return sum > 0 ? sum : 1;
}

static const struct endpoint_load *load_of(const struct compare_side *side, const char *endpoint)
{
    for (size_t i = 0; i < side->load_count; i++)
        if (strcmp(side->loads[i].endpoint, endpoint) == 0)
            return &side->loads[i];
    return NULL;
}

static double share(const struct compare_side *side, const char *endpoint)
{
    const struct endpoint_load *load = load_of(side, endpoint);
    return load != NULL ? weight(side, load) / total(side) : 0;
}

/* Of the logarithm of a share; a hunt's shares are no counts. */
static double variance(const struct compare_side *side, double share_now)
{
    return compare_side_is_hunt(side) ? 0 : 1 / fmax(share_now * total(side), 0.5);
}

/* How many of it were to be expected, had `side` the share that the other has. */
static bool may_be_absent(const struct compare_side *side, double other_share)
{
    return !compare_side_is_hunt(side) && other_share * total(side) < EXPECTED_LEAST;
}

static char *not_looked_at(const struct compare_side *one, const struct compare_side *other,
                           const char *endpoint)
{
    const char *why = compare_side_why_not(one, endpoint);
    if (why == NULL || compare_side_why_not(other, endpoint) != NULL)
        return NULL;
    return xasprintf("the mixes differ: run %lld did not look at %s (%s), run %lld did",
                     (long long)one->result.run, endpoint, why, (long long)other->result.run);
}

static char *not_replayed(const struct compare_side *one, const struct compare_side *other,
                          const char *endpoint)
{
    double of_other = share(other, endpoint);
    if (load_of(one, endpoint) != NULL || may_be_absent(one, of_other))
        return NULL;
    return xasprintf("the mixes differ: run %lld did not replay %s, %.2g %% of run %lld",
                     (long long)one->result.run, endpoint, of_other * 100, (long long)other->result.run);
}

static char *shares_differ(const struct compare_side *before, const struct compare_side *after,
                           const char *endpoint)
{
    double b = share(before, endpoint), a = share(after, endpoint);
    double apart = fabs(log(a / b)) - CHANCE * sqrt(variance(before, b) + variance(after, a));
    if (!(a > 0) || !(b > 0) || apart <= log(SHARES_APART))
        return NULL;
    return xasprintf(
        "the mixes differ: %s is %.2g %% of run %lld and %.2g %% of run %lld, more than %g times apart",
        endpoint, b * 100, (long long)before->result.run, a * 100, (long long)after->result.run,
        SHARES_APART);
}

static bool have_one_in_common(const struct compare_side *before, const struct compare_side *after)
{
    for (size_t i = 0; i < before->load_count; i++)
        if (load_of(after, before->loads[i].endpoint) != NULL)
            return true;
    return false;
}

char *compare_mix_differs(const struct compare_side *before, const struct compare_side *after)
{
    char *why = NULL;
    if (!have_one_in_common(before, after))
        return xasprintf("no endpoint in common: run %lld is of %s, run %lld of %s",
                         (long long)before->result.run, before->result.service, (long long)after->result.run,
                         after->result.service);
    for (size_t i = 0; why == NULL && i < before->load_count; i++) {
        const char *endpoint = before->loads[i].endpoint;
        if ((why = not_looked_at(before, after, endpoint)) == NULL &&
            (why = not_looked_at(after, before, endpoint)) == NULL &&
            (why = not_replayed(after, before, endpoint)) == NULL)
            why = shares_differ(before, after, endpoint);
    }
    for (size_t i = 0; why == NULL && i < after->load_count; i++)
        why = not_replayed(before, after, after->loads[i].endpoint);
    return why;
}

#include "analysis/seek.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Chances before anything is measured. What grows by itself was screened out: two members are expected. */
static const double members_expected = 2, chance_least = 0.1 /* of the mean */, chance_most = 0.7;
static const double chance_of_none = 0.1;
/* The more are pinned, the likelier it is that an early answer was wrong: sets are small. */
static const double chance_of_wrong_pin = 0.02, wrong_pins_grow = 3;
static const double pinned_at = 0.98, proven_at = 0.98;
static const double asks_least = 8, asks_per_halving = 6;

/* Rows are by place: the heaviest first, so that few stand before the last member of the set. */
struct seek {
    size_t n, asked;
    double error;
    size_t *member_at; /* by place */
    double *chance;    /* by place: to be one of the set, */
    double *led;       /* and as it is suspected to be: by it is chosen what to ask */
    bool *sets;        /* set_count rows: each set that was measured, once, */
    double *odds;      /* and the log odds that it grows, from all measurements of it */
    size_t set_count;
    bool *wanted; /* what is asked; done: the result */
    size_t wanted_count;
    bool done;
    double confidence;
    bool *pinned, *scratch;
    size_t pinned_count;
    double *posterior; /* n + 2 */
    double chain;      /* that all of those pinned are right */
};

static void take_order(struct seek *seek, const double *weights)
{
    for (size_t i = 0; i < seek->n; i++) {
        size_t place = i;
        for (; place > 0 && weights[seek->member_at[place - 1]] < weights[i]; place--)
            seek->member_at[place] = seek->member_at[place - 1];
        seek->member_at[place] = i;
    }
}

static void take_chances(const struct seek *seek, const double *weights, double *chances)
{
    double sum = 0, mean = members_expected / (double)seek->n;
    for (size_t i = 0; i < seek->n; i++)
        sum += weights[i];
    for (size_t place = 0; place < seek->n; place++) {
        double chance = sum > 0 ? members_expected * weights[seek->member_at[place]] / sum : mean;
        chances[place] = fmin(fmax(chance, chance_least * mean), chance_most);
    }
}

static void take_weights(struct seek *seek, const double *given, const double *leads)
{
    double *weights = xcalloc(2 * seek->n, sizeof *weights), *led = weights + seek->n;
    for (size_t i = 0; i < seek->n; i++) {
        weights[i] = given != NULL ? given[i] : 1;
        led[i] = weights[i] * (leads != NULL ? leads[i] : 1);
    }
    take_order(seek, led);
    take_chances(seek, weights, seek->chance);
    take_chances(seek, led, seek->led);
    free(weights);
}

static const bool *set_at(const struct seek *seek, size_t i)
{
    return seek->sets + i * seek->n;
}

static bool within(const bool *members, const bool *set, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (members[i] && !set[i])
            return false;
    return true;
}

static double share_of_odds(double log_odds)
{
    return 1 / (1 + exp(-log_odds));
}

/* That the set grows. If it does, so does what holds it; if not, nor does any part: what says otherwise counts. */
static double belief(const struct seek *seek, const bool *set)
{
    double odds = 0;
    for (size_t i = 0; i < seek->set_count; i++) {
        if (seek->odds[i] < 0 && within(set, set_at(seek, i), seek->n))
            odds += seek->odds[i];
        if (seek->odds[i] > 0 && within(set_at(seek, i), set, seek->n))
            odds += seek->odds[i];
    }
    return share_of_odds(odds);
}

/* Before measuring: [k] that the first k are needed and suffice beside those pinned, [limit + 1] that even the first
 * `limit` do not. Each is one of the set by its own chance, and the last one decides. */
static void take_prior(struct seek *seek, size_t limit, const double *chances)
{
    double *prior = seek->posterior, others_out = 1;
    for (size_t k = limit; k > 0; k--) {
        prior[k] = log(chances[k - 1] * others_out);
        others_out *= 1 - chances[k - 1];
    }
    prior[0] = seek->pinned_count > 0 ? log(others_out) : -INFINITY;
    double any = seek->pinned_count > 0 ? 1 : 1 - others_out;
    double never = seek->pinned_count > 0
                       ? chance_of_wrong_pin * pow(wrong_pins_grow, (double)seek->pinned_count - 1)
                       : chance_of_none / (1 - chance_of_none);
    prior[limit + 1] = log(any * never);
}

/* Lowers what a set's answer contradicts: "grows" those k whose prefix exceeds it, "does not" those within it. */
static void weigh(struct seek *seek, size_t limit, const bool *set, double odds)
{
    size_t lead = limit,
           tail = 0; /* it holds the first `lead`, and is held by the first `tail`, with those pinned */
    for (size_t place = seek->n; place-- > 0;) {
        if (set[place] && !seek->pinned[place] && tail == 0)
            tail = place + 1;
        if (!set[place] && place < limit)
            lead = place;
    }
    bool holds_pinned = within(seek->pinned, set, seek->n);
    for (size_t k = 0; k <= limit + 1; k++)
        if (odds < 0 ? holds_pinned && k <= lead : k > tail)
            seek->posterior[k] -= fabs(odds);
}

static void take_posterior(struct seek *seek, size_t limit, const double *chances)
{
    double *posterior = seek->posterior, most = -INFINITY, sum = 0;
    take_prior(seek, limit, chances);
    for (size_t i = 0; i < seek->set_count; i++)
        weigh(seek, limit, set_at(seek, i), seek->odds[i]);
    for (size_t k = 0; k <= limit + 1; k++)
        most = fmax(most, posterior[k]);
    for (size_t k = 0; k <= limit + 1; k++)
        sum += posterior[k] = exp(posterior[k] - most);
    for (size_t k = 0; k <= limit + 1; k++)
        posterior[k] /= sum;
}

static size_t likeliest(const double *posterior, size_t count)
{
    size_t best = 0;
    for (size_t k = 1; k < count; k++)
        if (posterior[k] > posterior[best])
            best = k;
    return best;
}

/* The prefix whose answer is the least known. */
static size_t halving(const struct seek *seek, size_t limit)
{
    size_t best = limit;
    double sum = 0, nearest = 1;
    for (size_t k = 0; k <= limit; k++) {
        sum += seek->posterior[k];
        if (fabs(sum - 0.5) < nearest && (k > 0 || seek->pinned_count > 0)) {
            nearest = fabs(sum - 0.5);
            best = k;
        }
    }
    return best;
}

static void want(struct seek *seek, const bool *set, size_t prefix)
{
    seek->wanted_count = 0;
    for (size_t place = 0; place < seek->n; place++) {
        seek->wanted[place] = set[place] || place < prefix;
        seek->wanted_count += seek->wanted[place];
    }
}

static void end(struct seek *seek, const bool *set, double confidence)
{
    want(seek, set, 0);
    seek->done = true;
    seek->confidence = confidence;
}

/* That it grows, and that no part does. */
static double confidence_in(struct seek *seek, const bool *set)
{
    double all = belief(seek, set);
    size_t size = 0;
    for (size_t place = 0; place < seek->n; place++)
        size += set[place];
    memcpy(seek->scratch, set, seek->n * sizeof *set);
    for (size_t place = 0; size > 1 && place < seek->n; place++) {
        if (!set[place])
            continue;
        seek->scratch[place] = false;
        all *= 1 - belief(seek, seek->scratch);
        seek->scratch[place] = true;
    }
    return all;
}

/* The set found, and each of its parts: what is not sure yet is asked. */
static void prove(struct seek *seek)
{
    if (belief(seek, seek->pinned) < proven_at) {
        want(seek, seek->pinned, 0);
        return;
    }
    for (size_t place = 0; seek->pinned_count > 1 && place < seek->n; place++) {
        if (!seek->pinned[place])
            continue;
        seek->pinned[place] = false;
        bool doubted = belief(seek, seek->pinned) > 1 - proven_at;
        if (doubted)
            want(seek, seek->pinned, 0);
        seek->pinned[place] = true;
        if (doubted)
            return;
    }
    end(seek, seek->pinned, fmin(seek->chain, confidence_in(seek, seek->pinned)));
}

/* Pins those that are sure, from the last to the first; returns whether a set was found, else what to ask is wanted. */
static bool pin(struct seek *seek)
{
    memset(seek->pinned, 0, seek->n * sizeof *seek->pinned);
    seek->pinned_count = 0;
    seek->chain = 1;
    for (size_t limit = seek->n;;) {
        take_posterior(seek, limit, seek->chance);
        size_t k = likeliest(seek->posterior, limit + 2);
        seek->chain *= seek->posterior[k];
        if (seek->posterior[k] >= pinned_at && k == 0)
            return true;
        if (seek->posterior[k] >= pinned_at && k > limit && seek->pinned_count == 0) {
            end(seek, seek->pinned, seek->posterior[k]);
            return false;
        }
        if (seek->posterior[k] < pinned_at ||
            k > limit) { /* the latter: what pinned the last one is doubted */
            take_posterior(seek, limit, seek->led);
            want(seek, seek->pinned, halving(seek, limit));
            return false;
        }
        seek->pinned[k - 1] = true;
        seek->pinned_count++;
        limit = k - 1;
    }
}

/* Asked too often: the smallest set that more likely grows than not. */
static void give_up(struct seek *seek)
{
    size_t least = seek->n + 1, best = 0;
    for (size_t i = 0; i < seek->set_count; i++) {
        want(seek, set_at(seek, i), 0);
        if (seek->wanted_count < least && belief(seek, set_at(seek, i)) > 0.5) {
            least = seek->wanted_count;
            best = i;
        }
    }
    memset(seek->pinned, 0, seek->n * sizeof *seek->pinned);
    seek->pinned_count = 0;
    take_posterior(seek, seek->n, seek->chance);
    if (least > seek->n)
        end(seek, seek->pinned, seek->posterior[seek->n + 1]);
    else
        end(seek, set_at(seek, best), confidence_in(seek, set_at(seek, best)));
}

static void go_on(struct seek *seek)
{
    if (pin(seek))
        prove(seek);
    double members = (double)seek->pinned_count + 1;
    if (!seek->done &&
        (double)seek->asked >= asks_least + asks_per_halving * members * log2((double)seek->n + 1))
        give_up(seek);
}

struct seek *seek_new(size_t n, const double *weights, const double *leads, double error)
{
    struct seek *seek = xcalloc(1, sizeof *seek);
    seek->n = n;
    seek->error = error;
    seek->member_at = xmalloc(n * sizeof *seek->member_at);
    seek->chance = xmalloc(n * sizeof *seek->chance);
    seek->led = xmalloc(n * sizeof *seek->led);
    seek->posterior = xmalloc((n + 2) * sizeof *seek->posterior);
    seek->wanted = xcalloc(3 * n, sizeof *seek->wanted);
    seek->pinned = seek->wanted + n;
    seek->scratch = seek->wanted + 2 * n;
    take_weights(seek, weights, leads);
    go_on(seek);
    return seek;
}

void seek_free(struct seek *seek)
{
    if (seek == NULL)
        return;
    free(seek->member_at);
    free(seek->chance);
    free(seek->led);
    free(seek->posterior);
    free(seek->wanted);
    free(seek->sets);
    free(seek->odds);
    free(seek);
}

static size_t tell_members(const struct seek *seek, bool *members)
{
    for (size_t place = 0; place < seek->n; place++)
        members[seek->member_at[place]] = seek->wanted[place];
    return seek->wanted_count;
}

size_t seek_ask(struct seek *seek, bool *members)
{
    size_t size = tell_members(seek, members);
    return seek->done ? 0 : size;
}

/* The row of the set last asked. */
static size_t measured(struct seek *seek)
{
    size_t bytes = seek->n * sizeof *seek->sets;
    for (size_t i = 0; i < seek->set_count; i++)
        if (memcmp(set_at(seek, i), seek->wanted, bytes) == 0)
            return i;
    seek->sets = xrealloc(seek->sets, (seek->set_count + 1) * bytes);
    seek->odds = xrealloc(seek->odds, (seek->set_count + 1) * sizeof *seek->odds);
    memcpy(seek->sets + seek->set_count * seek->n, seek->wanted, bytes);
    seek->odds[seek->set_count] = 0;
    return seek->set_count++;
}

void seek_tell(struct seek *seek, double probability)
{
    if (seek->done)
        return;
    double sure = isnan(probability) ? 0.5 : fmin(fmax(probability, seek->error), 1 - seek->error);
    size_t row = measured(seek);
    seek->odds[row] += log(sure / (1 - sure));
    seek->asked++;
    go_on(seek);
}

size_t seek_result(const struct seek *seek, bool *members, double *confidence)
{
    *confidence = seek->confidence;
    return tell_members(seek, members);
}

size_t seek_asked(const struct seek *seek)
{
    return seek->asked;
}

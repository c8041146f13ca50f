/* Which endpoints are named, and which of them as one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/suspects_inside.h"
#include "base/text.h"

#define ALIKE 0.999      /* always together */
#define RATHER_ALIKE 0.8 /* and not told apart by what memory did: */
#define INSTEAD 0.1      /* so often the other stands where the first does not */
#define NAMED 0.05       /* probability of a group */
#define LIKELY 0.5

static size_t likeliest(const struct suspecting *suspecting, const bool *taken)
{
    size_t best = SIZE_MAX, p = suspecting->attribution.endpoints;
    for (size_t e = 0; e < p; e++)
        if (!taken[e] && suspecting->told[e] &&
            (best == SIZE_MAX ||
             suspecting->attribution.probability[e] > suspecting->attribution.probability[best]))
            best = e;
    return best;
}

static bool belongs(const struct attribution *attribution, size_t first, size_t other)
{
    size_t p = attribution->endpoints;
    double alike = attribution->alike[first * p + other];
    double both = attribution->pairs[(first < other ? first : other) * p + (first < other ? other : first)];
    double instead = attribution->probability[other] - both;
    return alike >= ALIKE || (alike >= RATHER_ALIKE && instead >= INSTEAD);
}

/* That one of them grows: those that do so together are counted once. */
static double probability_of(const struct attribution *attribution, const bool *members)
{
    size_t p = attribution->endpoints;
    double sum = 0;
    for (size_t a = 0; a < p; a++) {
        sum += members[a] ? attribution->probability[a] : 0;
        for (size_t b = a + 1; members[a] && b < p; b++)
            sum -= members[b] ? attribution->pairs[a * p + b] : 0;
    }
    return fmin(fmax(sum, 0), 1);
}

static void sort_groups(struct suspect_groups *groups)
{
    size_t p = groups->endpoints;
    bool *held = xcalloc(p + 1, sizeof *held);
    for (size_t i = 1; i < groups->count; i++)
        for (size_t k = i; k > 0 && groups->probabilities[k] > groups->probabilities[k - 1]; k--) {
            double probability = groups->probabilities[k];
            groups->probabilities[k] = groups->probabilities[k - 1];
            groups->probabilities[k - 1] = probability;
            memcpy(held, groups->members + k * p, p * sizeof *held);
            memcpy(groups->members + k * p, groups->members + (k - 1) * p, p * sizeof *held);
            memcpy(groups->members + (k - 1) * p, held, p * sizeof *held);
        }
    free(held);
}

void suspects_group(struct suspecting *suspecting)
{
    struct suspect_groups *groups = &suspecting->groups;
    size_t p = suspecting->attribution.endpoints, next;
    bool *taken = xcalloc(p + 1, sizeof *taken);
    *groups = (struct suspect_groups){.members = xcalloc(SUSPECT_GROUPS_MOST * p + 1, sizeof(bool)),
                                      .endpoints = p};
    while (groups->count < SUSPECT_GROUPS_MOST && (next = likeliest(suspecting, taken)) != SIZE_MAX) {
        bool *members = groups->members + groups->count * p;
        taken[next] = members[next] = true;
        for (size_t e = 0; e < p; e++)
            if (!taken[e] && suspecting->told[e] && belongs(&suspecting->attribution, next, e))
                taken[e] = members[e] = true;
        double probability = probability_of(&suspecting->attribution, members);
        if (probability < NAMED) {
            memset(members, 0, p * sizeof *members);
            break;
        }
        groups->probabilities[groups->count++] = probability;
    }
    sort_groups(groups);
    while (groups->main < groups->count && groups->probabilities[groups->main] > LIKELY)
        groups->main++;
    groups->main += groups->main == 0 && groups->count > 0;
    free(taken);
}

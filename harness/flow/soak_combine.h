/* Several signals, each judged apart, make one verdict: what is counted live decides, RSS says what that may miss.
 *
 * Growth in RSS alone is native memory, or holes that the allocator leaves. Servers without a leak creep by 3 to 13 bytes per
 * request in RSS, and Node drifts by 45 to 2,600 through its first 16,000 requests. So it is a verdict of its own only
 * where RSS grows, by the rule that it is judged by in any case, in the readings after those alone, through as many
 * requests again, by more than twice its floor, and no window carries a quarter of it. Else it leaves the verdict open. */
#ifndef SEEP_FLOW_SOAK_COMBINE_H
#define SEEP_FLOW_SOAK_COMBINE_H

#include "analysis/growth.h"

/* The answers on one run; NULL: there is no such signal, or (rss) it is what decides. */
struct combination {
    const struct growth_answer *objects; /* how many are live */
    const struct growth_answer *bytes;   /* that are live; of several the one that grows */
    const struct growth_answer *rss;
    const struct growth_answer
        *rss_late; /* RSS after its first 16,000 requests, through as many; NULL: not so long */
};

/* Strings are constants with room for one amount in bytes (%s), or NULL. */
struct combined {
    enum verdict verdict;
    bool native;        /* growth in RSS and not in what is counted */
    const char *reason; /* what to say behind the reason of the signal that decided */
    const char *caveat;
    double amount; /* bytes per request, for either */
};

struct combined combine_signals(const struct combination *combination);

struct soak;

/* The same for a soak, its answers by decider and that on RSS. */
struct combined soak_combine(const struct soak *soak, const struct growth_answer *answers,
                             const struct growth_answer *rss);

/* Adds reason and caveat to the result of the verdict that they are about. */
void soak_say_combined(struct soak *soak, const struct combined *combined);

#endif

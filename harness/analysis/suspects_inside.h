/* What the pieces of analysis/suspects share. */
#ifndef SEEP_ANALYSIS_SUSPECTS_INSIDE_H
#define SEEP_ANALYSIS_SUSPECTS_INSIDE_H

#include "analysis/attribution.h"
#include "analysis/leak_rate.h"
#include "analysis/stretches.h"
#include "analysis/suspects.h"

/* Endpoints that belong together, as members[group * endpoints + e]. */
#define SUSPECT_GROUPS_MOST 5
struct suspect_groups {
    bool *members;
    double probabilities[SUSPECT_GROUPS_MOST];
    size_t count, endpoints;
    size_t main; /* so many are likely, all together: what memory grows by is fitted on them */
};

/* With what memory grows for good, as far as that is sure. */
enum grows {
    GROWS_WITH_NOTHING,
    GROWS_AND_FALLS, /* requests take more than what is left of it: it is given back */
    GROWS_WITH_TIME,
    GROWS_WITH_REQUESTS
};

struct suspecting {
    const struct history *history;
    const struct suspects_options *options;
    struct suspects *out;
    struct stretches stretches;
    struct panel panel;
    struct attribution attribution;
    struct suspect_groups groups;
    struct leak_rates rates; /* of the likely ones */
    struct leak_rates whole; /* of all requests as one */
    bool *told;              /* by endpoint: came often enough to say something of it */
    enum grows grows;
    double measured; /* growth of all rows of the versions in which it holds, bytes, whatever it comes from */
};

void suspects_group(struct suspecting *suspecting);
void suspects_instances(struct suspecting *suspecting);
void suspects_conclude(struct suspecting *suspecting); /* verdict, reason, what would help */

#endif

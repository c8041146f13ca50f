/* What the strategies of a search share; private to analysis/search*.c. */
#ifndef SEEP_ANALYSIS_SEARCH_INSIDE_H
#define SEEP_ANALYSIS_SEARCH_INSIDE_H

#include "analysis/search.h"

struct told_answer; /* by identity */
struct pending {
    struct question question;
    size_t *members; /* owned */
};

struct search {
    struct search_options options;
    bool *usable;
    struct told_answer *told;
    struct pending *pending; /* asked on the way that was gone last, without an answer */
    size_t pending_count;

    /* What follows from the answers: made anew on each way. */
    enum standing *standings;
    double *scores;
    bool *left_out; /* of the rest: what is found, or was a window of time */
    struct search_finding *findings;
    size_t finding_count;
    enum told rest;
    bool rest_checked;
    bool ended;
};

/* The answer; NULL: not told yet, and now pending. */
const struct answer *search_put(struct search *search, const struct question *question);

/* A new finding; members are copied. */
struct search_finding *search_add_finding(struct search *search, enum found found, size_t suspect,
                                          const size_t *members, size_t count,
                                          const struct question *measured);
void search_set_members(struct search_finding *finding, const size_t *members, size_t count);

/* One way through the strategy; false while an answer is pending. */
bool search_go_seep(struct search *search);

#endif

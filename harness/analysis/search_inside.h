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
    struct search_prior *prior; /* owned */
    size_t *order;              /* in which endpoints are looked at: those of the prior, then the others by chance */
    struct told_answer *told;
    struct pending *pending; /* asked on the way that was gone last, without an answer */
    size_t pending_count;

    /* What follows from the answers: made anew on each way. */
    enum standing *standings;
    double *scores;
    double *moves;   /* by endpoint, of its last screen, */
    double *hides;   /* likewise */
    bool *left_out;  /* of the rest: what is found, or was a window of time, alone or with others */
    unsigned *solos; /* long solos taken of each; the next one has this attempt */
    struct search_finding *findings;
    size_t finding_count;
    enum told rest;
    bool rest_checked;
    bool ended;
};

double search_suspected(const struct search *search, size_t endpoint); /* its probability; 0: it is not */

/* The answer; NULL: not told yet, and now pending. */
const struct answer *search_put(struct search *search, const struct question *question);

/* The same about one endpoint, or about NOBODY. */
const struct answer *search_put_about(struct search *search, enum ask ask, size_t suspect, unsigned attempt);

/* A new finding; members are copied. */
struct search_finding *search_add_finding(struct search *search, enum found found, size_t suspect,
                                          const size_t *members, size_t count,
                                          const struct question *measured);
void search_set_members(struct search_finding *finding, const size_t *members, size_t count);
void search_drop_finding(struct search *search, size_t index);

/* One way through the strategy; false while an answer is pending. */
bool search_go_seep(struct search *search);

/* search_prove.c. What the next long solo of an endpoint was told: a finding, unless a later answer took it back. */
void search_take_solo(struct search *search, size_t endpoint, const struct answer *answer);
/* Each finding alone on a fresh server, or with its partners. */
bool search_isolate(struct search *search);
/* What is then to be known of each: what nothing bore out is doubted (waits: the warm server is free for that), which of its
 * requests grow, and where. */
bool search_prove(struct search *search, bool waits);
/* Is what they kept still there? */
bool search_hold(struct search *search);
/* Findings that say the same become one; when all of them are proven and held, so that it hangs on no order of answers. */
void search_join(struct search *search);

/* search_sets.c. A set that was measured before is measured anew under another number: what is asked of it has changed,
 * or was doubted. */
struct asked_sets {
    char **identities;
    size_t count;
};
void asked_sets_forget(struct asked_sets *asked);

/* The rest grows: the smallest set of it that does, and proof that it does alone. What came of it is in left_out.
 * doubted: nothing came of it before. */
bool search_seek(struct search *search, struct asked_sets *asked, bool doubted);

#endif

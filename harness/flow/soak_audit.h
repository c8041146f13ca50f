/* The verdict of a soak asks itself what could be wrong with it.
 *
 * One row of the table in soak_audit.c for each question. What undermines the verdict is printed beside it as a caveat;
 * what overturns it makes it inconclusive, with the reason and what to do. */
#ifndef SEEP_FLOW_SOAK_AUDIT_H
#define SEEP_FLOW_SOAK_AUDIT_H

#include "analysis/growth.h"
#include "flow/soak_state.h"

enum audit_finds { AUDIT_NOTHING, AUDIT_UNDERMINES, AUDIT_OVERTURNS };

/* What is audited: a verdict, and what it rests on. */
struct audited {
    const struct soak *soak;
    enum verdict verdict;
    const struct growth_answer *answers; /* by decider */
    const struct growth_answer *rss;     /* NULL: it is a decider itself */
    size_t deciding;                     /* the first decider that grows; where none does, the first */
};

struct audit {
    const char *name;
    /* *why: what was found and what to do, in words that are the caller's; NULL where nothing was. */
    enum audit_finds (*ask)(const struct audited *audited, char **why);
};

/* Asks every row. Into the result: caveats; and where one overturns the verdict, an inconclusive one without findings,
 * of its signals as well. After the verdict is said, before thresholds are judged. */
void soak_audit(struct soak *soak, const struct growth_answer *answers, const struct growth_answer *rss);

#endif

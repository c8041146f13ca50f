/* Where every request of a run ends, exactly once. */
#ifndef SEEP_REPLAY_LEDGER_H
#define SEEP_REPLAY_LEDGER_H

#include "model/outcome.h"
#include "model/service.h"
#include "plan/schedule.h"

struct ledger {
    struct tally *tally;
    struct latencies *latencies;                                    /* may be NULL */
    void (*on_outcome)(void *owner, const struct outcome *outcome); /* may be NULL */
    void *owner;
    int64_t late_ns;     /* sent so long after its time is late */
    uint64_t due, ended; /* counted requests */
};

/* Fills in endpoint and counted from `due`, and late. sent_ns and done_ns: 0 where that never happened; status: of an answer that
 * came whole. */
void ledger_end(struct ledger *ledger, const struct due *due, struct outcome *outcome);

#endif

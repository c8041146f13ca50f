#include "replay/ledger.h"

#include "replay/replay.h"

void ledger_end(struct ledger *ledger, const struct due *due, struct outcome *outcome)
{
    outcome->endpoint = due->endpoint;
    outcome->counted = due->counted;
    outcome->late = outcome->sent_ns != 0 && outcome->sent_ns - outcome->due_ns > REPLAY_LATE_NS;
    if (ledger->tally != NULL)
        tally_add(ledger->tally, outcome);
    ledger->ended += outcome->counted;
    if (outcome->counted && ledger->latencies != NULL)
        latencies_add(ledger->latencies, outcome);
    if (ledger->on_outcome != NULL)
        ledger->on_outcome(ledger->owner, outcome);
}

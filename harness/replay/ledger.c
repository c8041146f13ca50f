#include "replay/ledger.h"

void ledger_end(struct ledger *ledger, const struct due *due, struct outcome *outcome)
{
    outcome->endpoint = due->endpoint;
    outcome->counted = due->counted;
    outcome->late = outcome->sent_ns != 0 && outcome->sent_ns - outcome->due_ns > ledger->late_ns;
    if (ledger->tally != NULL)
        tally_add(ledger->tally, outcome);
    ledger->ended += outcome->counted;
    if (outcome->counted && ledger->latencies != NULL)
        latencies_add(ledger->latencies, outcome);
    if (ledger->on_outcome != NULL)
        ledger->on_outcome(ledger->owner, outcome);
}

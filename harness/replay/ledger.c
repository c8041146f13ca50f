#include "replay/ledger.h"

#include "replay/replay.h"

void ledger_end(struct ledger *ledger, const struct due *due, const struct outcome *outcome)
{
    struct outcome ended = *outcome;
    ended.endpoint = due->endpoint;
    ended.counted = due->counted;
    ended.late = ended.sent_ns != 0 && ended.sent_ns - ended.due_ns > REPLAY_LATE_NS;
    if (ledger->tally != NULL)
        tally_add(ledger->tally, &ended);
    ledger->ended += ended.counted;
    if (ended.counted && ledger->latencies != NULL)
        latencies_add(ledger->latencies, &ended);
    if (ledger->on_outcome != NULL)
        ledger->on_outcome(ledger->owner, &ended);
}

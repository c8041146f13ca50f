#include "replay/ledger.h"

#include "replay/expect.h"
#include "replay/replay.h"

void ledger_end(struct ledger *ledger, const struct due *due, const struct outcome *outcome)
{
    const struct endpoint *endpoint = &ledger->service->endpoints[due->endpoint];
    int recorded = endpoint->recording.requests[due->request].status;
    struct outcome ended = *outcome;
    ended.endpoint = due->endpoint;
    ended.counted = due->counted;
    ended.late = ended.sent_ns != 0 && ended.sent_ns - ended.due_ns > REPLAY_LATE_NS;
    ended.landed = ended.result == OUTCOME_DONE && expect_landed(endpoint, recorded, ended.status);
    ended.expected_status = endpoint->expect.status != 0 ? endpoint->expect.status : recorded;
    tally_add(ledger->tally, &ended);
    ledger->ended += ended.counted;
    if (ended.counted && ledger->latencies != NULL)
        latencies_add(ledger->latencies, &ended);
    if (ledger->on_outcome != NULL)
        ledger->on_outcome(ledger->owner, &ended);
}

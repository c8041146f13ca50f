#include "replay/ledger.h"

#include "base/clock.h"
#include "replay/expect.h"

static void add_times(struct latencies *latencies, const struct outcome *outcome)
{
    int64_t lag = outcome->sent_ns - outcome->due_ns;
    if (outcome->sent_ns == 0)
        return;
    histogram_add(&latencies->lag, (uint64_t)(lag > 0 ? lag / CLOCK_NS_PER_US : 0));
    if (outcome->done_ns == 0)
        return;
    histogram_add(&latencies->service, (uint64_t)((outcome->done_ns - outcome->sent_ns) / CLOCK_NS_PER_US));
    histogram_add(&latencies->total, (uint64_t)((outcome->done_ns - outcome->due_ns) / CLOCK_NS_PER_US));
}

void ledger_end(struct ledger *ledger, const struct due *due, const struct outcome *outcome)
{
    const struct endpoint *endpoint = &ledger->service->endpoints[due->endpoint];
    int recorded = endpoint->recording.requests[due->request].status;
    struct outcome ended = *outcome;
    ended.endpoint = due->endpoint;
    ended.counted = due->counted;
    ended.landed = ended.result == OUTCOME_DONE && expect_landed(endpoint, recorded, ended.status);
    ended.expected_status = endpoint->expect_status != 0 ? endpoint->expect_status : recorded;
    tally_add(ledger->tally, &ended);
    ledger->ended += ended.counted;
    if (ended.counted && ledger->latencies != NULL)
        add_times(ledger->latencies, &ended);
    if (ledger->on_outcome != NULL)
        ledger->on_outcome(ledger->owner, &ended);
}

#include "model/outcome.h"

#include "base/clock.h"

void tally_add(struct tally *tally, const struct outcome *outcome)
{
    if (!outcome->counted) {
        tally->uncounted++;
        return;
    }
    tally->planned++;
    tally->received_bytes += outcome->received_bytes;
    tally->late += outcome->late;
    tally->abandoned += outcome->abandoned;
    switch (outcome->result) {
    case OUTCOME_DONE:
        tally->done++;
        if (outcome->landed)
            tally->landed++;
        else if (tally->wrong_status == 0) {
            tally->wrong_status = outcome->status;
            tally->expected_status = outcome->expected_status;
        }
        break;
    case OUTCOME_FAILED:
        tally->failed++;
        break;
    case OUTCOME_SKIPPED:
        tally->skipped++;
        tally->too_late += outcome->skip == SKIP_LATE;
        tally->uncorrelated += outcome->skip == SKIP_UNCORRELATED;
        break;
    }
}

static uint64_t microseconds(int64_t from_ns, int64_t to_ns)
{
    return to_ns > from_ns ? (uint64_t)((to_ns - from_ns) / CLOCK_NS_PER_US) : 0;
}

void latencies_add(struct latencies *latencies, const struct outcome *outcome)
{
    if (outcome->sent_ns == 0)
        return;
    histogram_add(&latencies->lag, microseconds(outcome->due_ns, outcome->sent_ns));
    if (outcome->done_ns == 0)
        return;
    histogram_add(&latencies->service, microseconds(outcome->sent_ns, outcome->done_ns));
    histogram_add(&latencies->total, microseconds(outcome->due_ns, outcome->done_ns));
}

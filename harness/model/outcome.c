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
        if (outcome->landed || outcome->abandoned) /* nobody looked at the rest of its answer */
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

void tally_merge(struct tally *into, const struct tally *from)
{
    into->planned += from->planned;
    into->done += from->done;
    into->failed += from->failed;
    into->skipped += from->skipped;
    into->landed += from->landed;
    into->abandoned += from->abandoned;
    into->late += from->late;
    into->too_late += from->too_late;
    into->uncorrelated += from->uncorrelated;
    into->uncounted += from->uncounted;
    into->received_bytes += from->received_bytes;
    if (into->wrong_status == 0) {
        into->wrong_status = from->wrong_status;
        into->expected_status = from->expected_status;
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
    if (outcome->result != OUTCOME_DONE || outcome->abandoned)
        return;
    uint64_t service_us = microseconds(outcome->sent_ns, outcome->done_ns);
    histogram_add(&latencies->service, service_us);
    latencies->service_sum_us += (double)service_us;
    histogram_add(&latencies->total, microseconds(outcome->due_ns, outcome->done_ns));
}

void latencies_merge(struct latencies *into, const struct latencies *from)
{
    histogram_merge(&into->lag, &from->lag);
    histogram_merge(&into->service, &from->service);
    histogram_merge(&into->total, &from->total);
    into->service_sum_us += from->service_sum_us;
}

void latencies_release(struct latencies *latencies)
{
    histogram_release(&latencies->lag);
    histogram_release(&latencies->service);
    histogram_release(&latencies->total);
    latencies->service_sum_us = 0;
}

struct times times_of(const struct histogram *histogram)
{
    return (struct times){(double)histogram_quantile(histogram, 0.5),
                          (double)histogram_quantile(histogram, 0.99), (double)histogram->max};
}

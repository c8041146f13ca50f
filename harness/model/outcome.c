#include "model/outcome.h"

void tally_add(struct tally *tally, const struct outcome *outcome)
{
    if (!outcome->counted) {
        tally->uncounted++;
        return;
    }
    tally->planned++;
    tally->received_bytes += outcome->received_bytes;
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
    into->uncounted += from->uncounted;
    into->received_bytes += from->received_bytes;
    if (into->wrong_status == 0) {
        into->wrong_status = from->wrong_status;
        into->expected_status = from->expected_status;
    }
}

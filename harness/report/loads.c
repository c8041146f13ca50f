#include "report/loads.h"

#include <math.h>

double loads_soak_seconds(const struct report *report)
{
    double seconds = 0;
    for (size_t i = 0; i < report->block_count; i++)
        if (report->blocks[i].step == STEP_SOAK && report->blocks[i].ended_s > report->blocks[i].started_s)
            seconds += report->blocks[i].ended_s - report->blocks[i].started_s;
    return seconds;
}

double loads_achieved(const struct endpoint_load *load, double soak_seconds)
{
    return soak_seconds > 0 ? (double)load->tally.done / soak_seconds : NAN;
}

bool loads_have_due_times(const struct report *report)
{
    for (size_t i = 0; i < report->load_count; i++)
        if (report->loads[i].lag.max_us > 0)
            return true;
    return false;
}

bool loads_have_losses(const struct tally *tally)
{
    return tally->late + tally->too_late + tally->uncorrelated + tally->abandoned > 0;
}

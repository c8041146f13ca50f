/* A rate that rises evenly from zero: in a ramp of R, what would have come by t comes by t * t / (2 R). */
#include <math.h>

#include "plan/kind.h"

int64_t ramp_due_ns(int64_t offset_ns, int64_t ramp_ns)
{
    double offset = (double)offset_ns, ramp = (double)ramp_ns;
    return offset_of(offset < ramp / 2 ? sqrt(2 * ramp * offset) : offset + ramp / 2);
}

int64_t schedule_ramped_ns(int64_t time_ns, int64_t ramp_ns)
{
    double time = (double)time_ns, ramp = (double)ramp_ns;
    if (ramp_ns <= 0)
        return time_ns;
    return (int64_t)ceil(time < ramp ? time * time / (2 * ramp) : time - ramp / 2);
}

void schedule_ramp(struct schedule *schedule, int64_t ramp_ns)
{
    schedule->ramp_ns = ramp_ns;
}

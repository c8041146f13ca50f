#include "analysis/hold.h"

#include <math.h>

#define FELL 0.05           /* of what was gained, from look to look */
#define AWAY 0.5            /* of what was gained */
#define STEP_BYTES 262144.0 /* by which a heap grows at once */
#define WAIT_LEAST_S 2
#define WAIT_MOST_S 32

enum hold_state hold_look(double gained, double before, double kept)
{
    if (kept < AWAY * gained)
        return HOLD_GONE;
    return kept <= before - FELL * gained ? HOLD_FALLS : HOLD_STAYS;
}

bool hold_refills(double per_request, double calls, double gained)
{
    return gained + STEP_BYTES < AWAY * per_request * calls;
}

double hold_calls(double per_request, double calls_so_far)
{
    double calls = fmin(fmax(4 * STEP_BYTES / per_request, calls_so_far / 16), calls_so_far / 2);
    return AWAY * per_request * calls > STEP_BYTES ? ceil(calls) : 0;
}

double hold_wait_s(double traffic_s)
{
    return fmin(fmax(traffic_s, WAIT_LEAST_S), WAIT_MOST_S);
}

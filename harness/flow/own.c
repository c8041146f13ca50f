#include "flow/own.h"

#include <math.h>
#include <unistd.h>

#include "base/clock.h"
#include "sample/proc.h"

static void add_lag(struct result *result, const struct trials *trials)
{
    struct latencies all = {0};
    trials_all_latencies(trials, &all);
    struct times lag = times_of(&all.lag);
    result->lag_p50_us = lag.p50_us;
    result->lag_p99_us = lag.p99_us;
    result->lag_max_us = lag.max_us;
    latencies_release(&all);
}

double own_peak_bytes(void)
{
    struct proc_status status;
    return proc_read_status(getpid(), &status) == 0 ? status.peak_bytes : NAN;
}

void own_add_costs(struct result *result, struct trials *trials)
{
    trials_weigh(trials);
    result->own_max_rss_bytes = own_peak_bytes();
    result->requests = trials->requests;
    result->trials = (uint64_t)trials->trial.number;
    result->seconds = trials_elapsed_s(trials);
    result->replay = trials->all;
    result->peak_bytes = trials->peak_bytes;
    result->kept_bytes = trials->kept_bytes;
    add_lag(result, trials);
    if (trials->asked_again > 0)
        strings_addf(&result->caveats,
                     "%llu readings between requests brought nothing and were asked for again",
                     (unsigned long long)trials->asked_again);
    if (trials->replaced > 0)
        strings_addf(
            &result->caveats,
            "%llu readings found a worker replaced: what each gained after its last reading is not in the "
            "growth",
            (unsigned long long)trials->replaced);
    uint64_t forgotten = trials->replay != NULL ? replay_forgotten(trials->replay) : 0;
    if (forgotten > 0)
        strings_addf(&result->caveats,
                     "%llu sessions were too many to remember: their later requests went out without their "
                     "cookies and "
                     "captured values",
                     (unsigned long long)forgotten);
    result->ended_us = clock_wall_us();
}

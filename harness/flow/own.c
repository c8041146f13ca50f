#include "flow/own.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/units.h"
#include "flow/trials_shared.h"
#include "sample/proc.h"

static void add_lag(struct result *result, struct trials *const *lanes, size_t count)
{
    struct latencies all = {0};
    for (size_t i = 0; i < count; i++)
        trials_all_latencies(lanes[i], &all);
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

static uint64_t asked_again_of(const struct trials *trials)
{
    return trials->asked_again;
}

static uint64_t replaced_of(const struct trials *trials)
{
    return trials->replaced;
}

static uint64_t forgotten_of(const struct trials *trials)
{
    return trials->replay != NULL ? replay_forgotten(trials->replay) : 0;
}

/* What is to be known of a measurement where it happened at all. */
static const struct caveat {
    uint64_t (*of)(const struct trials *trials);
    const char *words;
} caveats[] = {
    {asked_again_of, "readings between requests brought nothing and were asked for again"},
    {replaced_of, "readings found a worker replaced: what each gained after its last reading is not in the "
                  "growth"},
    {forgotten_of, "sessions were too many to remember: their later requests went out without their "
                   "cookies and captured values"},
};

static void add_caveats(struct result *result, struct trials *const *lanes, size_t count)
{
    for (size_t i = 0; i < sizeof caveats / sizeof *caveats; i++) {
        uint64_t sum = 0;
        for (size_t lane = 0; lane < count; lane++)
            sum += caveats[i].of(lanes[lane]);
        if (sum > 0)
            strings_addf(&result->caveats, "%llu %s", (unsigned long long)sum, caveats[i].words);
    }
}

static void add_lane(struct result *result, struct trials *trials)
{
    trials_weigh(trials);
    result->requests += trials->requests;
    tally_merge(&result->replay, &trials->all);
    if (isnan(trials->peak_bytes) || trials->peak_bytes <= result->peak_bytes)
        return;
    result->peak_bytes = trials->peak_bytes;
    result->kept_bytes = trials->kept_bytes;
}

#define SUSPENDED_LEAST_NS CLOCK_NS_PER_S
#define SET_LEAST_US 2000000 /* a leap second is less */

/* Every time of a run is CLOCK_MONOTONIC's, so neither changes one; but its dates are reckoned from them. */
static void say_clocks(struct result *result, const struct clock_moment *began,
                       const struct clock_moment *ended)
{
    char duration[UNITS_SIZE];
    int64_t suspended_ns = ended->suspended_ns - began->suspended_ns, set_us = clock_set_us(began, ended);
    if (suspended_ns >= SUSPENDED_LEAST_NS)
        strings_addf(&result->caveats,
                     "the machine was suspended for %s: that is in none of the run's times, and whatever was "
                     "under way then may have failed",
                     units_duration(duration, (double)suspended_ns / (double)CLOCK_NS_PER_S));
    if (set_us >= SET_LEAST_US || set_us <= -SET_LEAST_US)
        strings_addf(
            &result->caveats,
            "the system's clock was set %s by %s during the run: no duration changed, and dates count on "
            "from when it began",
            set_us > 0 ? "forward" : "back", units_duration(duration, fabs((double)set_us) / 1e6));
}

/* Who counted what is live, where somebody did: "gunicorn app:app; live memory told by: python agent". */
static void say_counter(struct result *result, const struct trials *trials)
{
    if (trials->live_by[0] == '\0' || result->target == NULL)
        return;
    char *target = xasprintf("%s; live memory told by: %s", result->target, trials->live_by);
    free(result->target);
    result->target = target;
}

void own_add_all_costs(struct result *result, struct trials *const *lanes, size_t count)
{
    result->own_max_rss_bytes = own_peak_bytes();
    result->requests = 0;
    result->replay = (struct tally){0};
    result->peak_bytes = result->kept_bytes = NAN;
    for (size_t i = 0; i < count; i++)
        add_lane(result, lanes[i]);
    result->trials = (uint64_t)trials_shared_numbers(lanes[0]->shared);
    result->seconds = trials_elapsed_s(lanes[0]);
    say_counter(result, lanes[0]);
    add_lag(result, lanes, count);
    add_caveats(result, lanes, count);
    struct clock_moment ended = clock_moment();
    say_clocks(result, &lanes[0]->shared->began, &ended);
    result->ended_us = ended.wall_us - clock_set_us(&lanes[0]->shared->began, &ended);
}

void own_add_costs(struct result *result, struct trials *trials)
{
    own_add_all_costs(result, &trials, 1);
}

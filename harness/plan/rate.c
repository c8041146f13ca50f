/* Poisson arrivals: each share a process of its own, merged by time. */
#include <math.h>

#include "base/clock.h"
#include "base/random.h"
#include "plan/kind.h"

struct arriving {
    struct random random; /* a share's own, so that another share moves none of its arrivals */
    double mean_gap_ns;
    uint64_t cursor;
};

struct rate {
    struct schedule schedule;
    double duration_ns; /* INFINITY: no bound */
    uint64_t left;      /* UINT64_MAX: no bound */
    struct arriving arrivals[];
};

static double gap(struct arriving *arrivals)
{
    return -log(1.0 - random_unit(&arrivals->random)) * arrivals->mean_gap_ns;
}

static int next(struct schedule *schedule, struct due *due, uint64_t *pass)
{
    struct rate *rate = (struct rate *)schedule;
    const struct lane *lane = lanes_first(&schedule->lanes);
    if (lane == NULL || rate->left == 0 || lane->key >= rate->duration_ns)
        return 0;
    struct arriving *arrivals = &rate->arrivals[lane->index];
    size_t length = schedule_recording(schedule, lane->index)->count;
    due->offset_ns = (int64_t)lane->key;
    due->endpoint = schedule->shares[lane->index].endpoint;
    due->request = arrivals->cursor % length;
    *pass = arrivals->cursor++ / length;
    if (rate->left != UINT64_MAX)
        rate->left--;
    lanes_move_first(&schedule->lanes, lane->key + gap(arrivals));
    return 1;
}

static const struct schedule_kind kind = {next};

struct schedule *schedule_rate(const struct service *service, const struct share *shares, size_t count,
                               double rate_per_second, int64_t duration_ns, uint64_t requests, uint64_t seed)
{
    size_t size = sizeof(struct rate) + count * sizeof(struct arriving);
    struct rate *rate = (struct rate *)schedule_alloc(size, &kind, service, shares, count);
    struct schedule *schedule = &rate->schedule;
    double whole = 0;
    rate->duration_ns = duration_ns > 0 ? (double)duration_ns : INFINITY;
    rate->left = requests != 0 ? requests : UINT64_MAX;
    schedule->planned = duration_ns > 0 ? 0 : requests;
    for (size_t i = 0; i < count; i++)
        whole += shares[i].weight * (double)schedule_recording(schedule, i)->count;
    for (size_t i = 0; i < count; i++) {
        double part = shares[i].weight * (double)schedule_recording(schedule, i)->count;
        struct arriving *arrivals = &rate->arrivals[i];
        if (!(part > 0))
            continue;
        random_init(&arrivals->random, schedule_hash(seed, shares[i].endpoint, 0));
        arrivals->mean_gap_ns = (double)CLOCK_NS_PER_S / (rate_per_second * part / whole);
        lanes_add(&schedule->lanes, gap(arrivals), i);
    }
    return schedule;
}

/* Arrivals that no recording gives the times of: Poisson, or at equal distances; each share a process of its
 * own, merged by time. */
#include <math.h>

#include "base/clock.h"
#include "base/random.h"
#include "plan/kind.h"
#include "tape/tape.h"

struct process {
    struct random random; /* a share's own, so that another share moves none of its arrivals */
    double gap_ns;        /* on average */
    uint64_t cursor;
};

struct arriving {
    struct schedule schedule;
    enum arrivals arrivals;
    double duration_ns; /* INFINITY: no bound */
    uint64_t left;      /* UINT64_MAX: no bound */
    struct process processes[];
};

static double gap(const struct arriving *arriving, struct process *process)
{
    if (arriving->arrivals == ARRIVALS_CONSTANT)
        return process->gap_ns;
    return -log(1.0 - random_unit(&process->random)) * process->gap_ns;
}

/* The first of equal distances falls anywhere within one, so that endpoints do not all come at once. */
static double first(const struct arriving *arriving, struct process *process)
{
    if (arriving->arrivals == ARRIVALS_CONSTANT)
        return random_unit(&process->random) * process->gap_ns;
    return gap(arriving, process);
}

static int next(struct schedule *schedule, struct due *due)
{
    struct arriving *arriving = (struct arriving *)schedule;
    const struct lane *lane = lanes_first(&schedule->lanes);
    if (lane == NULL || arriving->left == 0 || lane->key >= arriving->duration_ns)
        return 0;
    struct process *process = &arriving->processes[lane->index];
    size_t length = schedule_length(schedule, lane->index);
    due->offset_ns = offset_of(lane->key);
    due->endpoint = schedule->shares[lane->index].endpoint;
    due->request = process->cursor % length;
    due->pass = process->cursor++ / length;
    due->session = tape_entry(schedule_tape(schedule, lane->index), due->request, &due->position)->session;
    if (arriving->left != UINT64_MAX)
        arriving->left--;
    lanes_move_first(&schedule->lanes, lane->key + gap(arriving, process));
    return 1;
}

static const struct schedule_kind kind = {next};

/* What the rates of the shares are multiples of. */
static double part_of(const struct schedule *schedule, size_t share, bool recorded_rates)
{
    const struct share *of = &schedule->shares[share];
    size_t length = schedule_length(schedule, share);
    if (length == 0 || !(of->weight > 0))
        return 0;
    return of->weight *
           (recorded_rates ? schedule->service->endpoints[of->endpoint].rate_per_second : (double)length);
}

struct schedule *schedule_arriving(const struct service *service, const struct share *shares, size_t count,
                                   const struct arriving_options *options)
{
    size_t size = sizeof(struct arriving) + count * sizeof(struct process);
    struct arriving *arriving = (struct arriving *)schedule_alloc(size, &kind, service, shares, count);
    struct schedule *schedule = &arriving->schedule;
    bool recorded_rates = !(options->rate_per_second > 0);
    double whole = 0;
    arriving->arrivals = options->arrivals;
    arriving->duration_ns = options->duration_ns > 0 ? (double)options->duration_ns : INFINITY;
    arriving->left = options->requests != 0 ? options->requests : UINT64_MAX;
    for (size_t i = 0; i < count; i++)
        whole += part_of(schedule, i, recorded_rates);
    double scale = recorded_rates ? options->speed : options->rate_per_second / whole;
    for (size_t i = 0; i < count; i++) {
        double rate = part_of(schedule, i, recorded_rates) * scale;
        struct process *process = &arriving->processes[i];
        if (!(rate > 0))
            continue;
        random_init(&process->random, schedule_hash(options->seed, shares[i].endpoint, 0));
        process->gap_ns = (double)CLOCK_NS_PER_S / rate;
        lanes_add(&schedule->lanes, first(arriving, process), i);
    }
    if (schedule->lanes.count > 0 && options->duration_ns <= 0)
        schedule->planned = options->requests;
    return schedule;
}

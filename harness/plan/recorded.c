/* The recorded order of all shares merged: at the recorded times, or as fast as it answers. */
#include <math.h>

#include "plan/kind.h"
#include "tape/tape.h"

struct recorded {
    struct schedule schedule;
    bool closed;                /* due at once, in the order of the recorded times */
    double first_us, period_us; /* a pass starts and lasts */
    double ns_per_us;           /* 1000 / speed */
    double duration_ns;         /* INFINITY: no bound */
    uint64_t left;              /* requests still to come; UINT64_MAX: no bound */
    uint64_t passes;            /* 0: no bound */
    uint64_t seed;
    struct track {
        struct tape *tape;
        bool plain;                 /* its weight is 1 */
        size_t length;              /* requests on it */
        size_t request;             /* the one that is next */
        uint64_t pass;              /* through it */
        uint64_t position, session; /* of that request */
        uint64_t copies;            /* of that request that are still to go out */
    } tracks[];                     /* by share */
};

static double first_time(const struct service *service)
{
    double first = INFINITY;
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (service->endpoints[i].recorded > 0)
            first = fmin(first, (double)tape_first_us(service->endpoints[i].tape));
    return first;
}

/* The span, and the mean gap between the last request of a pass and the first of the next. */
static double pass_length(const struct service *service)
{
    double span = (double)schedule_span_us(service);
    size_t requests = 0;
    for (size_t i = 0; i < service->endpoint_count; i++)
        requests += service->endpoints[i].recorded;
    return requests > 1 ? span + span / (double)(requests - 1) : span;
}

/* Microseconds since the start, at the recorded speed. */
static double time_of(const struct recorded *recorded, const struct tape_entry *entry, uint64_t pass)
{
    return (double)entry->t_us - recorded->first_us + (double)pass * recorded->period_us;
}

static double time_at(const struct recorded *recorded, const struct track *track, size_t request,
                      uint64_t pass)
{
    uint64_t position;
    return time_of(recorded, tape_entry(track->tape, request, &position), pass);
}

/* How often this request goes out: the weight on average, decided by seed and
 * place so that no other's changes. */
static uint64_t copies_of(const struct recorded *recorded, size_t share, uint64_t cursor)
{
    const struct share *of = &recorded->schedule.shares[share];
    double whole = floor(of->weight), rest = of->weight - whole;
    if (rest <= 0)
        return (uint64_t)whole;
    uint64_t hash = schedule_hash(recorded->seed, of->endpoint, cursor);
    return (uint64_t)whole + ((double)(hash >> 11) * 0x1.0p-53 < rest);
}

static bool is_late(const struct recorded *recorded, double time_us)
{
    return time_us * recorded->ns_per_us >= recorded->duration_ns;
}

static bool is_over(const struct recorded *recorded, size_t share, uint64_t cursor)
{
    const struct track *track = &recorded->tracks[share];
    uint64_t pass = cursor / track->length;
    if (recorded->passes != 0 && pass >= recorded->passes)
        return true;
    return isfinite(recorded->duration_ns) &&
           is_late(recorded, time_at(recorded, track, cursor % track->length, pass));
}

/* Moves on to the first request from the present place on that goes out. False: there is none. */
static bool settle(struct recorded *recorded, size_t share, double *time_us)
{
    struct track *track = &recorded->tracks[share];
    for (;; track->request++) {
        if (track->request == track->length) {
            track->request = 0;
            track->pass++;
        }
        if (recorded->passes != 0 && track->pass >= recorded->passes)
            return false;
        const struct tape_entry *entry = tape_entry(track->tape, track->request, &track->position);
        track->session = entry->session;
        *time_us = time_of(recorded, entry, track->pass);
        if (is_late(recorded, *time_us))
            return false;
        track->copies =
            track->plain ? 1 : copies_of(recorded, share, track->pass * track->length + track->request);
        if (track->copies > 0)
            return true;
    }
}

static int next(struct schedule *schedule, struct due *due)
{
    struct recorded *recorded = (struct recorded *)schedule;
    const struct lane *lane = lanes_first(&schedule->lanes);
    if (lane == NULL || recorded->left == 0)
        return 0;
    size_t share = lane->index;
    struct track *track = &recorded->tracks[share];
    due->offset_ns = recorded->closed ? DUE_AT_ONCE : offset_of(lane->key * recorded->ns_per_us);
    due->endpoint = schedule->shares[share].endpoint;
    due->request = track->request;
    due->pass = track->pass;
    due->position = track->position;
    due->session = track->session;
    recorded->left -= recorded->left != UINT64_MAX;
    if (--track->copies > 0)
        return 1;
    double time_us;
    track->request++;
    if (settle(recorded, share, &time_us))
        lanes_move_first(&schedule->lanes, time_us);
    else
        lanes_drop_first(&schedule->lanes);
    return 1;
}

static const struct schedule_kind kind = {next};

/* How many requests of a share come before the duration or the passes end. */
static uint64_t count_share(const struct recorded *recorded, size_t share)
{
    const struct share *of = &recorded->schedule.shares[share];
    uint64_t length = recorded->tracks[share].length, low = 0, high = length;
    if (length == 0 || !(of->weight > 0))
        return 0;
    while (!is_over(recorded, share, high)) {
        if (high > UINT64_MAX / 4)
            return UINT64_MAX; /* at a speed beyond all measure */
        high *= 2;
    }
    while (low < high) { /* the times of one endpoint never decrease */
        uint64_t middle = low + (high - low) / 2;
        if (is_over(recorded, share, middle))
            high = middle;
        else
            low = middle + 1;
    }
    if (of->weight == floor(of->weight))
        return low * (uint64_t)of->weight;
    uint64_t requests = 0;
    for (uint64_t cursor = 0; cursor < low; cursor++)
        requests += copies_of(recorded, share, cursor);
    return requests;
}

static uint64_t count_all(const struct recorded *recorded, uint64_t bound)
{
    uint64_t requests = 0;
    if (recorded->schedule.lanes.count == 0)
        return 0;
    if (recorded->passes == 0 && (recorded->closed || isinf(recorded->duration_ns)))
        return bound;
    for (size_t i = 0; i < recorded->schedule.count; i++)
        if (__builtin_add_overflow(requests, count_share(recorded, i), &requests))
            return bound;
    if (requests == UINT64_MAX)
        return bound;
    return bound != 0 && bound < requests ? bound : requests;
}

static void start(struct recorded *recorded)
{
    struct schedule *schedule = &recorded->schedule;
    double time_us;
    for (size_t i = 0; i < schedule->count; i++)
        if (schedule->shares[i].weight > 0 && recorded->tracks[i].length > 0 && settle(recorded, i, &time_us))
            lanes_add(&schedule->lanes, time_us, i);
}

static struct recorded *make(const struct service *service, const struct share *shares, size_t count,
                             uint64_t requests, uint64_t seed)
{
    size_t size = sizeof(struct recorded) + count * sizeof(struct track);
    struct recorded *recorded = (struct recorded *)schedule_alloc(size, &kind, service, shares, count);
    recorded->first_us = first_time(service);
    recorded->period_us = pass_length(service);
    recorded->ns_per_us = 1000;
    recorded->duration_ns = INFINITY;
    recorded->left = requests != 0 ? requests : UINT64_MAX;
    recorded->seed = seed;
    for (size_t i = 0; i < count; i++) {
        recorded->tracks[i].tape = schedule_tape(&recorded->schedule, i);
        recorded->tracks[i].plain = shares[i].weight == 1;
        recorded->tracks[i].length = schedule_length(&recorded->schedule, i);
    }
    return recorded;
}

struct schedule *schedule_recorded(const struct service *service, const struct share *shares, size_t count,
                                   double speed, int64_t duration_ns, uint64_t requests, uint64_t seed)
{
    struct recorded *recorded = make(service, shares, count, requests, seed);
    recorded->ns_per_us = 1000 / speed;
    if (duration_ns > 0)
        recorded->duration_ns = (double)duration_ns;
    recorded->passes = duration_ns <= 0 && requests == 0 ? 1 : 0;
    start(recorded);
    recorded->schedule.planned = count_all(recorded, requests);
    return &recorded->schedule;
}

struct schedule *schedule_closed(const struct service *service, const struct share *shares, size_t count,
                                 uint64_t requests, uint64_t seed)
{
    struct recorded *recorded = make(service, shares, count, requests, seed);
    recorded->closed = true;
    start(recorded);
    recorded->schedule.planned = count_all(recorded, requests);
    return &recorded->schedule;
}

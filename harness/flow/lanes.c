#include "flow/lanes.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "flow/lane_service.h"
#include "flow/own.h"
#include "flow/trials_shared.h"

enum lane_state { LANE_FREE, LANE_GIVEN, LANE_ENDED, LANE_LEAVES };

struct lane {
    struct lanes *lanes;
    struct service service; /* of a lane beside others; else empty */
    struct trials trials;
    pthread_t thread;
    bool has_thread;
    enum lane_state state;
    lane_job *job;
    void *owner;
    uint64_t turn; /* LANE_ENDED: in the order of the ends */
};

struct lanes {
    struct trials_shared *shared;
    pthread_mutex_t lock; /* of the lanes' states, jobs and turns */
    pthread_cond_t given, ended;
    uint64_t turns;
    struct lane *lanes;
    struct trials **trials; /* of each lane */
    size_t count;
};

static bool await_job(struct lane *lane)
{
    while (lane->state != LANE_GIVEN && lane->state != LANE_LEAVES)
        pthread_cond_wait(&lane->lanes->given, &lane->lanes->lock);
    return lane->state == LANE_GIVEN;
}

/* A thread stays until its server was stopped: the kernel kills a process with the thread that started it
 * (PR_SET_PDEATHSIG). */
static void *run_lane(void *argument)
{
    struct lane *lane = argument;
    struct lanes *lanes = lane->lanes;
    pthread_mutex_lock(&lanes->lock);
    while (await_job(lane)) {
        pthread_mutex_unlock(&lanes->lock);
        lane->job(lane->owner, &lane->trials);
        pthread_mutex_lock(&lanes->lock);
        lane->state = LANE_ENDED;
        lane->turn = ++lanes->turns;
        pthread_cond_signal(&lanes->ended);
    }
    pthread_mutex_unlock(&lanes->lock);
    trials_close(&lane->trials);
    return NULL;
}

/* Signals are for the thread that waits: their flag and their descriptor reach every loop. */
static int start_thread(struct lane *lane, struct err *err)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int status = pthread_create(&lane->thread, NULL, run_lane, lane);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    lane->has_thread = status == 0;
    return status == 0 ? 0 : err_set(err, ERR_INTERNAL, "cannot start a thread: %s", strerror(status));
}

static int open_lane(struct lane *lane, const struct trials_options *options, struct err *err)
{
    struct lanes *lanes = lane->lanes;
    struct trials_options own = *options;
    if (lanes->count > 1) {
        own.service = &lane->service;
        if (lane_service_init(&lane->service, options->service, err) != 0)
            return -1;
    }
    return trials_open_beside(&lane->trials, &own, lanes->shared, err);
}

static struct lanes *lanes_new(const struct trials_options *options, size_t count)
{
    struct lanes *lanes = xcalloc(1, sizeof *lanes);
    lanes->count = trials_may_run_beside(options->service) ? count : 1;
    lanes->shared = trials_shared_new(options, lanes->count);
    lanes->lanes = xcalloc(lanes->count, sizeof *lanes->lanes);
    lanes->trials = xcalloc(lanes->count, sizeof(struct trials *));
    pthread_mutex_init(&lanes->lock, NULL);
    pthread_cond_init(&lanes->given, NULL);
    pthread_cond_init(&lanes->ended, NULL);
    for (size_t i = 0; i < lanes->count; i++) {
        lanes->lanes[i].lanes = lanes;
        lanes->trials[i] = &lanes->lanes[i].trials;
    }
    return lanes;
}

struct lanes *lanes_open(const struct trials_options *options, size_t count, struct err *err)
{
    struct lanes *lanes = lanes_new(options, count);
    int failed = 0;
    for (size_t i = 0; !failed && i < lanes->count; i++)
        failed = open_lane(&lanes->lanes[i], options, err);
    for (size_t i = 0; !failed && i < lanes->count; i++)
        failed = start_thread(&lanes->lanes[i], err);
    if (!failed)
        return lanes;
    lanes_close(lanes);
    return NULL;
}

/* All at once: a server may take seconds to end. */
static void end_threads(struct lanes *lanes)
{
    pthread_mutex_lock(&lanes->lock);
    for (size_t i = 0; i < lanes->count; i++)
        lanes->lanes[i].state = LANE_LEAVES;
    pthread_cond_broadcast(&lanes->given);
    pthread_mutex_unlock(&lanes->lock);
    for (size_t i = 0; i < lanes->count; i++)
        if (lanes->lanes[i].has_thread)
            pthread_join(lanes->lanes[i].thread, NULL);
}

void lanes_close(struct lanes *lanes)
{
    if (lanes == NULL)
        return;
    end_threads(lanes);
    for (size_t i = 0; i < lanes->count; i++) {
        if (!lanes->lanes[i].has_thread) /* else it has done so */
            trials_close(&lanes->lanes[i].trials);
        lane_service_release(&lanes->lanes[i].service);
    }
    pthread_cond_destroy(&lanes->given);
    pthread_cond_destroy(&lanes->ended);
    pthread_mutex_destroy(&lanes->lock);
    trials_shared_free(lanes->shared);
    free(lanes->trials);
    free(lanes->lanes);
    free(lanes);
}

size_t lanes_count(const struct lanes *lanes)
{
    return lanes->count;
}

struct trials *lanes_trials(struct lanes *lanes, size_t lane)
{
    return lanes->trials[lane];
}

bool lanes_busy(const struct lanes *lanes, size_t lane)
{
    pthread_mutex_t *lock = &((struct lanes *)lanes)->lock;
    pthread_mutex_lock(lock);
    bool busy = lanes->lanes[lane].state != LANE_FREE;
    pthread_mutex_unlock(lock);
    return busy;
}

void lanes_begin(struct lanes *lanes, size_t lane, lane_job *job, void *owner)
{
    struct lane *given = &lanes->lanes[lane];
    pthread_mutex_lock(&lanes->lock);
    if (given->state != LANE_FREE)
        abort();
    given->job = job;
    given->owner = owner;
    given->state = LANE_GIVEN;
    pthread_cond_broadcast(&lanes->given);
    pthread_mutex_unlock(&lanes->lock);
}

static struct lane *first_ended(struct lanes *lanes)
{
    struct lane *first = NULL;
    for (size_t i = 0; i < lanes->count; i++) {
        struct lane *lane = &lanes->lanes[i];
        if (lane->state == LANE_ENDED && (first == NULL || lane->turn < first->turn))
            first = lane;
    }
    return first;
}

size_t lanes_wait(struct lanes *lanes)
{
    struct lane *lane;
    pthread_mutex_lock(&lanes->lock);
    while ((lane = first_ended(lanes)) == NULL)
        pthread_cond_wait(&lanes->ended, &lanes->lock);
    lane->state = LANE_FREE;
    pthread_mutex_unlock(&lanes->lock);
    return (size_t)(lane - lanes->lanes);
}

void lanes_add_costs(struct lanes *lanes, struct result *result)
{
    own_add_all_costs(result, lanes->trials, lanes->count);
}

void lanes_store_loads(struct lanes *lanes)
{
    trials_store_all_loads(lanes->trials, lanes->count);
}

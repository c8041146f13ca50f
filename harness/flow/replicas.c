#include "flow/replicas.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/replicas.h"
#include "base/clock.h"
#include "base/text.h"
#include "flow/levels.h"

#define READING_MOST_S (5.0 / REPLICAS_READINGS) /* on average; a slower target is not held up */
#define PID_OF_CONTAINERS 1.0                    /* each has one of its own */

static void take(struct trials *trials, struct levels *levels)
{
    double *values = xcalloc(levels->signal_count + 1, sizeof *values);
    double began_s = trials_elapsed_s(trials), took_s = 0;
    while (levels->count < REPLICAS_READINGS && took_s <= READING_MOST_S * (double)(levels->count + 1) &&
           !trials_halted(trials)) {
        watch_read(trials->watch, values);
        took_s = trials_elapsed_s(trials) - began_s;
        levels_add(levels, (double)levels->count, took_s, values);
    }
    free(values);
}

static bool is_pid(const struct signal_spec *spec)
{
    const char *last = spec->pointer != NULL ? strrchr(spec->pointer, '/') : NULL;
    return strcmp(spec->name, "pid") == 0 || (last != NULL && strcmp(last, "/pid") == 0);
}

static bool is_start_time(const struct signal_spec *spec)
{
    return spec->metric != NULL && text_starts_with(spec->metric, "process_start_time_seconds");
}

/* Whether all readings have a value, and one that says who it is. */
static bool names(const struct signal_spec *spec, const double *column, size_t count)
{
    bool pid = is_pid(spec), known = pid || is_start_time(spec);
    for (size_t i = 0; i < count && known; i++)
        known = !isnan(column[i]) && !(pid && column[i] == PID_OF_CONTAINERS);
    return known && count > 0;
}

/* By signals that name the process; 0: there is none. */
static size_t named(const struct trials *trials, const struct levels *levels)
{
    const struct service *service = trials->options.service;
    size_t first = levels->signal_count - service->signal_count, most = 0;
    for (size_t i = 0; i < service->signal_count; i++) {
        double *column = levels_column(levels, first + i);
        size_t count =
            names(&service->signals[i], column, levels->count) ? replicas_named(column, levels->count) : 0;
        most = count > most ? count : most;
        free(column);
    }
    return most;
}

static bool is_of_anyone(const struct trials *trials, const struct decider *decider)
{
    const struct watch_signal *signal = watch_signal(trials->watch, decider->index);
    return signal->collects && !signal->pooled;
}

static size_t by_levels(const struct trials *trials, const struct levels *levels,
                        const struct deciders *deciders)
{
    size_t most = 1;
    for (size_t i = 0; i < deciders->count; i++) {
        const struct decider *decider = &deciders->items[i];
        double *column = levels_column(levels, decider->index);
        size_t count =
            is_of_anyone(trials, decider) ? replicas_count(column, levels->count, decider->quantum) : 1;
        most = count > most ? count : most;
        free(column);
    }
    return most;
}

static bool is_asked(const struct trials *trials, const struct deciders *deciders)
{
    bool any = false;
    for (size_t i = 0; i < deciders->count; i++)
        any = any || is_of_anyone(trials, &deciders->items[i]);
    return any && !target_restartable(trials->target) && watch_workers(trials->watch) == 0;
}

int replicas_check(struct trials *trials, const struct deciders *deciders)
{
    struct levels levels;
    if (trials_halted(trials) || !is_asked(trials, deciders))
        return trials->halt == HALT_NONE ? 0 : -1;
    levels_init(&levels, watch_count(trials->watch));
    trials_say(trials, "does one server answer?");
    take(trials, &levels);
    size_t by_name = named(trials, &levels),
           count = by_name > 0 ? by_name : by_levels(trials, &levels, deciders);
    levels_release(&levels);
    if (trials_halted(trials))
        return -1;
    if (count < 2)
        return 0;
    return trials_halt(trials, HALT_TARGET,
                       "%zu servers seem to answer at %s: levels of different processes cannot be compared "
                       "(give the address of one of them%s)",
                       count, target_origin(trials->target)->text,
                       by_name > 0 ? "" : "; if there is only one, a signal that tells its pid says so");
}

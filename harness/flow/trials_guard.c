/* Ten times a second: the cheap signals, the limits, the progress. */
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "flow/last_words.h"
#include "flow/own.h"
#include "flow/trials_inside.h"
#include "flow/trials_shared.h"

#define SILENCE_NS (30 * CLOCK_NS_PER_S) /* a target that answers nothing for so long is gone */
#define SILENCE_REQUESTS 4
#define SLOW_START_S 1
#define END_TRIES 20
#define CONTAINER_END_TRIES 200 /* Docker is asked four times a second */
#define END_PAUSE_NS (10 * CLOCK_NS_PER_MS)

static void tell_progress(struct trials *trials)
{
    bool replays = trials->open_loop && trials->stop_on_halt;
    trials_tell(trials, &(struct progress){.total_s = trials->total_s,
                                           .due = replays ? replay_due(trials->replay) : 0,
                                           .lag_us = replays ? trials->lag_max_us : 0,
                                           .memory_bytes = trials->now_values[0]});
}

static void put_timed(struct trials *trials)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++) {
        if (isnan(trials->now_values[i]))
            continue;
        struct sample sample = {trials->trial.number,   watch_signal(trials->watch, i)->name,
                                SAMPLE_TIMED,           trials_elapsed_s(trials),
                                trials->trial.requests, trials->now_values[i]};
        store_put_sample(trials->options.store, trials->options.run, &sample);
    }
}

static int halt_with_output(struct trials *trials, enum halt halt, const char *what)
{
    char *output = last_words(target_last_output(trials->target));
    int halted = trials_halt(trials, halt, "%s after %llu requests%s%s", what,
                             (unsigned long long)trials->trial.requests,
                             *output != '\0' ? "; its last output: " : "", output);
    free(output);
    return halted;
}

int trials_halt_for_output(struct trials *trials, const char *what)
{
    return halt_with_output(trials, HALT_TARGET, what);
}

static void halt_for_end(struct trials *trials, const char *how)
{
    char *what = xasprintf("the target %s%s", text_starts_with(how, "killed") ? "was " : "", how);
    halt_with_output(trials, target_killed_for_memory(trials->target) ? HALT_KILLED : HALT_TARGET, what);
    free(what);
}

static bool is_silent(const struct trials *trials)
{
    return trials->stop_on_halt && trials->unanswered >= SILENCE_REQUESTS &&
           clock_now_ns() - trials->answered_ns >= SILENCE_NS;
}

void trials_check_limits(struct trials *trials)
{
    const char *how = NULL;
    struct err err = {0};
    if (store_check(trials->options.store, &err) != 0)
        trials_halt_on_error(trials, &err); /* what is measured from here on would be lost */
    else if (!target_alive(trials->target, &how))
        halt_for_end(trials, how);
    else if (is_silent(trials))
        trials_halt(
            trials, HALT_TARGET,
            "the target hangs: nothing was answered for %.0f s (%u requests failed) after %llu requests",
            (double)(clock_now_ns() - trials->answered_ns) / (double)CLOCK_NS_PER_S, trials->unanswered,
            (unsigned long long)trials->trial.requests);
    else if (trials->now_values[0] > trials->ceiling_bytes)
        trials_halt(trials, HALT_CEILING, "the target passed its ceiling of %.0f MiB after %llu requests",
                    trials->ceiling_bytes / 1048576, (unsigned long long)trials->trial.requests);
    else if (trials_left_s(trials) <= 0)
        trials_halt(trials, HALT_BUDGET, "the budget was used up");
    else if (trials->options.mem_limit_bytes > 0 &&
             own_peak_bytes() > (double)trials->options.mem_limit_bytes)
        trials_halt(trials, HALT_MEMORY, "seep itself passed --mem-limit");
}

void trials_await_end(struct trials *trials)
{
    trials_check_limits(trials);
    for (int i = 0; i < END_TRIES && trials->halt == HALT_NONE; i++) {
        nanosleep(&(struct timespec){0, END_PAUSE_NS}, NULL);
        trials_check_limits(trials);
    }
}

void trials_await_told_end(struct trials *trials)
{
    if (target_container(trials->target) == NULL) {
        trials_await_end(trials);
        return;
    }
    for (int i = 0; i < CONTAINER_END_TRIES && trials->halt == HALT_NONE; i++)
        if (loop_sleep(trials->loop, END_PAUSE_NS) != 0)
            break;
}

void trials_on_tick(void *owner)
{
    struct trials *trials = owner;
    trials->tick_ns = clock_now_ns();
    if (trials_halted(trials))
        return;
    if (trials->trial.number ==
        0) { /* the first server is being started: only a slow start is worth a line */
        if (trials_elapsed_s(trials) > SLOW_START_S)
            tell_progress(trials);
        return;
    }
    if (!trials->options.unread) {
        watch_read_cheap(trials->watch, trials->now_values);
        put_timed(trials);
    }
    trials_check_limits(trials);
    tell_progress(trials);
}

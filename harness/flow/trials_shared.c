#include "flow/trials_shared.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define TELL_NS (100 * CLOCK_NS_PER_MS)
#define RATE_S 0.5

struct trials_shared *trials_shared_new(const struct trials_options *options, size_t lanes)
{
    struct trials_shared *shared = xcalloc(1, sizeof *shared);
    shared->began = clock_moment();
    shared->began_ns = shared->began.now_ns - (int64_t)(options->elapsed_s * (double)CLOCK_NS_PER_S);
    shared->numbers = options->trials_before;
    shared->lanes = lanes;
    shared->told = -1;
    shared->progress.memory_bytes = NAN;
    pthread_mutex_init(&shared->lock, NULL);
    return shared;
}

void trials_shared_free(struct trials_shared *shared)
{
    if (shared == NULL)
        return;
    pthread_mutex_destroy(&shared->lock);
    free(shared);
}

int64_t trials_shared_number(struct trials_shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    int64_t number = ++shared->numbers;
    pthread_mutex_unlock(&shared->lock);
    return number;
}

int64_t trials_shared_numbers(struct trials_shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    int64_t numbers = shared->numbers;
    pthread_mutex_unlock(&shared->lock);
    return numbers;
}

void trials_shared_halt(struct trials_shared *shared, enum halt halt, const char *why, const struct err *err)
{
    pthread_mutex_lock(&shared->lock);
    if (shared->halt == HALT_NONE) {
        snprintf(shared->halt_why, sizeof shared->halt_why, "%s", why);
        if (err != NULL)
            shared->err = *err;
        shared->halt = halt;
    }
    pthread_mutex_unlock(&shared->lock);
}

enum halt trials_halt_of_all(const struct trials *trials, const char **why, struct err *err)
{
    struct trials_shared *shared = trials->shared;
    pthread_mutex_lock(&shared->lock);
    enum halt halt = shared->halt;
    if (err != NULL)
        *err = shared->err;
    pthread_mutex_unlock(&shared->lock);
    if (why != NULL)
        *why = shared->halt_why; /* once it says something, it stays */
    return halt;
}

bool trials_halted(struct trials *trials)
{
    const char *why = NULL;
    if (trials->halt != HALT_NONE)
        return true;
    trials->halt = trials_halt_of_all(trials, &why, &trials->err);
    if (trials->halt == HALT_NONE)
        return false;
    snprintf(trials->halt_why, sizeof trials->halt_why, "%s", why);
    if (trials->stop_on_halt)
        replay_stop(trials->replay);
    return true;
}

void trials_say(struct trials *trials, const char *format, ...)
{
    struct trials_shared *shared = trials->shared;
    char step[sizeof shared->step];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(step, sizeof step, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&shared->lock);
    memcpy(shared->step, step, sizeof step);
    shared->speaker = trials;
    pthread_mutex_unlock(&shared->lock);
    if (trials->options.verbose)
        trials_note(trials, "%.1f s: %s", trials_elapsed_s(trials), step);
}

bool trials_said(struct trials_shared *shared)
{
    pthread_mutex_lock(&shared->lock);
    bool said = shared->step[0] != '\0';
    pthread_mutex_unlock(&shared->lock);
    return said;
}

void trials_note(struct trials *trials, const char *format, ...)
{
    const struct listener *listener = trials->options.listener;
    if (listener == NULL || listener->note == NULL)
        return;
    char line[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    pthread_mutex_lock(&trials->shared->lock);
    listener->note(listener->owner, line);
    pthread_mutex_unlock(&trials->shared->lock);
}

static void take_rate(struct trials_shared *shared, int64_t now_ns)
{
    struct progress *progress = &shared->progress;
    double seconds = (double)(now_ns - shared->rate_at_ns) / (double)CLOCK_NS_PER_S;
    if (seconds < RATE_S)
        return;
    progress->rate_per_second = (double)(progress->requests - shared->rate_requests) / seconds;
    shared->rate_at_ns = now_ns;
    shared->rate_requests = progress->requests;
}

static void take_own(struct trials *trials, const struct progress *own)
{
    struct progress *progress = &trials->shared->progress;
    progress->requests += trials->requests - trials->told_requests;
    trials->told_requests = trials->requests;
    if (trials->shared->speaker != trials)
        return;
    progress->total_s = own->total_s;
    progress->due = own->due;
    progress->lag_us = own->lag_us;
    progress->memory_bytes = own->memory_bytes;
}

void trials_tell(struct trials *trials, const struct progress *own)
{
    struct trials_shared *shared = trials->shared;
    const struct listener *listener = trials->options.listener;
    int64_t now_ns = clock_now_ns(), slot = (now_ns - shared->began_ns) / TELL_NS;
    pthread_mutex_lock(&shared->lock);
    take_own(trials, own);
    take_rate(shared, now_ns);
    if (shared->rate_at_ns == now_ns)
        trials->lag_max_us = 0;
    if (listener != NULL && listener->tell != NULL && slot != shared->told) {
        shared->told = slot;
        shared->progress.step = shared->step;
        shared->progress.elapsed_s = trials_elapsed_s(trials);
        listener->tell(listener->owner, &shared->progress);
    }
    pthread_mutex_unlock(&shared->lock);
}

/* Readings of all sources, one after the other while the loop runs, and the floor that they settle to. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/withheld.h"
#include "sample/watch_inside.h"

#define SLOW_NS (15 * CLOCK_NS_PER_S) /* who took so long to say nothing would take as long again */

/* A reading of all sources, one after the other. It lives on its own: the watch may be freed before the last
 * answer comes. */
struct reading {
    struct source_reading of_source; /* first, so that a source's reading is its whole */
    struct watch *watch;             /* NULL once it is dropped */
    size_t source;                   /* that is asked now */
    bool asked, answered;            /* so that a source may be done at once, or later */
    double *values;                  /* of all */
    char **complaints;
    size_t count;
    void (*done)(void *owner, const double *values); /* NULL: watch_read() waits */
    void *owner;
};

void source_complain(struct source_reading *reading, size_t signal, char *why_take)
{
    free(reading->complaints[signal]);
    struct text why = TEXT_EMPTY;
    withheld_hide(&why, why_take);
    free(why_take);
    reading->complaints[signal] = text_take(&why);
}

void watch_drop_reading(struct watch *watch)
{
    if (watch->reading != NULL) {
        watch->reading->watch = NULL;
        watch->reading->of_source.dropped = true;
    }
    watch->reading = NULL;
}

void watch_set_gaps(double *values, size_t count)
{
    for (size_t i = 0; i < count; i++)
        values[i] = (double)NAN;
}

static void reading_free(struct reading *reading)
{
    for (size_t i = 0; i < reading->count; i++)
        free(reading->complaints[i]);
    free(reading->complaints);
    free(reading->values);
    free(reading);
}

static void finish(struct reading *reading)
{
    struct watch *watch = reading->watch;
    if (watch != NULL) {
        char **before = watch->complaints;
        watch->complaints = reading->complaints; /* the old ones go with the reading */
        reading->complaints = before;
        watch->reading = NULL;
        if (watch->read != NULL)
            loop_stop(watch->loop);
        if (watch->read != NULL && reading->done == NULL)
            memcpy(watch->read, reading->values, reading->count * sizeof *reading->values);
        if (reading->done != NULL)
            reading->done(reading->owner, reading->values);
    }
    reading_free(reading);
}

/* Asks one source after the other; a source that is done at once does not make this call itself. */
static void go_on(struct reading *reading)
{
    while (reading->watch != NULL && reading->source < SOURCES) {
        struct source *source = &reading->watch->sources[reading->source];
        reading->answered = true;
        if (source->count > 0) {
            size_t first = reading->watch->first[reading->source];
            reading->of_source.values = reading->values + first;
            reading->of_source.complaints = reading->complaints + first;
            reading->answered = false;
            reading->asked = false;
            source->kind->start_read(source, &reading->of_source);
            reading->asked = true;
        }
        if (!reading->answered)
            return;
        reading->source++;
    }
    finish(reading);
}

void source_done(struct source_reading *of_source)
{
    struct reading *reading = (struct reading *)of_source;
    reading->answered = true;
    if (!reading->asked)
        return; /* go_on() is still there */
    reading->source++;
    go_on(reading);
}

static void on_begin(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    go_on(owner);
}

static void start_reading(struct watch *watch, bool quiet, void (*done)(void *owner, const double *values),
                          void *owner)
{
    struct reading *reading = xcalloc(1, sizeof *reading);
    size_t count = watch_count(watch);
    *reading = (struct reading){.of_source = {.quiet = quiet},
                                .watch = watch,
                                .values = xcalloc(count + 1, sizeof *reading->values),
                                .complaints = xcalloc(count + 1, sizeof *reading->complaints),
                                .count = count,
                                .done = done,
                                .owner = owner};
    watch_set_gaps(reading->values, count);
    watch->reading = reading;
    event_base_once(loop_base(watch->loop), -1, EV_TIMEOUT, on_begin, reading, &(struct timeval){0, 0});
}

void watch_start_read(struct watch *watch, void (*done)(void *owner, const double *values), void *owner)
{
    if (watch->reading == NULL)
        start_reading(watch, false, done, owner);
}

/* Two readings at once would collect twice, and each would see the other's garbage. */
static void await_reading(struct watch *watch, double *values)
{
    watch->read = values;
    while (watch->reading != NULL && loop_run(watch->loop) == 0)
        ;
    watch->read = NULL;
}

void watch_read(struct watch *watch, double *values)
{
    await_reading(watch, values);
    watch_drop_reading(watch); /* a signal came */
    watch_set_gaps(values, watch_count(watch));
    start_reading(watch, true, NULL, NULL);
    await_reading(watch, values);
    watch_drop_reading(watch);
}

/* Keeps the lowest of each collecting signal; true while one of them still falls. */
static bool lower(const struct watch *watch, double *values, const double *reading)
{
    bool falls = false;
    for (size_t i = 0; i < watch_count(watch); i++) {
        if (watch_signal(watch, i)->collects) {
            falls = falls || reading[i] < values[i] || (isnan(values[i]) && !isnan(reading[i]));
            values[i] = fmin(values[i], reading[i]); /* takes the number where one is NaN */
        } else {
            values[i] = reading[i];
        }
    }
    return falls;
}

static bool any_collects(const struct watch *watch)
{
    for (size_t i = 0; i < watch_count(watch); i++)
        if (watch_signal(watch, i)->collects)
            return true;
    return false;
}

static bool all_gaps(const struct watch *watch, const double *values)
{
    for (size_t i = 0; i < watch_count(watch); i++)
        if (watch_signal(watch, i)->collects && !isnan(values[i]))
            return false;
    return true;
}

void watch_settle(struct watch *watch, unsigned most, double *values, unsigned *reads)
{
    double *reading = xcalloc(watch_count(watch), sizeof *reading);
    unsigned taken = 1;
    int64_t began_ns = clock_now_ns();
    watch_read(watch, values);
    bool hangs = clock_now_ns() - began_ns > SLOW_NS && all_gaps(watch, values);
    bool again = any_collects(watch) && !hangs;
    while (again && taken < (most < 2 ? 2 : most)) {
        watch_read(watch, reading);
        taken++;
        again = lower(watch, values, reading);
    }
    for (size_t i = 0; i < watch_count(watch); i++)
        if (!isnan(values[i])) {
            free(watch->complaints[i]);
            watch->complaints[i] = NULL;
        }
    if (reads != NULL)
        *reads = taken;
    free(reading);
}

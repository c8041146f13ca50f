#include "net/loop.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "net/multi.h"

struct loop {
    struct event_base *base;
    struct event *interrupt; /* NULL until there is a descriptor to watch */
    struct multi *multi;     /* NULL until the first fetch */
};

struct ticker {
    struct event *event;
    void (*tick)(void *owner);
    void *owner;
};

/* libevent would end the program with 1, which means growth here; it does so where descriptors run out. */
static void on_fatal(int number)
{
    (void)number;
    _exit(ERR_INTERNAL);
}

/* Its warnings come before the error that says the same, or are about what is tried again. */
static void on_log(int severity, const char *message)
{
    if (severity == EVENT_LOG_ERR)
        fprintf(stderr, "seep: libevent: %s\n", message);
}

static void initialise_once(void)
{
    event_set_mem_functions(xmalloc, xrealloc, free); /* it does not look everywhere whether it got any */
    event_set_fatal_callback(on_fatal);
    event_set_log_callback(on_log);
}

struct loop *loop_new(struct err *err)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, initialise_once);
    struct loop *loop = xcalloc(1, sizeof *loop);
    loop->base = event_base_new();
    if (loop->base == NULL) {
        err_set(err, ERR_INTERNAL, "libevent: no event base");
        free(loop);
        return NULL;
    }
    return loop;
}

void loop_free(struct loop *loop)
{
    if (loop == NULL)
        return;
    multi_free(loop->multi);
    if (loop->interrupt != NULL)
        event_free(loop->interrupt);
    event_base_free(loop->base);
    free(loop);
}

struct event_base *loop_base(struct loop *loop)
{
    return loop->base;
}

struct multi *loop_multi(struct loop *loop)
{
    if (loop->multi == NULL)
        loop->multi = multi_new(loop->base);
    return loop->multi;
}

static void on_interrupt(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    event_base_loopbreak(owner);
}

/* Edge-triggered, because nobody reads the byte: it would wake every clean-up again and again. */
static void watch_interrupt(struct loop *loop)
{
    if (loop->interrupt != NULL || interrupt_descriptor() < 0)
        return;
    loop->interrupt =
        event_new(loop->base, interrupt_descriptor(), EV_READ | EV_PERSIST | EV_ET, on_interrupt, loop->base);
    if (loop->interrupt != NULL)
        event_add(loop->interrupt, NULL);
}

int loop_run(struct loop *loop)
{
    watch_interrupt(loop);
    if (interrupt_signal() != 0)
        return interrupt_signal();
    event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
    return interrupt_signal();
}

void loop_run_ignoring(struct loop *loop)
{
    if (loop->interrupt != NULL)
        event_del(loop->interrupt);
    event_base_loop(loop->base, EVLOOP_NO_EXIT_ON_EMPTY);
    if (loop->interrupt != NULL)
        event_add(loop->interrupt, NULL);
}

void loop_stop(struct loop *loop)
{
    event_base_loopbreak(loop->base);
}

static struct timeval time_of(long long ns)
{
    return (struct timeval){.tv_sec = ns / CLOCK_NS_PER_S, .tv_usec = ns % CLOCK_NS_PER_S / CLOCK_NS_PER_US};
}

struct sleeper {
    struct event_base *base;
    bool over;
};

static void on_wake(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct sleeper *sleeper = owner;
    sleeper->over = true;
    event_base_loopbreak(sleeper->base);
}

int loop_sleep(struct loop *loop, long long ns)
{
    struct sleeper sleeper = {loop->base, false};
    struct event *event = evtimer_new(loop->base, on_wake, &sleeper);
    struct timeval delay = time_of(ns > 0 ? ns : 0);
    int number = 0;
    event_base_update_cache_time(loop->base);
    evtimer_add(event, &delay);
    while (!sleeper.over && number == 0)
        number = loop_run(loop);
    event_free(event);
    return number;
}

static void on_tick(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct ticker *ticker = owner;
    ticker->tick(ticker->owner);
}

struct ticker *ticker_new(struct loop *loop, long long period_ns, void (*tick)(void *owner), void *owner)
{
    struct ticker *ticker = xcalloc(1, sizeof *ticker);
    struct timeval period = time_of(period_ns);
    ticker->tick = tick;
    ticker->owner = owner;
    ticker->event = event_new(loop->base, -1, EV_PERSIST, on_tick, ticker);
    if (ticker->event != NULL)
        event_add(ticker->event, &period);
    return ticker;
}

void ticker_free(struct ticker *ticker)
{
    if (ticker == NULL)
        return;
    if (ticker->event != NULL)
        event_free(ticker->event);
    free(ticker);
}

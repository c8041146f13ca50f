#include "replay/pacer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

struct pacer {
    int descriptor;
    struct event *event;
    int64_t armed_ns; /* 0: not */
    void (*wake)(void *owner);
    void *owner;
};

static void on_due(evutil_socket_t descriptor, short what, void *owner)
{
    (void)descriptor, (void)what;
    struct pacer *pacer = owner;
    pacer->armed_ns = 0;
    pacer->wake(pacer->owner);
}

struct pacer *pacer_new(struct loop *loop, void (*wake)(void *owner), void *owner, struct err *err)
{
    int descriptor = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (descriptor < 0) {
        err_set(err, ERR_INTERNAL, "timerfd: %s", strerror(errno));
        return NULL;
    }
    struct pacer *pacer = xcalloc(1, sizeof *pacer);
    pacer->descriptor = descriptor;
    pacer->wake = wake;
    pacer->owner = owner;
    pacer->event = event_new(loop_base(loop), descriptor, EV_READ | EV_ET | EV_PERSIST, on_due, pacer);
    event_add(pacer->event, NULL);
    return pacer;
}

void pacer_free(struct pacer *pacer)
{
    if (pacer == NULL)
        return;
    event_free(pacer->event);
    close(pacer->descriptor);
    free(pacer);
}

static void set(struct pacer *pacer, int64_t due_ns)
{
    if (pacer->armed_ns == due_ns)
        return;
    int64_t at_ns = due_ns != 0 ? clock_monotonic_ns(due_ns) : 0;
    struct itimerspec when = {
        .it_value = {.tv_sec = at_ns / CLOCK_NS_PER_S, .tv_nsec = at_ns % CLOCK_NS_PER_S}};
    pacer->armed_ns = due_ns;
    timerfd_settime(pacer->descriptor, TFD_TIMER_ABSTIME, &when, NULL);
}

void pacer_arm(struct pacer *pacer, int64_t due_ns)
{
    set(pacer, due_ns > 0 ? due_ns : 1);
}

void pacer_disarm(struct pacer *pacer)
{
    set(pacer, 0);
}

void pacer_wake(struct pacer *pacer)
{
    event_active(pacer->event, EV_READ, 0);
}

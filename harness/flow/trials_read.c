/* Readings between blocks: settled, whole, and of the same target all along. */
#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "flow/trials_inside.h"
#include "net/fetch.h"

#define SETTLE_READS_MOST 6
#define READ_TRIES 4
#define HOLD_STEP_S 0.5
#define CLIFF_OBJECTS 1000
#define CLIFF_BYTES 65536
#define READ_PAUSE_NS (250 * CLOCK_NS_PER_MS)
#define SNAPSHOT_TIMEOUT_NS (120 * CLOCK_NS_PER_S)

void trials_need(struct trials *trials, size_t signal)
{
    trials->needed[signal] = true;
}

/* The first needed signal without a value, or the count of signals. What nobody promised can only be missed
 * where it was once there: memory that nobody here can read, or a run that is about its answers alone. */
static size_t missing(const struct trials *trials, const double *values)
{
    size_t count = watch_count(trials->watch), i = 0;
    while (i < count && !(trials->needed[i] && isnan(values[i]) &&
                          (watch_signal(trials->watch, i)->promised || !isnan(trials->first_values[i]))))
        i++;
    return i;
}

/* "python agent, 3 processes" without how many. */
static void take_live_by(struct trials *trials)
{
    const char *about = NULL;
    for (size_t i = 0; about == NULL && i < watch_count(trials->watch); i++)
        about = watch_about(trials->watch, i);
    if (about != NULL)
        snprintf(trials->live_by, sizeof trials->live_by, "%.*s", (int)strcspn(about, ","), about);
}

/* Asks again after an answer that is of no use, but not after one that took its time not to come. */
static void settle(struct trials *trials, double *values)
{
    int tries = 1;
    unsigned reads = 0;
    int64_t began_ns = clock_now_ns();
    watch_settle(trials->watch, SETTLE_READS_MOST, values, &reads);
    while (missing(trials, values) < watch_count(trials->watch) && tries++ < READ_TRIES &&
           clock_now_ns() - began_ns < CLOCK_NS_PER_S * 10 && loop_sleep(trials->loop, READ_PAUSE_NS) == 0) {
        trials->asked_again++;
        watch_settle(trials->watch, SETTLE_READS_MOST, values, &reads);
    }
    trials->unsettled += reads >= SETTLE_READS_MOST;
    take_live_by(trials);
}

void trials_forget_first(struct trials *trials)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++)
        trials->first_values[i] = NAN;
}

/* To less than half, and by more than a small server's own saw. */
static bool fell_off(const struct watch_signal *signal, double first, double value)
{
    return value < first / 2 && first - value > (signal->unit == UNIT_OBJECTS ? CLIFF_OBJECTS : CLIFF_BYTES);
}

int trials_check_cliff(struct trials *trials, const double *values)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++) {
        const struct watch_signal *signal = watch_signal(trials->watch, i);
        double first = trials->first_values[i];
        if (isnan(first))
            trials->first_values[i] = values[i];
        if (!trials->needed[i] || !signal->collects || !fell_off(signal, first, values[i]))
            continue;
        return trials_halt(
            trials, HALT_TARGET,
            "%s fell from %.6g to %.6g within %llu requests: levels before and after cannot be "
            "compared (was the target restarted?)",
            signal->name, first, values[i], (unsigned long long)trials->trial.requests);
    }
    return 0;
}

static int check_values(struct trials *trials, const double *values)
{
    size_t count = watch_count(trials->watch), lost = missing(trials, values);
    const char *why = lost < count ? watch_complaint(trials->watch, lost) : NULL;
    if (lost < count)
        return trials_halt(trials, HALT_TARGET, "signal %s cannot be read after %llu requests: %s",
                           watch_signal(trials->watch, lost)->name,
                           (unsigned long long)trials->trial.requests, why != NULL ? why : "no value");
    return trials_check_cliff(trials, values);
}

/* A worker that was replaced cuts its own series of a pooled signal, and no other. */
static bool all_pooled(const struct trials *trials)
{
    for (size_t i = 0; i < watch_count(trials->watch); i++)
        if (trials->needed[i] && !watch_signal(trials->watch, i)->pooled)
            return false;
    return true;
}

int trials_check_process(struct trials *trials)
{
    if (!watch_restarted(trials->watch))
        return 0;
    if (!watch_gone(trials->watch) && (trials->goes_on_replaced || all_pooled(trials))) {
        trials->replaced++;
        if (!all_pooled(trials))
            trials_forget_first(trials);
        return 0;
    }
    if (target_container(trials->target) != NULL && watch_gone(trials->watch))
        return 0; /* the next look says how it ended */
    trials_await_end(trials);
    if (trials->halt != HALT_NONE)
        return -1;
    return trials_halt(
        trials, HALT_TARGET,
        "a process of the target was replaced after %llu requests: levels before and after cannot be "
        "compared (are workers recycled, as by --max-requests?)",
        (unsigned long long)trials->trial.requests);
}

int trials_read(struct trials *trials, double *values)
{
    if (trials_halted(trials))
        return -1;
    settle(trials, values);
    trials_put_values(trials, SAMPLE_SETTLED, values);
    if (!isnan(values[0]))
        trials->warm_bytes = values[0];
    trials->settled_bytes = watch_resident_bytes(trials->watch);
    if (interrupt_signal() != 0)
        return trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    trials_check_limits(trials);
    if (trials->halt == HALT_NONE)
        trials_check_process(trials);
    if (trials->halt == HALT_NONE)
        check_values(trials, values);
    return trials->halt == HALT_NONE ? 0 : -1;
}

int trials_hold_until(struct trials *trials, double at_s)
{
    double left_s = 0;
    while (!trials_halted(trials) && (left_s = at_s - trials_elapsed_s(trials)) > 0)
        if (loop_sleep(trials->loop, (int64_t)(fmin(left_s, HOLD_STEP_S) * (double)CLOCK_NS_PER_S)) != 0)
            return trials_halt(trials, HALT_INTERRUPTED, "interrupted");
    return trials->halt == HALT_NONE ? 0 : -1;
}

int trials_fetch(struct trials *trials, const char *path, struct text *body, struct err *err)
{
    if (trials_halted(trials))
        return err_set(err, ERR_USAGE, "%s", trials->halt_why);
    struct fetch_request request = {.method = "GET",
                                    .origin = target_origin(trials->target),
                                    .path = path,
                                    .allow = target_allow(trials->target),
                                    .run_header = trials->run_header,
                                    .timeout_ns = SNAPSHOT_TIMEOUT_NS};
    struct fetch_answer answer = {0};
    int failed = fetch(trials->loop, &request, &answer);
    if (!failed && answer.status / 100 != 2)
        failed = err_set(&answer.err, ERR_USAGE, "%s answered %d", path, answer.status);
    if (!failed)
        text_add(body, text_string(&answer.body), answer.body.length);
    else
        *err = answer.err;
    text_release(&answer.body);
    return failed;
}

void trials_weigh(struct trials *trials)
{
    double peak = trials->trial.number > 0 && !trials->traced ? watch_peak_bytes(trials->watch) : (double)NAN;
    if (isnan(peak) || peak <= trials->peak_bytes)
        return;
    trials->peak_bytes = peak;
    trials->kept_bytes = trials->settled_bytes;
    trials->peak_is_older = peak <= trials->older_peak_bytes;
}

void trials_trace(struct trials *trials)
{
    trials_weigh(trials);
    trials->traced = true;
}

#include "analysis/stretches.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"

#define FALL 0.67         /* of what was there: below it, and for good, memory began anew */
#define AFTER 4           /* rows in which that shows */
#define GAP_ROWS 6        /* without memory: what happened meanwhile is not known, */
#define GAP_S 1800.0      /* from so long on */
#define SAME_START_S 90.0 /* clocks of exporters differ by less */
#define NEAR_LIMIT 0.9
#define NEAR_MOST 0.92
#define MOST_ABOVE 1.2 /* the most any had, of what instances have on average */
#define DEPLOY_S 1800.0
#define DEPLOY_PART 0.5

static double at(const double *values, size_t row)
{
    return values != NULL ? values[row] : NAN;
}

static size_t next_known(const double *values, size_t from, size_t end)
{
    while (from < end && !isfinite(values[from]))
        from++;
    return from;
}

/* Whether memory fell and stays there. */
static bool fell(const double *memory, size_t before, size_t row, size_t end)
{
    double after[AFTER];
    size_t count = 0;
    for (size_t i = row; i < end && count < AFTER; i++)
        if (isfinite(memory[i]))
            after[count++] = memory[i];
    return memory[row] < FALL * memory[before] && robust_median(after, count) < FALL * memory[before];
}

enum cut { CUT_NONE, CUT_GAP, CUT_RESTART };

static enum cut cut_between(const struct history *history, const struct history_instance *instance,
                            size_t before, size_t row)
{
    double was = at(instance->started, before), is = at(instance->started, row);
    double ran = at(instance->restarts, before), runs = at(instance->restarts, row);
    if (is > was + SAME_START_S || runs > ran)
        return CUT_RESTART;
    bool known = isfinite(was) && isfinite(is);
    if (fell(instance->memory, before, row, history->rows))
        return known ? CUT_GAP : CUT_RESTART;
    double gap_s = (double)(row - before) * history->step_s;
    return row - before > GAP_ROWS && gap_s > GAP_S && !known ? CUT_GAP : CUT_NONE;
}

static void add_stretch(struct stretches *stretches, struct stretch stretch)
{
    stretches->items = xrealloc(stretches->items, (stretches->count + 1) * sizeof *stretches->items);
    stretches->items[stretches->count++] = stretch;
}

static void add_restart(struct stretches *stretches, const struct history *history, size_t instance,
                        size_t before, size_t row)
{
    stretches->restarts =
        xrealloc(stretches->restarts, (stretches->restart_count + 1) * sizeof *stretches->restarts);
    stretches->restarts[stretches->restart_count++] =
        (struct restart){.instance = instance,
                         .at_s = history->start_s + history->step_s * (double)row,
                         .kind = RESTART_OTHER,
                         .memory_bytes = history->instances[instance].memory[before]};
}

/* That it began within what was looked at, though it was not there before. */
static bool appears(const struct history *history, const struct history_instance *instance, size_t row)
{
    double started = at(instance->started, row);
    double at_s = history->start_s + history->step_s * (double)row;
    return isfinite(started) ? at_s - started < 4 * history->step_s + SAME_START_S : row > 0;
}

static void cut_instance(const struct history *history, size_t number, struct stretches *stretches)
{
    const struct history_instance *instance = &history->instances[number];
    size_t row = next_known(instance->memory, 0, history->rows), before = row;
    struct stretch stretch = {number, row, row, row < history->rows && appears(history, instance, row)};
    while (row < history->rows) {
        enum cut cut = row > before ? cut_between(history, instance, before, row) : CUT_NONE;
        if (cut != CUT_NONE) {
            stretch.end = before + 1;
            add_stretch(stretches, stretch);
            if (cut == CUT_RESTART)
                add_restart(stretches, history, number, before, row);
            stretch = (struct stretch){number, row, row, cut == CUT_RESTART};
        }
        before = row;
        row = next_known(instance->memory, row + 1, history->rows);
    }
    stretch.end = before + 1;
    if (before < history->rows)
        add_stretch(stretches, stretch);
}

/* One that is gone before the end, and did not come back under its name. */
static void take_ends(const struct history *history, struct stretches *stretches)
{
    for (size_t i = 0; i < stretches->count; i++) {
        const struct stretch *stretch = &stretches->items[i];
        bool last = i + 1 == stretches->count || stretches->items[i + 1].instance != stretch->instance;
        double left_s = (double)(history->rows - stretch->end) * history->step_s;
        if (last && left_s > fmax(GAP_ROWS * history->step_s, fmin(GAP_S, history->step_s * 60)))
            add_restart(stretches, history, stretch->instance, stretch->end - 1, stretch->end);
    }
}

static int by_time(const void *a, const void *b)
{
    const struct restart *x = a, *y = b;
    return (x->at_s > y->at_s) - (x->at_s < y->at_s);
}

/* Instances, each once however often it began. */
static size_t there_at(const struct history *history, const struct stretches *stretches, double at_s)
{
    size_t count = 0, last = SIZE_MAX;
    for (size_t i = 0; i < stretches->count; i++) {
        const struct stretch *stretch = &stretches->items[i];
        double from = history->start_s + history->step_s * (double)stretch->first;
        double to = history->start_s + history->step_s * (double)stretch->end;
        if (stretch->instance == last || !(from < at_s && to > at_s - DEPLOY_S))
            continue;
        last = stretch->instance;
        count++;
    }
    return count;
}

static size_t restarted_around(const struct history *history, const struct stretches *stretches, double at_s)
{
    size_t count = 0;
    bool *counted = xcalloc(history->instance_count + 1, sizeof *counted);
    for (size_t i = 0; i < stretches->restart_count; i++) {
        const struct restart *restart = &stretches->restarts[i];
        if (counted[restart->instance] || fabs(restart->at_s - at_s) > DEPLOY_S)
            continue;
        counted[restart->instance] = true;
        count++;
    }
    free(counted);
    return count;
}

/* The most that any instance had, where it stands out; else INFINITY. */
static double most_memory(const struct history *history)
{
    double most = 0, sum = 0, count = 0;
    for (size_t i = 0; i < history->instance_count; i++)
        for (size_t row = 0; row < history->rows; row++)
            if (isfinite(history->instances[i].memory[row])) {
                most = fmax(most, history->instances[i].memory[row]);
                sum += history->instances[i].memory[row];
                count++;
            }
    return most > MOST_ABOVE * sum / fmax(count, 1) ? most : INFINITY;
}

static double last_known(const double *values, size_t row)
{
    for (size_t i = row + 1; values != NULL && i-- > 0;)
        if (isfinite(values[i]))
            return values[i];
    return NAN;
}

static bool is_full(const struct history *history, const struct restart *restart, double limit, double most)
{
    size_t row =
        (size_t)fmin((restart->at_s - history->start_s) / history->step_s, (double)history->rows - 1);
    double known = last_known(history->instances[restart->instance].limit, row);
    double full = isfinite(known) && known > 0 ? NEAR_LIMIT * known
                  : isfinite(limit)            ? NEAR_LIMIT * limit
                                               : NEAR_MOST * most;
    return restart->memory_bytes > full;
}

static void explain(const struct history *history, double limit, struct stretches *stretches)
{
    double most = most_memory(history);
    for (size_t i = 0; i < stretches->restart_count; i++) {
        struct restart *restart = &stretches->restarts[i];
        size_t together = restarted_around(history, stretches, restart->at_s);
        size_t there = there_at(history, stretches, restart->at_s);
        if (together > 1 && (double)together >= DEPLOY_PART * (double)there)
            restart->kind = RESTART_DEPLOY;
        else if (is_full(history, restart, limit, most))
            restart->kind = RESTART_MEMORY;
    }
}

void stretches_find(const struct history *history, double limit, struct stretches *stretches)
{
    *stretches = (struct stretches){.count = 0};
    for (size_t i = 0; i < history->instance_count; i++)
        cut_instance(history, i, stretches);
    take_ends(history, stretches);
    if (stretches->restart_count > 0)
        qsort(stretches->restarts, stretches->restart_count, sizeof *stretches->restarts, by_time);
    explain(history, limit, stretches);
}

void stretches_release(struct stretches *stretches)
{
    free(stretches->items);
    free(stretches->restarts);
    *stretches = (struct stretches){.count = 0};
}

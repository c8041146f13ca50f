#include "flow/levels.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/curve.h"
#include "base/text.h"

void levels_init(struct levels *levels, size_t signal_count)
{
    *levels = (struct levels){.signal_count = signal_count};
}

void levels_release(struct levels *levels)
{
    free(levels->requests);
    free(levels->at_s);
    free(levels->values);
    free(levels->readings);
    free(levels->cuts);
    memset(levels, 0, sizeof *levels);
}

void levels_add(struct levels *levels, double requests, double at_s, const double *values)
{
    if (levels->count == levels->capacity) {
        levels->capacity = levels->capacity > 0 ? levels->capacity * 2 : 32;
        levels->requests = xrealloc(levels->requests, levels->capacity * sizeof *levels->requests);
        levels->at_s = xrealloc(levels->at_s, levels->capacity * sizeof *levels->at_s);
        levels->values =
            xrealloc(levels->values, levels->capacity * levels->signal_count * sizeof *levels->values);
        levels->readings = xrealloc(levels->readings, levels->capacity * sizeof *levels->readings);
    }
    levels->requests[levels->count] = requests;
    levels->at_s[levels->count] = at_s;
    levels->readings[levels->count] = levels->count > 0 ? levels->readings[levels->count - 1] + 1 : 0;
    memcpy(levels->values + levels->count * levels->signal_count, values,
           levels->signal_count * sizeof *values);
    levels->count++;
}

void levels_cut(struct levels *levels)
{
    if (levels->count == 0 || (levels->cut_count > 0 && levels->cuts[levels->cut_count - 1] == levels->count))
        return;
    levels->cuts = xrealloc(levels->cuts, (levels->cut_count + 1) * sizeof *levels->cuts);
    levels->cuts[levels->cut_count++] = levels->count;
}

static void move_row(struct levels *levels, size_t to, size_t from)
{
    size_t width = levels->signal_count;
    levels->requests[to] = levels->requests[from];
    levels->at_s[to] = levels->at_s[from];
    levels->readings[to] = levels->readings[from];
    memmove(levels->values + to * width, levels->values + from * width, width * sizeof *levels->values);
}

/* A cut stays before the first row that is left behind it. */
static void thin_cuts(struct levels *levels, size_t first)
{
    size_t kept = 0;
    for (size_t i = 0; i < levels->cut_count; i++) {
        size_t cut = (levels->cuts[i] + 1 - first) / 2;
        if (cut > 0 && (kept == 0 || levels->cuts[kept - 1] < cut))
            levels->cuts[kept++] = cut;
    }
    levels->cut_count = kept;
}

void levels_thin(struct levels *levels)
{
    size_t kept = 0, first = levels->count > 0 ? (levels->count - 1) % 2 : 0;
    thin_cuts(levels, first);
    for (size_t i = first; i < levels->count; i += 2)
        move_row(levels, kept++, i);
    levels->count = kept;
}

/* Only where time adds something: rows whose time nobody knows are as they were. */
static double seconds_between(const struct levels *levels, size_t from, size_t to,
                              const struct decider *decider)
{
    return decider->per_second != 0 ? levels->at_s[to] - levels->at_s[from] : 0;
}

double *levels_column(const struct levels *levels, size_t signal)
{
    double *column = xmalloc((levels->count + 1) * sizeof *column);
    for (size_t i = 0; i < levels->count; i++)
        column[i] = levels->values[i * levels->signal_count + signal];
    return column;
}

double levels_gain(const struct levels *levels, size_t from, size_t to, const struct decider *decider)
{
    double before = levels->values[from * levels->signal_count + decider->index];
    double after = levels->values[to * levels->signal_count + decider->index];
    double jumps = 0, seconds = seconds_between(levels, from, to, decider);
    for (size_t i = 0; i < levels->cut_count; i++) {
        size_t cut = levels->cuts[i];
        if (cut <= from || cut > to)
            continue;
        seconds -= seconds_between(levels, cut - 1, cut, decider);
        jumps += levels->values[cut * levels->signal_count + decider->index] -
                 levels->values[(cut - 1) * levels->signal_count + decider->index];
    }
    return after - before - jumps -
           decider->per_read * (double)(levels->readings[to] - levels->readings[from]) -
           decider->per_second * seconds;
}

bool levels_calm(const struct levels *levels, size_t from, size_t to, const struct decider *decider,
                 double rate)
{
    double allowed = rate * (levels->requests[to] - levels->requests[from]) + decider->quantum;
    for (size_t i = from; i < to; i++)
        if (!(levels_gain(levels, i, to, decider) <= allowed))
            return false;
    return true;
}

/* The column of a decider without our own readings and what time adds; the caller's. */
static double *what_requests_left(const struct levels *levels, const struct decider *decider)
{
    double *column = levels_column(levels, decider->index);
    for (size_t i = 0; i < levels->count; i++)
        column[i] -= decider->per_read * (double)levels->readings[i] +
                     decider->per_second * seconds_between(levels, 0, i, decider);
    return column;
}

bool levels_rest(const struct levels *levels, const struct decider *decider, double rate)
{
    if (levels_calm(levels, 0, levels->count - 1, decider, rate))
        return true;
    double *column = what_requests_left(levels, decider);
    bool *begins = xcalloc(levels->count, sizeof *begins);
    for (size_t i = 0; i < levels->cut_count; i++)
        begins[levels->cuts[i]] = true;
    bool rests = curve_stopped(
        &(struct curve){.x = levels->requests, .y = column, .begins = begins, .count = levels->count});
    free(begins);
    free(column);
    return rests;
}

struct growth_answer levels_judge(const struct levels *levels, const struct decider *decider)
{
    double *column = what_requests_left(levels, decider);
    struct growth_question question = {.requests = levels->requests,
                                       .levels = column,
                                       .count = levels->count,
                                       .floor = decider->floor,
                                       .collected = decider->collected,
                                       .dead_zone = decider->dead_zone,
                                       .cuts = levels->cuts,
                                       .cut_count = levels->cut_count,
                                       .look = levels->look};
    struct growth_answer answer = growth_judge(&question);
    free(column);
    return answer;
}

void levels_say(struct result *result, const struct decider *decider, const struct growth_answer *answer)
{
    struct signal_result *signal = result_add_signal(result, decider->name);
    signal->objects = decider->objects;
    signal->verdict = answer->verdict;
    signal->per_request = answer->per_request;
    signal->interval = answer->interval;
    signal->smallest_detectable = answer->smallest_detectable;
}

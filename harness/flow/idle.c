#include "flow/idle.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/projection.h"
#include "flow/levels.h"

#define QUICK_LEAST 6
#define QUICK_MOST 24
#define PAUSES_FEW IDLE_PAUSES_LEAST
#define PAUSES_MANY 12
#define PAUSE_SURE_S 1.0
#define ALIKE 0.6     /* of what time adds, the least by which it rose under traffic as well */
#define TELLING_S 3.0 /* a timer that rose in most pauses of a second fires a few times in it */
#define BUDGET_ROOM 2 /* of what is left, pauses may take one in so many */

/* One series of readings: those back to back, then those after a pause. */
struct series {
    struct trials *trials;
    const struct idle_plan *plan;
    const struct deciders *deciders;
    struct levels levels;
    size_t quick;
};

static int read_once(struct series *series)
{
    struct watch *watch = series->trials->watch;
    double *values = xmalloc((watch_count(watch) + 1) * sizeof *values);
    int halted = 0;
    if (series->plan->settled)
        halted = trials_read(series->trials, values);
    else
        watch_read(watch, values);
    if (!halted)
        levels_add(&series->levels, (double)series->levels.count, trials_elapsed_s(series->trials), values);
    free(values);
    return halted;
}

static struct idle_question question_of(const struct series *series, const struct decider *decider,
                                        const double *column)
{
    return (struct idle_question){.at_s = series->levels.at_s,
                                  .levels = column,
                                  .count = series->levels.count,
                                  .quick = series->quick,
                                  .quantum = decider->quantum};
}

/* Whether it holds for any decider. */
static bool any(const struct series *series, bool (*ask)(const struct idle_question *question))
{
    bool found = false;
    for (size_t i = 0; i < series->deciders->count && !found; i++) {
        const struct decider *decider = &series->deciders->items[i];
        double *column = levels_column(&series->levels, decider->index);
        struct idle_question question = question_of(series, decider, column);
        found = ask(&question);
        free(column);
    }
    return found;
}

static int read_quickly(struct series *series)
{
    int halted = 0;
    for (size_t i = 0; !halted && i < QUICK_MOST; i++) {
        halted = read_once(series);
        series->quick = series->levels.count;
        if (!halted && series->quick >= QUICK_LEAST && !any(series, idle_readings_add))
            break;
    }
    return halted;
}

static int read_slowly(struct series *series, size_t pauses, double pause_s)
{
    for (size_t i = 0; i < pauses; i++)
        if (trials_hold_until(series->trials, trials_elapsed_s(series->trials) + pause_s) != 0 ||
            read_once(series) != 0)
            return -1;
    return 0;
}

static int take(struct series *series, size_t pauses, double pause_s)
{
    levels_release(&series->levels);
    levels_init(&series->levels, watch_count(series->trials->watch));
    return read_quickly(series) != 0 ? -1 : read_slowly(series, pauses, pause_s);
}

static void conclude(const struct series *series, struct deciders *deciders, struct idle_answer *answers)
{
    for (size_t i = 0; i < deciders->count; i++) {
        double *column = levels_column(&series->levels, deciders->items[i].index);
        struct idle_question question = question_of(series, &deciders->items[i], column);
        answers[i] = idle_judge(&question);
        deciders->items[i].per_read = answers[i].per_reading;
        deciders->items[i].per_second = answers[i].per_second;
        free(column);
    }
}

int idle_measure(struct trials *trials, const struct idle_plan *plan, struct deciders *deciders,
                 struct idle_answer *answers, size_t *readings)
{
    struct series series = {.trials = trials, .plan = plan, .deciders = deciders};
    double sure_s = fmax(plan->pause_s, PAUSE_SURE_S);
    int halted = take(&series, PAUSES_FEW, plan->pause_s);
    size_t taken = series.levels.count;
    if (!halted && any(&series, idle_suspects) &&
        BUDGET_ROOM * PAUSES_MANY * sure_s < trials_left_s(trials)) {
        trials_say(trials, "does it grow by itself? nothing is sent");
        halted = take(&series, PAUSES_MANY, sure_s);
        taken += series.levels.count;
    }
    if (!halted)
        conclude(&series, deciders, answers);
    if (readings != NULL)
        *readings = taken;
    levels_release(&series.levels);
    return halted;
}

bool idle_holds_under_traffic(double risen, double per_second, double seconds)
{
    return seconds < TELLING_S || !(risen < ALIKE * per_second * seconds);
}

/* By the clock: a rate of one per second. */
static void project(struct finding *finding, struct interval interval, double memory_limit_bytes,
                    double used_bytes)
{
    finding->projection =
        projection_make(finding->bytes_per_second, interval, 1, memory_limit_bytes, used_bytes);
    finding->projection.at_rate_per_second = NAN;
}

struct finding *idle_add_finding(struct result *result, const struct deciders *deciders,
                                 const struct idle_answer *answers, double memory_limit_bytes,
                                 double used_bytes)
{
    struct finding *finding = NULL;
    for (size_t i = 0; i < deciders->count; i++) {
        const struct decider *decider = &deciders->items[i];
        if (!(decider->per_second > 0))
            continue;
        if (finding == NULL) {
            finding = result_add_finding(result);
            finding->kind = FINDING_IDLE;
            finding->bytes_per_request = finding->objects_per_request = finding->bytes_per_second = NAN;
            finding->interval = (struct interval){NAN, NAN};
            result_say(&finding->signal, "%s", decider->name);
            result_say(&finding->per, "second");
            project(finding, finding->interval, memory_limit_bytes, used_bytes);
        }
        if (decider->objects || !isnan(finding->bytes_per_second))
            continue;
        finding->bytes_per_second = decider->per_second;
        project(finding, answers[i].per_second_interval, memory_limit_bytes, used_bytes);
    }
    return finding;
}

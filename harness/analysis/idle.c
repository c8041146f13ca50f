#include "analysis/idle.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "base/text.h"

#define QUICK_GAINS (IDLE_QUICK_LEAST - 1)
#define RISE_QUANTA 8
#define SUSPECT_QUANTA 2
#define RISES 0.75 /* of the pauses */
#define LOW_SHARE 0.5
#define ALIKE 0.6
#define SPREAD 0.41 /* of a difference of two values rounded to the quantum: 1 / sqrt(6) */

const char *idle_adds_name(enum idle_adds adds)
{
    static const char *const names[] = {[IDLE_NOTHING] = "nothing",
                                        [IDLE_READINGS] = "readings",
                                        [IDLE_TIME] = "time",
                                        [IDLE_BOTH] = "both",
                                        [IDLE_OPEN] = "open"};
    return names[adds];
}

/* What the readings from..to gained, and in which time. */
struct gains {
    double gain, seconds;
    size_t count, rose;
};

static struct gains gains_of(const struct idle_question *question, size_t from, size_t to, double per_reading,
                             double per_second)
{
    struct gains gains = {.count = to - from};
    for (size_t i = from + 1; i <= to; i++) {
        double seconds = question->at_s[i] - question->at_s[i - 1];
        double gain = question->levels[i] - question->levels[i - 1] - per_reading - per_second * seconds;
        gains.gain += gain;
        gains.seconds += seconds;
        gains.rose += gain > 0;
    }
    return gains;
}

static bool has_quick(const struct idle_question *question)
{
    return question->quick >= IDLE_QUICK_LEAST && question->quick <= question->count;
}

static struct gains quick_of(const struct idle_question *question, double per_second)
{
    size_t last = question->quick - 1;
    return gains_of(question, last - QUICK_GAINS, last, 0, per_second);
}

static struct gains pauses_of(const struct idle_question *question, double per_reading)
{
    return gains_of(question, question->quick - 1, question->count - 1, per_reading, 0);
}

struct terms {
    double per_reading, per_second;
};

/* The two totals give both terms exactly: gain = readings x per_reading + seconds x per_second, for each rhythm. */
static struct terms solve(const struct idle_question *question)
{
    struct gains quick = quick_of(question, 0), pauses = pauses_of(question, 0);
    double quick_n = (double)quick.count, pauses_n = (double)pauses.count;
    double determinant = quick_n * pauses.seconds - pauses_n * quick.seconds;
    if (pauses.count == 0 || !(determinant > 0))
        return (struct terms){quick.gain / quick_n, 0};
    return (struct terms){(quick.gain * pauses.seconds - pauses.gain * quick.seconds) / determinant,
                          (quick_n * pauses.gain - pauses_n * quick.gain) / determinant};
}

/* What each reading adds, where time adds so much; 0: nothing that lasts, or the signal's own step. */
static double added_by_readings(const struct idle_question *question, double per_second)
{
    struct gains quick = quick_of(question, per_second);
    double each = quick.gain / (double)quick.count;
    return quick.rose + 1 >= QUICK_GAINS && each >= question->quantum ? each : 0;
}

static struct interval interval_of(const double *values, size_t count, double spread_floor)
{
    return robust_mean(values, count, spread_floor).interval;
}

static bool halves_alike(const struct idle_question *question, double per_reading)
{
    size_t first = question->quick - 1, last = question->count - 1, middle = first + (last - first) / 2;
    struct gains early = gains_of(question, first, middle, per_reading, 0);
    struct gains late = gains_of(question, middle, last, per_reading, 0);
    double a = early.gain / early.seconds, b = late.gain / late.seconds;
    return fmin(a, b) >= ALIKE * fmax(a, b);
}

/* Per second, each pause by itself. */
static struct interval by_pauses(const struct idle_question *question, double per_reading)
{
    size_t first = question->quick - 1, count = question->count - question->quick;
    double *rates = xmalloc((count + 1) * sizeof *rates);
    double seconds = pauses_of(question, 0).seconds / (double)count;
    for (size_t i = 0; i < count; i++) {
        struct gains one = gains_of(question, first + i, first + i + 1, per_reading, 0);
        rates[i] = one.gain / seconds;
    }
    struct interval interval = interval_of(rates, count, SPREAD * question->quantum / seconds);
    free(rates);
    return interval;
}

/* The standard deviation of a gain, of the quick ones and of those of the pauses, each about its own mean. */
static double spread_of(const struct idle_question *question)
{
    size_t first = question->quick - 1 - QUICK_GAINS, count = question->count - 1 - first;
    double quick = quick_of(question, 0).gain / QUICK_GAINS;
    double pause = pauses_of(question, 0).gain / (double)(question->count - question->quick);
    double squares = 0;
    for (size_t i = first; i < first + count; i++) {
        double about = i + 1 < question->quick ? quick : pause;
        double deviation = question->levels[i + 1] - question->levels[i] - about;
        squares += deviation * deviation;
    }
    return sqrt(squares / (double)(count - 2));
}

/* As much as readings may add, where they are not said to: what the few quick ones leave open. */
static double at_most_by_readings(const struct idle_question *question, double per_reading)
{
    struct gains quick = quick_of(question, fmax(0, solve(question).per_second));
    double n = (double)quick.count;
    return fmax(per_reading, (quick.gain + question->quantum) / n + spread_of(question) / sqrt(n));
}

/* Whether most of what the pauses brought is left, were readings to add as much as they may. */
static bool more_than_readings(const struct idle_question *question, double per_reading)
{
    double gain = pauses_of(question, per_reading).gain;
    double left = pauses_of(question, at_most_by_readings(question, per_reading)).gain;
    return left >= fmax(RISE_QUANTA * question->quantum, LOW_SHARE * gain);
}

static bool time_adds(const struct idle_question *question, double per_reading, struct idle_answer *answer)
{
    struct gains pauses = pauses_of(question, per_reading);
    if (pauses.count < IDLE_PAUSES_SURE || pauses.gain < RISE_QUANTA * question->quantum ||
        (double)pauses.rose < RISES * (double)pauses.count || !halves_alike(question, per_reading) ||
        !more_than_readings(question, per_reading))
        return false;
    struct interval interval = by_pauses(question, per_reading);
    double per_second = pauses.gain / pauses.seconds;
    if (!(interval.low > LOW_SHARE * per_second))
        return false;
    answer->per_second = per_second;
    answer->per_second_interval = interval;
    return true;
}

static void say_readings(const struct idle_question *question, double per_reading, struct idle_answer *answer)
{
    double gains[QUICK_GAINS];
    size_t first = question->quick - 1 - QUICK_GAINS;
    for (size_t i = 0; i < QUICK_GAINS; i++)
        gains[i] = gains_of(question, first + i, first + i + 1, 0, answer->per_second).gain;
    answer->per_reading = per_reading;
    answer->per_reading_interval = interval_of(gains, QUICK_GAINS, SPREAD * question->quantum);
}

/* What is not known of a reading is not known of the pause that it ends. */
static void widen(const struct idle_question *question, struct idle_answer *answer)
{
    struct gains pauses = pauses_of(question, 0);
    struct interval *second = &answer->per_second_interval, *reading = &answer->per_reading_interval;
    double own = (second->high - second->low) / 2;
    double others = (reading->high - reading->low) / 2 * (double)pauses.count / pauses.seconds;
    double half = hypot(own, others);
    *second = (struct interval){answer->per_second - half, answer->per_second + half};
}

static bool readable(const struct idle_question *question)
{
    for (size_t i = 0; i < question->count; i++)
        if (isnan(question->levels[i]))
            return false;
    return has_quick(question);
}

bool idle_readings_add(const struct idle_question *question)
{
    return readable(question) && added_by_readings(question, 0) > 0;
}

/* What time seems to add may be what readings add, and the other way round. */
static double reading_of(const struct idle_question *question)
{
    return added_by_readings(question, fmax(0, solve(question).per_second));
}

bool idle_suspects(const struct idle_question *question)
{
    if (!readable(question))
        return false;
    struct gains pauses = pauses_of(question, reading_of(question));
    return pauses.count >= IDLE_PAUSES_LEAST && pauses.gain > SUSPECT_QUANTA * question->quantum &&
           2 * pauses.rose > pauses.count;
}

struct idle_answer idle_judge(const struct idle_question *question)
{
    static const enum idle_adds by[2][2] = {{IDLE_NOTHING, IDLE_TIME}, {IDLE_READINGS, IDLE_BOTH}};
    const struct interval none = {NAN, NAN};
    struct idle_answer answer = {
        .adds = IDLE_OPEN, .per_reading_interval = none, .per_second_interval = none};
    if (!readable(question))
        return answer;
    double per_reading = reading_of(question);
    bool time = time_adds(question, per_reading, &answer);
    if (!time)
        per_reading = added_by_readings(question, 0);
    if (per_reading > 0)
        say_readings(question, per_reading, &answer);
    if (per_reading > 0 && time)
        widen(question, &answer);
    answer.adds = by[per_reading > 0][time];
    if (!time && idle_suspects(question))
        answer.adds = IDLE_OPEN;
    return answer;
}

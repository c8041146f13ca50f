#include "methods.h"

#include <math.h>
#include <stdlib.h>

#include "analysis/robust.h"
#include "scoring_shapes.h"

#define NORMAL_975 1.959964
#define NORMAL_995 2.575829
#define FIRST_LOOK 9

size_t method_look(size_t look, size_t all)
{
    double count = FIRST_LOOK;
    for (size_t i = 0; i < look; i++) {
        if (count >= (double)all)
            return 0;
        count = ceil(count * 1.5);
    }
    return count < (double)all ? (size_t)count : all;
}

struct growth_question method_prefix(const struct growth_question *question, size_t count)
{
    struct growth_question prefix = *question;
    prefix.count = count;
    while (prefix.cut_count > 0 && prefix.cuts[prefix.cut_count - 1] >= count)
        prefix.cut_count--;
    return prefix;
}

static struct judged seep(const struct growth_question *question)
{
    return (struct judged){growth_judge(question), question->count};
}

static struct judged seep_looks(const struct growth_question *question)
{
    struct judged judged = {.count = 0};
    size_t count;
    for (size_t look = 0; (count = method_look(look, question->count)) > 0; look++) {
        struct growth_question prefix = method_prefix(question, count);
        prefix.look = look + 1;
        judged = seep(&prefix);
        if (judged.answer.verdict != VERDICT_INCONCLUSIVE)
            break;
    }
    return judged;
}

static struct judged two_answers(const struct growth_question *question, bool grows, double slope,
                                 double half_low, double half_high)
{
    struct growth_answer answer = {.verdict = grows ? VERDICT_GROWTH : VERDICT_NO_GROWTH,
                                   .per_request = slope,
                                   .interval = {slope - half_low, slope + half_high},
                                   .smallest_detectable = NAN};
    return (struct judged){answer, question->count};
}

static double mean(const double *values, size_t n)
{
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += values[i];
    return sum / (double)n;
}

static struct judged least_squares(const struct growth_question *question)
{
    const double *x = question->requests, *y = question->levels;
    size_t n = question->count;
    double x_mean = mean(x, n), y_mean = mean(y, n), xx = 0, xy = 0, rest = 0;
    for (size_t i = 0; i < n; i++) {
        xx += (x[i] - x_mean) * (x[i] - x_mean);
        xy += (x[i] - x_mean) * (y[i] - y_mean);
    }
    double slope = xy / xx;
    for (size_t i = 0; i < n; i++) {
        double residual = y[i] - y_mean - slope * (x[i] - x_mean);
        rest += residual * residual;
    }
    double half = robust_student(n - 2, NORMAL_975) * sqrt(rest / (double)(n - 2) / xx);
    return two_answers(question, slope - half > question->floor, slope, half, half);
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sen's slope and its interval, from the sorted slopes of all pairs. */
static struct judged sen(const struct growth_question *question, double spread)
{
    static double slopes[COURSE_MOST * COURSE_MOST / 2];
    size_t pairs = 0;
    for (size_t i = 0; i < question->count; i++)
        for (size_t j = i + 1; j < question->count; j++)
            slopes[pairs++] =
                (question->levels[j] - question->levels[i]) / (question->requests[j] - question->requests[i]);
    qsort(slopes, pairs, sizeof *slopes, by_value);
    double slope = (slopes[(pairs - 1) / 2] + slopes[pairs / 2]) / 2, reach = NORMAL_975 * spread;
    double low = fmax(0, ((double)pairs - reach) / 2),
           high = fmin((double)pairs - 1, ((double)pairs + reach) / 2);
    return two_answers(question, slope > question->floor, slope, slope - slopes[(size_t)low],
                       slopes[(size_t)high] - slope);
}

static struct judged mann_kendall(const struct growth_question *question)
{
    double rises = 0, n = (double)question->count;
    for (size_t i = 0; i < question->count; i++)
        for (size_t j = i + 1; j < question->count; j++)
            rises +=
                (question->levels[j] > question->levels[i]) - (question->levels[j] < question->levels[i]);
    double spread = sqrt(n * (n - 1) * (2 * n + 5) / 18);
    if (rises - 1 <= NORMAL_995 * spread)
        return two_answers(question, false, NAN, NAN, NAN);
    return sen(question, spread);
}

static struct judged last_first(const struct growth_question *question)
{
    size_t last = question->count - 1;
    double slope =
        (question->levels[last] - question->levels[0]) / (question->requests[last] - question->requests[0]);
    return two_answers(question, slope > question->floor, slope, NAN, NAN);
}

static const struct {
    const char *name;
    struct judged (*judge)(const struct growth_question *question);
} methods[METHOD_COUNT] = {
    [METHOD_SEEP] = {"seep", seep},
    [METHOD_SEEP_LOOKS] = {"seep, looks", seep_looks},
    [METHOD_OLS] = {"OLS", least_squares},
    [METHOD_MANN_KENDALL] = {"Mann-Kendall", mann_kendall},
    [METHOD_LAST_FIRST] = {"last - first", last_first},
};

const char *method_name(enum method method)
{
    return methods[method].name;
}

struct judged method_judge(enum method method, const struct growth_question *question)
{
    return methods[method].judge(question);
}

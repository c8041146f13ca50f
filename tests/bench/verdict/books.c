#include "books.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

static const struct {
    const char *name;
    size_t below;
} classes[READINGS_CLASSES + 1] = {{"16-31", 32}, {"32-63", 64}, {"64-96", 97}, {"16-96", 97}};

size_t books_class(size_t readings)
{
    size_t index = 0;
    while (readings >= classes[index].below)
        index++;
    return index;
}

const char *books_class_name(size_t index)
{
    return classes[index].name;
}

static void score_leak_free(struct counts *counts, const struct scored *scored)
{
    const struct growth_answer *answer = &scored->judged->answer;
    bool growth = answer->verdict == VERDICT_GROWTH;
    counts->leak_free++;
    counts->filling += scored->filling;
    counts->stopped += !scored->filling;
    counts->so_far += growth && scored->filling;
    counts->false_alarms += growth && !scored->filling;
    counts->cleared += answer->verdict == VERDICT_NO_GROWTH;
    counts->unstated += isnan(answer->smallest_detectable) ? 1 : 0;
}

static void score_twice(struct counts *counts, const struct scored *scored)
{
    counts->twice++;
    counts->missed += scored->judged->answer.verdict == VERDICT_NO_GROWTH;
    counts->not_told += scored->judged->answer.verdict == VERDICT_INCONCLUSIVE;
}

static void score_leaking(struct counts *counts, const struct scored *scored)
{
    const struct growth_answer *answer = &scored->judged->answer;
    counts->leaking++;
    counts->belied += answer->verdict == VERDICT_NO_GROWTH && scored->leak >= 2 * answer->smallest_detectable;
    if (scored->filling || isnan(scored->slope) || isnan(answer->interval.low))
        return;
    bool covered =
        answer->interval.low <= scored->slope + scored->slack && scored->slope <= answer->interval.high;
    bool called = answer->verdict == VERDICT_GROWTH;
    counts->stated++;
    counts->stated_covered += covered;
    counts->called += called;
    counts->called_covered += called && covered;
}

void counts_score(struct counts *counts, const struct scored *scored)
{
    static void (*const score[])(struct counts *, const struct scored *) = {
        [TRIAL_LEAK_FREE] = score_leak_free,
        [TRIAL_TWICE] = score_twice,
        [TRIAL_LEAKING] = score_leaking,
    };
    score[scored->kind](counts, scored);
}

void counts_add(struct counts *sum, const struct counts *counts)
{
    size_t *to = (size_t *)sum;
    const size_t *from = (const size_t *)counts;
    for (size_t i = 0; i < sizeof *sum / sizeof *to; i++)
        to[i] += from[i];
}

struct counts book_counts(const struct book *book, enum method method, size_t class)
{
    struct counts sum = {.leak_free = 0};
    for (size_t i = 0; i < READINGS_CLASSES; i++)
        if (i == class || class == READINGS_CLASSES)
            counts_add(&sum, &book->counts[method][i]);
    return sum;
}

void figures_add(struct figures *figures, double value)
{
    if (figures->count == figures->capacity) {
        figures->capacity = figures->capacity > 0 ? figures->capacity * 2 : 64;
        figures->values = xrealloc(figures->values, figures->capacity * sizeof *figures->values);
    }
    figures->values[figures->count++] = value;
}

static int by_value(const void *a, const void *b)
{
    double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

double figures_median(struct figures *figures)
{
    if (figures->count == 0)
        return NAN;
    qsort(figures->values, figures->count, sizeof *figures->values, by_value);
    return figures->values[figures->count / 2];
}

void book_release(struct book *book)
{
    for (size_t i = 0; i < LEAK_COUNT; i++)
        free(book->needed[i].values);
    free(book->smallest.values);
}

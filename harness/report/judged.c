/* What a report says about each endpoint. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "report/say.h"

const char *say_deciding(const struct report *report, bool *objects)
{
    const struct result *result = &report->result;
    const char *name = NULL;
    if (result->finding_count > 0)
        name = result->findings[0].signal;
    for (size_t i = 0; name == NULL && i < result->signal_count; i++)
        if (result->signals[i].verdict == result->verdict)
            name = result->signals[i].name;
    if (name == NULL && result->signal_count > 0)
        name = result->signals[0].name;
    if (name == NULL && report->measurement_count > 0)
        name = report->measurements[0].signal;
    *objects = false;
    for (size_t i = 0; name != NULL && i < result->signal_count; i++)
        if (strcmp(result->signals[i].name, name) == 0)
            *objects = result->signals[i].objects;
    return name;
}

const char *say_judgement(enum judgement judgement)
{
    static const char *const words[] = {"grows", "not settled", "cleared", "not looked at"};
    return words[judgement];
}

struct judging {
    struct judged *list;
    size_t count, capacity;
};

static struct judged *judge(struct judging *judging, const char *endpoint)
{
    for (size_t i = 0; i < judging->count; i++)
        if (strcmp(judging->list[i].endpoint, endpoint) == 0)
            return &judging->list[i];
    if (judging->count == judging->capacity) {
        judging->capacity = judging->capacity > 0 ? judging->capacity * 2 : 32;
        judging->list = xrealloc(judging->list, judging->capacity * sizeof *judging->list);
    }
    judging->list[judging->count] = (struct judged){.endpoint = endpoint, .judgement = JUDGED_OPEN};
    return &judging->list[judging->count++];
}

static void judge_remarks(struct judging *judging, const struct remark *remarks, size_t count,
                          enum judgement judgement)
{
    for (size_t i = 0; i < count; i++)
        for (size_t e = 0; e < remarks[i].endpoints.count; e++) {
            struct judged *judged = judge(judging, remarks[i].endpoints.items[e]);
            judged->judgement = judgement;
            judged->why = remarks[i].why;
        }
}

/* The last screen of an endpoint in the deciding signal counts; one in another signal is better than none. */
static void judge_screens(struct judging *judging, const struct report *report)
{
    bool objects = false;
    const char *signal = say_deciding(report, &objects);
    for (size_t i = 0; i < report->measurement_count; i++) {
        const struct measurement *one = &report->measurements[i];
        if (one->step != STEP_SCREEN)
            continue;
        struct judged *judged = judge(judging, one->mix);
        if (judged->screen == NULL || (signal != NULL && strcmp(one->signal, signal) == 0))
            judged->screen = one;
    }
}

static void judge_finding(struct judging *judging, const struct finding *finding)
{
    if (finding->kind == FINDING_MIX && finding->endpoints.count > 1)
        return;
    for (size_t e = 0; e < finding->endpoints.count; e++) {
        struct judged *judged = judge(judging, finding->endpoints.items[e]);
        judged->judgement = JUDGED_GROWS;
        judged->why = NULL;
    }
}

/* A soak's mix of several is not taken apart: none of its endpoints is named. */
static void judge_findings(struct judging *judging, const struct result *result)
{
    for (size_t i = 0; i < result->finding_count; i++)
        judge_finding(judging, &result->findings[i]);
}

static int by_growth(const void *a_pointer, const void *b_pointer)
{
    const struct judged *a = a_pointer, *b = b_pointer;
    if (a->judgement != b->judgement && (a->judgement == JUDGED_GROWS || b->judgement == JUDGED_GROWS))
        return a->judgement == JUDGED_GROWS ? -1 : 1;
    double a_value = a->screen != NULL && isfinite(a->screen->per_request) ? a->screen->per_request : -1e300;
    double b_value = b->screen != NULL && isfinite(b->screen->per_request) ? b->screen->per_request : -1e300;
    if (a_value != b_value)
        return a_value > b_value ? -1 : 1;
    return strcmp(a->endpoint, b->endpoint);
}

struct judged *say_judged(const struct report *report, size_t *count)
{
    struct judging judging = {NULL, 0, 0};
    const struct result *result = &report->result;
    for (size_t i = 0; i < report->load_count; i++)
        judge(&judging, report->loads[i].endpoint);
    judge_screens(&judging, report);
    judge_remarks(&judging, result->cleared, result->cleared_count, JUDGED_CLEARED);
    judge_remarks(&judging, result->not_looked_at, result->not_looked_at_count, JUDGED_NOT_LOOKED_AT);
    judge_findings(&judging, result);
    if (judging.count > 1)
        qsort(judging.list, judging.count, sizeof *judging.list, by_growth);
    *count = judging.count;
    return judging.list;
}

#include "report/story.h"

#include <math.h>
#include <stdlib.h>

#include "base/units.h"
#include "report/say.h"

bool story_shows(const struct probe *probe)
{
    return probe->number > 0;
}

size_t story_length(const struct report *report)
{
    size_t count = 0;
    for (size_t i = 0; i < report->probe_count; i++)
        count += story_shows(&report->probes[i]);
    return count;
}

double story_seconds(const struct probe *probe)
{
    double seconds = probe->ended_s - probe->started_s;
    return probe->reused_from == 0 && seconds > 0 ? seconds : 0;
}

static struct step_sum *sum_of(struct step_sum *sums, size_t *count, const struct probe *probe)
{
    for (size_t i = 0; i < *count; i++)
        if (sums[i].step == probe->step)
            return &sums[i];
    sums[*count] = (struct step_sum){.step = probe->step, .at_s = probe->ended_s};
    return &sums[(*count)++];
}

size_t story_steps(const struct report *report, struct step_sum sums[STEP_COUNT])
{
    size_t count = 0;
    for (size_t i = 0; i < report->probe_count; i++) {
        const struct probe *probe = &report->probes[i];
        if (!story_shows(probe))
            continue;
        struct step_sum *sum = sum_of(sums, &count, probe);
        sum->probes++;
        sum->reused += probe->reused_from != 0;
        sum->requests += probe->reused_from == 0 ? probe->requests : 0;
        sum->seconds += story_seconds(probe);
        sum->last = probe;
    }
    return count;
}

void say_reused(struct text *out, const struct probe *probe)
{
    if (probe->reused_from != 0)
        text_addf(out, "from run %lld", (long long)probe->reused_from);
}

void say_step_sum(struct text *out, const struct step_sum *sum)
{
    char number[UNITS_SIZE], seconds[UNITS_SIZE];
    text_addf(out, "%zu %s", sum->probes, sum->probes == 1 ? "answer" : "answers");
    if (sum->reused == sum->probes) {
        text_add_string(out, " reused");
        return;
    }
    if (sum->reused > 0)
        text_addf(out, ", %zu of them reused", sum->reused);
    text_addf(out, ", %s requests, %s", units_count(number, sum->requests),
              units_duration(seconds, sum->seconds));
}

/* "; named after 12.3 s and 31 s". */
static void say_named(struct text *out, const struct result *result)
{
    char seconds[UNITS_SIZE];
    size_t said = 0;
    for (size_t i = 0; i < result->finding_count; i++)
        if (isfinite(result->findings[i].named_s) && result->findings[i].named_s > 0)
            text_addf(out, "%s%s", said++ == 0 ? "; named after " : ", ",
                      units_duration(seconds, result->findings[i].named_s));
}

static int by_number(const void *a_pointer, const void *b_pointer)
{
    int64_t a = *(const int64_t *)a_pointer, b = *(const int64_t *)b_pointer;
    return (a > b) - (a < b);
}

static void say_all_reused(struct text *out, const struct report *report)
{
    int64_t *runs = xcalloc(report->probe_count + 1, sizeof *runs);
    size_t reused = 0;
    for (size_t i = 0; i < report->probe_count; i++)
        if (story_shows(&report->probes[i]) && report->probes[i].reused_from != 0)
            runs[reused++] = report->probes[i].reused_from;
    if (reused > 0) {
        qsort(runs, reused, sizeof *runs, by_number);
        text_addf(out, "; %zu of %zu answers reused from run", reused, story_length(report));
        for (size_t i = 0; i < reused; i++)
            if (i == 0 || runs[i] != runs[i - 1])
                text_addf(out, "%s %lld", i > 0 ? "," : "", (long long)runs[i]);
    }
    free(runs);
}

void say_effort(struct text *out, const struct report *report)
{
    say_cost(out, &report->result);
    say_named(out, &report->result);
    say_all_reused(out, report);
}

const char **story_not_judged(const struct report *report, size_t *count)
{
    size_t all = 0;
    *count = 0;
    struct judged *judged = say_judged(report, &all);
    const char **names = xcalloc(all + 1, sizeof *names);
    for (size_t i = 0; i < all && report->result.resume != NULL; i++)
        if (judged[i].judgement == JUDGED_OPEN)
            names[(*count)++] = judged[i].endpoint;
    free(judged);
    return names;
}

void say_unfinished(struct text *out, const struct report *report)
{
    size_t count = 0;
    if (report->result.resume == NULL)
        return;
    free(story_not_judged(report, &count));
    text_add_string(out, "the hunt ended early");
    if (count > 0)
        text_addf(out, ": %zu %s not judged yet", count, count == 1 ? "endpoint is" : "endpoints are");
    else
        text_add_string(out, ": what it came to is not confirmed in full");
}

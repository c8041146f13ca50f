#include "evidence.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "flow/deciders.h"

static void line_add(struct line *line, double x, double y)
{
    if (line->n++ == 0) {
        line->x0 = x;
        line->y0 = y;
    }
    x -= line->x0;
    y -= line->y0;
    line->x += x;
    line->y += y;
    line->xx += x * x;
    line->xy += x * y;
}

double line_slope(const struct line *line)
{
    double spread = line->n * line->xx - line->x * line->x;
    return line->n >= 2 && spread > 0 ? (line->n * line->xy - line->x * line->y) / spread : NAN;
}

void evidence_init(struct evidence *evidence, int days)
{
    *evidence = (struct evidence){.hours = (size_t)days * 24};
}

void evidence_release(struct evidence *evidence)
{
    for (size_t i = 0; i < evidence->count; i++) {
        free(evidence->signals[i].hour_low);
        free(evidence->signals[i].hour_requests);
    }
    memset(evidence, 0, sizeof *evidence);
}

static struct seen *add_signal(struct evidence *evidence, const char *name)
{
    if (evidence->count == SIGNALS_MOST)
        abort();
    struct seen *seen = &evidence->signals[evidence->count++];
    snprintf(seen->name, sizeof seen->name, "%s", name);
    seen->hour_low = xcalloc(evidence->hours, sizeof *seen->hour_low);
    seen->hour_requests = xcalloc(evidence->hours, sizeof *seen->hour_requests);
    for (size_t i = 0; i < evidence->hours; i++)
        seen->hour_low[i] = NAN;
    return seen;
}

struct seen *evidence_of(struct evidence *evidence, const char *signal)
{
    for (size_t i = 0; i < evidence->count; i++)
        if (strcmp(evidence->signals[i].name, signal) == 0)
            return &evidence->signals[i];
    return add_signal(evidence, signal);
}

static void add_timed(struct evidence *evidence, struct seen *seen, const struct sample *sample)
{
    struct moment now = {sample->at_s, sample->value};
    size_t hour = (size_t)(sample->at_s / HOUR_S);
    if (seen->timed++ == 0)
        seen->first = seen->low = seen->high = now;
    seen->last = now;
    if (now.value < seen->low.value)
        seen->low = now;
    if (now.value > seen->high.value)
        seen->high = now;
    line_add(&seen->line, (double)sample->requests, sample->value);
    if (hour >= evidence->hours)
        return;
    seen->hour_low[hour] = fmin(seen->hour_low[hour], now.value);
    seen->hour_requests[hour] = (double)sample->requests;
}

void evidence_add(struct evidence *evidence, const struct sample *sample)
{
    struct seen *seen = evidence_of(evidence, sample->signal);
    if (sample->kind == SAMPLE_JUDGED && seen->judged_count < READINGS) {
        seen->judged[seen->judged_count] = sample->value;
        seen->judged_requests[seen->judged_count++] = (double)sample->requests;
    }
    seen->gaps += isnan(sample->value) ? 1 : 0;
    seen->settled += sample->kind == SAMPLE_SETTLED;
    if (sample->kind != SAMPLE_SETTLED && !isnan(sample->value))
        add_timed(evidence, seen, sample);
}

static bool is_live(const struct seen *seen)
{
    return text_starts_with(seen->name, "live_");
}

static struct growth_answer judge(const struct seen *seen, const double *requests, const double *levels,
                                  size_t count)
{
    struct growth_question question = {.requests = requests,
                                       .levels = levels,
                                       .count = count,
                                       .floor = is_live(seen) ? DECIDER_BYTES_FLOOR : DECIDER_RSS_FLOOR,
                                       .collected = is_live(seen),
                                       .dead_zone = is_live(seen) ? 0 : DECIDER_RSS_DEAD_ZONE};
    return growth_judge(&question);
}

struct growth_answer seen_judge(const struct seen *seen)
{
    return judge(seen, seen->judged_requests, seen->judged, seen->judged_count);
}

struct growth_answer seen_judge_hours(const struct seen *seen, size_t hours)
{
    return judge(seen, seen->hour_requests, seen->hour_low, hours);
}

#include <math.h>
#include <stdlib.h>

#include "other_inside.h"

#define HOUR 3600.0
#define DAY 86400.0

static bool chance_is(struct chance *chance, double probability)
{
    return chance_between(chance, 0, 1) < probability;
}

/* Mean 1. Source: Marsaglia and Tsang, ACM Trans. Math. Softw. 26:363 (2000). */
static double chance_gamma(struct chance *chance, double shape)
{
    double boost = shape < 1 ? pow(chance_between(chance, 0, 1), 1 / shape) : 1;
    double d = (shape < 1 ? shape + 1 : shape) - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double x = chance_normal(chance), v = pow(1 + c * x, 3);
        if (v > 0 && log(chance_between(chance, 0, 1)) < x * x / 2 + d - d * v + d * log(v))
            return boost * d * v / shape;
    }
}

static void draw_flow(const struct other_plan *plan, struct flow *flow, struct chance *chance)
{
    double draw = chance_between(chance, 0, 1);
    *flow = (struct flow){.rate = exp(1.8 * chance_normal(chance)),
                          .opens = chance_between(chance, 6, 9.5),
                          .closes = chance_between(chance, 16, 23),
                          .cron_hours = (double)chance_count(chance, 1, 24),
                          .cron_minutes = chance_scale(chance, 5, 60),
                          .calm_hours = chance_scale(chance, 1, 30),
                          .busy_hours = chance_scale(chance, 0.5, 12),
                          .quiet = chance_scale(chance, 0.02, 0.5),
                          .shape = chance_scale(chance, 0.8, 60),
                          .after = SIZE_MAX,
                          .with = SIZE_MAX};
    double switches = plan->kind->switches ? 0.5 : 0.2, queues = plan->kind->queues ? 0.4 : 0.05;
    flow->form = draw < switches                  ? FLOW_SWITCHES
                 : draw < switches + queues       ? FLOW_QUEUE
                 : draw < switches + queues + 0.1 ? FLOW_CRON
                 : chance_is(chance, 0.8)         ? FLOW_HOURS
                                                  : FLOW_EVEN;
}

/* A third of the endpoints hang on one before them: as the next step of a session, or called at the same time. */
static void draw_sessions(struct other_plan *plan, struct chance *chance)
{
    for (size_t e = 1; e < plan->endpoints; e++) {
        struct flow *flow = &plan->flows[e];
        size_t other = chance_count(chance, 0, e - 1);
        const struct flow *first = &plan->flows[other];
        if (!chance_is(chance, 0.33) || first->after != SIZE_MAX || first->with != SIZE_MAX)
            continue;
        bool together = chance_is(chance, 0.3);
        flow->goes_on = together ? (double)chance_count(chance, 1, 3) : chance_between(chance, 0.1, 0.8);
        *(together ? &flow->with : &flow->after) = other;
        flow->rate = first->rate * flow->goes_on;
    }
}

void flows_draw(struct other_plan *plan, struct chance *chance)
{
    double total = chance_scale(chance, 3, 150), sum = 0;
    for (size_t e = 0; e < plan->endpoints; e++)
        draw_flow(plan, &plan->flows[e], chance);
    draw_sessions(plan, chance);
    for (size_t e = 0; e < plan->endpoints; e++)
        sum += plan->flows[e].rate;
    for (size_t e = 0; e < plan->endpoints; e++)
        plan->flows[e].rate *= total / sum;
}

/* Opens and closes within half an hour, with a dip at noon; quiet on Sundays, half on Saturdays. */
static double hours_at(const struct flow *flow, double at_s)
{
    double hour = fmod(at_s, DAY) / HOUR, day = floor(fmod(at_s / DAY + 3, 7));
    double open = 1 / (1 + exp(-8 * (hour - flow->opens))) / (1 + exp(8 * (hour - flow->closes)));
    double noon = 1 - 0.3 * exp(-pow(hour - 12.5, 2));
    return (0.03 + open * noon) * (day == 6 ? 0.15 : day == 5 ? 0.5 : 1);
}

struct going {
    bool busy;
    double backlog, level;
};

static double form_at(const struct flow *flow, double at_s, double step_s, struct going *going,
                      struct chance *chance)
{
    switch (flow->form) {
    case FLOW_HOURS:
        return hours_at(flow, at_s);
    case FLOW_SWITCHES:
        if (chance_is(chance, 1 - exp(-step_s / HOUR / (going->busy ? flow->busy_hours : flow->calm_hours))))
            going->busy = !going->busy;
        return (going->busy ? 1 : flow->quiet) * (0.5 + hours_at(flow, at_s));
    case FLOW_CRON:
        return fmod(at_s, flow->cron_hours * HOUR) < fmax(flow->cron_minutes * 60, step_s) ? 1 : 0.001;
    case FLOW_QUEUE: { /* what comes in is worked off at a speed that does not change */
        going->backlog += step_s * 1.3 * hours_at(flow, at_s) * chance_gamma(chance, 0.5);
        double done = fmin(going->backlog, step_s);
        going->backlog -= done;
        return done / step_s;
    }
    case FLOW_EVEN:
        return 1;
    }
    return 1;
}

double *flows_rates(const struct other_plan *plan, struct chance *chance)
{
    double *rates = malloc(plan->rows * plan->endpoints * sizeof *rates);
    for (size_t e = 0; e < plan->endpoints; e++) {
        struct going going = {.busy = chance_is(chance, 0.5)};
        double mean = 0, kept = exp(-plan->step_s / (6 * HOUR));
        for (size_t row = 0; row < plan->rows; row++) {
            /* a day that is not as the day before */
            going.level = kept * going.level + sqrt(1 - kept * kept) * 0.25 * chance_normal(chance);
            double at_s = plan->start_s + (double)row * plan->step_s;
            double rate = form_at(&plan->flows[e], at_s, plan->step_s, &going, chance) * exp(going.level);
            rates[row * plan->endpoints + e] = rate;
            mean += rate / (double)plan->rows;
        }
        for (size_t row = 0; row < plan->rows; row++)
            rates[row * plan->endpoints + e] *= mean > 0 ? plan->flows[e].rate / mean : 0;
    }
    return rates;
}

void flows_counts(const struct other_plan *plan, const double *rates, const double *shares, double seconds,
                  const double *before, struct chance *chance, double *counts)
{
    for (size_t e = 0; e < plan->endpoints; e++) {
        const struct flow *flow = &plan->flows[e];
        if (flow->after != SIZE_MAX)
            counts[e] = chance_hits(chance, before[flow->after], flow->goes_on);
        else if (flow->with != SIZE_MAX)
            counts[e] = chance_hits(chance, counts[flow->with], flow->goes_on);
        else
            counts[e] =
                chance_poisson(chance, rates[e] * shares[e] * seconds * chance_gamma(chance, flow->shape));
    }
}

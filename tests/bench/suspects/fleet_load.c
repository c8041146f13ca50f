#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "fleet_inside.h"

#define PI 3.14159265358979323846
#define HOUR 3600.0
#define DAY 86400.0

static double normal_about(struct chance *chance, double scale)
{
    return scale * chance_normal(chance);
}

static enum rhythm draw_rhythm(struct chance *chance)
{
    double draw = chance_between(chance, 0, 1);
    return draw < 0.68   ? RHYTHM_PEOPLE
           : draw < 0.80 ? RHYTHM_OFFICE
           : draw < 0.92 ? RHYTHM_STEADY
                         : RHYTHM_NIGHT;
}

/* People of one place: most endpoints are busy at about the same hours. */
static void draw_load(struct load *load, double rate, double peak_hour, double amplitude,
                      struct chance *chance)
{
    *load = (struct load){.rate = rate,
                          .rhythm = draw_rhythm(chance),
                          .amplitude = amplitude * exp(normal_about(chance, 0.3)),
                          .peak_hour = peak_hour + normal_about(chance, 2),
                          .weekend = chance_between(chance, 0.4, 1.2),
                          .wander = chance_between(chance, 0.05, 0.45),
                          .wander_hours = chance_scale(chance, 2, 48),
                          .scatter = chance_between(chance, 0, 1) < 0.5 ? 0 : chance_scale(chance, 0.03, 0.4),
                          .parent = SIZE_MAX};
}

/* A page and the calls that it makes; the first of a family has the requests of its own. */
static void draw_family(struct plan *plan, size_t parent, size_t child, bool exact, struct chance *chance)
{
    struct load *load = &plan->loads[child];
    load->parent = parent;
    load->follow = exact ? 1 : chance_between(chance, 0.3, 0.95);
    load->multiple = chance_between(chance, 0, 1) < 0.6 ? (double)chance_count(chance, 1, 4)
                                                        : chance_scale(chance, 0.15, 0.9);
    load->rate = plan->loads[parent].rate * load->multiple / load->follow;
    load->scatter = exact ? 0 : load->scatter;
}

static void draw_families(struct plan *plan, struct chance *chance)
{
    size_t families = chance_count(chance, plan->endpoints / 12, plan->endpoints / 5);
    for (size_t i = 0; i < families; i++) {
        size_t parent = chance_count(chance, 0, plan->endpoints - 1);
        for (size_t calls = chance_count(chance, 1, 3); calls > 0; calls--) {
            size_t child = chance_count(chance, 0, plan->endpoints - 1);
            bool has_calls = false;
            for (size_t e = 0; e < plan->endpoints; e++)
                has_calls = has_calls || plan->loads[e].parent == child;
            if (child != parent && !has_calls && plan->loads[child].parent == SIZE_MAX &&
                plan->loads[parent].parent == SIZE_MAX)
                draw_family(plan, parent, child, chance_between(chance, 0, 1) < 0.5, chance);
        }
    }
}

static void draw_campaigns(struct plan *plan, struct chance *chance)
{
    double expected = plan->days * chance_scale(chance, 0.1, 0.8);
    plan->campaign_count = (size_t)fmin(MOST_CAMPAIGNS, chance_poisson(chance, expected));
    for (size_t i = 0; i < plan->campaign_count; i++)
        plan->campaigns[i] = (struct campaign){
            .from_s = chance_between(chance, 0, plan->days * DAY),
            .hours = chance_scale(chance, 0.3, 16),
            .factor = chance_scale(chance, 1.5, 8),
            .endpoint = chance_between(chance, 0, 1) < 0.2 ? ALL_ENDPOINTS
                                                           : chance_count(chance, 0, plan->endpoints - 1)};
}

void load_draw(struct plan *plan, struct chance *chance)
{
    double total = chance_scale(chance, 2, plan->kind->single ? 40 : 250);
    double steepness = chance_between(chance, 0.8, 1.5), sum = 0;
    double peak_hour = chance_between(chance, 11, 20), amplitude = chance_between(chance, 0.3, 1.3);
    for (size_t e = 0; e < plan->endpoints; e++) {
        double rate = pow((double)(e + 1), -steepness) * exp(normal_about(chance, 0.7));
        draw_load(&plan->loads[e], rate, peak_hour, amplitude, chance);
        sum += rate;
    }
    for (size_t e = 0; e < plan->endpoints; e++)
        plan->loads[e].rate *= total / sum;
    draw_families(plan, chance);
    draw_campaigns(plan, chance);
    plan->drift = plan->kind->drift ? chance_between(chance, 0.3, 1.2) : normal_about(chance, 0.1);
}

/* at_s: since the epoch. */
static double rhythm_at(const struct load *load, double at_s)
{
    double hour = fmod(at_s, DAY) / HOUR, turn = 2 * PI * (hour - load->peak_hour) / 24;
    bool weekend = fmod(at_s / DAY + 3, 7) >= 5; /* the epoch began on a Thursday */
    double people = exp(load->amplitude * (cos(turn) + 0.25 * cos(2 * turn))) * (weekend ? load->weekend : 1);
    double into = fmod(hour - load->peak_hour + 36, 24); /* of a job that begins twelve hours from the peak */
    switch (load->rhythm) {
    case RHYTHM_PEOPLE:
        return people;
    case RHYTHM_OFFICE:
        return (hour >= 7.5 && hour < 18.5 ? 1 : 0.04) * (weekend ? 0.1 : 1) * people;
    case RHYTHM_STEADY:
        return 1;
    case RHYTHM_NIGHT:
        return into < 1.5 ? 14 : 0.05;
    }
    return 1;
}

static double campaign_at(const struct plan *plan, size_t endpoint, double at_s)
{
    double factor = 1;
    for (size_t i = 0; i < plan->campaign_count; i++) {
        const struct campaign *campaign = &plan->campaigns[i];
        double into = (at_s - campaign->from_s) / HOUR / campaign->hours;
        if (into >= 0 && into < 4 && (campaign->endpoint == endpoint || campaign->endpoint == ALL_ENDPOINTS))
            factor *= 1 + (campaign->factor - 1) * exp(-2 * into) * fmin(1, 6 * into);
    }
    return factor;
}

static double mix_at(const struct plan *plan, size_t endpoint, double at_s)
{
    double factor = 1;
    for (size_t i = 0; i < plan->deploy_count; i++)
        if (at_s >= plan->deploys[i].at_s)
            factor *= plan->deploys[i].mix[endpoint];
    return factor;
}

/* An autoregressive wander of the logarithm, of the whole fleet alike. */
static void wander(const struct plan *plan, size_t endpoint, struct chance *chance, double *rates)
{
    const struct load *load = &plan->loads[endpoint];
    double kept = exp(-plan->step_s / HOUR / load->wander_hours), mean = 0;
    double state = normal_about(chance, load->wander);
    for (size_t row = 0; row < plan->rows; row++) {
        double at_s = (double)row * plan->step_s;
        state = kept * state + sqrt(1 - kept * kept) * normal_about(chance, load->wander);
        double factor = rhythm_at(load, plan->start_s + at_s) * campaign_at(plan, endpoint, at_s) *
                        exp(state + plan->drift * ((double)row / (double)plan->rows - 0.5));
        rates[row * plan->endpoints + endpoint] = factor;
        mean += factor / (double)plan->rows;
    }
    for (size_t row = 0; row < plan->rows; row++)
        rates[row * plan->endpoints + endpoint] *=
            load->rate / mean * mix_at(plan, endpoint, (double)row * plan->step_s);
}

double *load_rates(const struct plan *plan, struct chance *chance)
{
    double *rates = malloc(plan->rows * plan->endpoints * sizeof *rates);
    for (size_t e = 0; e < plan->endpoints; e++)
        wander(plan, e, chance, rates);
    return rates;
}

void load_counts(const struct plan *plan, const double *rates, double share, double seconds,
                 struct chance *chance, double *counts)
{
    for (size_t e = 0; e < plan->endpoints; e++) {
        const struct load *load = &plan->loads[e];
        double own = load->parent == SIZE_MAX ? 1 : 1 - load->follow;
        double mean = rates[e] * share * seconds * own;
        if (load->scatter > 0)
            mean *= exp(normal_about(chance, load->scatter) - load->scatter * load->scatter / 2);
        counts[e] = mean > 0 ? chance_poisson(chance, mean) : 0;
    }
    for (size_t e = 0; e < plan->endpoints; e++)
        if (plan->loads[e].parent != SIZE_MAX)
            counts[e] += chance_hits(chance, counts[plan->loads[e].parent], plan->loads[e].multiple);
}

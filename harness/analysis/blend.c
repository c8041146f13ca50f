#include "analysis/blend.h"

#include <math.h>

#define WEIGHT_LEAST 1e-4 /* of all: lighter parts move no quantile that is asked for */

void blend_add(struct blend *blend, const struct trend *trend, double weight, double early, double late)
{
    for (size_t i = 0; trend->freedom > 0 && i < TREND_NOISES; i++) {
        const struct trend_fit *fit = &trend->fits[i];
        if (!(weight * fit->weight > 0))
            continue;
        double variance =
            early * early * fit->var_early + late * late * fit->var_late + 2 * early * late * fit->cov;
        blend->parts[blend->count++] =
            (struct blend_part){weight * fit->weight, early * fit->early + late * fit->late,
                                sqrt(fmax(variance, 0)), (double)trend->freedom};
        blend->weight += weight * fit->weight;
    }
}

double blend_mean(const struct blend *blend)
{
    double sum = 0;
    for (size_t i = 0; i < blend->count; i++)
        sum += blend->parts[i].weight * blend->parts[i].value;
    return sum / blend->weight;
}

/* Student's distribution function by Wallace's normal approximation (Ann. Math. Stat. 30:1124, 1959): within
 * 0.001 from 4 degrees of freedom on. */
static double student_below(double t, double freedom)
{
    double z = (8 * freedom + 1) / (8 * freedom + 3) * sqrt(freedom * log1p(t * t / freedom));
    return erfc((t > 0 ? -z : z) / sqrt(2)) / 2;
}

double blend_below(const struct blend *blend, double value)
{
    double below = 0;
    for (size_t i = 0; i < blend->count; i++) {
        const struct blend_part *part = &blend->parts[i];
        if (part->weight < WEIGHT_LEAST * blend->weight)
            continue;
        double away = value - part->value;
        if (part->error > 0)
            below += part->weight * student_below(away / part->error, part->freedom);
        else
            below += away > 0 ? part->weight : 0;
    }
    return below / blend->weight;
}

#define ROUNDING 1e-12 /* of the mean: parts that are no further apart are one, but for what adding them up left */
#define STEPS_MOST 40
#define CLOSE 2e-5 /* in probability */
#define WIDENINGS 40

/* The spread of all parts about `mean`. */
static double blend_spread(const struct blend *blend, double mean)
{
    double squares = 0;
    for (size_t i = 0; i < blend->count; i++) {
        const struct blend_part *part = &blend->parts[i];
        double away = part->value - mean;
        squares += part->weight * (away * away + part->error * part->error);
    }
    return sqrt(squares / blend->weight);
}

/* A place, and by how much the probability there falls short of the one that is looked for. */
struct end {
    double at, off;
};

/* The false position that keeps both ends moving. Source: Dowell and Jarratt, BIT 11:168 (1971), "Illinois". */
static double between(const struct blend *blend, double p, struct end one, struct end other)
{
    for (size_t i = 0; i < STEPS_MOST && fabs(one.off) > CLOSE && fabs(other.off) > CLOSE; i++) {
        double at = (one.at * other.off - other.at * one.off) / (other.off - one.off);
        double off = p - blend_below(blend, at);
        if ((off > 0) == (other.off > 0))
            one.off /= 2;
        else
            one = other;
        other = (struct end){at, off};
    }
    return fabs(one.off) < fabs(other.off) ? one.at : other.at;
}

double blend_quantile(const struct blend *blend, double p)
{
    double mean = blend_mean(blend), spread = blend_spread(blend, mean), sign = p < 0.5 ? -1 : 1;
    double near = mean - sign * spread, far = mean + 3 * sign * spread;
    if (blend->count == 0 || !(spread > ROUNDING * fabs(mean)))
        return mean;
    double near_off = p - blend_below(blend, near), far_off = p - blend_below(blend, far);
    for (size_t i = 0; i < WIDENINGS && sign * far_off > 0; i++) {
        near = far;
        near_off = far_off;
        far = mean + 2 * (far - mean);
        far_off = p - blend_below(blend, far);
    }
    return between(blend, p, (struct end){near, near_off}, (struct end){far, far_off});
}

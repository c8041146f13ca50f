#include "analysis/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
#include "base/random.h"
#include "base/text.h"

#define DRAWS 200
#define MOST_DRAWS 0.5 /* in which the same versions have to be the best for anything to be said of them */

/* Of all holdings the one whose best of a kind is best. */
static const struct claims *best_of(const struct holdings *holdings, enum claimed kind, size_t *which)
{
    double best = -INFINITY;
    *which = 0;
    for (size_t i = 0; i < holdings->count; i++) {
        const struct claims *claims = &holdings->claims[i];
        double gain = claims->gains[best_claim(claims, kind)];
        if (gain > best) {
            best = gain;
            *which = i;
        }
    }
    return &holdings->claims[*which];
}

static enum claimed best_kind(const struct holdings *holdings)
{
    enum claimed best = CLAIM_NOTHING;
    double most = -INFINITY;
    for (enum claimed kind = CLAIM_NOTHING; kind <= CLAIM_REQUESTS; kind++) {
        size_t which;
        const struct claims *claims = best_of(holdings, kind, &which);
        double gain = claims->gains[best_claim(claims, kind)];
        if (gain > most) {
            most = gain;
            best = kind;
        }
    }
    return best;
}

static void take_draw(const struct holdings *holdings, struct attribution *out, double *drawn)
{
    double *kinds[] = {&out->nothing, &out->fills, &out->time, &out->requests};
    size_t of_requests, of_time;
    const struct claims *requests = best_of(holdings, CLAIM_REQUESTS, &of_requests);
    const struct claims *time = best_of(holdings, CLAIM_TIME, &of_time);
    const struct claim *claim = &requests->items[best_claim(requests, CLAIM_REQUESTS)];
    enum claimed kind = best_kind(holdings);
    if ((kind == CLAIM_REQUESTS && !requests->requests_last) || (kind == CLAIM_TIME && !time->time_lasts))
        kind = CLAIM_FILLS;
    *kinds[kind] += 1.0 / DRAWS;
    drawn[of_requests] += 1.0 / DRAWS;
    out->time_beside += claim->time ? 1.0 / DRAWS : 0;
    out->probability[claim->a] += 1.0 / DRAWS;
    if (claim->b == SIZE_MAX)
        return;
    out->probability[claim->b] += 1.0 / DRAWS;
    out->pairs[claim->a * out->endpoints + claim->b] += 1.0 / DRAWS;
}

static void draw(const struct looking *looking, struct holdings *holdings, uint64_t seed,
                 struct attribution *out)
{
    struct random random;
    double drawn[HOLDINGS_MOST + 1] = {0};
    random_init(&random, seed);
    for (size_t i = 0; i < DRAWS; i++) {
        struct random begins = random;
        for (size_t k = 0; k < holdings->count; k++) {
            struct gram sum;
            random = begins;
            windows_draw(&holdings->windows[k], &random, &sum);
            fit_claims(looking, &sum, out->readings, &holdings->claims[k]);
            gram_release(&sum);
        }
        take_draw(holdings, out, drawn);
    }
    size_t most = 0;
    for (size_t k = 1; k < holdings->count; k++)
        if (drawn[k] > drawn[most])
            most = k;
    out->holding = drawn[most] >= MOST_DRAWS ? holdings->items[most] : (struct holding){HOLDS_ALWAYS, 0};
}

/* What is left in `all` once nuisance is taken out of it. */
static void take_alike(const struct looking *looking, struct gram *all, struct attribution *out)
{
    size_t p = looking->panel->endpoints, first = looking->design->requests;
    gram_take_out(all, looking->design->nuisance);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            out->alike[a * p + b] = gram_alike(all, first + a, first + b);
}

/* What is told is told anew. */
static void begin(struct attribution *out)
{
    size_t p = out->endpoints;
    out->nothing = out->fills = out->time = out->requests = out->time_beside = 0;
    memset(out->probability, 0, p * sizeof *out->probability);
    memset(out->pairs, 0, p * p * sizeof *out->pairs);
}

static void weigh(const struct looking *looking, uint64_t seed, struct attribution *out)
{
    struct holdings holdings;
    begin(out);
    holdings_init(&holdings, looking, out->noise);
    out->readings = holdings.readings;
    draw(looking, &holdings, seed, out);
    take_alike(looking, &holdings.windows[0].all, out);
    holdings_release(&holdings);
}

/* First of all readings alike, then as they count. */
static void weigh_twice(struct looking *looking, uint64_t seed, struct attribution *out)
{
    double *weights = xcalloc(looking->panel->rows, sizeof *weights);
    weigh(looking, seed, out);
    if (out->holding.holds != HOLDS_ALWAYS) { /* what noise is depends on it */
        looking->holding = out->holding;
        out->noise = likeliest_noise(looking);
        weigh(looking, seed, out);
    }
    out->plainly.nothing = out->nothing;
    out->plainly.grows = out->time + out->requests;
    weigh_rows(looking, out->noise, weights);
    looking->weights = weights;
    weigh(looking, seed, out);
    looking->weights = NULL;
    free(weights);
}

void attribute(const struct panel *panel, const bool *told, uint64_t seed, struct attribution *out)
{
    size_t p = panel->endpoints;
    struct panel lagged = *panel;
    struct design design;
    struct looking looking = {.panel = &lagged, .told = told, .design = &design};
    *out = (struct attribution){.endpoints = p,
                                .probability = xcalloc(p + 1, sizeof(double)),
                                .alike = xcalloc(p * p + 1, sizeof(double)),
                                .pairs = xcalloc(p * p + 1, sizeof(double))};
    for (size_t e = 0; e < p; e++)
        looking.told_count += told[e];
    if (looking.told_count == 0 || panel->rows == 0)
        return;
    design_init(&design, panel);
    out->noise = likeliest_noise(&looking);
    out->lag_rows = find_lag(&looking, out->noise);
    if (out->lag_rows > 0) {
        design_release(&design);
        lagged.requests = lagged_requests(panel, out->lag_rows);
        design_init(&design, &lagged);
    }
    weigh_twice(&looking, seed, out);
    if (out->lag_rows > 0)
        free(lagged.requests);
    design_release(&design);
}

void attribution_release(struct attribution *attribution)
{
    free(attribution->probability);
    free(attribution->alike);
    free(attribution->pairs);
    *attribution = (struct attribution){.endpoints = 0};
}

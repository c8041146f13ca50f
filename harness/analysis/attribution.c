#include "analysis/attribution.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/attribution_inside.h"
#include "base/random.h"
#include "base/text.h"

#define DRAWS 200

static enum claimed best_kind(const struct claims *claims)
{
    enum claimed best = CLAIM_NOTHING;
    for (enum claimed kind = CLAIM_FILLS; kind <= CLAIM_REQUESTS; kind++)
        if (claims->gains[best_claim(claims, kind)] > claims->gains[best_claim(claims, best)])
            best = kind;
    return best;
}

static void take_draw(const struct claims *claims, struct attribution *out)
{
    double *kinds[] = {&out->nothing, &out->fills, &out->time, &out->requests};
    const struct claim *claim = &claims->items[best_claim(claims, CLAIM_REQUESTS)];
    enum claimed kind = best_kind(claims);
    if ((kind == CLAIM_REQUESTS && !claims->requests_last) || (kind == CLAIM_TIME && !claims->time_lasts))
        kind = CLAIM_FILLS;
    *kinds[kind] += 1.0 / DRAWS;
    out->time_beside += claim->time ? 1.0 / DRAWS : 0;
    out->probability[claim->a] += 1.0 / DRAWS;
    if (claim->b == SIZE_MAX)
        return;
    out->probability[claim->b] += 1.0 / DRAWS;
    out->pairs[claim->a * out->endpoints + claim->b] += 1.0 / DRAWS;
}

static void draw(const struct looking *looking, const struct windows *windows, uint64_t seed,
                 struct claims *claims, struct attribution *out)
{
    struct random random;
    random_init(&random, seed);
    for (size_t i = 0; i < DRAWS; i++) {
        struct gram sum;
        windows_draw(windows, &random, &sum);
        fit_claims(looking, &sum, out->readings, claims);
        take_draw(claims, out);
        gram_release(&sum);
    }
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
    struct claims claims;
    struct windows windows;
    begin(out);
    looking_windows(looking, out->noise, &windows);
    claims_init(&claims, looking, true);
    out->readings = readings_of(looking, &windows, &claims);
    draw(looking, &windows, seed, &claims, out);
    take_alike(looking, &windows.all, out);
    claims_release(&claims);
    windows_release(&windows);
}

/* First of all readings alike, then as they count. */
static void weigh_twice(struct looking *looking, uint64_t seed, struct attribution *out)
{
    double *weights = xcalloc(looking->panel->rows, sizeof *weights);
    weigh(looking, seed, out);
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

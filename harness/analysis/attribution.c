#include "analysis/attribution.h"

#include <math.h>
#include <stdlib.h>

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

/* Windows that have rows, drawn as many times as there are. */
static void draw(const struct looking *looking, const struct products *products, double readings,
                 uint64_t seed, struct claims *claims, struct attribution *out)
{
    struct random random;
    size_t drawn[ATTRIBUTION_WINDOWS];
    random_init(&random, seed);
    for (size_t i = 0; i < DRAWS; i++) {
        for (size_t w = 0; w < ATTRIBUTION_WINDOWS; w++)
            drawn[w] = random_below(&random, ATTRIBUTION_WINDOWS);
        fit_claims(looking, products, drawn, readings, claims);
        take_draw(claims, out);
    }
}

static void take_alike(const struct looking *looking, struct products *products, struct attribution *out)
{
    size_t p = looking->panel->endpoints, first = looking->design->requests;
    gram_take_out(&products->all, looking->design->nuisance);
    for (size_t a = 0; a < p; a++)
        for (size_t b = 0; b < p; b++)
            out->alike[a * p + b] = gram_alike(&products->all, first + a, first + b);
}

static void weigh(const struct looking *looking, struct products *products, uint64_t seed,
                  struct attribution *out)
{
    struct claims claims;
    claims_init(&claims, looking, true);
    double readings = readings_of(looking, products, &claims);
    out->readings = readings;
    draw(looking, products, readings, seed, &claims, out);
    take_alike(looking, products, out);
    claims_release(&claims);
}

void attribute(const struct panel *panel, const bool *told, uint64_t seed, struct attribution *out)
{
    size_t p = panel->endpoints;
    struct panel lagged = *panel;
    struct design design;
    struct products products;
    struct looking looking = {&lagged, told, &design, 0};
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
    products_init(&products, &looking, out->noise);
    weigh(&looking, &products, seed, out);
    products_release(&products);
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

#include "analysis/suspects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/idle_busy.h"
#include "analysis/suspects_busiest.h"
#include "analysis/suspects_inside.h"
#include "base/text.h"

#define REQUESTS_LEAST 30.0 /* of an endpoint, over all rows */
#define SURE 0.95           /* that something grows for good */
#define LIKELIER 0.75       /* that it is requests */
#define BORNE_OUT 0.5       /* that something grows, where all readings count alike */
#define SHARE_MOST 2.0 /* of the growth that there is: what would explain more comes and goes with the load */

/* Growth by a line through each piece: what there is to explain. */
static double measure(const struct panel *panel, struct holding holding)
{
    double sum = 0;
    for (size_t i = 0; i < panel->piece_count; i++) {
        const struct panel_piece *piece = &panel->pieces[i];
        if (!panel_holds(piece->version, holding))
            continue;
        double n = (double)piece->count, middle = (n - 1) / 2, products = 0, squares = 0;
        for (size_t k = 0; k < piece->count; k++) {
            products += ((double)k - middle) * panel->memory[piece->first + k];
            squares += ((double)k - middle) * ((double)k - middle);
        }
        sum += products / squares * n;
    }
    return sum;
}

static void look(struct suspecting *suspecting)
{
    const struct history *history = suspecting->history;
    size_t p = history->endpoints.count;
    stretches_find(history, suspecting->options->limit_bytes, &suspecting->stretches);
    panel_init(&suspecting->panel, history, &suspecting->stretches);
    suspecting->told = xcalloc(p + 1, sizeof *suspecting->told);
    for (size_t e = 0; e < p; e++)
        suspecting->told[e] = suspecting->panel.totals[e] >= REQUESTS_LEAST;
    attribute(&suspecting->panel, suspecting->told, suspecting->options->seed, &suspecting->attribution);
    suspects_group(suspecting);
}

static enum grows grows_with(const struct attribution *attribution)
{
    if (attribution->plainly.grows < BORNE_OUT)
        return GROWS_WITH_NOTHING;
    if (attribution->requests + attribution->time >= SURE && attribution->requests >= LIKELIER)
        return GROWS_WITH_REQUESTS;
    return attribution->time >= SURE ? GROWS_WITH_TIME : GROWS_WITH_NOTHING;
}

/* What memory would have grown by is what it did grow by, about. */
static bool is_borne_out(const struct suspecting *suspecting)
{
    struct holding holding = suspecting->attribution.holding;
    double days = 0;
    for (size_t i = 0; i < suspecting->panel.piece_count; i++)
        if (panel_holds(suspecting->panel.pieces[i].version, holding))
            days += (double)suspecting->panel.pieces[i].count * suspecting->panel.row_s / 86400;
    return suspecting->measured > 0 &&
           suspecting->rates.bytes_per_day * days <= SHARE_MOST * suspecting->measured;
}

/* All requests as one, in all versions: how much growth there may be at all. */
static void rate_whole(struct suspecting *suspecting)
{
    size_t p = suspecting->panel.endpoints;
    bool *all = xcalloc(p + 1, sizeof *all);
    struct attribution always = suspecting->attribution;
    always.holding = (struct holding){HOLDS_ALWAYS, 0};
    memset(all, true, p * sizeof *all);
    leak_rates(&suspecting->panel, &always, all, 1, false, measure(&suspecting->panel, always.holding),
               suspecting->options->seed, &suspecting->whole);
    free(all);
}

/* What growth does not bear out says nothing of it. */
static void rate(struct suspecting *suspecting)
{
    struct attribution *attribution = &suspecting->attribution;
    enum grows grows = grows_with(attribution);
    bool requests = grows == GROWS_WITH_REQUESTS, time = !requests || attribution->time_beside > 0.5;
    if (!requests)
        attribution->holding = (struct holding){HOLDS_ALWAYS, 0};
    suspecting->measured = measure(&suspecting->panel, attribution->holding);
    rate_whole(suspecting);
    if (grows == GROWS_WITH_NOTHING)
        return;
    leak_rates(&suspecting->panel, attribution, suspecting->groups.members,
               requests ? suspecting->groups.main : 0, time, suspecting->measured, suspecting->options->seed,
               &suspecting->rates);
    suspecting->grows = is_borne_out(suspecting) ? grows : requests ? GROWS_AND_FALLS : GROWS_WITH_NOTHING;
    if (suspecting->grows == grows)
        return;
    free(suspecting->rates.fitted);
    suspecting->rates = (struct leak_rates){.fitted = NULL};
    attribution->holding = (struct holding){HOLDS_ALWAYS, 0};
}

/* The busiest first. */
static void take_names(const struct suspecting *suspecting, const bool *members, struct strings *names)
{
    const double *totals = suspecting->panel.totals;
    size_t p = suspecting->panel.endpoints, count = 0, *order = xcalloc(p + 1, sizeof *order);
    for (size_t e = 0; e < p; e++)
        if (members[e])
            order[count++] = e;
    for (size_t i = 1; i < count; i++)
        for (size_t k = i; k > 0 && totals[order[k - 1]] < totals[order[k]]; k--) {
            size_t held = order[k];
            order[k] = order[k - 1];
            order[k - 1] = held;
        }
    for (size_t i = 0; i < count; i++)
        strings_add(names, suspecting->history->endpoints.items[order[i]]);
    free(order);
}

/* Those that are not likely: as if each were the one. */
static struct leak_rate rate_of(const struct suspecting *suspecting, size_t group)
{
    if (group < suspecting->groups.main)
        return suspecting->rates.groups[group];
    struct leak_rates alone;
    leak_rates(&suspecting->panel, &suspecting->attribution,
               suspecting->groups.members + group * suspecting->groups.endpoints, 1,
               suspecting->attribution.time_beside > 0.5, suspecting->measured, suspecting->options->seed,
               &alone);
    free(alone.fitted);
    return alone.groups[0];
}

static void take_suspects(struct suspecting *suspecting)
{
    struct suspects *out = suspecting->out;
    const struct panel *panel = &suspecting->panel;
    size_t p = panel->endpoints;
    double seconds = suspecting->history->step_s * (double)suspecting->history->rows;
    if (suspecting->grows != GROWS_WITH_REQUESTS)
        return;
    out->items = xcalloc(suspecting->groups.count + 1, sizeof *out->items);
    for (size_t g = 0; g < suspecting->groups.count; g++) {
        const bool *members = suspecting->groups.members + g * p;
        struct leak_rate rate = rate_of(suspecting, g);
        struct suspect *suspect = &out->items[out->count++];
        *suspect = (struct suspect){.bytes_per_request = rate.bytes,
                                    .interval = rate.interval,
                                    .share = rate.share,
                                    .share_interval = rate.share_interval,
                                    .probability = suspecting->groups.probabilities[g]};
        take_names(suspecting, members, &suspect->endpoints);
        for (size_t e = 0; e < p; e++)
            suspect->per_second += members[e] ? panel->totals[e] / seconds : 0;
    }
}

static bool is_named(const struct suspecting *suspecting, size_t endpoint)
{
    for (size_t g = 0; g < suspecting->groups.count; g++)
        if (suspecting->groups.members[g * suspecting->groups.endpoints + endpoint])
            return true;
    return false;
}

static void take_others(struct suspecting *suspecting)
{
    const struct strings *names = &suspecting->history->endpoints;
    bool ranked = suspecting->out->count > 0;
    for (size_t e = 0; e < names->count; e++) {
        if (!suspecting->told[e])
            strings_add(&suspecting->out->untold, names->items[e]);
        else if (ranked && !is_named(suspecting, e) && !(suspecting->attribution.probability[e] > 0))
            strings_add(&suspecting->out->cleared, names->items[e]);
    }
}

static void take_growth(struct suspecting *suspecting)
{
    struct suspects *out = suspecting->out;
    bool fitted = suspecting->rates.fitted != NULL;
    const struct leak_rates *rates = fitted ? &suspecting->rates : &suspecting->whole;
    bool any = suspecting->panel.rows > 0;
    out->bytes_per_day = any ? rates->bytes_per_day : NAN;
    out->bytes_per_day_interval = any ? rates->bytes_per_day_interval : (struct interval){NAN, NAN};
    out->bytes_per_hour_idle = any && fitted ? rates->bytes_per_hour : NAN;
    out->by_requests = any && fitted && rates->bytes_per_day > 0
                           ? 1 - rates->bytes_per_hour * 24 / rates->bytes_per_day
                           : NAN;
    out->smallest_bytes_per_day =
        any ? suspecting->whole.bytes_per_day_interval.high -
                  fmin(suspecting->whole.bytes_per_day, suspecting->whole.bytes_per_day_interval.low)
            : NAN;
}

static void take_rest(struct suspecting *suspecting)
{
    struct suspects *out = suspecting->out;
    const struct history *history = suspecting->history;
    struct holding holding = suspecting->attribution.holding;
    out->holds = holding.holds;
    out->deploy_s =
        holding.holds != HOLDS_ALWAYS ? history->start_s + suspecting->panel.deploys[holding.deploy] : NAN;
    out->idle_and_busy = idle_and_busy(&suspecting->panel);
    out->lag_s = (double)suspecting->attribution.lag_rows * suspecting->panel.row_s;
    out->stretches = suspecting->panel.piece_count;
    out->from_s = history->start_s;
    out->to_s = history->start_s + history->step_s * (double)(history->rows > 0 ? history->rows - 1 : 0);
    out->step_s = history->step_s;
    for (size_t e = 0; e < suspecting->panel.endpoints; e++)
        out->requests += suspecting->panel.totals[e];
    out->restarts = suspecting->stretches.restarts;
    out->restart_count = suspecting->stretches.restart_count;
    strings_copy(&out->caveats, &history->caveats);
    suspects_instances(suspecting);
    suspecting->stretches.restarts = NULL; /* the result's now */
}

static void release(struct suspecting *suspecting)
{
    stretches_release(&suspecting->stretches);
    panel_release(&suspecting->panel);
    attribution_release(&suspecting->attribution);
    free(suspecting->groups.members);
    free(suspecting->rates.fitted);
    free(suspecting->whole.fitted);
    free(suspecting->told);
}

static void analyse(const struct history *history, const struct suspects_options *options,
                    struct suspects *suspects)
{
    struct suspecting suspecting = {.history = history, .options = options, .out = suspects};
    *suspects = (struct suspects){.exit_code = 125};
    look(&suspecting);
    if (suspecting.panel.rows > 0)
        rate(&suspecting);
    take_suspects(&suspecting);
    take_others(&suspecting);
    take_growth(&suspecting);
    take_rest(&suspecting);
    suspects_conclude(&suspecting);
    release(&suspecting);
}

void suspects_analyse(const struct history *history, const struct suspects_options *options,
                      struct suspects *suspects)
{
    struct history busiest;
    if (!busiest_of(history, &busiest)) {
        analyse(history, options, suspects);
        return;
    }
    analyse(&busiest, options, suspects);
    strings_addf(&suspects->caveats,
                 "of %zu endpoints the %d with most requests were looked at one by one, the others as one",
                 history->endpoints.count, BUSIEST_MOST);
    busiest_release(&busiest);
}

/* Whether memory grows with an endpoint's requests: which model explains it, and how surely. Pure.
 *
 * Models are held against one another: nothing grows; time alone adds; something fills, slowly, and is full one day; the
 * requests of one endpoint keep something, alone, beside time or beside what fills, or those of two do. Each may have what
 * is in flight follow its endpoint's rate, and has the load of the moment, what was taken for a higher load and is given back later or
 * never, caches that fill quickly and the hour of the day beside it. How surely one is right is how often it is the best
 * when windows of time are drawn anew, each of all instances together: so nothing is asked of the noise within a window, and
 * instances that serve one load do not count as many. Each model may hold in all versions of what runs, in those until one deploy
 * or in those since it; of the latter the two that explain most, if any comes near the former, are drawn as well. What grows in
 * the first half of a process's life and not in the second counts as something that fills. What jumps counts less than
 * what trickles; how surely anything grows is told of all readings alike as well: what only a choice of readings shows is
 * nothing to name.
 * Source: a criterion for each draw, Schwarz, Ann. Stat. 6:461 (1978); selection under the bootstrap, Efron, J. Am. Stat.
 * Assoc. 109:991 (2014); windows, Kunsch, Ann. Stat. 17:1217 (1989). */
#ifndef SEEP_ANALYSIS_ATTRIBUTION_H
#define SEEP_ANALYSIS_ATTRIBUTION_H

#include "analysis/design.h"
#include "analysis/panel.h"

struct attribution {
    double nothing, fills, time, requests; /* how often each kind is the best, 1 together */
    struct {
        double nothing, grows; /* the same where all readings count alike: nothing, and time or requests */
    } plainly;
    double *probability;    /* by endpoint: how often the best model of requests has it */
    double *alike;          /* endpoints x endpoints: correlation of what they would explain */
    double *pairs;          /* endpoints x endpoints: how often the best has both */
    double time_beside;     /* how often the best has time beside requests */
    double readings;        /* that are worth an independent one */
    size_t noise;           /* the likeliest */
    size_t lag_rows;        /* requests come so long before what they keep */
    struct holding holding; /* the versions in which the best model of requests holds in most draws */
    size_t endpoints;
};

/* Endpoints whose `told` is false are left out: nothing can be said of them. Cost: some 10 x rows x (4 endpoints)^2. */
void attribute(const struct panel *panel, const bool *told, uint64_t seed, struct attribution *attribution);
void attribution_release(struct attribution *attribution);

#define ATTRIBUTION_WINDOWS 24
/* In which of the windows of time each row lies; the caller's. */
size_t *attribution_windows(const struct panel *panel);

#endif

/* How likely it is that memory grows with an endpoint's requests. Pure.
 *
 * What is held against one another, each under several kinds of noise (whiten.h): nothing grows; time alone adds; something
 * fills, slowly, and is full one day; the requests of one endpoint keep something, or those of two, with or without time.
 * Every one of them may have what is in flight follow an endpoint's rate, and has the load of the moment, pools that keep the
 * size of the highest load, caches that fill quickly and the hour of the day beside it. How much memory may be kept, in flight or
 * cached is not known beforehand: each is fitted, and its evidence is by Schwarz' criterion, in as many readings as are
 * worth an independent one (from what windows of time, of all instances together, add up to).
 * Source: Schwarz, Ann. Stat. 6:461 (1978); averaged over models, Hoeting and others, Stat. Sci. 14:382 (1999); windows,
 * Liang and Zeger, Biometrika 73:13 (1986). */
#ifndef SEEP_ANALYSIS_ATTRIBUTION_H
#define SEEP_ANALYSIS_ATTRIBUTION_H

#include "analysis/design.h"
#include "analysis/panel.h"

struct attribution {
    double nothing, fills, time, requests; /* probabilities, 1 together; time: without requests */
    double *probability;                   /* by endpoint: that its requests keep something */
    double *alike;                         /* endpoints x endpoints: correlation of what they would explain */
    double *pairs;                         /* endpoints x endpoints: that both do, together */
    double time_beside;                    /* where requests keep something: that time adds as well */
    size_t noise;                          /* the likeliest */
    size_t lag_rows;                       /* requests come so long before what they keep */
    double *weights;                       /* rows: 1, less where a reading is wild */
    size_t endpoints;
};

/* Endpoints whose `told` is false are left out: nothing can be said of them. Cost: some 5 x rows x (3 endpoints)^2. */
void attribute(const struct panel *panel, const bool *told, struct attribution *attribution);
void attribution_release(struct attribution *attribution);

#define ATTRIBUTION_WINDOWS 24
/* In which of the windows of time a row lies. */
size_t attribution_window(const struct panel *panel, size_t row);

#endif

/* Requests that come a while before what they keep. */
#include <stdlib.h>

#include "analysis/attribution_inside.h"
#include "base/text.h"

#define LAG_MOST 16
#define LAG_MOST_S 7200.0
#define LAG_SHOWN 4.0 /* log units */

double *lagged_requests(const struct panel *panel, size_t lag)
{
    size_t p = panel->endpoints;
    double *requests = xcalloc(panel->rows * p + 1, sizeof *requests);
    for (size_t i = 0; i < panel->piece_count; i++) {
        size_t first = panel->pieces[i].first;
        for (size_t row = 0; row < panel->pieces[i].count; row++)
            for (size_t e = 0; e < p; e++) {
                size_t from = (first + (row > lag ? row - lag : 0)) * p + e;
                double before =
                    row < lag ? panel->rates[first * p + e] * panel->row_s * (double)(lag - row) : 0;
                requests[(first + row) * p + e] = panel->requests[from] - before;
            }
    }
    return requests;
}

/* By criterion, of the best single endpoint with requests that came so long before. */
static double gain_at_lag(const struct looking *looking, size_t noise, size_t lag)
{
    struct panel shifted = *looking->panel;
    struct design design;
    struct looking at = *looking;
    struct windows windows;
    struct cells cells;
    struct claims claims;
    shifted.requests = lagged_requests(looking->panel, lag);
    design_init(&design, &shifted);
    at.panel = &shifted;
    at.design = &design;
    looking_cells(&at, noise, &cells);
    cells_windows(&cells, &design, (struct holding){HOLDS_ALWAYS, 0}, &windows);
    cells_release(&cells);
    claims_init(&claims, &at, false);
    double readings = readings_of(&at, &windows, &claims);
    fit_claims(&at, &windows.all, readings, &claims);
    double gain = claims.gains[best_claim(&claims, CLAIM_REQUESTS)];
    claims_release(&claims);
    windows_release(&windows);
    design_release(&design);
    free(shifted.requests);
    return gain;
}

size_t find_lag(const struct looking *looking, size_t noise)
{
    double none = gain_at_lag(looking, noise, 0), most = none + LAG_SHOWN;
    size_t best = 0;
    double row_s = looking->panel->row_s;
    for (size_t lag = 1; none > LAG_SHOWN && lag <= LAG_MOST && (double)lag * row_s <= LAG_MOST_S; lag *= 2) {
        double gain = gain_at_lag(looking, noise, lag);
        if (gain > most) {
            most = gain;
            best = lag;
        }
    }
    return best;
}

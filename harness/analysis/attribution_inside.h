/* What the pieces of analysis/attribution share. */
#ifndef SEEP_ANALYSIS_ATTRIBUTION_INSIDE_H
#define SEEP_ANALYSIS_ATTRIBUTION_INSIDE_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/attribution.h"
#include "analysis/gram.h"
#include "base/random.h"

struct looking {
    const struct panel *panel;
    const bool *told;
    const struct design *design;
    size_t told_count;
    const double *weights;  /* of rows, in squares; NULL: all alike */
    struct holding holding; /* in which all that may be at work at once is */
};

/* attribution_noise.c: the kind of noise under which all that may be at work at once makes memory likeliest. */
size_t likeliest_noise(const struct looking *looking);

/* attribution_whole.c: all that may be at work at once: requests of every endpoint, time, nuisance; what is in flight where there
 * are rows enough. */
struct whole {
    size_t count, positive; /* columns, of which the first so many may not be negative */
    double *columns, *memory, *coefficients, left;
    size_t freedom;
    double base; /* log likelihood of what is whitened, but for what is left */
};

void whole_init(struct whole *whole, const struct looking *looking, size_t noise);
void whole_release(struct whole *whole);

/* The best coefficients and the squares they leave. weights: of rows; NULL: all alike. */
void whole_fit(struct whole *whole, size_t rows, const double *weights);

/* attribution_weights.c: how much each row counts, 1 or less: what jumps is not what trickles. weights (out): rows.
 * Source: biweight, Beaton and Tukey, Technometrics 16:147 (1974). */
void weigh_rows(const struct looking *looking, size_t noise, double *weights);

double *copy_of(const double *values, size_t count); /* attribution_windows.c; the caller's */

/* Models, by what keeps memory in them: columns that may not be negative, and what is in flight beside them. */
#define CLAIM_MOST 8
enum claimed { CLAIM_NOTHING, CLAIM_FILLS, CLAIM_TIME, CLAIM_REQUESTS };

struct claim {
    enum claimed claimed;
    double log_prior; /* what is of many is spread over them */
    size_t columns[CLAIM_MOST], count;
    bool positive[CLAIM_MOST];
    size_t a, b; /* endpoints; SIZE_MAX: none */
    bool time;
};

struct claims {
    struct claim *items;
    size_t count;
    double *gains;    /* what each explains more than nothing at all, by criterion, log units */
    double log_prior; /* of all of them */
    bool requests_last,
        time_lasts; /* the best of that kind grows in the second half of a process's life as well */
};

/* attribution_windows.c: products of whitened columns, of each window of time and of all. */
struct windows {
    struct gram each[ATTRIBUTION_WINDOWS], all;
};

/* columns: panel->rows x count. Cost: rows x count^2 / 2. */
void windows_init(struct windows *windows, const struct panel *panel, const double *columns,
                  const double *memory, size_t count);
void windows_release(struct windows *windows);

/* As many of them as there are, drawn anew; to be released. */
void windows_draw(const struct windows *windows, struct random *random, struct gram *sum);

/* attribution_versions.c: products by version of what runs as well. */
struct cells {
    struct gram *items; /* versions x windows; without products where no rows lie */
    size_t versions;
};

void cells_init(struct cells *cells, const struct panel *panel, const double *columns, const double *memory,
                size_t count);
void cells_release(struct cells *cells);

/* Products as they are where all that is kept, or fills, is so only in the versions of `holding`: what is in flight and
 * nuisance is in all of them. */
void cells_windows(const struct cells *cells, const struct design *design, struct holding holding,
                   struct windows *windows);

/* Models that hold in all versions, and in those until or since the deploys that explain memory best. Each has room for one more,
 * which is looked at. */
#define HOLDINGS_MOST 3
struct holdings {
    struct holding items[HOLDINGS_MOST + 1];
    struct windows windows[HOLDINGS_MOST + 1];
    struct claims claims[HOLDINGS_MOST + 1];
    size_t count;
    double readings; /* that are worth an independent one */
};

void holdings_init(struct holdings *holdings, const struct looking *looking, size_t noise);
void holdings_release(struct holdings *holdings);

/* attribution_claims.c. pairs: those of two endpoints as well. */
void claims_init(struct claims *claims, const struct looking *looking, bool pairs);
void claims_release(struct claims *claims);

/* All columns of a design under a noise. */
void looking_cells(const struct looking *looking, size_t noise, struct cells *cells);

/* Every model, fitted on these products, from which nuisance is then taken out. readings: that are worth an independent
 * one. */
void fit_claims(const struct looking *looking, struct gram *gram, double readings, struct claims *claims);

/* The best of that kind of model; SIZE_MAX: there is none. */
size_t best_claim(const struct claims *claims, enum claimed kind);

/* How many readings are worth an independent one: by how much more windows vary than independent rows would. */
double readings_of(const struct looking *looking, const struct windows *windows, struct claims *claims);

/* attribution_lag.c: requests as they were so many rows before; the caller's. */
double *lagged_requests(const struct panel *panel, size_t lag);

/* By how many rows requests come before what they keep: 0 unless another is clearly better. */
size_t find_lag(const struct looking *looking, size_t noise);

#endif

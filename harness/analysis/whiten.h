/* Columns as they look once what one row has kept of the row before is taken out, so that their errors are independent.
 * Pure.
 *
 * Noise of memory is one of several kinds: independent, autocorrelated, a random walk, a walk under independent errors. Each
 * is a state-space model whose Kalman filter makes innovations of any column, linear in it.
 * Source: Harvey, Forecasting, Structural Time Series Models and the Kalman Filter (1989), 3.4. */
#ifndef SEEP_ANALYSIS_WHITEN_H
#define SEEP_ANALYSIS_WHITEN_H

#include <stddef.h>

#include "analysis/panel.h"

#define WHITEN_NOISES 12

/* In place: columns (rows x count) of a panel's pieces become innovations under this kind of noise, the level of each piece
 * taken out. Returns the part of the log likelihood that hangs on the noise alone:
 * - (log determinants) / 2. *freedom (out): rows but for one of each piece. Cost: rows x count. */
double whiten(const struct panel *panel, size_t noise, double *columns, size_t count, size_t *freedom);

#endif

/* Growth while few requests come against growth while many do: the first look that people take. Pure. */
#ifndef SEEP_ANALYSIS_IDLE_BUSY_H
#define SEEP_ANALYSIS_IDLE_BUSY_H

#include "analysis/panel.h"
#include "model/suspects.h"

/* The quarter of the rows with the fewest requests and that with the most; growth of each: its mean from row to row, with
 * an interval by windows of time. */
struct idle_and_busy idle_and_busy(const struct panel *panel);

#endif

/* The share of production's growth that was found. */
#ifndef SEEP_ANALYSIS_EXPLAINED_H
#define SEEP_ANALYSIS_EXPLAINED_H

#include "model/result.h"

/* observed: what the chart showed, its `bytes` within `seconds`; `explained` and `interval` are filled in: NaN where no
 * growth was observed.
 * findings: their bytes per day are added up, and so are the ends of their intervals: wider than the interval of the
 * sum would be, and right whether they err together or not. One that counts no bytes, or has no interval, leaves the
 * whole or its interval unknown. An end below nothing is 0: a finding that may be nothing takes nothing away. */
void explained_by_findings(struct observed *observed, const struct finding *findings, size_t count);

/* Nothing grows: that explains nothing, and what was too small to be seen may be at most `unseen_bytes_per_day`
 * (NaN: not known, and then nothing is said). */
void explained_by_nothing(struct observed *observed, double unseen_bytes_per_day);

#endif

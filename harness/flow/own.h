/* What a run cost, and what seep itself took: part of every result. */
#ifndef SEEP_FLOW_OWN_H
#define SEEP_FLOW_OWN_H

#include "flow/trials.h"
#include "model/result.h"

/* The highest resident memory of this process so far, bytes (VmHWM; NaN: cannot be read). Not ru_maxrss: that begins with
 * what whoever started us held before exec. Source: exec_mmap() in fs/exec.c of Linux. */
double own_peak_bytes(void);

/* Fills requests, trials, seconds, replay, lag, peak_bytes, kept_bytes, own and who told what is live (in target) from what the trials counted. */
void own_add_costs(struct result *result, struct trials *trials);

/* The same, over all lanes of a run: sums, and the highest peak. */
void own_add_all_costs(struct result *result, struct trials *const *lanes, size_t count);

#endif

/* Whether two runs replayed the same mix. Only for compare*.c. */
#ifndef SEEP_FLOW_COMPARE_MIX_H
#define SEEP_FLOW_COMPARE_MIX_H

#include "flow/compare_side.h"

/* Why the mixes cannot be compared; the caller's. NULL: they can. They can when both looked at the same
 * endpoints, and the share of none of them differs by more than 1.5 times beyond what chance does in as many
 * requests (99 %; the logarithm of a quotient of two counts has the variance 1/n + 1/m: Katz et al., Biometrics
 * 34:469, 1978). An endpoint so rare that fewer than five requests were to be expected may be absent.
 * A soak's shares are those of its requests, a hunt's those that were recorded. */
char *compare_mix_differs(const struct compare_side *before, const struct compare_side *after);

#endif

/* What is said of the items of a comparison. Only for compare*.c. */
#ifndef SEEP_FLOW_COMPARE_JUDGE_H
#define SEEP_FLOW_COMPARE_JUDGE_H

#include "flow/compare_side.h"
#include "model/service.h"

/* Sets what decides, the limits, each answer, that of the whole and its exit code; adds what must be minded. */
void compare_judge(struct comparison *comparison, const struct compare_side *before,
                   const struct compare_side *after, const struct limits *limits);

#endif

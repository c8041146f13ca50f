/* Private to flow/soak_merged*.c. */
#ifndef SEEP_FLOW_SOAK_MERGED_INSIDE_H
#define SEEP_FLOW_SOAK_MERGED_INSIDE_H

#include "base/json.h"
#include "flow/soak_merged.h"
#include "flow/soak_state.h"

/* A soak that was driven elsewhere: no target, no engine. */
struct merged {
    struct soak soak;
    struct soak_options options;
    struct service service;
    const struct merging *merging;
};

/* What a shard kept, element by element; what is not there is NaN, or nothing. */
double merged_real(const json_t *object, const char *key);
const json_t *merged_list(const json_t *object, const char *key);
double merged_element(const json_t *array, size_t index);
size_t merged_whole(const json_t *array, size_t index);
int64_t merged_ns(double at_s); /* 0: not known */

/* soak_merged_load.c. Endpoints, rates and limits, as one shard has them; then what became of the requests of each: counts, times,
 * whether it ended early. */
int merged_take_service(struct merged *merged, const json_t *kept, struct err *err);
void merged_take_part(struct merged *merged, const struct part *part);
double merged_begin_s(const struct merging *merging); /* the first request of all was due */

/* soak_merged_memory.c. What shard 0 read, at the requests of all; where it is not there, no signal. */
int merged_take_memory(struct merged *merged, struct err *err);

#endif

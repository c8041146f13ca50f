/* Strategies to compare a hunt with: what one would do without seep, over the same trials. Pure.
 *
 * Written straight down over a callback. Where an answer is pending they return false, and are called again from the
 * start when there are more answers: linear once it has asked for every endpoint, for none waits for another; the
 * others at once, for what they ask next hangs on the answer.
 */
#ifndef SEEP_ANALYSIS_SEARCH_COMPARE_H
#define SEEP_ANALYSIS_SEARCH_COMPARE_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/search.h"

/* Does the mix of these members, rising, grow on a fresh server? *pending: not told yet. */
typedef enum told search_trial(void *owner, const size_t *members, size_t count, bool *pending);

/* SEARCH_LINEAR: in[i] where i grows alone. SEARCH_BINARY: the one that halving ends at, following the half that grows,
 * the first where neither does. SEARCH_DDMIN: the set that it ends at. None where the whole mix does not grow (linear
 * never asks that), and none while an answer is pending. An unclear answer is no growth. in: n values, zeroed.
 * order: all endpoints as linear asks for them; NULL: rising. What the others end at hangs on their order, so that theirs is
 * always the rising one: else what is suspected would be what is blamed. */
bool search_compare(enum search_strategy strategy, size_t n, const bool *usable, const size_t *order,
                    search_trial *ask, void *owner, bool *in);

#endif

/* Inside templates: how many distinct values there were, and some of them, in little memory. Included by template*.c
 * only.
 *
 * The smallest hashes of all values are kept: whatever the order, they are the same; up to VALUES_KEPT distinct values
 * are counted exactly, more by how close together the kept ones lie (within 18 % or so). Source: Bar-Yossef et al.,
 * "Counting distinct elements in a data stream", RANDOM 2002; Beyer et al., SIGMOD 2007. */
#ifndef SEEP_TRAFFIC_TEMPLATE_VALUES_H
#define SEEP_TRAFFIC_TEMPLATE_VALUES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VALUES_KEPT 32
#define VALUES_LEAST_KEPT 4 /* where there are very many parameters */
#define VALUES_EXAMPLES 3
#define VALUES_EXAMPLE_MOST 48 /* bytes of one; what is longer is cut */

struct values {
    uint64_t *hashes; /* sorted */
    uint32_t count, capacity;
    char *examples[VALUES_EXAMPLES]; /* of the first hashes */
};

/* `kept`: at most VALUES_KEPT, and never more than before. Cost: O(log kept), and allocates a few times in all. */
void values_add(struct values *values, const char *bytes, size_t length, uint64_t hash, size_t kept);
void values_merge(struct values *into, const struct values *from, size_t kept);
void values_trim(struct values *values, size_t kept);
void values_release(struct values *values);

/* `exact` is false for an estimate. */
uint64_t values_distinct(const struct values *values, size_t kept, bool *exact);

#endif

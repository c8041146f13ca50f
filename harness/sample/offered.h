/* The signals that a service offers by HTTP: what is asked for, and the
 * values in an answer. */
#ifndef SEEP_SAMPLE_OFFERED_H
#define SEEP_SAMPLE_OFFERED_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/service.h"
#include "net/fetch.h"
#include "sample/prometheus.h"

struct offered {
    const struct service *service;
    struct prometheus_selector *selectors; /* one per signal; empty for those read by pointer */
};

/* Errors: ERR_USAGE "FILE: signal 'heap': ...". */
int offered_init(struct offered *offered, const struct service *service, struct err *err);
void offered_release(struct offered *offered);

/* The first signal from `index` on whose URL no earlier one has; the signal count when there is none. */
size_t offered_next_url(const struct offered *offered, size_t index);

/* "gc=1" as a whole parameter of its query, or a name that starts with live_. */
bool offered_collects(const struct signal_spec *spec);

/* What one signal got out of an answer: value, or NaN and `why` (the caller's to free). */
struct offered_value {
    double value;
    char *why;
};

/* Calls `take` for each signal of that URL. `answer`: status 0 and err where none came. */
void offered_read(const struct offered *offered, const char *url, const struct fetch_answer *answer,
                  void (*take)(void *owner, size_t index, struct offered_value value), void *owner);

#endif

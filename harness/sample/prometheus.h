/* Prometheus text exposition: finds one series.
 * Source: prometheus.io/docs/instrumenting/exposition_formats (text format 0.0.4). */
#ifndef SEEP_SAMPLE_PROMETHEUS_H
#define SEEP_SAMPLE_PROMETHEUS_H

#include <stddef.h>

#include "base/err.h"
#include "model/request.h"

/* What to look for: name, or name{label="value",...}. */
struct prometheus_selector {
    char *name;
    struct headers labels; /* name and value */
};

/* Errors: ERR_USAGE "metric 'up{x': ...". */
int prometheus_selector_parse(struct prometheus_selector *selector, const char *text, struct err *err);
void prometheus_selector_release(struct prometheus_selector *selector);

/* The value of the first series of that name that has every label asked for (others may be
 * there too, as in a PromQL selector). NaN when there is none, or when NaN is its value;
 * lines that are no series are passed over, and so is a last one without its line feed: of a page that was cut
 * the number may be cut as well. */
double prometheus_find(const struct prometheus_selector *selector, const char *bytes, size_t length);

#endif

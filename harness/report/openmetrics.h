/* Metrics of a run, for Prometheus and its like: one table of families (openmetrics.c) in two forms.
 * Sources: OpenMetrics 1.0.0 (https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md); text format
 * 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
#ifndef SEEP_REPORT_OPENMETRICS_H
#define SEEP_REPORT_OPENMETRICS_H

#include "report/report.h"

enum metrics_form { METRICS_OPEN, METRICS_CLASSIC };

/* The table, for its help: name ("seep_requests"; a counter's samples end in _total) and what it says. False: there are no more. */
bool metrics_family(size_t index, const char **name, const char **help);

/* What Content-Type says of it. */
const char *metrics_type(enum metrics_form form);

/* The form that an Accept header asks for; "": the classic one, as for a reader that knows no other. Source: RFC 9110, 12.5.1. */
enum metrics_form metrics_form_of(const char *accept);

#endif

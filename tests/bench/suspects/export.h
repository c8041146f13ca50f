/* A world as monitoring would have scraped it. */
#ifndef SUSPECTS_EXPORT_H
#define SUSPECTS_EXPORT_H

#include <stdio.h>

#include "world.h"

/* OpenMetrics with times, for `promtool tsdb create-blocks-from openmetrics`: process_resident_memory_bytes,
 * process_start_time_seconds, container_spec_memory_limit_bytes and http_requests_total{job,instance,method,route,status}, a
 * counter that begins at 0 with each process. One in thirty requests is answered with 404, a series of its own. */
void export_world(const struct world *world, const char *job, FILE *out);

/* What `worlds` was told of it, as JSON: {"leaks":[{"endpoint","bytes_per_request","growth","with":[...]}],...}. */
void export_truth(const struct world *world, FILE *out);

#endif

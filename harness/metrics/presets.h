/* Queries for what common exporters offer. */
#ifndef SEEP_METRICS_PRESETS_H
#define SEEP_METRICS_PRESETS_H

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"

/* In a query "{}" stands for the matchers that --select adds, and "{a=\"b\"}" for these and one more. */
struct preset {
    const char *name; /* NULL ends the table */
    const char *what;
    const char *memory, *requests, *starts, *restarts, *limit; /* NULL: it does not offer any */
};
extern const struct preset presets[];

/* The queries of a list of presets, "flask,cadvisor": a later one gives what earlier ones did not. All are the caller's, NULL where
 * none gives one. */
struct preset_queries {
    char *memory, *requests, *starts, *restarts, *limit;
};

/* `select`: matchers, namespace="shop",app="pricing"; NULL: none. ERR_USAGE: an unknown name, what is no matcher. */
int presets_take(const char *list, const char *select, struct preset_queries *queries, struct err *err);
void preset_queries_release(struct preset_queries *queries);

void presets_names(struct text *out); /* "flask, express, ..." */

#endif

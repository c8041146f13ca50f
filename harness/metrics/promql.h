/* As much of a query as has to be known to help with it: which metric it asks for, and whether it is a rate. Nothing here
 * evaluates or checks one; the server does.
 * Source: prometheus.io/docs/prometheus/latest/querying/basics. */
#ifndef SEEP_METRICS_PROMQL_H
#define SEEP_METRICS_PROMQL_H

#include <stdbool.h>
#include <stddef.h>

#include "base/strings.h"

/* The first selector of a query: "up", "up{job=\"shop\"}", "{job=\"shop\"}". */
struct promql_selector {
    char *metric;            /* "": only matchers */
    struct strings matchers; /* as written: job="shop" */
    bool whole;              /* the query is this selector and nothing else */
};

/* False: there is none. To be released in any case. */
bool promql_selector_find(const char *query, struct promql_selector *selector);
void promql_selector_release(struct promql_selector *selector);
char *promql_selector_text(const char *metric, const struct strings *matchers); /* the caller's */

/* How long the window of the first range of a query is, [5m]; NaN: it has none. */
double promql_window_s(const char *query);

/* What a query of requests gives. */
enum promql_kind {
    PROMQL_COUNTER,  /* counts since a start */
    PROMQL_RATE,     /* per second */
    PROMQL_INCREASE, /* within its window */
    PROMQL_UNKNOWN   /* its text does not tell */
};
enum promql_kind promql_kind_of(const char *query);

/* It puts several series into one: sum, avg, max and their like. */
bool promql_aggregates(const char *query);

/* "5m", "1h30m", "90s" -> seconds; NaN: it is not such a time. */
double promql_duration_s(const char *text, size_t length);

#endif

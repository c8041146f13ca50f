/* A Prometheus, or what speaks as one (Thanos, Mimir, Cortex, VictoriaMetrics, Grafana's datasource proxy): asked, never told.
 * Only the server that was named is asked, at the address that its name had at first; no redirect is followed.
 * Source: prometheus.io/docs/prometheus/latest/querying/api. */
#ifndef SEEP_METRICS_PROM_H
#define SEEP_METRICS_PROM_H

#include <stdint.h>

#include "metrics/answer.h"
#include "model/service.h"

#define PROM_TOKEN_VARIABLE "SEEP_PROMETHEUS_TOKEN"
#define PROM_PAGE_ROWS ((size_t)10000)    /* the server gives at most 11,000 points of a series at once */
#define PROM_PAGE_POINTS ((size_t)500000) /* of all series: some 15 MB of JSON */
#define PROM_MOST_POINTS 5e6              /* of a question; more is not asked for */

struct prom_options {
    const char *url;               /* "https://user:secret@prometheus.example/prometheus" */
    struct tls_spec tls;           /* borrowed */
    const char *token;             /* of a bearer; NULL: none */
    const struct strings *headers; /* more lines of each request */
    int64_t timeout_ns;            /* of a request */
    void (*page)(void *owner, const char *option, double share); /* before each page of a range; NULL */
    void *owner;
};

struct prom;

/* Resolves the name, asks nothing. ERR_USAGE: no such host, a URL that is none, a certificate that cannot be read. The options
 * are borrowed. */
struct prom *prom_new(const struct prom_options *options, struct err *err);
void prom_free(struct prom *prom);
const char *prom_name(const struct prom *prom); /* its URL, without user and password */

/* What is asked, and for which option, which begins each message: "--memory: bad_data: ...". */
struct prom_query {
    const char *option, *text;
};

/* The value of each series at a moment, in a grid of one row. */
int prom_instant(struct prom *prom, const struct prom_query *query, double at_s, struct series_set *set,
                 struct err *err);

/* A range on the grid of `set`, in pages. `series`: how many are expected, which makes the pages; 0: not known. Warnings of the
 * server are added to the set's. */
int prom_range(struct prom *prom, const struct prom_query *query, double series, struct series_set *set,
               struct err *err);

/* How many series there are, as a mean over the time and at most; both 0 where there are none. What is no vector counts as one. */
struct prom_count {
    double mean, most;
};
int prom_count(struct prom *prom, const struct prom_query *query, double from_s, double until_s,
               struct prom_count *count, struct err *err);

/* Seconds between two samples of a plain selector at `until_s`; NaN: not known. */
double prom_interval(struct prom *prom, const struct prom_query *query, double until_s);

/* Why a query has no series, in one line: which metric is not there, or which matcher fits nothing and what there is instead. Fills
 * err, ERR_USAGE. Returns -1. */
int prom_explain_empty(struct prom *prom, const struct prom_query *query, double from_s, double until_s,
                       struct err *err);

#endif

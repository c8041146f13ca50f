/* Answers of Prometheus' HTTP API, read from front to end.
 * Source: prometheus.io/docs/prometheus/latest/querying/api, "Format overview" and "Expression query result formats". */
#ifndef SEEP_METRICS_ANSWER_H
#define SEEP_METRICS_ANSWER_H

#include <stdbool.h>

#include "metrics/series.h"

/* Gets what an answer holds: a series, then its points. */
struct answer_sink {
    bool (*series)(void *owner, struct labels *labels_take); /* false: there is no room for it */
    void (*point)(void *owner, double at_s, double value);
    void *owner;
};

struct answer {
    bool failed; /* status "error": */
    struct text error_type, error;
    struct strings warnings; /* the first 16 */
    size_t series, points;
    bool histograms; /* some points are native histograms, which were left out */
};

/* `bytes`: a whole answer, its `data` alone or its `result` alone. `name`: of the document, in errors. ERR_USAGE: it is not one
 * ("NAME:LINE:COLUMN: what"), a series has more than 256 labels, or the
 * sink has no room. `answer` is overwritten and to be released in any case. One pass; holds a string at a time. */
int answer_read(const char *bytes, size_t length, const char *name, const struct answer_sink *sink,
                struct answer *answer, struct err *err);
void answer_release(struct answer *answer);

/* A sink that puts points where they belong on the grid of a set; what is beside it is left out. A set holds
 * ANSWER_CELLS_MOST values, known or not (512 MiB), whatever the server counted before. */
#define ANSWER_CELLS_MOST ((size_t)1 << 26)
struct answer_grid {
    struct series_set *set;
    size_t series; /* of the one that comes */
};
struct answer_sink answer_into(struct answer_grid *grid);

#endif

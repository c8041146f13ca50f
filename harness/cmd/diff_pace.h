/* What `seep diff` says of time: how much a site gains a day, and its share of what production's chart showed. */
#ifndef SEEP_CMD_DIFF_PACE_H
#define SEEP_CMD_DIFF_PACE_H

#include <jansson.h>

#include "analysis/sites.h"
#include "base/err.h"
#include "base/text.h"
#include "model/result.h"

struct diff_pace {
    int64_t over_ns;                         /* from A to B; 0: not given, and then nothing is said */
    double observed_bytes, observed_seconds; /* growth of an instance; 0: not given */
    uint64_t workers; /* of it, each as the one of the snapshots; 0: not given: all is said of one worker */
};

/* observed: "100 MB/3d", or NULL. Complains where an option lacks the one that it needs. */
int diff_pace_set(struct diff_pace *pace, int64_t over_ns, const char *observed, uint64_t workers,
                  struct err *err);

double diff_per_day(const struct diff_pace *pace, double bytes); /* NaN where no time is given */

/* "; 987 KiB a day, 3 % of the observed growth". */
void diff_pace_words(const struct diff_pace *pace, const struct site_rank *rank, struct text *words);

/* The sites that grew, together. What is asked for is the estimate; the interval reaches from that, less what the
 * format leaves unknown, to what the allocator takes for it. NaN where the format counts no bytes. */
struct diff_total {
    size_t sites;
    double bytes;
    struct interval interval;
};
struct diff_total diff_total_of(const struct site_rank *ranked, size_t count);

/* A sentence or two; "" where no time is given. */
void diff_total_words(const struct diff_pace *pace, const struct diff_total *total, struct text *words);

/* "over_seconds", "total" and "observed" of the result. */
void diff_pace_json(const struct diff_pace *pace, const struct diff_total *total, json_t *result);

#endif

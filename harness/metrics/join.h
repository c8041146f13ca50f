/* Which requests are of the instance whose memory a series is: by the value of a label that both have. */
#ifndef SEEP_METRICS_JOIN_H
#define SEEP_METRICS_JOIN_H

#include "base/err.h"
#include "metrics/series.h"

struct join {
    struct strings memory, requests; /* labels, pair by pair; mostly one of each */
    bool hosts;                      /* ports are not looked at: two exporters of one host */
    bool spread;                     /* none: requests are of all instances alike */
};
void join_release(struct join *join);

/* `given`: "pod", "pod=kubernetes_pod_name", several with commas, "none"; NULL: the pair of labels is looked for under which most
 * values are the same, instance and pod before others, and what tells their instances further apart (namespace, container).
 * ERR_USAGE: they have nothing in common, with what each has; a label that was given and that no series has. */
int join_choose(const struct series_set *memory, const struct series_set *requests, const char *given,
                struct join *join, struct err *err);

/* "shop-7c9-x2/app"; the caller's. NULL: it lacks one of the labels. */
char *join_key(const struct join *join, const struct strings *names, const struct labels *labels);

char *join_say(const struct join *join); /* "pod", "pod = kubernetes_pod_name"; the caller's */

#endif

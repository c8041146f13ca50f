/* Private to flow/merge*.c and soak_merged.c: the runs that are merged. */
#ifndef SEEP_FLOW_MERGE_INSIDE_H
#define SEEP_FLOW_MERGE_INSIDE_H

#include <jansson.h>

#include "flow/marks.h"
#include "flow/merge.h"
#include "store/store.h"

#define MERGE_KEPT_FORMAT 1 /* of what soak_kept() writes */

/* One shard's run. */
struct part {
    const char *path;    /* of its store, as named */
    struct store *store; /* borrowed */
    struct shard_run run;
    json_t *kept;        /* NULL: its driver died */
    double began_us;     /* when its seconds begin, since 1970 */
    double from_s, to_s; /* its traffic, on its own clock; NaN: it sent nothing */
    double offset_s;     /* its own seconds plus this are those of the merged run */
    struct marks marks;  /* on its own clock */
    struct so_far so_far; /* counted up from its outcomes */
};

struct merging {
    struct store **sources; /* by path */
    size_t source_count;
    struct part *parts; /* in the order of their numbers, each once */
    size_t count, shards;
    char *missing;       /* which shards are not there, or not whole: then nothing is shown; NULL: all are */
    struct store *store; /* where the merged run goes */
    int64_t run;
};

/* The shards of one run in the stores at `paths`, checked. ERR_USAGE: one clear line. Released also then. */
int merge_collect(struct merging *merging, const struct merge_options *options, struct err *err);
void merging_release(struct merging *merging);

const struct part *merging_first(const struct merging *merging); /* shard 0; NULL: it is not there */

/* Answered by all parts at a second of the merged run; `own`: by shard 0, which knows its own better. */
double merging_requests(const struct merging *merging, double at_s, double own);

/* What the parts stored, into the merged run. */
int merge_copy(const struct merging *merging, struct err *err);

#endif

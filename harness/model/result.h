/* What a run ends with: the verdict, the findings and what else must be said.
 * The JSON result (schema 1) is this struct written out. Strings are owned. */
#ifndef SEEP_MODEL_RESULT_H
#define SEEP_MODEL_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/strings.h"
#include "model/outcome.h"
#include "model/shard.h"
#include "model/suspicion.h"

enum verdict { VERDICT_INCONCLUSIVE, VERDICT_NO_GROWTH, VERDICT_GROWTH };
const char *verdict_name(enum verdict verdict); /* "growth", "no_growth", "inconclusive" */

struct interval {
    double low, high; /* NaN where there is none */
};

enum finding_kind {
    FINDING_ALONE,
    FINDING_LATCHED,
    FINDING_CONSUMED,
    FINDING_JOINT,
    FINDING_IDLE,
    FINDING_MIX
};
const char *finding_kind_name(enum finding_kind kind); /* "alone", ..., "mix" (a soak: not taken apart) */

enum whose {
    WHOSE_YOURS,
    WHOSE_DEPENDENCY,
    WHOSE_RUNTIME,
    WHOSE_UNKNOWN /* a class, a kind: no place in code */
};
const char *whose_name(enum whose whose); /* "yours", "dependency", "runtime" */

struct site_growth {
    char *site;
    enum whose whose;
    char *called_from; /* the nearest caller that is yours, where the site is not; NULL: none is known */
    char *package, *version;            /* of a dependency; NULL: not known */
    double bytes_per_request;           /* what the allocator takes */
    double requested_bytes_per_request; /* what the program asked for */
    double objects_per_request;         /* 0 with bytes > 0: one object getting longer; NaN unknown */
};

void site_growth_release(struct site_growth *site);
struct site_growth site_growth_copy(const struct site_growth *site);

/* What a leak costs where the recorded rate goes on. */
struct projection {
    double memory_limit_bytes; /* 0: not given; then `days` says nothing */
    double days;               /* until the limit; INFINITY if never; NaN: not known */
    double at_rate_per_second; /* of one instance, as recorded */
    double bytes_per_day;      /* NaN: not known */
    /* Of both, at result.confidence. days_interval.high is INFINITY where the limit may never be reached. */
    struct interval bytes_per_day_interval, days_interval;
};

/* From this share on the findings explain what production showed; above the other they are more than it. */
#define OBSERVED_EXPLAINED_FROM 0.5
#define OBSERVED_EXPLAINED_TO 1.5

/* What production's chart showed, and the share of it that the findings make. */
struct observed {
    double bytes, seconds;    /* as it was read off: 100 MB in 3 days; 0: not given */
    double explained;         /* 1: all of it; 0: nothing grows; NaN: not known */
    struct interval interval; /* of `explained`; where nothing grows, up to what would not have been seen */
};

struct finding {
    struct strings endpoints;
    enum finding_kind kind;
    double bytes_per_request;
    struct interval interval;   /* of bytes_per_request, at 95 %; kind idle: of bytes_per_second */
    double objects_per_request; /* NaN when nothing counts objects */
    char *signal;               /* the signal that decided */
    char *per;                  /* the endpoint whose requests are the denominator */
    uint64_t linear_requests;   /* linear_through */
    double linear_bytes;
    struct strings confirmed; /* "long_solo", "isolated", "complement" */
    char *requests_that_grow; /* NULL: not looked for, or all */
    char *recording;          /* a file of few requests that grow by themselves; NULL: none was made */
    struct strings curl;      /* these as curl lines */
    struct site_growth *sites;
    size_t site_count;
    double explained; /* share of bytes_per_request that the sites add up to; NaN without sites */
    struct projection projection;
    char *reproduce; /* a command line */
    char *order;     /* how its endpoints depend on one another: "POST /b after POST /a"; NULL: one alone */
    double named_s;  /* since the run began: when it was first said; NaN */
    double bytes_per_second; /* kind idle: what grows without requests; NaN */
};

/* Endpoints that were cleared or not looked at, and why. */
struct remark {
    struct strings endpoints;
    char *why;
};

struct signal_result {
    char *name;
    enum verdict verdict;
    double smallest_detectable; /* per request, in the signal's unit; NaN when it cannot be said */
    bool objects;               /* unit: objects, not bytes */
    double per_request;         /* estimate; NaN when there is none */
    struct interval interval;
};

enum threshold_outcome { THRESHOLD_INCONCLUSIVE, THRESHOLD_PASS, THRESHOLD_FAIL };
const char *threshold_outcome_name(enum threshold_outcome outcome);

struct threshold_result {
    char *limit; /* "growth > 16 B/request" */
    enum threshold_outcome outcome;
    double
        value; /* of growth per request, or per hour where the limit is one of time; of p99 seconds; a share */
    struct interval interval;
};

struct result {
    char *command; /* "run", "bisect" */
    int64_t run;
    char *label;
    char *service;                         /* directory as given */
    char *seep_version, *target, *machine; /* of the run; the latter two in words, NULL: not known */
    enum verdict verdict;
    char *reason;
    double confidence;
    int exit_code;
    struct finding *findings;
    size_t finding_count;
    struct remark *cleared;
    size_t cleared_count;
    struct remark *not_looked_at;
    size_t not_looked_at_count;
    struct signal_result *signals;
    size_t signal_count;
    struct threshold_result *thresholds;
    size_t threshold_count;
    struct strings caveats;
    bool ended_early;         /* interrupted, or the budget was over: a hunt could go on from here */
    char *resume;             /* a hunt that ended early: the command that goes on with it; NULL: it ended */
    double peak_bytes;        /* the highest resident memory of a trial, without what tracing took; NaN */
    double kept_bytes;        /* that trial's when it last settled; NaN */
    struct observed observed; /* growth in production */
    struct suspicions suspects; /* of production, when the run began */
    uint64_t requests, trials;
    double seconds;
    struct tally replay;
    double lag_p50_us, lag_p99_us, lag_max_us;
    double own_max_rss_bytes;
    int64_t started_us, ended_us; /* wall clock */
    size_t shard, shards;         /* which of how many it is; shards 0: it is whole */
    struct shard_part *parts;     /* that a merged run was put together from */
    size_t part_count;
};

/* Each returns the new element, zeroed, at the end of its list. */
struct finding *result_add_finding(struct result *result);
void result_drop_finding(struct result *result, size_t index);
struct site_growth *finding_add_site(struct finding *finding);
struct remark *result_add_cleared(struct result *result, const char *why);
struct remark *result_add_not_looked_at(struct result *result, const char *why);
struct signal_result *result_add_signal(struct result *result, const char *name);
struct threshold_result *result_add_threshold(struct result *result, const char *limit);
void result_release(struct result *result);

/* Replaces an owned string by a formatted one. */
void result_say(char **slot, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif

/* What production's memory says about its endpoints: which of them it grows with, and when it is full. Strings are owned. */
#ifndef SEEP_MODEL_SUSPECTS_H
#define SEEP_MODEL_SUSPECTS_H

#include "model/result.h"

/* One endpoint, or several whose requests always come together, so that nothing tells them apart. */
struct suspect {
    struct strings endpoints; /* the busiest first */
    double bytes_per_request; /* of a request to any of them */
    struct interval interval; /* at 95 % */
    double share;             /* of the growth that was measured, 1: all of it */
    struct interval share_interval;
    double probability; /* that one of them grows, as far as the model holds */
    double per_second;  /* requests, of all instances together */
};

enum restart_kind {
    RESTART_MEMORY, /* its memory was near its limit, or near the most that any instance had */
    RESTART_DEPLOY, /* most instances within a short time */
    RESTART_OTHER,
    RESTART_KINDS
};
const char *restart_kind_name(enum restart_kind kind); /* "memory", "deploy", "other" */

/* Of what runs, the versions in which something holds: all of them, those until a deploy or those since it. */
enum holds { HOLDS_ALWAYS, HOLDS_UNTIL, HOLDS_SINCE, HOLDS_KINDS };
const char *holds_name(enum holds holds); /* "always", "until", "since" */

struct restart {
    size_t instance;
    double at_s; /* seconds since the epoch */
    enum restart_kind kind;
    double memory_bytes; /* before it; NaN: not known */
};

/* One instance as it stands at the end. */
struct suspect_instance {
    char *name;
    double memory_bytes; /* at the end; NaN: it was gone by then */
    double limit_bytes;  /* NaN: not known */
    double bytes_per_day;
    struct interval bytes_per_day_interval; /* NaN as well where a deploy ended what grew */
    double
        days; /* until the limit, at the rate of growth of the whole time, or since the deploy that brought it; INFINITY: never; NaN: not known */
    struct interval days_interval;
    size_t restarts[RESTART_KINDS];
    /* For plots, points of them: */
    double *at_s;
    double *memory; /* bytes; NaN: a gap */
    double *fitted; /* what the suspects and nothing else add, from each start on; NaN: a gap */
    double *rate;   /* requests per second, all endpoints; NaN */
    size_t points;
};

/* Growth in the part of the time with the fewest requests, and in that with the most. */
struct idle_and_busy {
    double idle_rate, busy_rate;                     /* requests per second and instance */
    double idle_bytes_per_hour, busy_bytes_per_hour; /* NaN: not known */
    struct interval idle_interval, busy_interval;    /* at 95 % */
};

struct suspects {
    enum verdict verdict;  /* growth: memory grows for good; inconclusive: nothing can be said */
    char *reason;          /* in one line */
    int exit_code;         /* 0: ranked; 125 */
    struct suspect *items; /* the likeliest first */
    size_t count;
    struct strings cleared; /* endpoints that were in none of the draws what explains the growth best */
    struct strings untold;  /* endpoints with too few requests, or too even ones, to say anything */
    enum holds holds;       /* when memory grows with requests of the suspects */
    double deploy_s;        /* until or since when; seconds since the epoch */
    double bytes_per_day;   /* growth per instance while it holds, measured; NaN */
    struct interval bytes_per_day_interval;
    double by_requests;            /* share of it that comes with requests, not with time; NaN */
    double bytes_per_hour_idle;    /* what time adds whether requests come or not; NaN */
    double smallest_bytes_per_day; /* the smallest growth that would have been seen; NaN */
    struct idle_and_busy idle_and_busy;
    double lag_s; /* requests came so long before the memory that they took; 0: none was found */
    struct suspect_instance *instances;
    size_t instance_count;
    struct restart *restarts; /* by time */
    size_t restart_count;
    size_t stretches; /* of an instance between two restarts, which were looked at */
    double from_s, to_s, step_s;
    double memory_limit_bytes; /* the least of the instances'; NaN: not known */
    double requests;           /* that were counted */
    struct strings caveats;
    struct strings help;                 /* what would tell more: "a night", "a canary with ..." */
    char *source;                        /* "http://127.0.0.1:9090", "memory.csv" */
    char *memory_query, *requests_query; /* as asked for; NULL: a file */
    char *written;                       /* the service directory that was told; NULL: none */
};
void suspects_release(struct suspects *suspects);

#endif

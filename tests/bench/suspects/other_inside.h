/* What the files of the other fleet share. */
#ifndef SUSPECTS_OTHER_INSIDE_H
#define SUSPECTS_OTHER_INSIDE_H

#include "../verdict/chance.h"
#include "world.h"

enum { OTHER_ENDPOINTS = 40, OTHER_REPLICAS = 10, OTHER_ROLLOUTS = 6, OCTAVES = 5, TTL_BINS = 24 };

struct other_kind {
    const char *name;
    double weight;
    size_t leakers;
    enum { LEAK_PLAIN, LEAK_LOGNORMAL, LEAK_SOME, LEAK_TABLE } leak;
    bool siblings; /* the leaker is always called together with another */
    bool sticky, scales, queues, switches;
    bool daily_cache, pink, large, recycled, idle;
};

/* How an endpoint's requests come. */
struct flow {
    double rate; /* per second, the mean of the whole fleet */
    enum { FLOW_HOURS, FLOW_SWITCHES, FLOW_CRON, FLOW_QUEUE, FLOW_EVEN } form;
    double opens, closes;                 /* hours of the day */
    double cron_hours, cron_minutes;      /* every so often, for so long */
    double calm_hours, busy_hours, quiet; /* mean stays; rate of the calm ones, as a share of the busy */
    double shape;                         /* of the negative binomial: the smaller, the wilder */
    size_t after, with;                   /* of these endpoints' requests; SIZE_MAX */
    double goes_on; /* so many of them ask for this one in the next row; calls of each, at once */
};

struct other_plan {
    const struct other_kind *kind;
    double start_s, days, step_s;
    size_t rows, endpoints, replicas, most_replicas;
    struct flow flows[OTHER_ENDPOINTS];
    double rollouts[OTHER_ROLLOUTS];
    size_t rollout_count;
    bool new_names, tells_start, tells_limit;
    double uneven; /* standard deviation of the logarithm of a replica's share of each endpoint */
    /* What a process does with memory. */
    double base;
    double leaks_share, leaks_sigma; /* of requests that leak; of the logarithm of what each leaks */
    double daily_bytes;              /* of a key; */
    double daily_keys;               /* so many a day at most */
    size_t daily_endpoint;
    bool daily_at_midnight;
    double pink; /* standard deviation of each octave, bytes */
    double large_share, large_bytes,
        large_tail;    /* of requests; of the smallest large one; exponent of Pareto's law */
    double fragments;  /* share of what large ones took that stays */
    double heap_grows; /* a collection comes when the heap has grown by this factor */
    double garbage;    /* bytes of a request */
    double session_bytes, session_hours; /* of a request, for as long as its session is remembered */
    double recycled_after,
        recycled_bytes; /* requests, of each of four workers; what each request keeps until then */
    double first_keys, first_bytes; /* what is loaded when it is first asked for */
    struct truth truth;
};

void flows_draw(struct other_plan *plan, struct chance *chance);
/* rows x endpoints, per second, the whole fleet; the caller's. */
double *flows_rates(const struct other_plan *plan, struct chance *chance);
/* before: what came in the row before, of this replica. */
void flows_counts(const struct other_plan *plan, const double *rates, const double *shares, double seconds,
                  const double *before, struct chance *chance, double *counts);

struct other_process {
    double leaked[MOST_LEAKS], entries, idle, served;
    double daily[TTL_BINS];
    size_t daily_bin;
    double octaves[OCTAVES], fragments, heap, sessions, worker[4];
};
void heap_draw(struct other_plan *plan, struct chance *chance);
/* What monitoring reads after a row, bytes. gained[i]: what leak i took is added. */
double heap_step(const struct other_plan *plan, struct other_process *process, const double *counts,
                 double at_s, double seconds, double *gained, struct chance *chance);

#endif

/* What the files of the fleet share. */
#ifndef SUSPECTS_FLEET_INSIDE_H
#define SUSPECTS_FLEET_INSIDE_H

#include "../verdict/chance.h"
#include "world.h"

enum {
    MOST_ENDPOINTS = 50,
    MOST_SLOTS = 8,
    MOST_DEPLOYS = 10,
    MOST_CACHES = 4,
    MOST_CAMPAIGNS = 24,
    ALL_ENDPOINTS = MOST_ENDPOINTS
};

/* What a kind of world asks for; the rest is drawn. */
struct fleet_kind {
    const char *name;
    double weight;
    size_t leakers;
    enum { LEAKER_APART, LEAKER_COLLINEAR, LEAKER_RARE } leaker;
    bool idle;    /* grows by the hour */
    bool caches;  /* several, large */
    bool slow;    /* a cache that is still filling as processes end */
    bool ratchet; /* pools and an allocator that give nothing back */
    bool drift;   /* the load grows */
    bool deploys; /* one a day */
    bool oom;     /* the leak takes it to its limit again and again */
    bool fixed;   /* a deploy in the middle ends the leak */
    bool single;  /* one instance behind an access log */
    double days;  /* 0: drawn */
};

enum rhythm { RHYTHM_PEOPLE, RHYTHM_OFFICE, RHYTHM_STEADY, RHYTHM_NIGHT };

struct load {
    double rate; /* per second, the mean of the whole fleet */
    enum rhythm rhythm;
    double amplitude, peak_hour, weekend; /* of the logarithm; hours; factor */
    double wander, wander_hours;          /* standard deviation of the logarithm; its correlation */
    double scatter;  /* of a row's count, beyond Poisson's: standard deviation of the logarithm */
    size_t parent;   /* SIZE_MAX: none */
    double follow;   /* share of its requests that its parent's make */
    double multiple; /* calls for each of the parent's requests */
};

struct campaign {
    double from_s, hours, factor;
    size_t endpoint; /* ALL_ENDPOINTS */
};

struct cache {
    size_t endpoint;                                  /* ALL_ENDPOINTS */
    double bytes, keys;                               /* when full; requests that fill it, about */
    enum { CACHE_KEYS, CACHE_LRU, CACHE_TAIL } fills; /* distinct keys, to the brim, or with a long tail */
};

/* What one process does with its memory: as alike in all instances as software is. */
struct software {
    double base, warm_share, warm_requests;
    struct cache caches[MOST_CACHES];
    size_t cache_count;
    double lag_s;                                           /* requests until what they leak is kept */
    double flight_bytes;                                    /* of each request per second */
    double latency_s, slot_bytes;                           /* of a pool that keeps the most it needed */
    double keeps, gives_back_hours;                         /* shares; the allocator */
    double chunk;                                           /* what memory grows by */
    double garbage_per_request, garbage_idle, garbage_most; /* bytes, per second, at a collection */
    bool high_water;                                        /* nothing that it ever took goes back */
    size_t large_endpoint;                                  /* SIZE_MAX: none */
    double large_share, large_bytes;                        /* of its requests; of one */
    double noise, slow_noise;                               /* standard deviations, bytes */
};

struct deploy {
    double at_s;
    bool renames;
    double mix[MOST_ENDPOINTS]; /* factors of the rates from then on */
};

/* All that is drawn before time begins. */
struct plan {
    const struct fleet_kind *kind;
    double start_s, days, step_s; /* all other times count from the start */
    size_t rows, endpoints, slots;
    struct load loads[MOST_ENDPOINTS];
    struct campaign campaigns[MOST_CAMPAIGNS];
    size_t campaign_count;
    double drift; /* of the logarithm of the load, over the whole time */
    struct deploy deploys[MOST_DEPLOYS];
    size_t deploy_count;
    double fixed_at_s; /* INFINITY: never */
    double imbalance;
    double crashes_per_day, gaps_per_day;
    bool tells_start, tells_limit, tells_restarts, late_series;
    double limit; /* bytes; INFINITY: none */
    struct software software;
    struct truth truth;
};

/* Requests. */
void load_draw(struct plan *plan, struct chance *chance);
/* rows x endpoints, per second, the whole fleet; the caller's. */
double *load_rates(const struct plan *plan, struct chance *chance);
/* What one instance gets in a row: its share of the rates, for `seconds`. */
void load_counts(const struct plan *plan, const double *rates, double share, double seconds,
                 struct chance *chance, double *counts);

/* Memory. */
struct process {
    double leaked, pending, idle, served;
    double cached[MOST_CACHES]; /* requests */
    double flight, pool, kept, most_live, live, garbage, highest, slow;
};
void software_draw(struct plan *plan, struct chance *chance);
/* What a process has, about, that is warm and does not leak, bytes. */
double software_settled(const struct plan *plan);
/* One row later; `counts` came meanwhile. Returns what monitoring reads, bytes. */
double process_step(const struct plan *plan, struct process *process, const double *counts, double seconds,
                    bool leaks, struct chance *chance);

#endif

/* What was measured on the way to a verdict: trials, blocks, samples and
 * measurements. The store keeps them, the report draws them. */
#ifndef SEEP_MODEL_EVIDENCE_H
#define SEEP_MODEL_EVIDENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/result.h"

/* Why a trial or a block was driven. */
enum step {
    STEP_NULL,       /* no traffic: what the harness's own reads do */
    STEP_WARM_UP,    /* the whole mix until it is flat */
    STEP_SCREEN,     /* solo blocks of each endpoint on one server */
    STEP_LONG_SOLO,  /* one suspect, doubling windows */
    STEP_HOLD,       /* idle after a load: what goes away was a window */
    STEP_ISOLATED,   /* one suspect alone on a fresh server */
    STEP_PARTNER,    /* a suspect after another endpoint */
    STEP_COMPLEMENT, /* the mix without the findings */
    STEP_REDUCE,     /* a smaller set of endpoints, when only the mix grows */
    STEP_NARROW,     /* some of a suspect's requests: which of them grow? */
    STEP_SITES,      /* snapshots around the suspect */
    STEP_SOAK,       /* seep run */
    STEP_COUNT
};
const char *step_name(enum step step); /* "null", "warm_up", "screen", "long_solo", ... */
int step_from_name(const char *name);  /* -1: none */

struct trial {
    int64_t number; /* from 1 within the run */
    enum step step;
    char *mix;                 /* "GET /quote/{sku}" or "16 endpoints" */
    double started_s, ended_s; /* since the run began */
    int64_t pid;
    uint64_t requests;
    char *note; /* how it ended: "", or "target exited with status 1" */
};

struct block {
    int64_t trial;
    int64_t number; /* from 1 within the trial */
    enum step step;
    char *mix;
    uint64_t first_request, last_request; /* counts within the trial before and after */
    double started_s, ended_s;
};

/* The store has them by these numbers. */
enum sample_kind {
    SAMPLE_TIMED,   /* read while traffic flows */
    SAMPLE_SETTLED, /* read between blocks, to a fixed point after collection */
    SAMPLE_JUDGED,  /* read while traffic flows, for the verdict: never thinned */
};

const char *sample_kind_name(enum sample_kind kind); /* "timed", "settled", "judged" */

struct sample {
    int64_t trial;
    const char *signal; /* borrowed */
    enum sample_kind kind;
    double at_s;       /* since the run began */
    uint64_t requests; /* done within the trial until then */
    double value;      /* bytes, objects; NaN: a gap */
};

/* One estimate that a step made: the growth of a mix in a signal. */
struct measurement {
    int64_t trial;
    enum step step;
    char *mix; /* endpoint name, or what was left out: "all but GET /quote/{sku}" */
    char *signal;
    bool objects;      /* unit: objects, not bytes */
    uint64_t requests; /* calls it rests on */
    double per_request;
    struct interval interval;
    enum verdict verdict; /* of this step alone */
    char *note;           /* "stopped growing after 2,000 calls" */
};
/* A question of a hunt and what it was answered: with these alone a hunt goes on where it ended. */
struct probe {
    int64_t number; /* from 1 within the run, in the order of the answers */
    int64_t trial;  /* the server that it was measured on; 0: reused from another run */
    enum step step;
    char *mix;      /* in words: an endpoint, "the mix without the findings", "3 of 16 endpoints" */
    char *question; /* its identity within the hunt: "screen 3" */
    char *answer;   /* JSON, flow's own */
    char *says;     /* one line for people: "grows: 1.00 objects per request, linear through 10,000 calls" */
    char *key;      /* what an equal measurement of the same build has in common; NULL: never reused */
    int64_t reused_from;       /* the run that measured it; 0: this one */
    double started_s, ended_s; /* since the run began */
    uint64_t requests;         /* that it took */
};
void probe_release(struct probe *probe);

void trial_release(struct trial *trial);
void block_release(struct block *block);
void measurement_release(struct measurement *measurement);

/* What became of requests in a stretch of time, of all endpoints and trials together. */
struct pace {
    double from_s, seconds; /* since the run began */
    double planned, done, failed, skipped;
    double service_sum_us;             /* of `done` */
    double service_max_us, lag_max_us; /* NaN: none was */
};

/* Rates achieved against recorded, and times, by endpoint. */
struct endpoint_load {
    char *endpoint;
    struct tally tally;
    double recorded_rate_per_second;
    struct times service;  /* from sending to the whole answer */
    struct times total;    /* from the due time; equals service in a closed loop */
    struct times lag;      /* from due to sent */
    double service_sum_us; /* over all whole answers; NaN: not known */
};
void endpoint_load_release(struct endpoint_load *load);

#endif

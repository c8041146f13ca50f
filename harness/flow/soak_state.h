/* Private to flow/soak*.c. */
#ifndef SEEP_FLOW_SOAK_STATE_H
#define SEEP_FLOW_SOAK_STATE_H

#include "flow/deciders.h"
#include "flow/levels.h"
#include "flow/rates.h"
#include "flow/soak.h"
#include "flow/soak_read.h"

struct soak {
    const struct soak_options *options;
    const struct service *service;
    struct trials trials;
    struct result *result;
    struct deciders deciders;
    bool *usable;
    struct levels levels;  /* readings while traffic flows */
    double planned;        /* requests until the end; 0 unknown */
    uint64_t read_due;     /* requests that were due at the last reading */
    double next_share;     /* of the whole, at which the next reading is due */
    int64_t began_ns;      /* of the replay */
    bool looked;           /* which signals can be read is known */
    bool reading;          /* one is under way */
    size_t readings, gaps; /* of them without the value of a decider */
    char *gap_why;         /* of the last gap; NULL */
    struct soak_readings at;
};

/* soak_truth.c. Endpoints whose answers were not those recorded are not looked at. */
void soak_set_aside(struct soak *soak);

/* Whether the replay fell short of what it was to send, and whether it kept its rates (flow/rates.h);
 * *why: in words, the caller's; NULL where it did. */
bool soak_did_not_land(const struct soak *soak, char **why);
enum rates_kept soak_rates(const struct soak *soak, char **why);

/* Verdict, reason, signals, thresholds and exit code from the levels. */
void soak_conclude(struct soak *soak);

#endif

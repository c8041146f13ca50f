/* How a soak reads: at which moment, what a reading met, which level is taken of it, and what it adds itself. */
#ifndef SEEP_FLOW_SOAK_READ_H
#define SEEP_FLOW_SOAK_READ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "analysis/envelope.h"
#include "flow/deciders.h"

struct soak;

/* Beside the values themselves. Arrays by signal have watch_count() elements. */
struct soak_readings {
    struct envelope *envelopes; /* of the cheap signals, since the last reading */
    double *raw;                /* cheap signals, when the present reading began */
    int64_t sampled_ns;         /* the last tick that is in the envelopes */
    double *met;                /* by row of the levels: requests that were under way during its reading */
    size_t met_capacity;
    size_t under_way;       /* when the present reading began */
    uint64_t due;           /* requests due by then; those after it were met as well */
    size_t clean, left_out; /* readings that met none; that met some and are no rows */
    uint64_t replaced;      /* of trials.replaced, known here */
    size_t start_time; /* the signal that says when the target's process began; the count of signals: none */
    double started;    /* its last value; NaN */
    size_t restarts;   /* how often that changed */
    double *added;     /* by signal: what each reading added before the traffic */
    double rss_per_read, rss_per_second;
    double *lowest;       /* by signal: of the present reading, so far; the first sets it */
    size_t reads;         /* that it took so far */
    int64_t read_ns;      /* when it began */
    double *settled;      /* by signal: the last settled reading after traffic; NaN */
    double swapped_bytes; /* of the target's processes, before any traffic */
    double read_s;        /* how long a reading without traffic took */
    bool null_missed;     /* that was too long to take several */
};

void soak_readings_init(struct soak *soak);
void soak_readings_release(struct soak *soak);

/* What the harness's own readings add, by readings without traffic: the least that each of the last few brought, and
 * that after twelve still. Before the traffic; and again after it, since a cold server fills by readings what it
 * would have filled anyway: the lesser of both goes into the deciders' per_read and the store (STEP_NULL), and nothing is
 * taken off before. Takes 4 readings where they add nothing, and none after it; 1.5 s at most; where one takes half a
 * second only that one. -1: halted. */
int soak_null(struct soak *soak);
int soak_null_again(struct soak *soak);

/* Ten times a second, and when a reading begins: the cheap signals. */
void soak_sample(struct soak *soak);

/* When a reading of an open loop begins: at the next moment when nothing is under way, or half as long from now as
 * readings lie apart, half a second at most. `begin` is told how many requests were under way. */
void soak_when_idle(struct soak *soak, void (*begin)(void *owner, size_t under_way));
void soak_begin_reading(struct soak *soak, size_t under_way);

/* A first collection is not the floor everywhere: while nothing is under way, what is read after one is read until
 * it no longer falls, four times at most; once where that takes half a second. True: not at its floor yet, read again.
 * False: at.lowest has what the reading comes to. */
bool soak_reads_again(struct soak *soak, const double *values, bool held);

/* When it ended, still under traffic. */
void soak_end_reading(struct soak *soak);

/* The target's processes, after a reading: a worker that was replaced, or a start time that changed, cuts the series. What
 * else trials_check_process() and trials_check_cliff() find halts. -1: halted. */
int soak_check_target(struct soak *soak, const double *values);

/* A row of the levels, cut off from the one before where it has to be: of what is read without a collection the lower
 * envelope since the last row (analysis/envelope.h), if no process was replaced in between. None where the reading met requests and three in four so far met none: then
 * what those hold is only noise. `keep` false: warming up. */
void soak_take_row(struct soak *soak, const double *values, bool keep);

/* A settled reading after the traffic. It is no row where there are rows enough: connections are closed by then, and what a server
 * keeps for each is gone. */
void soak_take_settled(struct soak *soak, const double *values);

/* Every second row, the last of them kept: levels_thin(), and what is known of each row's reading. */
void soak_thin(struct soak *soak);

/* RSS as a decider, our own readings and what time adds taken off. */
struct decider soak_rss(const struct soak *soak);

#endif

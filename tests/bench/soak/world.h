/* A soak of days, made up second by second: what a run would have put into its store, as fast as the store takes it.
 *
 * Four processes, one of which keeps 40 bytes of each request and one of which is replaced halfway; their container; an agent
 * that counts what is live and is gone for some hours; 20 endpoints whose rates rise and fall with the day. Signals are read
 * every so many seconds, and READINGS times for the verdict. */
#ifndef TESTS_BENCH_SOAK_WORLD_H
#define TESTS_BENCH_SOAK_WORLD_H

#include "evidence.h"
#include "store/store.h"

enum { PROCESSES = 4, ENDPOINTS = 20, SNAPSHOTS = 5, SITES = 40 };

struct world {
    int days, every_s; /* from one sample of a signal to the next */
    uint64_t outcomes;
    double kept_per_request; /* bytes; 0: nothing leaks */
    uint64_t seed;
    const char *label;
    /* What was put. */
    int64_t run;
    struct evidence evidence;
    struct tally tally;
    double lag_max_us, service_max_us, service_sum_us;
    uint64_t samples, outcome_rows;
    enum verdict verdict;
};

/* From the first second to the result. -1: `err`. */
int world_put(struct world *world, struct store *store, struct err *err);

#endif

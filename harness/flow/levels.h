/* Levels of all signals at rising request counts. */
#ifndef SEEP_FLOW_LEVELS_H
#define SEEP_FLOW_LEVELS_H

#include <stdbool.h>
#include <stddef.h>

#include "analysis/growth.h"
#include "flow/deciders.h"

struct levels {
    double *requests;
    double *at_s;     /* when each row was read, seconds since the work began */
    double *values;   /* count rows of signal_count */
    size_t *readings; /* how many were taken before each row: thinned ones left theirs in memory too */
    size_t count, capacity;
    size_t signal_count;
    size_t *cuts; /* rows before which a process was replaced */
    size_t cut_count;
    size_t look; /* of growth_judge(); 0: asked once */
};

void levels_init(struct levels *levels, size_t signal_count);
void levels_release(struct levels *levels);
void levels_add(struct levels *levels, double requests, double at_s, const double *values);

/* What is added next cannot be compared with what was added before. */
void levels_cut(struct levels *levels);

/* Leaves every second row, the last one among them: the next ones may come twice as far apart. */
void levels_thin(struct levels *levels);

/* The values of one signal in every row; the caller's. */
double *levels_column(const struct levels *levels, size_t signal);

/* The gain of a decider between two rows; our own readings, what time adds and steps across cuts taken off. */
double levels_gain(const struct levels *levels, size_t from, size_t to, const struct decider *decider);

/* From no row of from .. to - 1 until the row `to` the decider gained more than its quantum and `rate` per request of them
 * all. From the first row alone it would look calm wherever that one reading was too high: what is in flight on a server,
 * its connections that end and begin, is in one reading and gone in the next. False where a reading is missing. */
bool levels_calm(const struct levels *levels, size_t from, size_t to, const struct decider *decider,
                 double rate);

/* True when a decider is calm in all its rows, as levels_calm() has it, or has been resting for longer than its pauses lasted
 * (curve_stopped()). */
bool levels_rest(const struct levels *levels, const struct decider *decider, double rate);

/* growth_judge() on a decider's column, our own readings and what time adds taken off. */
struct growth_answer levels_judge(const struct levels *levels, const struct decider *decider);

/* Adds the signal's line to the result. */
void levels_say(struct result *result, const struct decider *decider, const struct growth_answer *answer);

#endif

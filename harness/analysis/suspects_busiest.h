/* A history of fewer endpoints: the busiest, and all others as one. Pure. */
#ifndef SEEP_ANALYSIS_SUSPECTS_BUSIEST_H
#define SEEP_ANALYSIS_SUSPECTS_BUSIEST_H

#include <stdbool.h>

#include "model/history.h"

#define BUSIEST_MOST 80 /* models of two endpoints are as many as their square */

/* Where the history has more than BUSIEST_MOST endpoints: another, of which the last endpoint is "N other endpoints", and which
 * is to be released by busiest_release(); everything but requests and endpoints is borrowed. Returns whether there is one. */
bool busiest_of(const struct history *history, struct history *busiest);
void busiest_release(struct history *busiest);

#endif

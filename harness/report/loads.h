/* What more than one renderer needs of the requests of a run, endpoint by endpoint. */
#ifndef SEEP_REPORT_LOADS_H
#define SEEP_REPORT_LOADS_H

#include "report/report.h"

/* Seconds under a soak's mix; 0: the run was a hunt, whose rates are not meant to be the recorded ones. */
double loads_soak_seconds(const struct report *report);

/* Requests answered per second; NaN in a hunt. */
double loads_achieved(const struct endpoint_load *load, double soak_seconds);

/* Requests had due times of their own (an open loop), so that times from there say more than service times. */
bool loads_have_due_times(const struct report *report);

/* Something became of requests beside done, failed and skipped. */
bool loads_have_losses(const struct tally *tally);

#endif

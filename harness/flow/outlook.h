/* What a result means for production: a date, the share of what its chart showed, and whether a container that is
 * sized on what the service keeps survives the load. */
#ifndef SEEP_FLOW_OUTLOOK_H
#define SEEP_FLOW_OUTLOOK_H

#include "flow/trials.h"
#include "model/result.h"

/* The part of `rate_per_second`, requests as recorded, that one instance gets: what the limit and the growth of one
 * instance are held against. */
double outlook_rate(const struct service *service, double rate_per_second);

/* Fills the finding's projection. rate_per_second: as recorded, of all instances. used_bytes: when warm; NaN. */
void outlook_project(struct finding *finding, const struct service *service, double rate_per_second,
                     double used_bytes);

/* After the findings are projected and own_add_costs(): fills `observed` and adds what must be minded. mix_rate: of all
 * that was replayed, as recorded, per second. */
void outlook_add(struct result *result, const struct service *service, const struct trials *trials,
                 double mix_rate_per_second);

#endif

/* A service as one lane has it: what reading changes - windows on the tapes, the last match of a pattern - is its own, all
 * else is borrowed from the one it is of, which must outlive it. */
#ifndef SEEP_FLOW_LANE_SERVICE_H
#define SEEP_FLOW_LANE_SERVICE_H

#include "base/err.h"
#include "model/service.h"

/* Released with lane_service_release(), also after an error. ERR_INTERNAL: no memory for a pattern. */
int lane_service_init(struct service *own, const struct service *of, struct err *err);
void lane_service_release(struct service *own);

#endif

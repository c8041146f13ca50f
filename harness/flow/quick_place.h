/* Where a service directory goes whose place nobody said, and whether it is there already. Inside flow/quick only. */
#ifndef SEEP_FLOW_QUICK_PLACE_H
#define SEEP_FLOW_QUICK_PLACE_H

#include <stdbool.h>

#include "base/err.h"
#include "flow/ingest.h"
#include "model/service.h"

/* Says in `made_from` of the service what it is made of, with a digest over the imported requests (not their sessions,
 * whose names are new in each import), the target and the command. Values that are credentials are left out of it. */
void quick_made_from(struct service *service, const struct ingest *ingest);

/* `given` (-o), or results/services/NAME beside `store`, NAME after the first recording, with -2, -3, ... until nothing
 * is there; the caller's. *reused: it holds a service that is made of just that. ERR_USAGE: `given` holds something
 * else. */
char *quick_place(const struct service *service, const struct ingest *ingest, const char *given,
                  const char *store, bool *reused, struct err *err);

#endif

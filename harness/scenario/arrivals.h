/* How requests arrive, in the words of people. */
#ifndef SEEP_SCENARIO_ARRIVALS_H
#define SEEP_SCENARIO_ARRIVALS_H

#include "base/err.h"
#include "model/service.h"

/* "recorded", "poisson", "constant": enum arrivals from ARRIVALS_RECORDED on; NULL at the end. */
extern const char *const load_arrivals[];

/* ERR_USAGE: arrivals, a ramp or a window that do not go with the kind of load. */
int load_check(const struct load *load, struct err *err);

#endif

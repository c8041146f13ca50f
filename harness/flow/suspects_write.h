/* Production's suspects into a service directory: the order of attack of its next hunt. */
#ifndef SEEP_FLOW_SUSPECTS_WRITE_H
#define SEEP_FLOW_SUSPECTS_WRITE_H

#include "base/err.h"
#include "model/suspects.h"

/* Sets `suspects`, and where it is known `memory_limit`, in the service.yaml of `directory` (or in the service file that it names)
 * and nothing else of it (scenario/suspects.h). Production's names are taken for the directory's endpoints (flow/endpoint_alike.h); an
 * endpoint that is in several suspects stays in the likeliest. What the directory has not is a caveat, and where it has none of
 * them, or nothing was ranked, its list stays. Sets suspects->written. ERR_USAGE: what cannot be read, or not edited. */
int suspects_write(const char *directory, struct suspects *suspects, struct err *err);

#endif

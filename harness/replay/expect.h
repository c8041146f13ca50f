/* Did the request land: was the answer's status the one expected? */
#ifndef SEEP_REPLAY_EXPECT_H
#define SEEP_REPLAY_EXPECT_H

#include <stdbool.h>

#include "model/service.h"

/* By endpoint.expect.status, else by endpoint.expect.class, else by the recorded status: itself where
 * endpoint.expect.same_status, else its class. Recorded 304 and 200 stand for one another (logs do not keep conditional
 * headers), but not where it must be the same. Unknown (0), or 499 (nginx: the client hung up, so nobody
 * knows): 2xx or 3xx. */
bool expect_landed(const struct endpoint *endpoint, int recorded, int status);

#endif

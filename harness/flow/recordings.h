/* A service directory with its recordings, ready to be replayed. */
#ifndef SEEP_FLOW_RECORDINGS_H
#define SEEP_FLOW_RECORDINGS_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strings.h"
#include "model/progress.h"
#include "model/result.h"
#include "model/service.h"

/* secrets: what was taken out of these recordings and is in memory still, taken over also on errors; NULL: nothing. What the
 * service's `secrets` file holds is added. Reads DIR, every endpoint and every recording, onto tapes; endpoints without a `rate` get the recorded one.
 * Memory: one request at a time, and what tapes keep. ERR_USAGE with file and place; ERR_INTERNAL: no room for the
 * tapes. Released with recordings_release(), also after an error. listener: hears how far a long
 * reading is; or NULL. */
int recordings_load(const char *directory, struct vault *secrets_take, struct service *service,
                    const struct listener *listener, struct err *err);
void recordings_release(struct service *service);

/* A caveat where requests go out without a value that was taken out of them and nothing puts back. */
void recordings_say_lacking(const struct service *service, struct strings *caveats);

/* Requests of a file instead of the recordings of their endpoints, which they name (`endpoint`) or fit by method and path. named:
 * gets the names of these endpoints; the others stay as they are. Reads the file once, and once for each of these
 * endpoints. ERR_USAGE: as recording_each(), and a request that belongs to no endpoint. */
int recordings_replace(struct service *service, const char *path, struct strings *named, struct err *err);

/* Which endpoints are named by `-e NAME[@WEIGHT]`, all where count is 0: fills chosen[i] for each endpoint, and sets their
 * weights. ERR_USAGE: "no endpoint 'GET /qote' (did you mean ...?)". */
int recordings_choose(struct service *service, const char *const *names, size_t count, bool *chosen,
                      struct err *err);

/* Which of the chosen ones (NULL: all) can be looked at at all: usable[i] for each endpoint. The others of them (an empty
 * recording; a method that nobody allowed) are added to `result` as not looked at. `ours`: as service_allows_method() has it.
 * Returns how many. */
size_t recordings_usable(const struct service *service, bool ours, const bool *chosen, bool *usable,
                         struct result *result);

#endif

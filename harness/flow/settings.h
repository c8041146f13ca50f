/* What a hunt was asked for, kept with its run (as probe 0), so that it can go on as it began. */
#ifndef SEEP_FLOW_SETTINGS_H
#define SEEP_FLOW_SETTINGS_H

#include <stdint.h>

#include "base/err.h"
#include "base/json.h"
#include "base/strings.h"
#include "store/store.h"

#define SETTINGS_NOT_GIVEN UINT64_MAX

/* As given; NULL, an empty list or SETTINGS_NOT_GIVEN where nothing was. Strings are owned. */
struct settings {
    struct strings endpoints, methods;
    char *signal, *strategy;
    uint64_t confirm, connections, seed;
    char *whole; /* digest (build_whole()); NULL: cannot be told */
};
void settings_release(struct settings *settings);

/* As an object, and back (overwritten): what is not there was not given. */
json_t *settings_write(const struct settings *settings);
void settings_take(struct settings *settings, const json_t *object);

/* Puts them into the store and waits until they are there. */
int settings_keep(struct store *store, int64_t run, const struct settings *settings, struct err *err);

/* What run was asked for. ERR_USAGE: it kept nothing (it was killed before its first trial, or an earlier seep
 * made it). `settings` is overwritten. */
int settings_read(struct store *store, int64_t run, struct settings *settings, struct err *err);

/* What was not given now is as the run has it; what was must be as the run has it, for its answers rest on it:
 * ERR_USAGE "--signal: run 7 began with 'heap', and goes on with it". `kept` is left as it is. */
int settings_join(struct settings *given, const struct settings *kept, int64_t run, struct err *err);

#endif

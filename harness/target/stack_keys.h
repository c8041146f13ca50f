/* What becomes of each key of a service in a compose file, for a stack. Within this room only. */
#ifndef SEEP_TARGET_STACK_KEYS_H
#define SEEP_TARGET_STACK_KEYS_H

#include "base/err.h"
#include "base/json.h"

/* Goes through the keys of `service` (of `services`; `after` gets what it starts after). ERR_USAGE: "FILE: service 'db' has
 * privileged, which a stack cannot have". */
int stack_keys_convert(const char *file, const char *name, json_t *service, json_t *services, json_t *after,
                       struct err *err);

/* Names of a list, or of a map's keys, as an object: {"db": {...}, ...}; a new reference. */
json_t *stack_keys_map(const json_t *names);

#endif

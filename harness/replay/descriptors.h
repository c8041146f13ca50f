/* The limit of open descriptors, raised to what the connections of all engines of this process may need. */
#ifndef SEEP_REPLAY_DESCRIPTORS_H
#define SEEP_REPLAY_DESCRIPTORS_H

#include <stddef.h>

#include "base/err.h"

/* For `connections` that take `each` descriptors. Any thread. ERR_USAGE: more than `ulimit -n` allows; then none are
 * reserved. */
int descriptors_reserve(size_t connections, size_t each, struct err *err);
void descriptors_give_back(size_t connections, size_t each);

#endif

/* `${PORT}` in what the service says about its server. */
#ifndef SEEP_TARGET_FILL_H
#define SEEP_TARGET_FILL_H

#include <stdbool.h>

#include "base/strings.h"

bool fill_wants_port(const char *text); /* it has a ${PORT} */

/* A copy with each ${PORT} replaced; any other ${...} stays as it is. The caller frees it. */
char *fill_port(const char *text, int port);
void fill_ports(struct strings *into, const struct strings *from, int port); /* adds to `into` */

#endif

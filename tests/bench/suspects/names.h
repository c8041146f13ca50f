/* Endpoints as a shop might have them. */
#ifndef SUSPECTS_NAMES_H
#define SUSPECTS_NAMES_H

#include "base/strings.h"

void names_add_endpoints(struct strings *endpoints, size_t count); /* all different */

#endif

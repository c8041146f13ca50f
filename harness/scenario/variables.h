/* The names that captures fill, and {{name}} where nothing fills it. Within this room only. */
#ifndef SEEP_SCENARIO_VARIABLES_H
#define SEEP_SCENARIO_VARIABLES_H

#include "base/err.h"
#include "base/yaml.h"
#include "model/service.h"

/* Fills service.variables from the captures of its setup and its endpoints, each name once. */
void variables_collect(struct service *service);

/* Complains about the first {{name}} in any text below `node` (but for `capture` and `expect`) that is none of
 * service.variables. What has not the form of a name is no variable. */
int variables_check(const struct service *service, const struct yaml *node, const char *file,
                    struct err *err);

#endif

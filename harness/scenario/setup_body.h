/* Bodies that are written in YAML: yaml_row readers into a struct setup_step. Within this room only. */
#ifndef SEEP_SCENARIO_SETUP_BODY_H
#define SEEP_SCENARIO_SETUP_BODY_H

#include "base/err.h"
#include "base/yaml.h"

/* Text as it is; a map or a list as JSON with its Content-Type, in which what stands without quotes and is a
 * number, true, false or null in JSON is one there too. ${NAME} is filled in; {{name}} stays. */
int read_setup_body(const struct yaml *value, const char *file, void *into, struct err *err);

/* A map as application/x-www-form-urlencoded. ${NAME} is filled in; {{name}} stays. */
int read_setup_form(const struct yaml *value, const char *file, void *into, struct err *err);

#endif

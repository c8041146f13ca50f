/* A service directory from YAML: DIR/service.yaml, or another DIR/service.NAME.yaml that is named, and one endpoint in
 * every other DIR/NAME.yaml. */
#ifndef SEEP_SCENARIO_LOAD_H
#define SEEP_SCENARIO_LOAD_H

#include <stdbool.h>

#include "base/err.h"
#include "base/yaml.h"
#include "model/service.h"

/* By its last component: "service.yaml", "shop/service.soak.yaml". */
bool scenario_names_service(const char *path);

/* Fills `service` (overwritten; service_release() by the caller, also after an error) from the
 * directory `path`, or from the service file `path` and what is beside it: endpoints in the order of their file names, recordings named but not read, paths absolute,
 * ${NAME} filled from the environment (${PORT} stays for target/), defaults set: load 1x, reuse
 * session, ready_timeout 30 s, weight 1, allow 127.0.0.1 and ::1; an endpoint's rate is 0 when the file
 * gives none. Touches nothing but these files.
 * Errors: ERR_USAGE, one line with FILE:LINE:COLUMN where there is one; keys
 * of later versions are refused. */
int scenario_load(const char *path, struct service *service, struct err *err);

/* The keys of both kinds of file, for binding and for `seep help scenario`. */
extern const struct yaml_row scenario_service_rows[], scenario_endpoint_rows[];

/* Every table of keys with its heading; title NULL ends the list. */
struct scenario_table {
    const char *title;
    const struct yaml_row *rows;
};
extern const struct scenario_table scenario_tables[];

#endif

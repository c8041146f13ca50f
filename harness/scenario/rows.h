/* The tables of nested keys, shared by the files of this room. */
#ifndef SEEP_SCENARIO_ROWS_H
#define SEEP_SCENARIO_ROWS_H

#include "base/yaml.h"
#include "model/service.h"

extern const struct yaml_row scenario_start_rows[], scenario_watch_rows[], scenario_load_rows[],
    scenario_signal_rows[], scenario_snapshot_rows[], scenario_tls_rows[], scenario_timeout_rows[],
    scenario_capture_rows[], scenario_expect_rows[], scenario_fresh_rows[], scenario_setup_rows[],
    scenario_step_rows[], scenario_suspect_rows[];

/* yaml_row readers of the nested keys, into the struct of the same name (watch: struct watch_spec). */
int read_start(const struct yaml *value, const char *file, void *into, struct err *err);
int read_watch(const struct yaml *value, const char *file, void *into, struct err *err);
int read_load(const struct yaml *value, const char *file, void *into, struct err *err);

int read_tls(const struct yaml *value, const char *file, void *into, struct err *err);     /* tls_spec */
int read_timeout(const struct yaml *value, const char *file, void *into, struct err *err); /* timeouts */

/* How the target is reached. char *; http_version. */
int read_target(const struct yaml *value, const char *file, void *into, struct err *err);
int read_host(const struct yaml *value, const char *file, void *into, struct err *err);
int read_proxy(const struct yaml *value, const char *file, void *into, struct err *err);
int read_http(const struct yaml *value, const char *file, void *into, struct err *err);

/* Complains about keys of how the target is reached that do not fit one another. */
int check_reach(const struct yaml *tree, const struct service *service, struct err *err);

/* Lists: into a struct service. */
int read_signals(const struct yaml *value, const char *file, void *into, struct err *err);
int read_snapshots(const struct yaml *value, const char *file, void *into, struct err *err);
int read_setup(const struct yaml *value, const char *file, void *into, struct err *err);

/* struct suspicions. */
int read_suspects(const struct yaml *value, const char *file, void *into, struct err *err);

/* Into a struct captures, a struct expectation, a struct endpoint. */
int read_captures(const struct yaml *value, const char *file, void *into, struct err *err);
int read_expect(const struct yaml *value, const char *file, void *into, struct err *err);
int read_fresh(const struct yaml *value, const char *file, void *into, struct err *err);

/* "GET /quote/{sku}" into a struct endpoint: its name, method and template. */
int read_endpoint_name(const struct yaml *value, const char *file, void *into, struct err *err);

/* Once the endpoint's template is known: finds the path parameters that `value` (what read_fresh() read) names. */
int fresh_find_segments(const struct yaml *value, const char *file, struct endpoint *endpoint,
                        struct err *err);

#endif

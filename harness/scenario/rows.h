/* The tables of nested keys, shared by the files of this room. */
#ifndef SEEP_SCENARIO_ROWS_H
#define SEEP_SCENARIO_ROWS_H

#include "base/yaml.h"

extern const struct yaml_row scenario_start_rows[], scenario_watch_rows[], scenario_load_rows[],
    scenario_signal_rows[], scenario_snapshot_rows[];

/* yaml_row readers of the nested keys, into the struct of the same name (watch: struct watch_spec). */
int read_start(const struct yaml *value, const char *file, void *into, struct err *err);
int read_watch(const struct yaml *value, const char *file, void *into, struct err *err);
int read_load(const struct yaml *value, const char *file, void *into, struct err *err);

/* Lists: into a struct service. */
int read_signals(const struct yaml *value, const char *file, void *into, struct err *err);
int read_snapshots(const struct yaml *value, const char *file, void *into, struct err *err);

#endif

/* The options --html --json --junit --markdown --openmetrics --prometheus --csv, shared by report, run and bisect. */
#ifndef SEEP_CMD_REPORT_FILES_H
#define SEEP_CMD_REPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/options.h"
#include "cmd/command.h"
#include "store/store.h"

struct report_files {
    const char *html, *json, *junit, *markdown; /* a file, "-" for standard output, or NULL */
    const char *openmetrics, *prometheus;       /* likewise */
    const char *csv;                            /* a directory */
};

/* The rows of a command whose options struct `TYPE` has a `struct report_files FIELD`. */
#define REPORT_FILE_ROWS(TYPE, FIELD)                                                                          \
    {"html", 0, OPTION_STRING, offsetof(TYPE, FIELD.html), "FILE", "write a self-contained page"},             \
        {"json", 0, OPTION_STRING, offsetof(TYPE, FIELD.json), "FILE", "write the result as JSON (schema 1)"}, \
        {"junit", 0, OPTION_STRING, offsetof(TYPE, FIELD.junit), "FILE", "write a JUnit report for CI"},       \
        {"markdown",    0,                                                                                     \
         OPTION_STRING, offsetof(TYPE, FIELD.markdown),                                                        \
         "FILE",        "write a short summary for CI"},                                                       \
        {"openmetrics", 0,                                                                                     \
         OPTION_STRING, offsetof(TYPE, FIELD.openmetrics),                                                     \
         "FILE",        "write metrics in OpenMetrics"},                                                       \
        {"prometheus",                                                                                         \
         0,                                                                                                    \
         OPTION_STRING,                                                                                        \
         offsetof(TYPE, FIELD.prometheus),                                                                     \
         "FILE",                                                                                               \
         "write metrics in Prometheus's text format, as node_exporter's textfile collector reads it"},         \
    {                                                                                                          \
        "csv", 0, OPTION_STRING, offsetof(TYPE, FIELD.csv), "DIR",                                             \
            "write tables and every sample as CSV files"                                                       \
    }

bool report_files_any(const struct report_files *files);

/* Before anything is done: at most one of them may go to standard output
 * ("-"), and --csv may not. ERR_USAGE. */
int report_files_check(const struct report_files *files, struct err *err);

/* Renders the run into every file asked for, then for the terminal on standard output, unless a file goes
 * there. Colour and width are decided here, from globals->color, NO_COLOR and the terminal. */
int report_outputs(struct store *store, int64_t run, const struct report_files *files,
                   const struct globals *globals, struct err *err);

/* Colour and width of what is written to the terminal. */
void report_style(const struct globals *globals);

/* Only the files, nothing for the terminal. */
int report_files_write(struct store *store, int64_t run, const struct report_files *files, struct err *err);

#endif

/* An option for each output that goes to a file (RENDERED_FILES), and --csv: of report, run and bisect. */
#ifndef SEEP_CMD_REPORT_FILES_H
#define SEEP_CMD_REPORT_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/options.h"
#include "cmd/command.h"
#include "report/report.h"
#include "store/store.h"

struct report_files {
    const char *paths[RENDERED_COUNT]; /* by enum rendered_file: a file, "-" for standard output, or NULL */
    const char *csv;                   /* a directory */
};

/* The rows of a command whose options struct has a `struct report_files files` and an AT(field) for its offsets. */
#define REPORT_FILE_ROW(NAME, HELP, FUNCTION)                                                                \
    {#NAME, 0, OPTION_STRING, AT(files.paths[RENDERED_##NAME]), "FILE", HELP},
#define REPORT_FILE_ROWS                                                                                     \
    RENDERED_FILES(REPORT_FILE_ROW)                                                                          \
    {                                                                                                        \
        "csv", 0, OPTION_STRING, AT(files.csv), "DIR", "write tables and every sample as CSV files"          \
    }

bool report_files_any(const struct report_files *files);

/* Before anything is done: at most one of them may go to standard output
 * ("-"), and --csv may not. ERR_USAGE. */
int report_files_check(const struct report_files *files, struct err *err);

/* At the end of a run: renders it into every file asked for, then for the terminal on standard output, unless a
 * file goes there. A file that there is nothing to write into is said on standard error, and is no error: the exit
 * code is the verdict's. Colour and width are decided here, from globals->color, NO_COLOR and the terminal. */
int report_outputs(struct store *store, int64_t run, const struct report_files *files,
                   const struct globals *globals, struct err *err);

/* Colour and width of what is written to the terminal. */
void report_style(const struct globals *globals);

/* Only the files, nothing for the terminal. ERR_USAGE, after the others were written: one has nothing to hold. */
int report_files_write(struct store *store, int64_t run, const struct report_files *files,
                       const struct globals *globals, struct err *err);

#endif

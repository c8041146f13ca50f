/* Commands: one file each, options in, one flow called, words out. */
#ifndef SEEP_CMD_COMMAND_H
#define SEEP_CMD_COMMAND_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "base/err.h"
#include "base/options.h"
#include "model/progress.h"

struct globals {
    const char *db; /* default results/seep.db */
    bool quiet, verbose, help, version;
    const char *color; /* auto, always, never */
};
extern const struct option_row global_rows[];

struct command {
    const char *name;  /* NULL ends the table */
    const char *usage; /* "import FILE... -o DIR" */
    const char *summary;
    const char *about;                                           /* more of it for its help; NULL: nothing */
    const struct option_row *rows;                               /* NULL: none of its own */
    int (*main)(struct globals *globals, int argc, char **argv); /* returns the exit code */
};
extern const struct command commands[]; /* main.c */

/* Parses globals and the command's own rows; handles --help. `options`: the struct of its rows (NULL where
 * `rows` is). Returns 0 to go on, else the command returns *code. */
int command_options(const struct command *command, struct globals *globals, void *options, int argc,
                    char **argv, struct operands *rest, int *code);

/* What comes from outside, as a terminal may show it (escape_plain()); good until it was called eight times more. */
const char *command_plain(const char *string);

/* Columns of the terminal that a stream goes to; `elsewhere` where it goes to none. */
size_t command_width(FILE *out, size_t elsewhere);

/* Prints "seep: message" on standard error; returns the exit code for it. */
int command_fail(const struct err *err);

/* `seep help COMMAND` and `seep COMMAND --help`: usage, summary, options; on standard output. */
void command_print_help(const struct command *command);

/* The command's row in the table; NULL if there is none. */
const struct command *command_find(const char *name);

int cmd_import(struct globals *globals, int argc, char **argv);
int cmd_record(struct globals *globals, int argc, char **argv);
int cmd_check(struct globals *globals, int argc, char **argv);
int cmd_run(struct globals *globals, int argc, char **argv);
int cmd_bisect(struct globals *globals, int argc, char **argv);
int cmd_report(struct globals *globals, int argc, char **argv);
int cmd_merge(struct globals *globals, int argc, char **argv);
int cmd_runs(struct globals *globals, int argc, char **argv);
int cmd_compare(struct globals *globals, int argc, char **argv);
int cmd_suspects(struct globals *globals, int argc, char **argv);
int cmd_trial(struct globals *globals, int argc, char **argv);
int cmd_diff(struct globals *globals, int argc, char **argv);
int cmd_help(struct globals *globals, int argc, char **argv);
extern const char import_about[], merge_about[], trial_about[];
extern const struct option_row import_rows[], record_rows[], check_rows[], run_rows[], bisect_rows[],
    report_rows[], compare_rows[], suspects_rows[], merge_rows[], diff_rows[];

/* How far a long reading of recordings is (`reading` of ingest_options, with owner a struct waiting). */
void command_show_reading(void *owner, const char *file, uint64_t read);

#endif

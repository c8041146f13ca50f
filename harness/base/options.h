/* Command-line options as tables: one row each; parsing, --help, the manual
 * and the tests read the same row.
 *
 *     static const struct option_row rows[] = {
 *         {"speed", 0, OPTION_SPEED, offsetof(struct run_options, speed), "FACTOR",
 *          "replay the recorded times FACTOR times as fast (2x)"},
 *         OPTIONS_END};
 *     struct run_options options = {.speed = 1.0};
 *     options_parse(rows, &options, argc, argv, &rest, err)
 */
#ifndef SEEP_BASE_OPTIONS_H
#define SEEP_BASE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct err;
struct text;

enum option_kind {
    OPTION_FLAG,     /* bool; no argument */
    OPTION_STRING,   /* const char *; points into argv */
    OPTION_LIST,     /* struct option_list; repeatable */
    OPTION_COUNT,    /* uint64_t; bare number, commas allowed */
    OPTION_DURATION, /* int64_t, ns */
    OPTION_BYTES,    /* int64_t */
    OPTION_RATE,     /* double, per second */
    OPTION_SPEED,    /* double, factor */
    OPTION_PERCENT,  /* double, fraction */
};

#define OPTION_LIST_MOST 256
struct option_list {
    const char *items[OPTION_LIST_MOST];
    size_t count;
};

struct option_row {
    const char *name; /* long name without dashes; NULL ends the table */
    char letter;      /* short name, or 0 */
    enum option_kind kind;
    size_t offset;        /* of the field in the options struct */
    const char *argument; /* shown in help: "N", "FILE"; NULL for flags */
    const char *help;     /* one line, lower case, no full stop */
};

#define OPTIONS_END                                                                                          \
    {                                                                                                        \
        NULL, 0, OPTION_FLAG, 0, NULL, NULL                                                                  \
    }

/* What is left after the options: operands in order, and what followed "--". */
struct operands {
    char **items; /* borrowed from argv, reordered in place */
    size_t count;
    char **after; /* after "--"; NULL when there was no "--" */
    size_t after_count;
};

/* Parses argv[1..argc) (argv[0] is the command's name) into the struct at `into` by the rows of
 * `tables` (a NULL-terminated list of tables, with one struct each in `intos`).
 * "--name value", "--name=value", "-n value", "-nvalue"; options and operands in any order.
 * Errors: ERR_USAGE, e.g. "unknown option '--sped' (did you mean '--speed'?)". */
int options_parse(const struct option_row *const *tables, void *const *intos, int argc, char **argv,
                  struct operands *rest, struct err *err);

/* "  -e, --endpoint 'NAME'   help" lines, wrapped at 79 columns. */
void options_help(const struct option_row *rows, struct text *out);

/* The nearest of `names` (NULL-terminated) to `word`, or NULL when none is near:
 * Damerau-Levenshtein distance of at most a third of the length. */
const char *options_nearest(const char *word, const char *const *names);

#endif

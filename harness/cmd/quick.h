/* The first command of a newcomer, `seep bisect FILE... --target URL -- COMMAND...`: what run and bisect share of it. */
#ifndef SEEP_CMD_QUICK_H
#define SEEP_CMD_QUICK_H

#include "base/vault.h"
#include "cmd/command.h"
#include "traffic/reader.h"

struct quick_given {
    const char *target, *output, *format; /* NULL: not given */
    struct reader_options reader;
};

/* The rows of a command whose options struct `TYPE` has a `struct quick_given FIELD`. */
#define QUICK_ROWS(TYPE, FIELD)                                                                              \
    {                                                                                                        \
        "target",                                                                                            \
        0,                                                                                                   \
        OPTION_STRING,                                                                                       \
        offsetof(TYPE, FIELD.target),                                                                        \
        "URL",                                                                                               \
        "with FILE: where the server listens, on this machine (http://127.0.0.1:5000, or 5000)"},            \
        {"output",      'o',                                                                                 \
         OPTION_STRING, offsetof(TYPE, FIELD.output),                                                        \
         "DIR",         "with FILE: the service directory to write (results/services/NAME)"},                \
        {"format",      0,                                                                                   \
         OPTION_STRING, offsetof(TYPE, FIELD.format),                                                        \
         "NAME",        "with FILE: its format, as of import"},                                              \
        {"log-format",  0,                                                                                   \
         OPTION_STRING, offsetof(TYPE, FIELD.reader.log_format),                                             \
         "FORMAT",      "with FILE: the configured format of its lines, as of import"},                      \
    {                                                                                                        \
        "pattern", 0, OPTION_STRING, offsetof(TYPE, FIELD.reader.pattern), "PCRE2",                          \
            "with FILE: a pattern of its lines, as of import"                                                \
    }

/* What `seep help` says of the two forms, after `command` (run, bisect). */
extern const char quick_about[];

/* A service directory from what was typed: the operand itself, or one that is made of recordings, a target and a
 * command; the caller's. Says on standard error what it does, unless quiet. NULL: an error, ERR_USAGE or one of
 * flow/quick.h. *made: it was made here. *secrets: what was taken out of the recordings that it was made of, the
 * caller's, for recordings_load(); NULL: nothing. */
char *quick_directory(const struct globals *globals, const char *command, const struct quick_given *given,
                      const struct operands *rest, bool *made, struct vault **secrets, struct err *err);

/* Says why there is none; returns the exit code: 130 and the like after a signal. */
int quick_fail(const struct err *err);

/* The last line: how to ask again. */
void quick_say_kept(const struct globals *globals, const char *command, const char *directory);

#endif

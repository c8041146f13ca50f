/* Completions for shells, from the tables of commands and options. */
#ifndef SEEP_CMD_COMPLETE_H
#define SEEP_CMD_COMPLETE_H

#include "base/options.h"
#include "base/text.h"
#include "cmd/command.h"

void complete_bash(struct text *out);
void complete_zsh(struct text *out);
void complete_fish(struct text *out);

enum complete_kind {
    COMPLETE_NOTHING, /* a number, a time, a text: nothing is known */
    COMPLETE_FILES,
    COMPLETE_DIRECTORIES,
    COMPLETE_WORDS,
    COMPLETE_RUNS, /* numbers and labels of the store, and `last` */
};

/* What the value of an option of `command` (NULL: of all) may be; words, separated by spaces, are added for COMPLETE_WORDS. */
enum complete_kind complete_option(const struct command *command, const struct option_row *row,
                                   struct text *words);

/* The same of its operands. */
enum complete_kind complete_operand(const struct command *command, struct text *words);

#endif

#include "cmd/command.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

#include "base/text.h"
#include "base/units.h"
#include "report/escape.h"
#include "report/waiting.h"

const struct option_row global_rows[] = {
    {"db", 0, OPTION_STRING, offsetof(struct globals, db), "FILE", "the store (results/seep.db)"},
    {"quiet", 'q', OPTION_FLAG, offsetof(struct globals, quiet), NULL, "no progress"},
    {"verbose", 'v', OPTION_FLAG, offsetof(struct globals, verbose), NULL,
     "say each step of a run or a hunt"},
    {"color", 0, OPTION_STRING, offsetof(struct globals, color), "WHEN", "auto, always or never (auto)"},
    {"version", 0, OPTION_FLAG, offsetof(struct globals, version), NULL, "print the version"},
    {"help", 'h', OPTION_FLAG, offsetof(struct globals, help), NULL, "print this help"},
    OPTIONS_END};

const char *command_plain(const char *string)
{
    static char *kept[8];
    static size_t next;
    char **slot = &kept[next++ % (sizeof kept / sizeof kept[0])];
    free(*slot);
    return *slot = escape_taken(escape_plain, string);
}

size_t command_width(FILE *out, size_t elsewhere)
{
    struct winsize size;
    return ioctl(fileno(out), TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : elsewhere;
}

int command_fail(const struct err *err)
{
    fflush(stdout);
    const char *message = err->message[0] != '\0' ? err->message : "failed, and nothing says why";
    fprintf(stderr, "seep: %s\n", command_plain(message)); /* it may quote what was recorded */
    return err->code != ERR_NONE ? (int)err->code : ERR_INTERNAL;
}

const struct command *command_find(const char *name)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        if (strcmp(command->name, name) == 0)
            return command;
    return NULL;
}

void command_print_help(const struct command *command)
{
    struct text out = TEXT_EMPTY;
    text_addf(&out, "usage: seep %s\n\n%s\n", command->usage, command->summary);
    if (command->about != NULL)
        text_addf(&out, "\n%s", command->about);
    if (command->rows != NULL && command->rows->name != NULL) {
        text_add_string(&out, "\noptions:\n");
        options_help(command->rows, &out);
    }
    text_add_string(&out, "\nfor every command:\n");
    options_help(global_rows, &out);
    fputs(text_string(&out), stdout);
    text_release(&out);
}

static int check_color(const char *color, struct err *err)
{
    static const char *const words[] = {"auto", "always", "never"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(words[i], color) == 0)
            return 0;
    return err_set(err, ERR_USAGE, "--color: '%.60s': expected auto, always or never", color);
}

int command_options(const struct command *command, struct globals *globals, void *options, int argc,
                    char **argv, struct operands *rest, int *code)
{
    const struct option_row *const tables[] = {global_rows, command->rows,
                                               NULL}; /* rows may be NULL: no more */
    void *const intos[] = {globals, options};
    struct err err = {0};
    if (options_parse(tables, intos, argc, argv, rest, &err) != 0 || check_color(globals->color, &err) != 0) {
        struct err what = err;
        err_set(&err, ERR_USAGE, "%s (see `seep help %s`)", what.message, command->name);
        *code = command_fail(&err);
        return -1;
    }
    *code = 0;
    if (globals->version) {
        puts("seep " SEEP_VERSION);
        return -1;
    }
    if (globals->help) {
        command_print_help(command);
        return -1;
    }
    return 0;
}

void command_show_reading(void *owner, const char *file, uint64_t read)
{
    char number[UNITS_SIZE];
    char *step = xasprintf("reading %s: %s", file, units_count(number, read));
    waiting_say(owner, step);
    free(step);
}

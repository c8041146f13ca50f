/* seep: the table of commands, the global options before a command, the exit code. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/crash.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "cmd/command.h"
#include "cmd/cover.h"
#include "cmd/quick.h"
#include "cmd/record_words.h"
#include "cmd/suspects_words.h"

#define TWO_FORMS(NAME) NAME " DIR\n       seep " NAME " FILE... --target URL [-o DIR] -- COMMAND..."

const struct command commands[] = {
    {"import", "import FILE... -o DIR", "recorded traffic in: writes a service directory to edit and replay",
     import_about, import_rows, cmd_import},
    {"record", "record --listen ADDRESS --target URL -o DIR",
     "a proxy in front of a service: writes what goes through it as a service directory", record_about,
     record_rows, cmd_record},
    {"check", "check DIR",
     "reads everything, asks the target if it is ready, shows the plan; sends no recorded request", NULL,
     check_rows, cmd_check},
    {"run", TWO_FORMS("run"), "replays the mix, watches memory, stores, ends with a verdict", quick_about,
     run_rows, cmd_run},
    {"bisect", TWO_FORMS("bisect"), "finds the smallest mix that grows, and what in it", quick_about,
     bisect_rows, cmd_bisect},
    {"report", "report RUN", "renders a stored run (a number, a label or 'last')", NULL, report_rows,
     cmd_report},
    {"compare", "compare BEFORE AFTER",
     "lays two runs side by side, before and after a fix: is growth shown gone?", NULL, compare_rows,
     cmd_compare},
    {"suspects", "suspects --prometheus URL --memory QUERY --requests-by QUERY",
     "ranks endpoints against production's memory, as its monitoring kept it", suspects_about, suspects_rows,
     cmd_suspects},
    {"runs", "runs", "lists the stored runs", NULL, NULL, cmd_runs},
    {"merge", "merge DB... -o DB", "joins the shards of one run into one run, and judges it", merge_about,
     merge_rows, cmd_merge},
    {"diff", "diff A B", "ranks the allocation sites between two snapshot files", NULL, diff_rows, cmd_diff},
    {"trial", "trial", "drives one trial of a hunt, in a stack that `bisect --engine swarm` deploys",
     trial_about, NULL, cmd_trial},
    {"help", "help [COMMAND | TOPIC]", "explains", NULL, NULL, cmd_help},
    {NULL, NULL, NULL, NULL, NULL, NULL}};

static int unknown_command(const char *name)
{
    struct err err = {0};
    const char *names[sizeof commands / sizeof *commands];
    size_t count = 0;
    for (; commands[count].name != NULL; count++)
        names[count] = commands[count].name;
    names[count] = NULL;
    const char *near = options_nearest(name, names);
    if (near != NULL)
        err_set(&err, ERR_USAGE, "unknown command '%.60s' (did you mean '%s'?)", name, near);
    else
        err_set(&err, ERR_USAGE, "unknown command '%.60s' (`seep help` lists them)", name);
    return command_fail(&err);
}

/* How many words of argv, from argv[0] on, stand before the command. */
static int words_before_command(int argc, char **argv)
{
    int words = 1;
    while (words < argc && argv[words][0] == '-') {
        bool with_value = false;
        for (const struct option_row *row = global_rows; row->name != NULL; row++)
            if (row->kind != OPTION_FLAG && strncmp(argv[words], "--", 2) == 0 &&
                strcmp(argv[words] + 2, row->name) == 0)
                with_value = true;
        words += with_value ? 2 : 1;
    }
    return words < argc ? words : argc;
}

static int without_command(struct globals *globals)
{
    struct err err = {0};
    char *words[] = {(char *)"help", NULL};
    if (globals->version) {
        puts("seep " SEEP_VERSION);
        return 0;
    }
    if (globals->help) {
        globals->help = false; /* not the help of `help` */
        return cmd_help(globals, 1, words);
    }
    err_set(&err, ERR_USAGE, "a command is missing (`seep help` lists them)");
    return command_fail(&err);
}

static int run_command(struct globals *globals, int argc, char **argv)
{
    const struct option_row *const tables[] = {global_rows, NULL};
    void *const intos[] = {globals};
    struct operands rest;
    struct err err = {0};
    int words = words_before_command(argc, argv);
    if (options_parse(tables, intos, words, argv, &rest, &err) != 0)
        return command_fail(&err);
    if (words == argc)
        return without_command(globals);
    const struct command *command = command_find(argv[words]);
    if (command == NULL)
        return unknown_command(argv[words]);
    return command->main(globals, argc - words, argv + words);
}

/* Where one of the three was closed, the next file opened would take its place: a line for the terminal would
 * land in the store. Opened the wrong way round, so that using it is an error as before. */
static void hold_standard_descriptors(void)
{
    for (int i = 0; i < 3; i++)
        if (fcntl(i, F_GETFD) < 0 && open("/dev/null", i == 0 ? O_WRONLY : O_RDONLY) < 0)
            return;
}

/* A full disk behind `> report.txt` must not look like success; a reader that went away may. */
static int close_output(int code)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return code;
    if (errno == EPIPE || code == ERR_INTERNAL) /* which was said */
        return code;
    fprintf(stderr, "seep: standard output: %s\n", strerror(errno));
    return ERR_INTERNAL;
}

int main(int argc, char **argv)
{
    struct globals globals = {.db = "results/seep.db", .color = "auto"};
    crash_install();
    hold_standard_descriptors();
    /* Without memory it would leave out what it has no room for, or abort. */
    json_set_alloc_funcs(xmalloc, free);
    interrupt_install();
    return close_output(run_command(&globals, argc, cover_words(argc, argv)));
}

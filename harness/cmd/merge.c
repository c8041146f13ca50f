/* seep merge DB... -o DB: the shards of one run, joined into one run. */
#include <stddef.h>
#include <stdlib.h>

#include "base/text.h"
#include "cmd/command.h"
#include "cmd/report_files.h"
#include "flow/merge.h"

struct merge_command {
    const char *output, *label;
    bool partial;
    struct report_files files;
};

#define AT(field) offsetof(struct merge_command, field)
const struct option_row merge_rows[] = {
    {"output", 'o', OPTION_STRING, AT(output), "FILE", "the store that the merged run goes to, new or old"},
    {"label", 0, OPTION_STRING, AT(label), "TEXT", "a name for the merged run (that of the shards)"},
    {"partial", 0, OPTION_FLAG, AT(partial), NULL,
     "merge though shards are missing or have not ended; the run is inconclusive then"},
    REPORT_FILE_ROWS,
    OPTIONS_END,
};

const char merge_about[] = "Each DB is a store in which a `seep run --shard I/N` left its run; one store\n"
                           "may hold several shards. Taken are those that belong to the newest shard in the\n"
                           "first DB: same recordings, load, seed, --label and --start-at, same N. Counts\n"
                           "are exact sums, quantiles those of the summed histograms (at most 1/64 too\n"
                           "high), and growth is judged as in a run: shard 0's readings, at the requests of\n"
                           "all shards by then. The clocks of the machines have to agree (NTP).\n"
                           "\n"
                           "A shard that is missing, there twice, of another run, or that has not ended is\n"
                           "an error (200), and nothing is written; --partial merges the others, but what\n"
                           "is missing was sent to the server, so nothing is shown by it. The exit code is\n"
                           "0 once the shards are merged: the verdict, and the exit code that one run would\n"
                           "have had, are in the report and in --json.\n";

static int check(const struct merge_command *command, const struct operands *rest, struct err *err)
{
    if (rest->count == 0 || rest->after_count > 0)
        return err_set(err, ERR_USAGE, "merge needs the stores of the shards: merge DB... -o DB");
    if (command->output == NULL)
        return err_set(err, ERR_USAGE, "merge needs -o FILE: the store that the merged run goes to");
    return report_files_check(&command->files, err);
}

static char *arguments_of(const struct operands *rest, const char *output)
{
    struct text text = TEXT_EMPTY;
    text_add_string(&text, "merge");
    for (size_t i = 0; i < rest->count; i++)
        text_addf(&text, " %s", rest->items[i]);
    text_addf(&text, " -o %s", output);
    return text_take(&text);
}

int cmd_merge(struct globals *globals, int argc, char **argv)
{
    struct merge_command command = {0};
    struct operands rest = {0};
    struct err err = {0};
    struct store *store = NULL;
    struct result result = {0};
    int code = 0;
    if (command_options(command_find("merge"), globals, &command, argc, argv, &rest, &code) != 0)
        return code;
    if (check(&command, &rest, &err) != 0)
        return command_fail(&err);
    char *arguments = arguments_of(&rest, command.output);
    struct merge_options options = {.paths = (const char *const *)rest.items,
                                    .count = rest.count,
                                    .output = command.output,
                                    .label = command.label,
                                    .arguments = arguments,
                                    .partial = command.partial};
    int failed = merge(&options, &store, &result, &err);
    if (!failed)
        failed = report_outputs(store, result.run, &command.files, globals, &err);
    code = failed ? command_fail(&err) : 0;
    store_close(store);
    result_release(&result);
    free(arguments);
    return code;
}

#include "cmd/complete.h"

#include <string.h>

#include "cmd/topics.h"
#include "format/snapshot.h"
#include "metrics/presets.h"
#include "traffic/reader.h"

static void add_word(struct text *words, const char *word)
{
    text_addf(words, "%s%s", words->length > 0 ? " " : "", word);
}

static void add_readers(struct text *words)
{
    for (const struct reader *reader = readers; reader->name != NULL; reader++)
        add_word(words, reader->name);
}

static void add_snapshots(struct text *words)
{
    for (const struct snapshot_format *format = snapshot_formats; format->name != NULL; format++)
        add_word(words, format->name);
}

static void add_presets(struct text *words)
{
    for (const struct preset *preset = presets; preset->name != NULL; preset++)
        add_word(words, preset->name);
}

static void add_help(struct text *words)
{
    for (const struct command *command = commands; command->name != NULL; command++)
        add_word(words, command->name);
    for (const struct topic *topic = topics; topic->name != NULL; topic++)
        add_word(words, topic->name);
}

/* Options whose values are known; the first row that fits, command NULL: of any. tests/cli/complete.t gives each word to its
 * command. */
static const struct {
    const char *command, *option;
    const char *words;
    void (*add)(struct text *words);
} known[] = {
    {NULL, "color", "auto always never", NULL},
    {NULL, "engine", "local compose swarm", NULL},
    {NULL, "strategy", "seep linear binary ddmin", NULL},
    {NULL, "arrivals", "recorded poisson constant", NULL},
    {NULL, "assets", "keep group drop", NULL},
    {NULL, "methods", "GET HEAD POST PUT PATCH DELETE OPTIONS", NULL},
    {NULL, "signal", "rss pss fds sockets threads live_objects live_bytes", NULL},
    {NULL, "requests-are", "counter rate increase", NULL},
    {NULL, "preset", NULL, add_presets},
    {"diff", "format", NULL, add_snapshots},
    {NULL, "format", NULL, add_readers},
};

/* What an option takes, by what help calls it. */
static const struct {
    const char *argument;
    enum complete_kind kind;
} by_argument[] = {{"FILE", COMPLETE_FILES}, {"DIR", COMPLETE_DIRECTORIES}, {"RUN", COMPLETE_RUNS}};

static const struct {
    const char *command;
    enum complete_kind kind;
    void (*add)(struct text *words);
} operands[] = {
    {"import", COMPLETE_FILES, NULL}, {"check", COMPLETE_FILES, NULL}, {"run", COMPLETE_FILES, NULL},
    {"bisect", COMPLETE_FILES, NULL}, {"report", COMPLETE_RUNS, NULL}, {"compare", COMPLETE_RUNS, NULL},
    {"diff", COMPLETE_FILES, NULL},   {"merge", COMPLETE_FILES, NULL}, {"help", COMPLETE_WORDS, add_help},
};

enum complete_kind complete_option(const struct command *command, const struct option_row *row,
                                   struct text *words)
{
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        bool ours =
            known[i].command == NULL || (command != NULL && strcmp(known[i].command, command->name) == 0);
        if (!ours || strcmp(known[i].option, row->name) != 0)
            continue;
        if (known[i].add != NULL)
            known[i].add(words);
        else
            text_add_string(words, known[i].words);
        return COMPLETE_WORDS;
    }
    for (size_t i = 0; row->argument != NULL && i < sizeof by_argument / sizeof *by_argument; i++)
        if (strcmp(by_argument[i].argument, row->argument) == 0)
            return by_argument[i].kind;
    return COMPLETE_NOTHING;
}

enum complete_kind complete_operand(const struct command *command, struct text *words)
{
    for (size_t i = 0; i < sizeof operands / sizeof *operands; i++)
        if (strcmp(operands[i].command, command->name) == 0) {
            if (operands[i].add != NULL)
                operands[i].add(words);
            return operands[i].kind;
        }
    return COMPLETE_NOTHING;
}

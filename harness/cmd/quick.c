#include "cmd/quick.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/interrupt.h"
#include "base/strings.h"
#include "base/text.h"
#include "base/units.h"
#include "flow/quick.h"
#include "scenario/load.h"
#include "report/waiting.h"

#define LABEL 9 /* columns */
#define NAMES_MOST 4

const char quick_about[] = "With recorded traffic instead of DIR nothing else is needed: FILEs that `seep\n"
                           "import` reads (- is standard input), where the server listens, how it starts:\n"
                           "\n"
                           "    seep bisect access.log --target http://127.0.0.1:5000 -- \\\n"
                           "         python3 -m gunicorn -b 127.0.0.1:5000 app:app\n"
                           "\n"
                           "COMMAND runs here, without a shell; NAME=VALUE in front sets its environment.\n"
                           "Where it names the port of --target, each trial gets a free one instead; $PORT\n"
                           "is set as well. The agent that fits is loaded into it. Credentials are taken\n"
                           "out of recordings, and those in front of COMMAND stand in no file. Without\n"
                           "COMMAND the server has to run already: nothing can be tried on a fresh one.\n"
                           "\n"
                           "The service directory stays, beside the store or where -o says; the same line\n"
                           "finds it again, and so does `seep bisect DIR`. Requests go to this machine\n"
                           "only: it takes a directory whose `allow` names others to send them there.\n";

static void say(const char *label, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void say(const char *label, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%-*s", LABEL, label);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

/* "; 12 of 1,200 lines skipped: malformed request line 12" */
static void add_skipped(struct text *out, const struct ingest_source *source)
{
    char skipped[UNITS_SIZE], read[UNITS_SIZE], count[UNITS_SIZE];
    const char *before = ": ";
    if (source->read == source->imported)
        return;
    text_addf(out, "; %s of %s %s skipped", units_count(skipped, source->read - source->imported),
              units_count(read, source->read), source->reader->units);
    for (int i = 0; i < SKIP_REASONS; i++)
        if (source->skipped[i] > 0) {
            text_addf(out, "%s%s %s", before, skip_reason_name((enum skip_reason)i),
                      units_count(count, source->skipped[i]));
            before = ", ";
        }
}

static void say_without_bodies(const struct ingest *ingest)
{
    char count[UNITS_SIZE];
    struct text names = TEXT_EMPTY;
    size_t found = 0;
    for (size_t i = 0; i < ingest->endpoint_count; i++)
        if (ingest->endpoints[i].without_body > 0 && ++found <= NAMES_MOST)
            text_addf(&names, "%s%s (%s)", names.length > 0 ? ", " : "", ingest->endpoints[i].name,
                      units_count(count, ingest->endpoints[i].without_body));
    if (found > NAMES_MOST)
        text_addf(&names, " and %zu more", found - NAMES_MOST);
    if (names.length > 0)
        say("", "recorded without their bodies, so they may not land: %s; a HAR has them",
            text_string(&names));
    text_release(&names);
}

static void say_redacted(const struct ingest *ingest)
{
    char count[UNITS_SIZE];
    uint64_t all = 0;
    for (int i = 0; i < REDACT_PLACES; i++)
        all += ingest->redacted[i];
    if (all > 0)
        say("",
            "%s credentials and addresses taken out; now they go out with the requests again, from memory, "
            "later `setup` or `secrets` in service.yaml must give them",
            units_count(count, all));
}

static void say_traffic(const struct ingest *ingest)
{
    char requests[UNITS_SIZE], span[UNITS_SIZE];
    struct text sources = TEXT_EMPTY;
    for (size_t i = 0; i < ingest->source_count; i++) {
        text_addf(&sources, "%s%s", i > 0 ? ", " : "", ingest->sources[i].name);
        add_skipped(&sources, &ingest->sources[i]);
    }
    say("traffic", "%s requests of %zu %s over %s, from %s", units_count(requests, ingest->imported),
        ingest->endpoint_count, ingest->endpoint_count == 1 ? "endpoint" : "endpoints",
        units_duration(span, (double)(ingest->to_us - ingest->from_us) / 1e6), text_string(&sources));
    text_release(&sources);
    say_without_bodies(ingest);
    say_redacted(ingest);
}

static void say_server(const struct quick *quick)
{
    char ready[UNITS_SIZE];
    const struct service *service = &quick->service;
    if (service->start.kind != START_COMMAND) {
        say("server", "%s, as it runs: nothing can be tried on a fresh one", service->target);
        return;
    }
    bool port_is_free = strstr(service->target, "${PORT}") != NULL;
    char *command = strings_join(&service->start.command, " ");
    say("server", "%s", command);
    say("", "ready after %s; %s%s", units_duration(ready, quick->checked.ready_s),
        port_is_free ? "" : "always at ", port_is_free ? "a free port for each trial" : service->target);
    if (quick->noticed != NULL)
        say("", "%s", quick->noticed);
    if (quick->checked.asked_why != NULL)
        say("", "%s", quick->checked.asked_why);
    else if (quick->path != NULL && quick->checked.asked_status / 100 != quick->recorded / 100)
        say("", "GET %s answered %d where %d was recorded: is this the server of the recording?", quick->path,
            quick->checked.asked_status, quick->recorded);
    free(command);
}

/* Who counts what is live; NULL: nobody. */
static const struct check_signal *live_signal(const struct check *check)
{
    for (size_t i = 0; i < check->signal_count; i++)
        if (check->signals[i].decides && check->signals[i].about != NULL && !isnan(check->signals[i].value))
            return &check->signals[i];
    return NULL;
}

static void say_memory(const struct check *check)
{
    struct text names = TEXT_EMPTY;
    const struct check_signal *live = live_signal(check);
    for (size_t i = 0; i < check->signal_count; i++)
        if (check->signals[i].decides)
            text_addf(&names, "%s%s", names.length > 0 ? " and " : "", check->signals[i].name);
    if (live != NULL)
        say("memory", "%s, by %s", text_string(&names), live->about);
    else if (check->live)
        say("memory", "%s", text_string(&names));
    else
        say("memory",
            "%s alone: no agent counts what is live in %s, so it takes longer and sees less "
            "(`seep help signals`: what would be better)",
            text_string(&names), check->program != NULL ? check->program : "it");
    text_release(&names);
}

static void say_service(const struct quick *quick)
{
    say("service", "%s%s", quick->directory,
        quick->reused ? ", made from just this before; what was edited there holds" : "");
}

static int make(const struct globals *globals, struct quick *quick, struct quick_options *options,
                struct err *err)
{
    struct waiting *waiting = waiting_begin("reading", globals->quiet);
    options->owner = waiting;
    int failed = quick_read(quick, options, err);
    waiting_end(waiting);
    if (failed)
        return -1;
    if (!globals->quiet)
        say_traffic(&quick->ingest);
    waiting = waiting_begin("trying the server, reading its signals", globals->quiet);
    failed = quick_try(quick, err);
    waiting_end(waiting);
    if (failed)
        return -1;
    if (!globals->quiet) {
        say_server(quick);
        say_memory(&quick->checked);
    }
    if (quick_write(quick, err) != 0)
        return -1;
    if (!globals->quiet)
        say_service(quick);
    return 0;
}

/* Or a service file in one, which stands for it. */
static bool is_directory(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && (S_ISDIR(status.st_mode) || scenario_names_service(path));
}

/* What was typed that is about recordings and no directory; NULL: nothing. */
static const char *for_files(const struct quick_given *given, const struct operands *rest)
{
    const struct {
        const char *name;
        bool given;
    } options[] = {{"--target", given->target != NULL},
                   {"-o", given->output != NULL},
                   {"-- COMMAND", rest->after != NULL},
                   {"--format", given->format != NULL},
                   {"--log-format", given->reader.log_format != NULL},
                   {"--pattern", given->reader.pattern != NULL}};
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        if (options[i].given)
            return options[i].name;
    return NULL;
}

static int refuse_directory(const char *command, const struct quick_given *given, const struct operands *rest,
                            struct err *err)
{
    if (rest->count != 1)
        return err_set(err, ERR_USAGE,
                       "%s takes one service directory, or FILE... --target URL -- COMMAND (see "
                       "`seep help %s`)",
                       command, command);
    const char *option = for_files(given, rest);
    if (option == NULL)
        return 0;
    return err_set(
        err, ERR_USAGE,
        "%s is a service directory: its service.yaml says the %s; %s is for files of recorded traffic",
        rest->items[0], given->target != NULL ? "target" : "command", option);
}

static int refuse_files(const char *command, const struct quick_given *given, const struct operands *rest,
                        struct err *err)
{
    for (size_t i = 0; i < rest->count; i++)
        if (is_directory(rest->items[i]))
            return err_set(err, ERR_USAGE,
                           "%s is a directory: one service directory, or files of recorded traffic",
                           rest->items[i]);
    if (given->target == NULL)
        return err_set(err, ERR_USAGE,
                       "--target is missing: where does the server listen? seep %s %s --target "
                       "http://127.0.0.1:PORT -- COMMAND",
                       command, rest->items[0]);
    if (rest->after != NULL && rest->after_count == 0)
        return err_set(
            err, ERR_USAGE,
            "no command after '--': how does the server start? Without '--' the one that answers at "
            "--target is taken as it is");
    return 0;
}

/* One operand, and nothing that is about recordings: a service directory, be it there or not. */
static bool means_directory(const struct quick_given *given, const struct operands *rest)
{
    bool bare = for_files(given, rest) == NULL;
    if (rest->count != 1)
        return rest->count == 0;
    return is_directory(rest->items[0]) ||
           (bare && access(rest->items[0], F_OK) != 0 && strcmp(rest->items[0], "-") != 0);
}

char *quick_directory(const struct globals *globals, const char *command, const struct quick_given *given,
                      const struct operands *rest, bool *made, struct vault **secrets, struct err *err)
{
    *made = !means_directory(given, rest);
    *secrets = NULL;
    if (!*made)
        return refuse_directory(command, given, rest, err) == 0 ? xstrdup(rest->items[0]) : NULL;
    if (refuse_files(command, given, rest, err) != 0)
        return NULL;
    struct quick_options options = {.files = (const char *const *)rest->items,
                                    .file_count = rest->count,
                                    .target = given->target,
                                    .command = rest->after,
                                    .command_count = rest->after_count,
                                    .output = given->output,
                                    .reader = given->reader,
                                    .store = globals->db,
                                    .reading = command_show_reading};
    if (reader_choose(given->format, &given->reader, &options.format, err) != 0)
        return NULL;
    struct quick quick = {0};
    char *directory = make(globals, &quick, &options, err) == 0 ? xstrdup(quick.directory) : NULL;
    if (directory != NULL) {
        *secrets = quick.secrets;
        quick.secrets = NULL;
    }
    quick_release(&quick);
    return directory;
}

void quick_say_kept(const struct globals *globals, const char *command, const char *directory)
{
    fflush(stdout);
    if (!globals->quiet)
        say("kept", "%s: `seep %s %s` asks the same", directory, command, directory);
}

int quick_fail(const struct err *err)
{
    int code = command_fail(err);
    return interrupt_signal() != 0 ? 128 + interrupt_signal() : code;
}

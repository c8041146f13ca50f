/* seep trial: the driver of one trial in a stack; `seep bisect --engine swarm` deploys it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "cmd/command.h"
#include "flow/hunt_errand.h"
#include "flow/recordings.h"
#include "target/errand.h"

const char trial_about[] =
    "The driver of one trial, beside the server in its stack: `seep bisect --engine\n"
    "swarm` deploys it with what it is to do in " ERRAND_AT ". It measures, sends the\n"
    "answers and its store on standard output, a line at a time, and ends.\n";

struct trial_command {
    struct errand errand;
    struct asked asked;
    struct service service;
    struct store *store;
    char *store_path;
};

static int load(struct trial_command *command, struct err *err)
{
    struct service *service = &command->service;
    const char *file = command->errand.file;
    int failed = recordings_load(file, NULL, service, NULL, err);
    if (failed)
        return -1;
    service->start.kind = START_STACK;
    if (command->asked.agent_dir != NULL && service->agent_dir == NULL)
        service->agent_dir = xstrdup(command->asked.agent_dir);
    for (size_t i = 0; i < command->asked.settings.methods.count; i++)
        if (!strings_has(&service->methods, command->asked.settings.methods.items[i]))
            strings_add(&service->methods, command->asked.settings.methods.items[i]);
    command->store_path = xasprintf("%s/.seep-trial.db", command->errand.directory);
    command->store = store_open(command->store_path, err);
    return command->store != NULL ? 0 : -1;
}

static uint64_t or_zero(uint64_t number)
{
    return number != SETTINGS_NOT_GIVEN ? number : 0;
}

static int measure(struct trial_command *command, struct text *told, struct err *err)
{
    const struct settings *settings = &command->asked.settings;
    uint64_t seed = or_zero(settings->seed);
    int64_t run = store_begin_run(command->store, "trial", command->service.file, "", "", seed, err);
    if (run < 0)
        return -1;
    struct hunt_options options = {
        .trials = {.service = &command->service,
                   .store = command->store,
                   .run = run,
                   .told_as = command->asked.run,
                   .budget_ns = isfinite(command->asked.left_s)
                                    ? (int64_t)(command->asked.left_s * (double)CLOCK_NS_PER_S) + 1
                                    : 0,
                   .connections = (unsigned)or_zero(settings->connections),
                   .seed = seed},
        .service = &command->service,
        .directory = command->errand.directory,
        .confirm = or_zero(settings->confirm),
        .signal = settings->signal,
        .endpoints = (const char *const *)settings->endpoints.items,
        .endpoint_count = settings->endpoints.count,
        .jobs = 1,
        .errand = true,
    };
    return hunt_errand(&options, &command->asked, told, err);
}

/* What was measured is sent in any case, and so is why it ended. */
static int drive(struct trial_command *command, struct err *err)
{
    struct text told = TEXT_EMPTY, sent = TEXT_EMPTY;
    int failed = asked_read(&command->asked, &command->errand.task, err);
    if (!failed)
        failed = load(command, err);
    if (!failed)
        failed = measure(command, &told, err);
    if (failed)
        errand_tell_error(err, &told);
    if (command->store != NULL)
        store_close(command->store);
    failed = errand_pack(&told, command->store != NULL ? command->store_path : NULL, &sent, err);
    if (!failed)
        failed = errand_send(text_string(&sent), sent.length, err);
    text_release(&told);
    text_release(&sent);
    return failed;
}

int cmd_trial(struct globals *globals, int argc, char **argv)
{
    struct trial_command command = {0};
    struct operands rest = {0};
    struct err err = {0};
    int code = 0;
    if (command_options(command_find("trial"), globals, NULL, argc, argv, &rest, &code) != 0)
        return code;
    if (rest.count > 0 || rest.after_count > 0) {
        err_set(&err, ERR_USAGE, "trial takes no operands (`seep trial --help`)");
        return command_fail(&err);
    }
    int failed = errand_open(&command.errand, ERRAND_AT, &err);
    if (!failed)
        failed = drive(&command, &err);
    asked_release(&command.asked);
    recordings_release(&command.service);
    errand_release(&command.errand);
    free(command.store_path);
    return failed ? command_fail(&err) : 0;
}

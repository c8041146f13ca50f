/* Commands of the service: what starts it, what it is reset by, what renews it. */
#include "target/target_inside.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "base/text.h"
#include "target/fill.h"

#define HOOK_LIMIT_NS (60 * CLOCK_NS_PER_S)

char *target_log_path(const struct target *target, const char *name)
{
    return xasprintf("%s/%s.log", target->directory, name);
}

/* start.environment and PORT, which it may set itself. */
static void make_environment(const struct target *target, struct headers *environment)
{
    const struct headers *given = &target->service->start.environment;
    bool has_port = false;
    for (size_t i = 0; i < given->count; i++) {
        char *value = fill_port(given->items[i].value, target->port);
        headers_add(environment, given->items[i].name, value);
        has_port = has_port || strcmp(given->items[i].name, "PORT") == 0;
        free(value);
    }
    char port[16];
    snprintf(port, sizeof port, "%d", target->port);
    if (!has_port)
        headers_add(environment, "PORT", port);
}

int target_launch(const struct target *target, const char *what, const struct strings *command,
                  const char *directory, struct process *process, struct err *err)
{
    struct strings words = {NULL, 0};
    struct headers environment = {NULL, 0};
    char *log = target_log_path(target, process == &target->process ? "target" : "reset");
    fill_ports(&words, command, target->port);
    make_environment(target, &environment);
    if (process == &target->process)
        inject_environment(&target->injection, target->agents, &environment);
    struct process_spec spec = {.command = &words,
                                .directory = directory,
                                .environment = &environment,
                                .log_path = log,
                                .leaves = process != &target->process};
    int failed = process_start(process, &spec, err);
    strings_release(&words);
    headers_release(&environment);
    free(log);
    return failed ? err_prefix(err, "%s: %s", target->service->file, what) : 0;
}

static int await_hook(struct target *target, const char *what, const char *program, struct process *hook,
                      struct err *err)
{
    int64_t end = clock_now_ns() + HOOK_LIMIT_NS;
    while (process_running(hook)) {
        if (loop_sleep(target->loop, 10 * CLOCK_NS_PER_MS) != 0)
            return err_set(err, ERR_INTERNAL, "interrupted by signal %d", interrupt_signal());
        if (clock_now_ns() > end)
            return err_set(err, ERR_USAGE, "%s: %s: '%s' was not done after 60 s", target->service->file,
                           what, program);
    }
    if (strcmp(hook->how, "exited with status 0") == 0)
        return 0;
    struct text tail = TEXT_EMPTY;
    process_log_tail(hook, 400, &tail);
    const char *newline = tail.length > 0 ? strrchr(tail.bytes, '\n') : NULL;
    const char *last = newline != NULL ? newline + 1 : text_string(&tail);
    err_set(err, ERR_USAGE, "%s: %s: '%s' %s%s%s", target->service->file, what, program, hook->how,
            *last != '\0' ? ": " : "", last);
    text_release(&tail);
    return -1;
}

int target_run_hook(struct target *target, const char *what, const struct strings *command,
                    const char *directory, struct err *err)
{
    struct process hook = {0};
    if (command->count == 0)
        return 0;
    int failed = target_launch(target, what, command, directory, &hook, err);
    if (!failed)
        failed = await_hook(target, what, command->items[0], &hook, err);
    if (!failed)
        process_leave(&hook); /* it may have started a database that is to stay */
    process_release(&hook);
    return failed;
}

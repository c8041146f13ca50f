#include "target/helper.h"

#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "target/process.h"

#define PAUSE_NS (20 * CLOCK_NS_PER_MS)
#define QUOTED_BYTES 600

static int pause_for(const struct helper *helper)
{
    if (helper->loop != NULL && !helper->deaf)
        return loop_sleep(helper->loop, PAUSE_NS);
    nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    return 0;
}

static int fail(const struct helper *helper, const struct process *process, const char *what, struct err *err)
{
    struct text tail = TEXT_EMPTY, how = TEXT_EMPTY;
    process_log_tail(process, QUOTED_BYTES, &tail);
    for (char *at = tail.bytes; at != NULL && (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    if (*process->how != '\0')
        text_add_string(&how, process->how);
    else
        text_addf(&how, "was not done after %lld minutes",
                  (long long)(helper->limit_ns / (60 * CLOCK_NS_PER_S)));
    err_set(err, ERR_TARGET, "%s %s%s%s", what, text_string(&how), tail.length > 0 ? ": " : "",
            text_string(&tail));
    text_release(&tail);
    text_release(&how);
    return -1;
}

int helper_run(const struct helper *helper, const struct strings *words, const char *what, struct err *err)
{
    struct process process = {0};
    struct process_spec spec = {.command = words,
                                .directory = helper->directory,
                                .log_path = helper->log,
                                .output_path = helper->output};
    int64_t end = clock_now_ns() + helper->limit_ns;
    if (process_start(&process, &spec, err) != 0)
        return -1;
    int failed = 0;
    while (!failed && process_running(&process)) {
        if (pause_for(helper) != 0)
            failed = err_set(err, ERR_INTERNAL, "interrupted by signal %d", interrupt_signal());
        else if (clock_now_ns() > end)
            failed = fail(helper, &process, what, err);
    }
    if (!failed && strcmp(process.how, "exited with status 0") != 0)
        failed = fail(helper, &process, what, err);
    process_stop(&process, CLOCK_NS_PER_S);
    process_release(&process);
    return failed;
}

#include "target/started.h"

#include "base/withheld.h"

bool started_any(const struct started *started)
{
    return started->process != NULL || started->container != NULL;
}

bool started_runs(const struct started *started)
{
    return started->container != NULL ? *container_state(started->container)->how == '\0'
                                      : started->process != NULL && process_running(started->process);
}

const char *started_how(const struct started *started)
{
    if (started->container != NULL)
        return container_state(started->container)->how;
    return started->process != NULL ? started->process->how : "";
}

void started_log_tail(const struct started *started, size_t most, struct text *text)
{
    struct text printed = TEXT_EMPTY;
    text_clear(text);
    if (started->container != NULL)
        container_log_tail(started->container, most, &printed);
    else if (started->process != NULL)
        process_log_tail(started->process, most, &printed);
    withheld_hide(text, text_string(&printed));
    text_release(&printed);
}

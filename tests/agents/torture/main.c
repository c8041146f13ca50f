/* A program that is hard on its allocator and keeps books of its own: at quiet points the malloc agent in this process
   must say exactly the same. Usage: torture [TRIAL...]; all without one. TAP without numbers; the test that runs it
   counts. */
#include <stdio.h>
#include <string.h>

#include "torture.h"

static const struct trial {
    const char *name;
    void (*run)(void);
} trials[] = {
    {"sizes", trial_sizes},
    {"failures", trial_failures},
    {"walk", trial_walk},
    {"threads", trial_threads},
    {"short_threads", trial_short_threads},
    {"fork", trial_fork},
    {"fork_with_threads", trial_fork_with_threads},
    {"spawn", trial_spawn},
    {"dlopen", trial_dlopen},
    {"signals", trial_signals},
    {"samples", trial_samples},
    {"samples_threads", trial_samples_threads},
    {"descriptors", trial_descriptors},
    {NULL, NULL},
};

static bool is_asked(const char *name, int count, char **names)
{
    for (int i = 1; i < count; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return count == 1;
}

/* The stream's buffer is its own, or its first line would allocate one. */
int main(int count, char **names)
{
    static char buffer[BUFSIZ];
    setvbuf(stdout, buffer, _IOLBF, sizeof buffer);
    for (const struct trial *trial = trials; trial->name != NULL; trial++)
        if (is_asked(trial->name, count, names))
            trial->run();
    puts("done");
    return 0;
}

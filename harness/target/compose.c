#include "target/compose.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/interrupt.h"
#include "target/process.h"
#include "target/program.h"

#define LIMIT_NS (900 * CLOCK_NS_PER_S) /* it may have to build and to pull */
#define PAUSE_NS (20 * CLOCK_NS_PER_MS)
#define QUOTED_BYTES 600
#define PRINTED_BYTES ((size_t)4 << 20)

static int pause_for(const struct compose *compose, bool deaf)
{
    if (!deaf)
        return loop_sleep(compose->loop, PAUSE_NS);
    nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    return 0;
}

static int fail(const struct process *process, const char *what, struct err *err)
{
    struct text tail = TEXT_EMPTY;
    process_log_tail(process, QUOTED_BYTES, &tail);
    for (char *at = tail.bytes; at != NULL && (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    err_set(err, ERR_TARGET, "%s %s%s%s", what,
            *process->how != '\0' ? process->how : "was not done after 15 minutes",
            tail.length > 0 ? ": " : "", text_string(&tail));
    text_release(&tail);
    return -1;
}

static int run(const struct compose *compose, const struct strings *words, const char *what, bool deaf,
               struct err *err)
{
    struct process process = {0};
    struct process_spec spec = {.command = words,
                                .directory = compose->directory,
                                .log_path = compose->log,
                                .output_path = compose->output};
    int64_t end = clock_now_ns() + LIMIT_NS;
    if (process_start(&process, &spec, err) != 0)
        return -1;
    int failed = 0;
    while (!failed && process_running(&process)) {
        if (pause_for(compose, deaf) != 0)
            failed = err_set(err, ERR_INTERNAL, "interrupted by signal %d", interrupt_signal());
        else if (clock_now_ns() > end)
            failed = fail(&process, what, err);
    }
    if (!failed && strcmp(process.how, "exited with status 0") != 0)
        failed = fail(&process, what, err);
    process_stop(&process, CLOCK_NS_PER_S);
    process_release(&process);
    return failed;
}

static bool answers(struct compose *compose)
{
    struct strings words = {NULL, 0};
    strings_copy(&words, &compose->client);
    strings_add(&words, "version");
    bool good = run(compose, &words, "version", false, NULL) == 0;
    strings_release(&words);
    return good;
}

int compose_find(struct compose *compose, struct loop *loop, const char *directory, const char *private,
                 struct err *err)
{
    *compose = (struct compose){.loop = loop, .directory = directory};
    compose->log = xasprintf("%s/compose.log", private);
    compose->output = xasprintf("%s/compose.out", private);
    strings_add(&compose->client, "docker");
    strings_add(&compose->client, "compose");
    char *docker = program_find("docker", directory), *old = program_find("docker-compose", directory);
    bool plugin = docker != NULL && answers(compose);
    if (!plugin) {
        strings_release(&compose->client);
        strings_add(&compose->client, "docker-compose");
    }
    bool found = plugin || old != NULL;
    free(docker);
    free(old);
    return found ? 0
                 : err_set(err, ERR_USAGE,
                           "start: compose: there is neither `docker compose` nor docker-compose here");
}

void compose_release(struct compose *compose)
{
    if (compose->log != NULL)
        unlink(compose->log);
    if (compose->output != NULL)
        unlink(compose->output);
    free(compose->log);
    free(compose->output);
    strings_release(&compose->client);
    *compose = (struct compose){0};
}

int compose_run(const struct compose *compose, const char *project, const char *file,
                const char *const *words, bool deaf, struct text *printed, struct err *err)
{
    const char *const options[] = {"-p", project, "-f", file, "--project-directory", compose->directory};
    struct strings all = {NULL, 0};
    strings_copy(&all, &compose->client);
    for (size_t i = 0; i < sizeof options / sizeof *options; i++)
        strings_add(&all, options[i]);
    for (size_t i = 0; words[i] != NULL; i++)
        strings_add(&all, words[i]);
    char *client = strings_join(&compose->client, " "), *what = xasprintf("`%s %s`", client, words[0]);
    int failed = run(compose, &all, what, deaf, err);
    if (!failed && printed != NULL)
        failed = text_read_file(printed, compose->output, PRINTED_BYTES, err);
    strings_release(&all);
    free(client);
    free(what);
    return failed;
}

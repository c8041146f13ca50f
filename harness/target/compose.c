#include "target/compose.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "target/helper.h"
#include "target/program.h"

#define LIMIT_NS (900 * CLOCK_NS_PER_S) /* it may have to build and to pull */
#define PRINTED_BYTES ((size_t)4 << 20)

static int run(const struct compose *compose, const struct strings *words, const char *what, bool deaf,
               struct err *err)
{
    struct helper helper = {.loop = compose->loop,
                            .directory = compose->directory,
                            .log = compose->log,
                            .output = compose->output,
                            .limit_ns = LIMIT_NS,
                            .deaf = deaf};
    return helper_run(&helper, words, what, err);
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

#include "target/inject.h"

#include <errno.h>
#include <grp.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "target/program.h"

/* build/seep has libseep-malloc.so and agents/ beside it; installed they are in ../lib/seep. SEEP_AGENTS names
 * another such directory. */
static const char *const places[] = {".", "../lib/seep"};

/* A Go heap profile samples one allocation in 512 KiB: too few of a small leak to name its site. The last of two
 * settings holds (Go's runtime/extern.go); Go 1.19 reads it and then sets its default again (runtime/mprof.go). */
#define GO_SAMPLES "memprofilerate=8192"

#define STEADY "SEEP_AGENT_STEADY" /* harness/agents/README.md */

static char *find_files(void)
{
    const char *given = getenv("SEEP_AGENTS");
    char self[PATH_MAX];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
    if (given != NULL && *given != '\0')
        return xstrdup(given);
    if (length <= 0)
        return NULL;
    self[length] = '\0';
    *strrchr(self, '/') = '\0';
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *files = xasprintf("%s/%s", self, places[i]), *one = xasprintf("%s/libseep-malloc.so", files);
        bool there = access(one, R_OK) == 0;
        free(one);
        if (there)
            return files;
        free(files);
    }
    return NULL;
}

static char *preload_path(const struct injection *injection)
{
    return xasprintf("%s/libseep-malloc%s.so", injection->files, injection->musl ? "-musl" : "");
}

static void choose_for(struct injection *injection, enum runtime runtime)
{
    switch (runtime) {
    case RUNTIME_PYTHON:
        injection->python = true;
        break;
    case RUNTIME_NODE:
        injection->node = true;
        break;
    case RUNTIME_UNKNOWN: /* whatever a script starts finds its own agent */
        injection->python = injection->node = true;
        break;
    case RUNTIME_NATIVE:
    case RUNTIME_MUSL:
        injection->malloc = true;
        break;
    case RUNTIME_GO:
        injection->go = true;
        break;
    case RUNTIME_JVM: /* told by themselves, or by nobody */
    case RUNTIME_COLLECTED:
    case RUNTIME_STATIC:
        break;
    }
}

static bool is_readable(const struct injection *injection, const char *what)
{
    char *path = xasprintf("%s/%s", injection->files, what);
    bool readable = access(path, R_OK) == 0;
    free(path);
    return readable;
}

/* Which of the chosen ones is not there; NULL: none. What is chosen by itself then falls away. */
static const char *missing(struct injection *injection)
{
    const char *lost = NULL;
    bool none = injection->files == NULL;
    char *preload = none ? NULL : preload_path(injection);
    if (injection->python && (none || !is_readable(injection, "agents/python/sitecustomize.py")))
        injection->python = false, lost = "python";
    if (injection->node && (none || !is_readable(injection, "agents/node/agent.js")))
        injection->node = false, lost = "node";
    if (injection->malloc && (none || access(preload, R_OK) != 0 || strpbrk(preload, " :") != NULL))
        injection->malloc = false, lost = injection->musl ? "malloc (for musl)" : "malloc";
    free(preload);
    return lost;
}

int inject_choose(struct injection *injection, const struct service *service, struct err *err)
{
    *injection = (struct injection){0};
    const char *directory = service->start.directory != NULL ? service->start.directory : service->directory;
    if (service->agent == AGENT_NONE || service->start.kind == START_NONE ||
        service->start.kind == START_RESTART || service->start.kind == START_STACK ||
        (service->agent == AGENT_AUTO && service_offers_live(service)))
        return 0;
    enum runtime runtime = service->start.kind == START_COMMAND
                               ? program_runtime(&service->start.command, directory)
                               : RUNTIME_UNKNOWN; /* a container's is known once it runs */
    if (service->agent == AGENT_AUTO)
        choose_for(injection, runtime);
    injection->python = injection->python || service->agent == AGENT_PYTHON;
    injection->node = injection->node || service->agent == AGENT_NODE;
    injection->malloc = injection->malloc || service->agent == AGENT_MALLOC;
    injection->go = injection->go || service->agent == AGENT_GO;
    injection->musl = runtime == RUNTIME_MUSL;
    injection->files = find_files();
    const char *lost = missing(injection);
    if (lost == NULL || service->agent == AGENT_AUTO)
        return 0;
    return err_set(err, ERR_USAGE, "%s: agent: the %s agent is not installed%s%s", service->file, lost,
                   injection->files != NULL ? " beside " : "",
                   injection->files != NULL ? injection->files : "");
}

void injection_release(struct injection *injection)
{
    free(injection->files);
    *injection = (struct injection){0};
}

bool injection_any(const struct injection *injection)
{
    return injection->python || injection->node || injection->malloc;
}

int inject_open_to(const char *directory, const struct service *service, struct err *err)
{
    if (service->agent_group == NULL)
        return 0;
    const struct group *group = getgrnam(service->agent_group);
    if (group == NULL)
        return err_set(err, ERR_USAGE, "%s: agent_group: there is no group '%s'", service->file,
                       service->agent_group);
    if (chown(directory, (uid_t)-1, group->gr_gid) == 0 && chmod(directory, 02770) == 0)
        return 0;
    return err_set(err, ERR_USAGE, "%s: agent_group: %s cannot be given to '%s': %s", service->file,
                   directory, service->agent_group, strerror(errno));
}

/* `added` and what was there, in front or behind. */
static void extend(struct headers *given, const char *name, const char *added, const char *between,
                   bool behind)
{
    for (size_t i = 0; i < given->count; i++)
        if (strcmp(given->items[i].name, name) == 0) {
            const char *there = given->items[i].value;
            char *both = *there == '\0' ? xstrdup(added)
                         : behind       ? xasprintf("%s%s%s", there, between, added)
                                        : xasprintf("%s%s%s", added, between, there);
            free(given->items[i].value);
            given->items[i].value = both;
            return;
        }
    const char *ours = getenv(name);
    headers_add(given, name, ours != NULL ? ours : "");
    extend(given, name, added, between, behind);
}

void inject_environment(const struct injection *injection, const char *directory, struct headers *given)
{
    if (injection->go)
        extend(given, "GODEBUG", GO_SAMPLES, ",", true);
    if (!injection_any(injection))
        return;
    char *python = xasprintf("%s/agents/python", injection->files),
         *node = xasprintf("--require \"%s/agents/node/agent.js\"", injection->files),
         *preload = preload_path(injection);
    headers_add(given, "SEEP_AGENT_DIR", directory);
    if (injection->python)
        extend(given, "PYTHONPATH", python, ":", false);
    if (injection->node)
        extend(given, "NODE_OPTIONS", node, " ", true);
    if (injection->node && injection->steady && headers_find(given, STEADY) == NULL && getenv(STEADY) == NULL)
        headers_add(given, STEADY, "1");
    if (injection->malloc)
        extend(given, "LD_PRELOAD", preload, ":", false);
    free(python);
    free(node);
    free(preload);
}

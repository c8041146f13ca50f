#include "target/program.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/elf.h"
#include "base/text.h"

#define HEAD_BYTES 256
#define SCRIPTS_MOST 4 /* the kernel follows as many */

/* By the name of a program, up to a version ("python3.11"); where it says nothing the file is looked at. */
static const struct {
    const char *name;
    enum runtime runtime;
} names[] = {
    {"python", RUNTIME_PYTHON},  {"uwsgi", RUNTIME_PYTHON},     {"node", RUNTIME_NODE},
    {"nodejs", RUNTIME_NODE},    {"java", RUNTIME_JVM},         {"sh", RUNTIME_UNKNOWN},
    {"bash", RUNTIME_UNKNOWN},   {"dash", RUNTIME_UNKNOWN},     {"busybox", RUNTIME_UNKNOWN},
    {"make", RUNTIME_UNKNOWN},   {"nice", RUNTIME_UNKNOWN},     {"timeout", RUNTIME_UNKNOWN},
    {"setsid", RUNTIME_UNKNOWN}, {"taskset", RUNTIME_UNKNOWN},  {"chrt", RUNTIME_UNKNOWN},
    {"sudo", RUNTIME_UNKNOWN},   {"stdbuf", RUNTIME_UNKNOWN},   {"nohup", RUNTIME_UNKNOWN},
    {"ruby", RUNTIME_COLLECTED}, {"dotnet", RUNTIME_COLLECTED}, {"mono", RUNTIME_COLLECTED},
    {"erl", RUNTIME_COLLECTED},  {"beam", RUNTIME_COLLECTED},   {"php", RUNTIME_COLLECTED},
    {"lua", RUNTIME_COLLECTED},  {"luajit", RUNTIME_COLLECTED}, {"guile", RUNTIME_COLLECTED},
    {"pypy", RUNTIME_COLLECTED}, {"deno", RUNTIME_COLLECTED},   {"bun", RUNTIME_COLLECTED},
};

static const char *base_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* True when `name` is `known`, or that with a version. */
static bool is_named(const char *name, const char *known)
{
    size_t length = strlen(known);
    return strncmp(name, known, length) == 0 && name[length + strspn(name + length, "0123456789.-")] == '\0';
}

static char *in_path(const char *name)
{
    const char *path = getenv("PATH");
    for (const char *at = path != NULL ? path : "/usr/bin:/bin"; *at != '\0';) {
        size_t length = strcspn(at, ":");
        char *file = xasprintf("%.*s/%s", (int)length, at, name);
        if (length > 0 && access(file, X_OK) == 0)
            return file;
        free(file);
        at += length + (at[length] == ':');
    }
    return NULL;
}

char *program_find(const char *name, const char *directory)
{
    if (strchr(name, '/') == NULL)
        return in_path(name);
    return *name == '/' || directory == NULL ? xstrdup(name) : xasprintf("%s/%s", directory, name);
}

static enum runtime runtime_of_elf(int file)
{
    static const enum runtime runtimes[] = {[ELF_NONE] = RUNTIME_UNKNOWN,
                                            [ELF_STATIC] = RUNTIME_STATIC,
                                            [ELF_GLIBC] = RUNTIME_NATIVE,
                                            [ELF_MUSL] = RUNTIME_MUSL,
                                            [ELF_GO] = RUNTIME_GO};
    return runtimes[elf_kind(file)];
}

/* "#!/usr/bin/env -S python3 -u" -> "python3"; the caller's. NULL: not a script. */
static char *interpreter_of(int file)
{
    char head[HEAD_BYTES + 1] = "";
    if (pread(file, head, HEAD_BYTES, 0) < 3 || strncmp(head, "#!", 2) != 0)
        return NULL;
    head[strcspn(head, "\n")] = '\0';
    char *rest = head + 2, *word = strtok_r(rest, " \t", &rest);
    bool by_env = word != NULL && strcmp(base_of(word), "env") == 0;
    while (by_env && (word = strtok_r(rest, " \t", &rest)) != NULL && (*word == '-' || strchr(word, '=')))
        ;
    return word != NULL ? xstrdup(word) : NULL;
}

static enum runtime runtime_of_file(const char *name, const char *directory, int scripts)
{
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (is_named(base_of(name), names[i].name))
            return names[i].runtime;
    char *path = program_find(name, directory);
    int file = path != NULL ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    free(path);
    if (file < 0)
        return RUNTIME_UNKNOWN;
    char *interpreter = interpreter_of(file);
    enum runtime runtime = RUNTIME_UNKNOWN;
    if (interpreter == NULL)
        runtime = runtime_of_elf(file);
    else if (scripts > 0)
        runtime = runtime_of_file(interpreter, directory, scripts - 1);
    free(interpreter);
    close(file);
    return runtime;
}

enum runtime program_runtime(const struct strings *command, const char *directory)
{
    size_t first = 0;
    while (first < command->count && (strcmp(base_of(command->items[first]), "env") == 0 ||
                                      (first > 0 && strchr(command->items[first], '=') != NULL)))
        first++;
    if (first == command->count)
        return RUNTIME_UNKNOWN;
    return runtime_of_file(command->items[first], directory, SCRIPTS_MOST);
}

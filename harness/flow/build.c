#include "flow/build.h"

#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/strings.h"
#include "base/text.h"
#include "flow/build_tree.h"
#include "scenario/suspects.h"
#include "target/process.h"
#include "target/program.h"

#define AFTER_DEPTH_MOST 8
#define FILE_MOST (1024 * 1024) /* of service.yaml */
#define SEPARATORS "=:,"        /* --config=FILE, -cp a.jar:b.jar */

#ifndef SEEP_VERSION
#define SEEP_VERSION "unknown"
#endif

/* Of the environment what says where seep was called from; a name, or what it begins with. */
static const char *const environment_apart[] = {"_",
                                                "PWD",
                                                "OLDPWD",
                                                "SHLVL",
                                                "TERM",
                                                "TERM_*",
                                                "COLORTERM",
                                                "COLUMNS",
                                                "LINES",
                                                "SSH_*",
                                                "WINDOWID",
                                                "TMUX",
                                                "TMUX_*",
                                                "STY",
                                                "XDG_SESSION_*",
                                                "DISPLAY",
                                                "VSCODE_*",
                                                "HISTFILE",
                                                "MAKEFLAGS",
                                                "MFLAGS",
                                                "MAKELEVEL",
                                                "GITHUB_*",
                                                "RUNNER_*",
                                                "CI_JOB_*",
                                                "CI_PIPELINE_*",
                                                "INVOCATION_ID",
                                                "JOURNAL_STREAM",
                                                "DBUS_SESSION_BUS_ADDRESS"};

/* Where files of the system stand beside those of every other program. */
static const char *const system_places[] = {"/usr/",  "/bin/", "/sbin/", "/lib", "/etc/",
                                            "/proc/", "/sys/", "/dev/",  "/run/"};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

static bool is_apart(const char *variable)
{
    size_t length = strcspn(variable, "=");
    for (size_t i = 0; i < COUNT(environment_apart); i++) {
        const char *name = environment_apart[i];
        size_t fixed = strcspn(name, "*");
        if (strncmp(variable, name, fixed) == 0 && (name[fixed] == '*' || fixed == length))
            return true;
    }
    return false;
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_environment(struct digest *digest)
{
    size_t all = 0, count = 0;
    while (environ[all] != NULL)
        all++;
    const char **kept = xcalloc(all + 1, sizeof *kept);
    for (size_t i = 0; i < all; i++)
        if (process_hands_on(environ[i]) && !is_apart(environ[i]))
            kept[count++] = environ[i];
    qsort(kept, count, sizeof *kept, by_text);
    digest_add_number(digest, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        digest_add_text(digest, kept[i]);
    free(kept);
}

/* A file that is not read: by its size and when it changed. */
static void add_stamp(struct digest *digest, const char *path)
{
    struct stat status = {0};
    if (path == NULL || stat(path, &status) != 0)
        memset(&status, 0, sizeof status);
    digest_add_text(digest, path);
    digest_add_number(digest, status.st_size);
    digest_add_number(digest, status.st_mtim.tv_sec);
    digest_add_number(digest, status.st_mtim.tv_nsec);
}

static const char *start_directory(const struct service *service)
{
    return service->start.directory != NULL ? service->start.directory : service->directory;
}

static bool is_within(const char *path, const char *directory)
{
    size_t length = strlen(directory);
    return strncmp(path, directory, length) == 0 && (path[length] == '/' || path[length] == '\0');
}

static bool is_of_system(const char *path)
{
    for (size_t i = 0; i < COUNT(system_places); i++)
        if (text_starts_with(path, system_places[i]))
            return true;
    return strcmp(path, "/") == 0;
}

/* Where anybody's files stand: nothing there belongs to the build but what was named. */
static bool is_common(const char *directory)
{
    const char *home = getenv("HOME");
    char *store = xasprintf("%s/seep.db", directory);
    bool common = strcmp(directory, "/tmp") == 0 || strcmp(directory, "/var/tmp") == 0 ||
                  strcmp(directory, "/") == 0 || (home != NULL && strcmp(directory, home) == 0) ||
                  access(store, F_OK) == 0;
    free(store);
    return common;
}

/* A file or a directory outside of start.directory that the command names. */
static int add_outside(struct build_tree *tree, const char *path, struct err *err)
{
    struct stat status;
    if (stat(path, &status) != 0)
        return 0;
    if (S_ISDIR(status.st_mode))
        return is_of_system(path) ? 0 : build_tree_add(tree, path, err);
    if (!S_ISREG(status.st_mode))
        return 0;
    char *directory = xstrndup(path, (size_t)(strrchr(path, '/') - path));
    int failed = 0;
    if (is_of_system(path) || directory[0] == '\0' || is_common(directory))
        digest_add_file(tree->digest, path);
    else
        failed = build_tree_add(tree, directory, err);
    free(directory);
    return failed;
}

static int add_token(struct build_tree *tree, const char *token, const char *directory, struct err *err)
{
    char path[PATH_MAX];
    char *full = *token == '/' ? xstrdup(token) : xasprintf("%s/%s", directory, token);
    bool there = realpath(full, path) != NULL;
    free(full);
    return there && !is_within(path, directory) ? add_outside(tree, path, err) : 0;
}

static int add_words(struct build_tree *tree, const struct strings *command, const char *directory,
                     struct err *err)
{
    int failed = 0;
    for (size_t i = 0; !failed && i < command->count; i++) {
        char *word = xstrdup(command->items[i]), *rest = NULL;
        if (i > 0 || strchr(word, '/') != NULL)
            for (char *token = strtok_r(word, SEPARATORS, &rest); !failed && token != NULL;
                 token = strtok_r(NULL, SEPARATORS, &rest))
                failed = add_token(tree, token, directory, err);
        free(word);
    }
    return failed;
}

static void leave_out(struct build_tree *tree, struct file_id *apart, const char *path)
{
    struct stat status;
    if (path != NULL && stat(path, &status) == 0)
        apart[tree->apart_count++] = (struct file_id){status.st_dev, status.st_ino};
}

/* What endpoints and service.yaml say has digests of its own, though the files may stand below start.directory. */
static int add_build(const struct service *service, struct digest *digest, struct err *err)
{
    struct file_id *apart = xcalloc(2 * service->endpoint_count + 1, sizeof *apart);
    struct build_tree tree = {.digest = digest, .apart = apart};
    leave_out(&tree, apart, service->file);
    for (size_t i = 0; i < service->endpoint_count; i++) {
        leave_out(&tree, apart, service->endpoints[i].file);
        leave_out(&tree, apart, service->endpoints[i].recording_path);
    }
    char directory[PATH_MAX];
    int failed = realpath(start_directory(service), directory) != NULL
                     ? 0
                     : err_set(err, ERR_USAGE, "%s cannot be read", start_directory(service));
    if (!failed)
        failed = build_tree_add(&tree, directory, err);
    if (!failed)
        failed = add_words(&tree, &service->start.command, directory, err);
    if (!failed)
        failed = add_words(&tree, &service->reset, directory, err);
    free(apart);
    return failed;
}

/* What was made of production changes no measurement. */
static int add_meaning(const char *path, struct digest *digest)
{
    struct text text = TEXT_EMPTY, meaning = TEXT_EMPTY;
    int failed = text_read_file(&text, path, FILE_MOST, NULL);
    scenario_add_meaning(&meaning, &text);
    digest_add_text(digest, text_string(&meaning));
    text_release(&text);
    text_release(&meaning);
    return failed;
}

static int add_service(const struct service *service, struct digest *digest, struct err *err)
{
    digest_add_text(digest, SEEP_VERSION);
    add_stamp(digest, "/proc/self/exe");
    digest_add_text(digest, service->directory);
    digest_add_text(digest, start_directory(service));
    return add_meaning(service->file, digest) == 0
               ? 0
               : err_set(err, ERR_USAGE, "%s cannot be read", service->file);
}

static int add_server(const struct service *service, struct digest *digest, struct err *err)
{
    if (service->start.kind == START_COMMAND) {
        char *program = program_find(service->start.command.items[0], start_directory(service));
        add_stamp(digest, program);
        free(program);
    } else if (digest_add_file(digest, service->start.compose) < 0) {
        return err_set(err, ERR_USAGE, "%s cannot be read", service->start.compose);
    }
    add_environment(digest);
    return add_build(service, digest, err);
}

static char *end_or_fail(struct digest *digest, int failed)
{
    char *sum = digest_end(digest);
    if (!failed)
        return sum;
    free(sum);
    return NULL;
}

char *build_digest(const struct service *service, struct err *err)
{
    if (service->start.kind == START_NONE || service->start.kind == START_RESTART ||
        (service->start.kind == START_CONTAINER && service->start.compose == NULL)) {
        err_set(err, ERR_USAGE, "nobody can tell whether a server that seep did not start is still the same");
        return NULL;
    }
    struct digest *digest = digest_new();
    int failed = add_service(service, digest, err);
    if (!failed)
        failed = add_server(service, digest, err);
    return end_or_fail(digest, failed);
}

static int add_endpoint(const struct service *service, const struct endpoint *endpoint, int depth,
                        struct digest *digest)
{
    digest_add_text(digest, endpoint->name);
    digest_add(digest, &endpoint->weight, sizeof endpoint->weight);
    if (digest_add_file(digest, endpoint->file) < 0 || digest_add_file(digest, endpoint->recording_path) < 0)
        return -1;
    for (size_t i = 0; depth > 0 && i < endpoint->after.count; i++) {
        const struct endpoint *before = service_find(service, endpoint->after.items[i]);
        if (before != NULL && add_endpoint(service, before, depth - 1, digest) < 0)
            return -1;
    }
    return 0;
}

char *endpoint_digest(const struct service *service, const struct endpoint *endpoint)
{
    struct digest *digest = digest_new();
    return end_or_fail(digest, add_endpoint(service, endpoint, AFTER_DEPTH_MOST, digest));
}

char *build_key(const char *service_digest, char *const *endpoint_digests, size_t count, const char *what)
{
    struct digest *digest = digest_new();
    digest_add_text(digest, service_digest);
    digest_add_number(digest, (int64_t)count);
    for (size_t i = 0; i < count; i++)
        digest_add_text(digest, endpoint_digests[i]);
    digest_add_text(digest, what);
    return digest_end(digest);
}

char *build_whole(const struct service *service, const char *build, struct err *err)
{
    struct digest *digest = digest_new();
    int failed = build == NULL ? add_service(service, digest, err) : 0;
    digest_add_text(digest, build);
    for (size_t i = 0; !failed && i < service->endpoint_count; i++)
        if (add_endpoint(service, &service->endpoints[i], 0, digest) < 0)
            failed = err_set(err, ERR_USAGE, "%s cannot be read", service->endpoints[i].file);
    return end_or_fail(digest, failed);
}

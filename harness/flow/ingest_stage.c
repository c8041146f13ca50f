#include "flow/ingest_stage.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "scenario/write.h"

#define COPIED_MOST ((size_t)1024 * 1024)
#define HIDDEN ".import."
#define HIDDEN_RANDOM 6
#define HIDDEN_FLAGS (O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
#define ATTEMPTS_MOST 100
#define SERVICE_FILE "service.yaml"

/* The first part of the path that is not there; NULL: it is there. */
static char *first_missing(const char *directory)
{
    for (size_t length = 1; directory[0] != '\0'; length++) {
        if (directory[length] != '/' && directory[length] != '\0')
            continue;
        char *part = xstrndup(directory, length);
        if (access(part, F_OK) != 0)
            return part;
        free(part);
        if (directory[length] == '\0')
            break;
    }
    return NULL;
}

/* Empty directories from the whole path up to the first that was made. */
static void remove_made(const struct stage *stage)
{
    char *path = xstrdup(stage->directory);
    size_t least = stage->made != NULL ? strlen(stage->made) : SIZE_MAX;
    for (size_t length = strlen(path); length >= least && rmdir(path) == 0;) {
        while (length > 0 && path[length - 1] == '/')
            length--;
        while (length > 0 && path[length - 1] != '/')
            length--;
        while (length > 0 && path[length - 1] == '/')
            length--;
        path[length] = '\0';
    }
    free(path);
}

static bool is_hidden(const char *name)
{
    const char *random = name + sizeof HIDDEN - 1;
    if (!text_starts_with(name, HIDDEN) || strlen(random) != HIDDEN_RANDOM)
        return false;
    while (isalnum((unsigned char)*random))
        random++;
    return *random == '\0';
}

/* Ours, and nobody's any more: opened and locked, so that nobody else removes it meanwhile; -1: it is not. */
static int hold_left(int parent, const char *name)
{
    struct stat status;
    int hidden = is_hidden(name) ? openat(parent, name, HIDDEN_FLAGS) : -1;
    if (hidden >= 0 && fstat(hidden, &status) == 0 && status.st_uid == geteuid() &&
        flock(hidden, LOCK_EX | LOCK_NB) == 0)
        return hidden;
    if (hidden >= 0)
        close(hidden);
    return -1;
}

static void empty(int hidden)
{
    int copy = fcntl(hidden, F_DUPFD_CLOEXEC, 0);
    DIR *open = copy >= 0 ? fdopendir(copy) : NULL;
    for (struct dirent *file; open != NULL && (file = readdir(open)) != NULL;)
        unlinkat(hidden, file->d_name, 0); /* a directory stays: an import makes none in there */
    if (open != NULL)
        closedir(open);
    else if (copy >= 0)
        close(copy);
}

/* What cannot be removed stays: it is in nobody's way. */
static void remove_left(const char *directory)
{
    DIR *open = opendir(directory);
    for (struct dirent *file; open != NULL && (file = readdir(open)) != NULL;) {
        int hidden = hold_left(dirfd(open), file->d_name);
        if (hidden < 0)
            continue;
        empty(hidden);
        unlinkat(dirfd(open), file->d_name, AT_REMOVEDIR);
        close(hidden);
    }
    if (open != NULL)
        closedir(open);
}

int stage_open(struct stage *stage, const char *directory, struct err *err)
{
    *stage = (struct stage){.directory = directory, .made = first_missing(directory)};
    if (scenario_make_directory(directory, err) != 0)
        return -1;
    remove_left(directory);
    return 0;
}

/* Between its making and its lock an import that begins may take it for one that was left. Where the file system
 * knows no locks nobody gets one, and nothing is removed. */
static bool lock_hidden(struct stage *stage)
{
    struct stat status;
    stage->lock = open(stage->path, HIDDEN_FLAGS);
    if (stage->lock < 0)
        return errno != ENOENT;
    if (flock(stage->lock, LOCK_EX | LOCK_NB) != 0)
        return errno != EWOULDBLOCK;
    return fstat(stage->lock, &status) != 0 || status.st_nlink > 0;
}

static void forget_hidden(struct stage *stage)
{
    if (stage->path != NULL && stage->lock >= 0)
        close(stage->lock);
    free(stage->path);
    stage->path = NULL;
}

int stage_begin(struct stage *stage, struct err *err)
{
    for (int i = 0; i < ATTEMPTS_MOST; i++) {
        stage->path = xasprintf("%s/" HIDDEN "XXXXXX", stage->directory);
        stage->lock = -1;
        if (mkdtemp(stage->path) == NULL) {
            err_file(err, stage->directory);
            forget_hidden(stage);
            return -1;
        }
        if (lock_hidden(stage))
            return 0;
        forget_hidden(stage);
    }
    return err_set(err, ERR_INTERNAL, "%s: other imports into it do not end", stage->directory);
}

int stage_copy(const struct stage *stage, const char *name, struct err *err)
{
    char *from = xasprintf("%s/%s", stage->directory, name), *to = xasprintf("%s/%s", stage->path, name);
    struct text text = TEXT_EMPTY;
    int result = access(from, F_OK) != 0 ? 0 : text_read_file(&text, from, COPIED_MOST, err);
    if (result == 0 && text.bytes != NULL) {
        FILE *file = fopen(to, "we");
        if (file == NULL || fwrite(text.bytes, 1, text.length, file) != text.length)
            result = err_file(err, from);
        if (file != NULL && fclose(file) != 0 && result == 0)
            result = err_file(err, from);
    }
    text_release(&text);
    free(from);
    free(to);
    return result;
}

static int list(const struct stage *stage, struct strings *names, struct err *err)
{
    DIR *open = opendir(stage->path);
    if (open == NULL)
        return err_file(err, stage->path);
    for (struct dirent *file; (file = readdir(open)) != NULL;)
        if (strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0)
            strings_add(names, file->d_name);
    closedir(open);
    return 0;
}

/* service.yaml comes last: a directory without it is not yet one of a service, should we be killed in between. */
static int compare_names(const void *left, const void *right)
{
    const char *a = *(char *const *)left, *b = *(char *const *)right;
    int service = (strcmp(a, SERVICE_FILE) == 0) - (strcmp(b, SERVICE_FILE) == 0);
    return service != 0 ? service : strcmp(a, b);
}

/* What was there before changes places with what is new, so that it can be had back; where the file system knows no
 * exchange it is lost. */
static int move(const struct stage *stage, const char *name, bool back)
{
    char *from = xasprintf("%s/%s", back ? stage->directory : stage->path, name);
    char *to = xasprintf("%s/%s", back ? stage->path : stage->directory, name);
    int result = access(to, F_OK) == 0 ? renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_EXCHANGE) : -1;
    if (result != 0)
        result = rename(from, to);
    int number = errno;
    free(from);
    free(to);
    errno = number;
    return result;
}

static int move_all(const struct stage *stage, const struct strings *names, struct err *err)
{
    for (size_t i = 0; i < names->count; i++) {
        if (move(stage, names->items[i], false) == 0)
            continue;
        err_file(err, stage->directory);
        while (i > 0 && move(stage, names->items[i - 1], true) == 0)
            i--;
        return i == 0 ? -1
                      : err_prefix(err, "%zu of its %zu new files are in their places, the others are not", i,
                                   names->count);
    }
    return 0;
}

static void remove_hidden(const struct stage *stage)
{
    struct strings names = {NULL, 0};
    list(stage, &names, NULL);
    for (size_t i = 0; i < names.count; i++) {
        char *path = xasprintf("%s/%s", stage->path, names.items[i]);
        unlink(path);
        free(path);
    }
    rmdir(stage->path);
    strings_release(&names);
}

int stage_commit(struct stage *stage, struct err *err)
{
    struct strings names = {NULL, 0};
    int result = list(stage, &names, err);
    if (names.count > 0)
        qsort(names.items, names.count, sizeof *names.items, compare_names);
    if (result == 0)
        result = move_all(stage, &names, err);
    strings_release(&names);
    if (result != 0)
        return -1;
    remove_hidden(stage);
    forget_hidden(stage);
    free(stage->made);
    stage->made = NULL;
    return 0;
}

void stage_release(struct stage *stage)
{
    if (stage->path != NULL)
        remove_hidden(stage);
    if (stage->made != NULL)
        remove_made(stage);
    forget_hidden(stage);
    free(stage->made);
    *stage = (struct stage){.directory = NULL};
}

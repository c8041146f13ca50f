/* A service.yaml that is changed in place: all of it, or none. */
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "model/service.h"
#include "scenario/read.h"
#include "scenario/rows.h"
#include "scenario/suspects.h"

#define FILE_MOST (1024 * 1024)

static size_t next_other(const struct yaml *map, size_t i)
{
    while (i < map->count && scenario_is_told(map->keys[i]->text))
        i++;
    return i;
}

/* All keys but the two, in their order. */
static bool same_others(const struct yaml *a, const struct yaml *b)
{
    if (b->kind != YAML_MAP)
        return false;
    size_t i = next_other(a, 0), k = next_other(b, 0);
    for (; i < a->count && k < b->count; i = next_other(a, i + 1), k = next_other(b, k + 1))
        if (strcmp(a->keys[i]->text, b->keys[k]->text) != 0 || !yaml_same(a->items[i], b->items[k]))
            return false;
    return i == a->count && k == b->count;
}

static bool same_names(const struct suspicions *a, const struct suspicions *b)
{
    bool same = a->count == b->count;
    for (size_t i = 0; same && i < a->count; i++) {
        char *names_a = strings_join(&a->items[i].endpoints, "\n");
        char *names_b = strings_join(&b->items[i].endpoints, "\n");
        same = strcmp(names_a, names_b) == 0;
        free(names_a);
        free(names_b);
    }
    return same;
}

/* The two keys as they are read back. */
static bool says(const struct yaml *root, const struct yaml *before, const char *file,
                 const struct scenario_told *told)
{
    struct suspicions suspects = {NULL, 0};
    const struct yaml *list = yaml_get(root, "suspects"), *limit = yaml_get(root, "memory_limit");
    const struct yaml *list_before = yaml_get(before, "suspects"),
                      *limit_before = yaml_get(before, "memory_limit");
    double bytes = 0;
    bool right = told->suspects != NULL ? list != NULL && read_suspects(list, file, &suspects, NULL) == 0 &&
                                              same_names(&suspects, told->suspects)
                                        : (list == NULL) == (list_before == NULL) &&
                                              (list == NULL || yaml_same(list, list_before));
    if (told->memory_limit_bytes > 0)
        right = right && limit != NULL && read_bytes(limit, file, &bytes, NULL) == 0 &&
                bytes == rint(told->memory_limit_bytes);
    else
        right = right && (limit == NULL) == (limit_before == NULL) &&
                (limit == NULL || yaml_same(limit, limit_before));
    suspicions_release(&suspects);
    return right;
}

static int check(const char *temporary, const char *file, const struct yaml *before,
                 const struct scenario_told *told, struct err *err)
{
    struct yaml *root = yaml_read_file(temporary, NULL);
    bool right = root != NULL && same_others(before, root) && says(root, before, file, told);
    yaml_node_free(root);
    return right ? 0
                 : err_set(err, ERR_USAGE,
                           "%s: cannot be changed line by line without changing what else it says; write "
                           "`suspects` and `memory_limit` by hand",
                           file);
}

/* Synced: it is a person's. */
static int put(const char *temporary, const struct text *text, const struct stat *status)
{
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return -1;
    bool owned = fchown(file, status->st_uid, status->st_gid) == 0;
    int failed = text_write(text, file);
    if (!failed)
        failed = fchmod(file, status->st_mode & (owned ? 07777 : 0777));
    if (!failed)
        failed = fsync(file);
    int number = errno;
    if (close(file) != 0 && !failed)
        return -1;
    errno = number;
    return failed;
}

static int replace(const char *file, const struct text *text, const struct yaml *before,
                   const struct scenario_told *told, struct err *err)
{
    struct stat status;
    char *real = realpath(file, NULL);
    if (real == NULL || stat(real, &status) != 0 || access(real, W_OK) != 0) {
        free(real);
        return err_file(err, file);
    }
    char *slash = strrchr(real, '/');
    char *temporary = xasprintf("%.*s/.%s.%ld", (int)(slash - real), real, slash + 1, (long)getpid());
    int failed = put(temporary, text, &status) != 0 ? err_file(err, file) : 0;
    if (!failed)
        failed = check(temporary, file, before, told, err);
    if (!failed && rename(temporary, real) != 0)
        failed = err_file(err, file);
    if (failed)
        unlink(temporary);
    free(temporary);
    free(real);
    return failed;
}

int scenario_tell(const char *file, const struct scenario_told *given, struct err *err)
{
    struct text text = TEXT_EMPTY, out = TEXT_EMPTY;
    struct scenario_told told = *given;
    if (told.suspects != NULL && told.suspects->count == 0)
        told.suspects = NULL;
    int failed = text_read_file(&text, file, FILE_MOST, err);
    struct yaml *root = failed ? NULL : yaml_read_text(text_string(&text), text.length, file, err);
    if (root == NULL || scenario_edit(&text, root, file, &told, &out, err) != 0)
        failed = -1;
    if (!failed && strcmp(text_string(&out), text_string(&text)) != 0)
        failed = replace(file, &out, root, &told, err);
    yaml_node_free(root);
    text_release(&text);
    text_release(&out);
    return failed;
}

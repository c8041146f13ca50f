#include "traffic/input_files.h"

#include <errno.h>
#include <glob.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

static int by_name(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

static int expand(const char *pattern, struct strings *files, struct err *err)
{
    glob_t found = {0};
    int code = glob(pattern, GLOB_ERR | GLOB_NOSORT, NULL, &found);
    int why = errno, result = 0;
    if (code == 0)
        qsort(found.gl_pathv, found.gl_pathc, sizeof *found.gl_pathv, by_name); /* whatever the locale */
    for (size_t i = 0; code == 0 && i < found.gl_pathc; i++)
        strings_add(files, found.gl_pathv[i]);
    if (code == GLOB_NOMATCH)
        result = err_set(err, ERR_USAGE, "%s: no file matches this pattern", pattern);
    else if (code != 0)
        result =
            err_set(err, ERR_USAGE, "%s: %s", pattern, code == GLOB_ABORTED ? strerror(why) : "too many");
    globfree(&found);
    return result;
}

struct identity {
    dev_t device;
    ino_t inode;
    const char *name;
    size_t place; /* among the operands */
};

static int by_identity(const void *one, const void *other)
{
    const struct identity *a = one, *b = other;
    if (a->device != b->device)
        return a->device < b->device ? -1 : 1;
    if (a->inode != b->inode)
        return a->inode < b->inode ? -1 : 1;
    return (a->place > b->place) - (a->place < b->place);
}

/* Standard input is none: what it is was the shell's to say. */
static bool identify(const char *name, size_t place, struct identity *identity)
{
    struct stat status;
    if (strcmp(name, "-") == 0 || stat(name, &status) != 0 || !S_ISREG(status.st_mode))
        return false;
    *identity = (struct identity){status.st_dev, status.st_ino, name, place};
    return true;
}

static int refuse_twice(const struct strings *files, struct err *err)
{
    struct identity *known = xcalloc(files->count, sizeof *known);
    size_t count = 0, standard_inputs = 0;
    int result = 0;
    for (size_t i = 0; i < files->count; i++) {
        count += identify(files->items[i], i, &known[count]);
        standard_inputs += strcmp(files->items[i], "-") == 0;
    }
    qsort(known, count, sizeof *known, by_identity);
    for (size_t i = 1; i < count && result == 0; i++)
        if (known[i].device == known[i - 1].device && known[i].inode == known[i - 1].inode)
            result = err_set(err, ERR_USAGE, "%s: given twice%s%s", known[i].name,
                             strcmp(known[i].name, known[i - 1].name) == 0 ? "" : ", also as ",
                             strcmp(known[i].name, known[i - 1].name) == 0 ? "" : known[i - 1].name);
    if (result == 0 && standard_inputs > 1)
        result = err_set(err, ERR_USAGE, "-: standard input can be read once only");
    free(known);
    return result;
}

int input_files(const char *const *given, size_t count, struct strings *files, struct err *err)
{
    struct stat status;
    for (size_t i = 0; i < count; i++) {
        bool pattern = strpbrk(given[i], "*?[") != NULL && lstat(given[i], &status) != 0;
        if (!pattern)
            strings_add(files, given[i]);
        else if (expand(given[i], files, err) != 0)
            return -1;
    }
    return refuse_twice(files, err);
}

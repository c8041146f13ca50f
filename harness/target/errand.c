#include "target/errand.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/frames.h"
#include "base/new_file.h"
#include "target/helper.h"
#include "target/parcel.h"

#define UNPACK_LIMIT_NS (120 * CLOCK_NS_PER_S)

static int make_directory(struct errand *errand, struct err *err)
{
    char *pattern = xasprintf("%s/seep-errand-XXXXXX", new_file_place());
    if (mkdtemp(pattern) == NULL) {
        int failed = err_set(err, ERR_INTERNAL, "%s: %s", pattern, strerror(errno));
        free(pattern);
        return failed;
    }
    errand->directory = pattern;
    return 0;
}

static int unpack(const char *packed, const char *log, const char *directory, struct err *err)
{
    const char *const words[] = {"tar", "-xzf", packed, "-C", directory, "--no-same-owner"};
    struct helper helper = {.directory = directory, .log = log, .limit_ns = UNPACK_LIMIT_NS, .deaf = true};
    struct strings command = {NULL, 0};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        strings_add(&command, words[i]);
    int failed = helper_run(&helper, &command, "`tar -xzf`", err);
    strings_release(&command);
    return failed;
}

static int open_directory(struct errand *errand, const char *at, struct err *err)
{
    struct text bytes = TEXT_EMPTY;
    char *name = NULL;
    int failed = parcel_read(at, ERRAND_DIRECTORY, &bytes, &name, err);
    if (!failed && strchr(name, '/') != NULL)
        failed = err_set(err, ERR_USAGE, "%s: '%s' is no name of a service file", at, name);
    if (!failed && make_directory(errand, err) == 0) {
        char *packed = xasprintf("%s/.packed", errand->directory),
             *log = xasprintf("%s/.log", errand->directory);
        failed = new_file_write(packed, &bytes, err) != 0 || unpack(packed, log, errand->directory, err) != 0;
        unlink(packed);
        unlink(log);
        free(packed);
        free(log);
        errand->file = xasprintf("%s/%s", errand->directory, name);
    } else
        failed = -1;
    text_release(&bytes);
    free(name);
    return failed ? -1 : 0;
}

static int take_environment(const char *at, struct err *err)
{
    char *path = xasprintf("%s/" ERRAND_ENVIRONMENT, at);
    struct text text = TEXT_EMPTY;
    int failed = access(path, F_OK) == 0 ? text_read_file(&text, path, PARCEL_PART_BYTES, err) : 0;
    for (size_t from = 0; !failed && from < text.length; from += strlen(text.bytes + from) + 1) {
        char *value = strchr(text.bytes + from, '=');
        if (value == NULL || value == text.bytes + from) {
            failed = err_set(err, ERR_USAGE, "%s: not NAME=VALUE with a NUL behind each", path);
            break;
        }
        *value = '\0';
        if (setenv(text.bytes + from, value + 1, 1) != 0)
            failed = err_set(err, ERR_INTERNAL, "setenv: %s", strerror(errno));
        *value = '=';
    }
    text_release(&text);
    free(path);
    return failed;
}

int errand_open(struct errand *errand, const char *at, struct err *err)
{
    *errand = (struct errand){.task = TEXT_EMPTY};
    if (parcel_read(at, ERRAND_TASK, &errand->task, NULL, err) != 0 || take_environment(at, err) != 0)
        return -1;
    return open_directory(errand, at, err);
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status;
    (void)kind;
    (void)walk;
    remove(path);
    return 0;
}

void errand_release(struct errand *errand)
{
    if (errand->directory != NULL)
        nftw(errand->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    free(errand->directory);
    free(errand->file);
    text_release(&errand->task);
    *errand = (struct errand){.task = TEXT_EMPTY};
}

static int print(struct text *lines_take, struct err *err)
{
    int failed = text_write(lines_take, STDOUT_FILENO) != 0
                     ? err_set(err, ERR_INTERNAL, "standard output: %s", strerror(errno))
                     : 0;
    text_release(lines_take);
    return failed;
}

int errand_send(const void *bytes, size_t length, struct err *err)
{
    struct text lines = TEXT_EMPTY;
    frames_write(bytes, length, &lines);
    return print(&lines, err);
}

int errand_ask_fresh(unsigned number, struct err *err)
{
    struct text lines = TEXT_EMPTY;
    frames_write_ask(number, &lines);
    return print(&lines, err);
}

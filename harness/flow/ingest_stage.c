#include "flow/ingest_stage.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "scenario/write.h"

#define COPIED_MOST ((size_t)1024 * 1024)

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

int stage_open(struct stage *stage, const char *directory, struct err *err)
{
    *stage = (struct stage){.directory = directory, .made = first_missing(directory)};
    return scenario_make_directory(directory, err);
}

int stage_begin(struct stage *stage, struct err *err)
{
    stage->path = xasprintf("%s/.import.XXXXXX", stage->directory);
    if (mkdtemp(stage->path) != NULL)
        return 0;
    free(stage->path);
    stage->path = NULL;
    return err_file(err, stage->directory);
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

/* Each file of the hidden directory goes, to its place or for good. */
static int each_file(const struct stage *stage, bool keep, struct err *err)
{
    DIR *open = opendir(stage->path);
    int result = open != NULL ? 0 : err_file(err, stage->path);
    for (struct dirent *file; result == 0 && (file = readdir(open)) != NULL;) {
        if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0)
            continue;
        char *from = xasprintf("%s/%s", stage->path, file->d_name);
        char *to = xasprintf("%s/%s", stage->directory, file->d_name);
        if (keep ? rename(from, to) != 0 : unlink(from) != 0)
            result = err_file(err, to);
        free(from);
        free(to);
    }
    if (open != NULL)
        closedir(open);
    return result;
}

int stage_commit(struct stage *stage, struct err *err)
{
    if (each_file(stage, true, err) != 0)
        return -1;
    rmdir(stage->path);
    free(stage->path);
    free(stage->made);
    stage->path = stage->made = NULL;
    return 0;
}

void stage_release(struct stage *stage)
{
    if (stage->path != NULL) {
        each_file(stage, false, NULL);
        rmdir(stage->path);
    }
    if (stage->made != NULL)
        remove_made(stage);
    free(stage->path);
    free(stage->made);
    *stage = (struct stage){.directory = NULL};
}

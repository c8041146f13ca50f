/* A directory of a test's own, and files in it. */
#ifndef SEEP_TEST_SCRATCH_FILES_H
#define SEEP_TEST_SCRATCH_FILES_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"

static char directory[64];

/* A directory under /tmp; 0, or -1. */
static inline int scratch_make(void)
{
    strcpy(directory, "/tmp/seep-test-XXXXXX");
    return mkdtemp(directory) == NULL ? -1 : 0;
}

static inline int remove_directory(void **state)
{
    (void)state;
    DIR *open = opendir(directory);
    for (struct dirent *entry; open != NULL && (entry = readdir(open)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            unlinkat(dirfd(open), entry->d_name, 0);
    if (open != NULL)
        closedir(open);
    return rmdir(directory);
}

static inline void put(const char *name, const char *content)
{
    char path[256];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(content, file);
    fclose(file);
}

static inline char *get(const char *name)
{
    char path[256];
    struct text text = TEXT_EMPTY;
    snprintf(path, sizeof path, "%s/%s", directory, name);
    assert_int_equal(text_read_file(&text, path, 1000000, NULL), 0);
    return text_take(&text);
}

#endif

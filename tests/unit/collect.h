/* Runs a reader over a text and keeps what it hands out and skips. */
#ifndef SEEP_TESTS_COLLECT_H
#define SEEP_TESTS_COLLECT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/strings.h"
#include "base/text.h"
#include "traffic/reader.h"

struct collected {
    struct recording requests;
    size_t skipped[SKIP_REASONS];
    size_t skip_count, last_number;
    char last_text[256];
    struct strings notes;
    struct err err;
    int result;
};

static inline int collect_each(void *owner, struct request *request_take, struct err *err)
{
    (void)err;
    recording_add(&((struct collected *)owner)->requests, request_take);
    return 0;
}

static inline void collect_skip(void *owner, enum skip_reason reason, size_t number, const char *text,
                                size_t length)
{
    struct collected *collected = owner;
    collected->skipped[reason]++;
    collected->skip_count++;
    collected->last_number = number;
    snprintf(collected->last_text, sizeof collected->last_text, "%.*s", (int)length, text);
}

static inline void collect_note(void *owner, const char *line)
{
    strings_add(&((struct collected *)owner)->notes, line);
}

/* A file with these bytes under a directory of its own; collect_remove() takes both away. */
static inline char *collect_file(const char *name, const char *bytes, size_t length)
{
    char directory[] = "/tmp/seep-test-XXXXXX";
    if (mkdtemp(directory) == NULL)
        abort();
    char *path = xasprintf("%s/%s", directory, name);
    FILE *file = fopen(path, "we");
    if (file == NULL || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        abort();
    return path;
}

static inline void collect_remove(char *path)
{
    unlink(path);
    *strrchr(path, '/') = '\0';
    rmdir(path);
    free(path);
}

/* Reads `bytes` in the format detected, or `format`. Release with collected_release(). */
static inline struct collected collect_as(const char *name, const char *format,
                                          const struct reader_options *options, const char *bytes,
                                          size_t length)
{
    struct collected collected = {.result = -1};
    const struct sink sink = {SINK_MAGIC, &collected, collect_each, collect_skip, collect_note};
    char *path = collect_file(name, bytes, length);
    struct input input;
    if (input_open(&input, path, &collected.err) == 0) {
        const struct reader *reader = reader_detect(&input, &collected.err);
        if (format != NULL)
            reader = reader_find(format, &collected.err);
        if (reader != NULL)
            collected.result = reader->read(&input, options, &sink, &collected.err);
        input_close(&input);
    }
    collect_remove(path);
    return collected;
}

static inline struct collected collect(const char *name, const char *format, const char *bytes, size_t length)
{
    const struct reader_options nothing = {.pattern = NULL};
    return collect_as(name, format, &nothing, bytes, length);
}

static inline void collected_release(struct collected *collected)
{
    recording_release(&collected->requests);
    strings_release(&collected->notes);
}

#endif

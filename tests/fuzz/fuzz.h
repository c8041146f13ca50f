/* What the targets share. Each is one file, FUZZ_TARGET(name) { ... }, and holds what it says of any bytes with hold().
 *
 * Under libFuzzer (make fuzz) each is a program of its own; for make fuzz-corpus all are in one (replay.c), where they
 * announce themselves before main(). */
#ifndef SEEP_TESTS_FUZZ_H
#define SEEP_TESTS_FUZZ_H

#include <fcntl.h>
#include <ftw.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/err.h"
#include "base/pattern.h"
#include "base/text.h"

typedef int fuzz_function(const uint8_t *data, size_t size);

#ifdef FUZZ_REPLAY
struct fuzz_target {
    const char *name;
    fuzz_function *one;
    struct fuzz_target *next;
};
void fuzz_announce(struct fuzz_target *target); /* replay.c */

#define FUZZ_TARGET(NAME)                                                                                    \
    static fuzz_function fuzz_one;                                                                           \
    static struct fuzz_target fuzz_target = {#NAME, fuzz_one, NULL};                                         \
    __attribute__((constructor)) static void announce(void)                                                  \
    {                                                                                                        \
        fuzz_announce(&fuzz_target);                                                                         \
    }                                                                                                        \
    static int fuzz_one(const uint8_t *data, size_t size)
#else
fuzz_function LLVMFuzzerTestOneInput;
#define FUZZ_TARGET(NAME) int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
#endif

/* What does not hold is told with its place. */
#define hold(WHAT) ((WHAT) ? (void)0 : fuzz_fail(#WHAT, __FILE__, __LINE__))

__attribute__((noreturn)) static inline void fuzz_fail(const char *what, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, what);
    abort();
}

/* What is refused is refused in one line. */
static inline void hold_one_line(const struct err *err)
{
    hold(err->code != ERR_NONE && err->message[0] != '\0' && strpbrk(err->message, "\r\n") == NULL);
}

static inline bool fuzz_same(struct span a, struct span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

static inline bool fuzz_holds(const char *bytes, size_t length, const char *word)
{
    return length > 0 && memmem(bytes, length, word, strlen(word)) != NULL;
}

/* Takes from the front of what is left: one line without its end, a byte, all. */
static inline struct span fuzz_line(struct span *left)
{
    const char *end = left->length > 0 ? memchr(left->bytes, '\n', left->length) : NULL;
    struct span line = {left->bytes, end != NULL ? (size_t)(end - left->bytes) : left->length};
    size_t used = line.length + (end != NULL);
    *left = (struct span){left->bytes + used, left->length - used};
    return line;
}

static inline unsigned fuzz_byte(struct span *left)
{
    unsigned byte = left->length > 0 ? (unsigned char)left->bytes[0] : 0;
    size_t used = left->length > 0;
    *left = (struct span){left->bytes + used, left->length - used};
    return byte;
}

/* Up to a line that is `mark` alone; what is behind it stays. Without one: all that is left. */
static inline struct span fuzz_part(struct span *left, const char *mark)
{
    struct span part = {left->bytes, 0}, line;
    while (left->length > 0) {
        line = fuzz_line(left);
        if (line.length == strlen(mark) && memcmp(line.bytes, mark, line.length) == 0)
            return part;
        part.length = (size_t)(left->bytes - part.bytes);
    }
    return part;
}

/* As a string of its own, on the heap: one byte too far is seen. What stands behind a NUL in it is not in the string. */
static inline char *fuzz_string(struct span span)
{
    return xstrndup(span.bytes != NULL ? span.bytes : "", span.length);
}

/* A file in memory that holds these bytes and is called by `path`; the descriptor is the caller's to close. */
#define FUZZ_PATH 40
static inline int fuzz_file(char path[FUZZ_PATH], struct span bytes)
{
    int file = memfd_create("fuzz", MFD_CLOEXEC);
    snprintf(path, FUZZ_PATH, "/proc/self/fd/%d", file);
    hold(file >= 0 && write(file, bytes.bytes, bytes.length) == (ssize_t)bytes.length &&
         lseek(file, 0, SEEK_SET) == 0);
    return file;
}

static inline int fuzz_remove_one(const char *path, const struct stat *status, int kind, struct FTW *walk)
{
    (void)status, (void)kind, (void)walk;
    return remove(path);
}

static inline void fuzz_remove(const char *directory)
{
    nftw(directory, fuzz_remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* A directory of this process alone, made once, gone at its end: in $TMPDIR, else in memory where there is such a place. */
static char fuzz_directory_name[64];

static inline void fuzz_remove_directory(void)
{
    fuzz_remove(fuzz_directory_name);
}

static inline const char *fuzz_directory(void)
{
    if (fuzz_directory_name[0] == '\0') {
        const char *given = getenv("TMPDIR");
        snprintf(fuzz_directory_name, sizeof fuzz_directory_name, "%s/seep-fuzz-XXXXXX",
                 given != NULL                   ? given
                 : access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                                                 : "/tmp");
        hold(mkdtemp(fuzz_directory_name) != NULL && atexit(fuzz_remove_directory) == 0);
    }
    return fuzz_directory_name;
}

static inline void fuzz_write(const char *path, struct span bytes, mode_t mode)
{
    int file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
    hold(file >= 0 && (bytes.length == 0 || write(file, bytes.bytes, bytes.length) == (ssize_t)bytes.length));
    hold(close(file) == 0);
}

#endif

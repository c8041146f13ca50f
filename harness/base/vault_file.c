#include "base/vault.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

#define FILE_MOST (VAULT_MOST_BYTES * 2 + VAULT_MOST_VALUES * 32)

static const char head[] = "# seep: what was taken out of recorded traffic; for `secrets:` in service.yaml\n";
static const char start[] = "redacted:";

static const struct escape {
    char byte, letter;
} escapes[] = {{'\n', 'n'}, {'\r', 'r'}, {'\0', '0'}, {'\\', '\\'}};
#define ESCAPES (sizeof escapes / sizeof *escapes)

static void wipe(struct text *text)
{
    if (text->bytes != NULL)
        explicit_bzero(text->bytes, text->capacity);
    text_release(text);
}

/* What was freed on the way to a larger buffer held values as well: it is made large enough at once. */
static void measure(void *owner, struct span hash, struct span value)
{
    *(size_t *)owner += sizeof start + hash.length + value.length * 2 + 2;
}

static void add_line(void *owner, struct span hash, struct span value)
{
    struct text *out = owner;
    text_add_string(out, start);
    text_add(out, hash.bytes, hash.length);
    text_add_char(out, '=');
    for (size_t i = 0; i < value.length; i++) {
        size_t k = 0;
        while (k < ESCAPES && escapes[k].byte != value.bytes[i])
            k++;
        if (k < ESCAPES)
            text_add_char(out, '\\');
        text_add_char(out, k < ESCAPES ? escapes[k].letter : value.bytes[i]);
    }
    text_add_char(out, '\n');
}

static char *directory_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash == NULL ? xstrdup(".") : xstrndup(path, slash == path ? 1 : (size_t)(slash - path));
}

int vault_check_path(const char *path, struct err *err)
{
    struct stat status;
    char *directory = directory_of(path);
    int failed = 0;
    if (lstat(path, &status) == 0)
        failed = err_set(err, ERR_REFUSED, "%s: is there already; secrets go into a new file", path);
    else if (stat(directory, &status) != 0)
        failed = err_set(err, ERR_USAGE, "%s: %s", directory, strerror(errno));
    else if ((status.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (status.st_mode & S_ISVTX) == 0)
        failed = err_set(err, ERR_REFUSED,
                         "%s: others may write into this directory; secrets need one of your own", directory);
    free(directory);
    return failed;
}

int vault_save(const struct vault *vault, const char *path, struct err *err)
{
    struct text text = TEXT_EMPTY;
    size_t size = sizeof head;
    if (vault_check_path(path, err) != 0)
        return -1;
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return err_file(err, path);
    vault_each(vault, measure, &size);
    text_reserve(&text, size);
    text_add_string(&text, head);
    vault_each(vault, add_line, &text);
    int failed = fchmod(file, 0600) != 0 || text_write(&text, file) != 0 || fsync(file) != 0;
    failed = close(file) != 0 || failed;
    if (failed) {
        err_file(err, path);
        unlink(path);
    }
    wipe(&text);
    return failed ? -1 : 0;
}

/* In place; the length, or SIZE_MAX: a backslash before something else. */
static size_t unescape(char *value, size_t length)
{
    size_t written = 0;
    for (size_t i = 0; i < length; i++) {
        if (value[i] != '\\') {
            value[written++] = value[i];
            continue;
        }
        size_t k = 0;
        while (k < ESCAPES && (i + 1 == length || escapes[k].letter != value[i + 1]))
            k++;
        if (k == ESCAPES)
            return SIZE_MAX;
        value[written++] = escapes[k].byte;
        i++;
    }
    return written;
}

/* NULL, or what is wrong with it. */
static const char *read_line(struct vault *vault, char *line, size_t length)
{
    if (length == 0 || line[0] == '#')
        return NULL;
    char *equals = memchr(line, '=', length);
    if (equals == NULL || length < sizeof start || memcmp(line, start, sizeof start - 1) != 0)
        return "expected redacted:HASH=VALUE";
    const char *hash = line + sizeof start - 1;
    size_t digits = (size_t)(equals - hash);
    for (size_t i = 0; i < digits; i++)
        if (!isxdigit((unsigned char)hash[i]))
            return "expected hex digits behind 'redacted:'";
    if (digits == 0 || digits > VAULT_HASH_DIGITS)
        return "expected hex digits behind 'redacted:', at most 12";
    size_t size = unescape(equals + 1, length - (size_t)(equals + 1 - line));
    if (size == SIZE_MAX)
        return "expected n, r, 0 or a backslash behind a backslash";
    return vault_put(vault, hash, digits, (struct span){equals + 1, size}) ? NULL : "more than seep keeps";
}

static int read_lines(struct vault *vault, const struct text *text, const char *path, struct err *err)
{
    size_t number = 1;
    for (size_t at = 0; at < text->length; number++) {
        char *line = text->bytes + at, *newline = memchr(line, '\n', text->length - at);
        size_t length = newline != NULL ? (size_t)(newline - line) : text->length - at;
        const char *wrong = read_line(vault, line, length);
        if (wrong != NULL)
            return err_set(err, ERR_USAGE, "%s:%zu: %s", path, number, wrong);
        at += length + 1;
    }
    return 0;
}

static int read_all(int file, struct text *text, size_t size)
{
    text_reserve(text, size + 1);
    for (;;) {
        ssize_t got = read(file, text->bytes + text->length, text->capacity - text->length - 1);
        if (got < 0 && errno != EINTR)
            return -1;
        if (got == 0 || text->length + 1 == text->capacity)
            return 0;
        text->length += got > 0 ? (size_t)got : 0;
    }
}

static int check_file(const char *path, const struct stat *status, struct err *err)
{
    if (!S_ISREG(status->st_mode))
        return err_set(err, ERR_USAGE, "%s: not a regular file", path);
    if (status->st_uid != geteuid())
        return err_set(err, ERR_REFUSED, "%s: holds secrets and is another user's file", path);
    if ((status->st_mode & 077) != 0)
        return err_set(err, ERR_REFUSED, "%s: holds secrets and others may read or write it: chmod 600 %s",
                       path, path);
    return (size_t)status->st_size > FILE_MOST ? err_set(err, ERR_USAGE, "%s: larger than seep reads", path)
                                               : 0;
}

int vault_load(struct vault *vault, const char *path, struct err *err)
{
    struct text text = TEXT_EMPTY;
    struct stat status;
    int failed = -1, file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (file < 0 || fstat(file, &status) != 0) {
        err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
        goto done;
    }
    if (check_file(path, &status, err) != 0)
        goto done;
    failed = read_all(file, &text, (size_t)status.st_size);
    if (failed)
        err_set(err, ERR_USAGE, "%s: %s", path, strerror(errno));
    else
        failed = read_lines(vault, &text, path, err);
done:
    if (file >= 0)
        close(file);
    wipe(&text);
    return failed;
}

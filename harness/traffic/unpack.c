#include "traffic/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE ((size_t)64 * 1024)
#define STEP                                                                                                 \
    ((size_t)4 * 1024) /* deflate turns one byte into 1,032 at most: so much at once bounds what comes out */
#define MAGIC "\x1f\x8b"
#define MAGIC_LENGTH 2

int unpack_open(struct unpack *unpack, const char *name, struct err *err)
{
    struct stat status;
    *unpack = (struct unpack){.descriptor = STDIN_FILENO};
    if (strcmp(name, "-") == 0)
        return 0;
    unpack->descriptor = open(name, O_RDONLY | O_CLOEXEC);
    if (unpack->descriptor < 0)
        return err_set(err, ERR_USAGE, "%s: %s", name, strerror(errno));
    if (fstat(unpack->descriptor, &status) == 0 && S_ISDIR(status.st_mode)) {
        unpack_close(unpack);
        return err_set(err, ERR_USAGE, "%s: is a directory", name);
    }
    return 0;
}

void unpack_close(struct unpack *unpack)
{
    if (unpack->descriptor > STDIN_FILENO)
        close(unpack->descriptor);
    free(unpack->read);
    text_release(&unpack->plain);
    inflate_release(&unpack->inflate);
    *unpack = (struct unpack){.descriptor = -1};
}

static ssize_t read_file(struct unpack *unpack, char *into, size_t room)
{
    ssize_t got;
    do
        got = read(unpack->descriptor, into, room);
    while (got < 0 && errno == EINTR);
    unpack->ended = got <= 0;
    return got;
}

/* A pipe may give its first bytes one by one. */
static int begin(struct unpack *unpack)
{
    unpack->begun = true;
    unpack->read = xmalloc(PIECE);
    while (unpack->read_to < MAGIC_LENGTH && !unpack->ended) {
        ssize_t got = read_file(unpack, unpack->read + unpack->read_to, PIECE - unpack->read_to);
        if (got < 0)
            return -1;
        unpack->read_to += (size_t)got;
    }
    unpack->packed = unpack->read_to >= MAGIC_LENGTH && memcmp(unpack->read, MAGIC, MAGIC_LENGTH) == 0;
    if (unpack->packed)
        inflate_begin(&unpack->inflate, CODING_GZIP, SIZE_MAX);
    return 0;
}

static size_t hand_over(char *into, size_t room, const char *from, size_t *at, size_t to)
{
    size_t length = to - *at < room ? to - *at : room;
    memcpy(into, from + *at, length);
    *at += length;
    return length;
}

/* Unpacks one step more; false when nothing more comes. */
static int unpack_step(struct unpack *unpack)
{
    text_clear(&unpack->plain);
    unpack->plain_at = 0;
    if (unpack->read_at == unpack->read_to) {
        ssize_t got = unpack->ended ? 0 : read_file(unpack, unpack->read, PIECE);
        if (got <= 0)
            return (int)got;
        unpack->read_at = 0;
        unpack->read_to = (size_t)got;
    }
    size_t length = unpack->read_to - unpack->read_at < STEP ? unpack->read_to - unpack->read_at : STEP;
    inflate_add(&unpack->inflate, unpack->read + unpack->read_at, length, &unpack->plain);
    unpack->read_at += length;
    return 1;
}

static ssize_t read_packed(struct unpack *unpack, char *into, size_t room)
{
    while (unpack->plain_at == unpack->plain.length) {
        int more = unpack_step(unpack);
        if (more <= 0)
            return more;
    }
    return (ssize_t)hand_over(into, room, unpack->plain.bytes, &unpack->plain_at, unpack->plain.length);
}

ssize_t unpack_read(struct unpack *unpack, char *into, size_t room)
{
    if (!unpack->begun && begin(unpack) != 0)
        return -1;
    if (unpack->packed)
        return read_packed(unpack, into, room);
    if (unpack->read_at < unpack->read_to)
        return (ssize_t)hand_over(into, room, unpack->read, &unpack->read_at, unpack->read_to);
    return unpack->ended ? 0 : read_file(unpack, into, room);
}

const char *unpack_note(const struct unpack *unpack)
{
    if (!unpack->packed)
        return NULL;
    if (unpack->inflate.why != NULL)
        return "its gzip data is damaged: read up to there";
    if (inflate_fault(&unpack->inflate) != NULL)
        return "its gzip data is cut short: read as far as it goes";
    return unpack->inflate.over ? "what follows its gzip data is left out" : NULL;
}

#include "flow/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BUFFERED ((size_t)256 * 1024)

void scratch_init(struct scratch *scratch, const char *directory, uint64_t most_bytes)
{
    *scratch = (struct scratch){.directory = directory, .most_bytes = most_bytes, .descriptor = -1};
}

void scratch_release(struct scratch *scratch)
{
    if (scratch->descriptor >= 0)
        close(scratch->descriptor);
    text_release(&scratch->memory);
    scratch->descriptor = -1;
}

uint64_t scratch_length(const struct scratch *scratch)
{
    return scratch->written + scratch->memory.length;
}

/* Not every file system knows files without a name: there it loses its name at once. */
static int open_file(struct scratch *scratch, struct err *err)
{
    scratch->descriptor = open(scratch->directory, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (scratch->descriptor >= 0)
        return 0;
    char *name = xasprintf("%s/.import.XXXXXX", scratch->directory);
    scratch->descriptor = mkostemp(name, O_CLOEXEC);
    if (scratch->descriptor >= 0)
        unlink(name);
    free(name);
    return scratch->descriptor >= 0 ? 0 : err_file(err, scratch->directory);
}

static int write_out(struct scratch *scratch, struct err *err)
{
    for (size_t done = 0; done < scratch->memory.length;) {
        ssize_t wrote = pwrite(scratch->descriptor, scratch->memory.bytes + done,
                               scratch->memory.length - done, (off_t)scratch->written);
        if (wrote < 0 && errno != EINTR)
            return err_file(err, scratch->directory);
        done += wrote > 0 ? (size_t)wrote : 0;
        scratch->written += wrote > 0 ? (uint64_t)wrote : 0;
    }
    text_clear(&scratch->memory);
    return 0;
}

static int go_to_disk(struct scratch *scratch, struct err *err)
{
    if (open_file(scratch, err) != 0 || write_out(scratch, err) != 0)
        return -1;
    text_release(&scratch->memory);
    return 0;
}

int scratch_add(struct scratch *scratch, const void *bytes, size_t length, struct err *err)
{
    bool in_memory = scratch->descriptor < 0;
    if (in_memory && scratch->memory.length + length > scratch->most_bytes) {
        if (scratch->directory == NULL)
            return err_set(
                err, ERR_USAGE,
                "more than %llu MiB of requests, the most that is held in memory: import a part of "
                "it, or all of it into a directory (seep import FILE... -o DIR)",
                (unsigned long long)(scratch->most_bytes >> 20));
        if (go_to_disk(scratch, err) != 0)
            return -1;
        in_memory = false;
    }
    text_add(&scratch->memory, bytes, length);
    return in_memory || scratch->memory.length < BUFFERED ? 0 : write_out(scratch, err);
}

int scratch_read(struct scratch *scratch, uint64_t at, void *bytes, size_t length, struct err *err)
{
    if (scratch->descriptor >= 0 && scratch->memory.length > 0 && write_out(scratch, err) != 0)
        return -1;
    if (scratch->descriptor < 0) {
        memcpy(bytes, scratch->memory.bytes + at, length);
        return 0;
    }
    for (size_t done = 0; done < length;) {
        ssize_t got = pread(scratch->descriptor, (char *)bytes + done, length - done, (off_t)(at + done));
        if (got == 0)
            errno = EIO;
        if (got == 0 || (got < 0 && errno != EINTR))
            return err_file(err, scratch->directory);
        done += got > 0 ? (size_t)got : 0;
    }
    return 0;
}

void scratch_forget(struct scratch *scratch, uint64_t from, uint64_t to)
{
    if (scratch->descriptor >= 0 && to > from) /* where it cannot be done, the disk has it back at the end */
        (void)fallocate(scratch->descriptor, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)from,
                        (off_t)(to - from));
}

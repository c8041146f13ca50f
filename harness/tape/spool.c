#include "tape/spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/new_file.h"
#include "base/text.h"

struct spool *spool_new(void)
{
    struct spool *spool = xcalloc(1, sizeof *spool);
    spool->descriptor = -1;
    return spool;
}

void spool_free(struct spool *spool)
{
    if (spool == NULL)
        return;
    if (spool->descriptor >= 0)
        close(spool->descriptor);
    free(spool);
}

/* Without a name from the start where the file system can (open(2), O_TMPFILE), else for a moment with one. */
static int open_unlinked(void)
{
    int descriptor = open(new_file_place(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
    if (descriptor >= 0)
        return descriptor;
    char *path = xasprintf("%s/seep-XXXXXX", new_file_place());
    descriptor = mkostemp(path, O_CLOEXEC);
    if (descriptor >= 0)
        unlink(path);
    free(path);
    return descriptor;
}

static int fail(struct err *err)
{
    return err_set(err, ERR_INTERNAL,
                   "cannot keep the recordings for replay in %s: %s (TMPDIR names another place)",
                   new_file_place(), strerror(errno));
}

int spool_append(struct spool *spool, const void *bytes, size_t length, struct err *err)
{
    if (spool->descriptor < 0 && (spool->descriptor = open_unlinked()) < 0)
        return fail(err);
    for (size_t done = 0; done < length;) {
        ssize_t now =
            pwrite(spool->descriptor, (const char *)bytes + done, length - done, (off_t)spool->length);
        if (now < 0 && errno != EINTR)
            return fail(err);
        done += now > 0 ? (size_t)now : 0;
        spool->length += now > 0 ? (uint64_t)now : 0;
    }
    return 0;
}

static void give_up(void)
{
    fprintf(stderr, "seep: cannot read back the recordings kept in %s: %s\n", new_file_place(),
            strerror(errno));
    _exit(ERR_INTERNAL);
}

size_t spool_read(const struct spool *spool, uint64_t position, void *bytes, size_t length)
{
    size_t done = 0;
    while (done < length) {
        ssize_t now = pread(spool->descriptor, (char *)bytes + done, length - done, (off_t)(position + done));
        if (now == 0)
            break;
        if (now < 0 && errno != EINTR)
            give_up();
        done += now > 0 ? (size_t)now : 0;
    }
    return done;
}

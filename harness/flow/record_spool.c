#include "flow/record_spool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "scenario/write.h"
#include "traffic/recording.h"

int spool_open(struct spool *spool, const char *directory, int64_t from_us, bool keep_secrets,
               struct err *err)
{
    struct recording_header header = {.from_us = from_us, .to_us = from_us};
    *spool = (struct spool){.descriptor = -1};
    if (scenario_make_directory(directory, err) != 0)
        return -1;
    spool->path = xasprintf("%s/" SPOOL_NAME, directory);
    spool->descriptor = open(spool->path, O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC, 0600);
    if (spool->descriptor < 0 && errno == EEXIST)
        return err_set(
            err, ERR_USAGE,
            "%s: of a recording that did not end, or is still running; `seep import %s -o ANOTHER` "
            "takes what it holds",
            spool->path, spool->path);
    if (spool->descriptor < 0)
        return err_file(err, spool->path);
    strings_add(&header.source, "record");
    if (keep_secrets)
        strings_add(&header.notes, RECORDING_KEPT_SECRETS " (--keep-secrets)");
    recording_header_line(&header, &spool->held);
    recording_header_release(&header);
    return spool_flush(spool, err);
}

int spool_flush(struct spool *spool, struct err *err)
{
    if (text_write(&spool->held, spool->descriptor) != 0)
        return err_set(err, ERR_INTERNAL, "%s: %s", spool->path, strerror(errno));
    text_clear(&spool->held);
    if (spool->held.capacity > 2 * SPOOL_HELD_BYTES)
        text_release(&spool->held);
    return 0;
}

int spool_add(struct spool *spool, const struct request *request, struct err *err)
{
    recording_line(request, &spool->held);
    if (request->clues != NULL)
        recording_add_clues(request->clues, &spool->held);
    return spool->held.length >= SPOOL_HELD_BYTES ? spool_flush(spool, err) : 0;
}

void spool_close(struct spool *spool)
{
    if (spool->descriptor >= 0)
        close(spool->descriptor);
    free(spool->path);
    text_release(&spool->held);
    *spool = (struct spool){.descriptor = -1};
}

void spool_remove(struct spool *spool)
{
    unlink(spool->path);
}

#include "flow/ingest_lines.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "traffic/recording.h"

#define WAITING_OF_ONE ((size_t)64 * 1024)

void ingest_lines_init(struct ingest_lines *lines, const struct ingest *ingest, const char *directory)
{
    *lines = (struct ingest_lines){.ingest = ingest, .directory = directory};
    lines->waiting = xcalloc(ingest->endpoint_count, sizeof *lines->waiting);
}

void ingest_lines_release(struct ingest_lines *lines)
{
    for (size_t i = 0; lines->waiting != NULL && i < lines->ingest->endpoint_count; i++)
        text_release(&lines->waiting[i]);
    free(lines->waiting);
    *lines = (struct ingest_lines){.ingest = NULL};
}

static int append(const char *path, const struct text *text, struct err *err)
{
    int file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return err_file(err, path);
    int result = 0;
    for (size_t done = 0; done < text->length && result == 0;) {
        ssize_t wrote = write(file, text->bytes + done, text->length - done);
        if (wrote < 0 && errno != EINTR)
            result = err_file(err, path);
        done += wrote > 0 ? (size_t)wrote : 0;
    }
    if (close(file) != 0 && result == 0)
        result = err_file(err, path);
    return result;
}

/* Its storage stays for the next lines. */
static int flush_one(struct ingest_lines *lines, size_t endpoint, struct err *err)
{
    struct text *waiting = &lines->waiting[endpoint];
    if (waiting->length == 0)
        return 0;
    char *path = xasprintf("%s/%s.jsonl", lines->directory, lines->ingest->endpoints[endpoint].slug);
    int result = append(path, waiting, err);
    text_clear(waiting);
    free(path);
    return result;
}

static int flush_from(struct ingest_lines *lines, size_t least_bytes, struct err *err)
{
    int result = 0;
    for (size_t i = 0; i < lines->ingest->endpoint_count && result == 0; i++) {
        struct text *waiting = &lines->waiting[i];
        if (waiting->capacity < least_bytes)
            continue;
        result = flush_one(lines, i, err);
        lines->held_bytes -= waiting->capacity;
        text_release(waiting);
    }
    return result;
}

int ingest_lines_flush(struct ingest_lines *lines, struct err *err)
{
    return flush_from(lines, 0, err);
}

static int added(struct ingest_lines *lines, size_t endpoint, size_t before, struct err *err)
{
    lines->held_bytes += lines->waiting[endpoint].capacity - before;
    if (lines->waiting[endpoint].length >= WAITING_OF_ONE && flush_one(lines, endpoint, err) != 0)
        return -1;
    if (lines->held_bytes < INGEST_LINES_WAITING)
        return 0;
    size_t mean =
        lines->held_bytes / lines->ingest->endpoint_count; /* what is above it holds most of the bytes */
    return flush_from(lines, mean, err);
}

int ingest_lines_header(struct ingest_lines *lines, size_t endpoint, const struct recording_header *header,
                        struct err *err)
{
    size_t before = lines->waiting[endpoint].capacity;
    recording_header_line(header, &lines->waiting[endpoint]);
    return added(lines, endpoint, before, err);
}

int ingest_lines_add(struct ingest_lines *lines, size_t endpoint, const struct request *request,
                     struct err *err)
{
    size_t before = lines->waiting[endpoint].capacity;
    recording_line(request, &lines->waiting[endpoint]);
    return added(lines, endpoint, before, err);
}

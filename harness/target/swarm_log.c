#include "target/swarm_log.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define AGAIN_NS CLOCK_NS_PER_S
#define FINISH_LIMIT_NS (30 * CLOCK_NS_PER_S)
#define PAUSE_NS (20 * CLOCK_NS_PER_MS)
#define CHUNK_BYTES 65536
#define WORDS_BYTES 600

void swarm_log_open(struct swarm_log *log, const char *service, const char *private)
{
    *log = (struct swarm_log){.service = xstrdup(service),
                              .private = private,
                              .frames = frames_new(),
                              .output = xasprintf("%s/%s.out", private, service),
                              .log = xasprintf("%s/%s.log", private, service)};
}

static void stop(struct swarm_log *log)
{
    process_stop(&log->process, 0);
    process_release(&log->process);
}

void swarm_log_close(struct swarm_log *log)
{
    if (log->service == NULL)
        return;
    stop(log);
    unlink(log->output);
    unlink(log->log);
    frames_free(log->frames);
    free(log->service);
    free(log->output);
    free(log->log);
    *log = (struct swarm_log){0};
}

/* Its output is made anew, and is read from its start. */
static int start(struct swarm_log *log, bool follow, struct err *err)
{
    const char *const words[] = {"docker", "service", "logs", "--raw", log->service, "--follow"};
    struct strings command = {NULL, 0};
    for (size_t i = 0; i < sizeof words / sizeof *words - !follow; i++)
        strings_add(&command, words[i]);
    struct process_spec spec = {
        .command = &command, .directory = log->private, .log_path = log->log, .output_path = log->output};
    stop(log);
    frames_cut(log->frames);
    log->read = 0;
    log->begun_ns = clock_now_ns();
    int failed = process_start(&log->process, &spec, err);
    strings_release(&command);
    return failed;
}

static int take(struct swarm_log *log, struct err *err)
{
    int file = open(log->output, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return errno == ENOENT ? 0 : err_file(err, log->output);
    char *bytes = xmalloc(CHUNK_BYTES);
    ssize_t got;
    while ((got = pread(file, bytes, CHUNK_BYTES, log->read)) > 0) {
        frames_take(log->frames, bytes, (size_t)got);
        log->read += got;
    }
    int failed = got < 0 ? err_file(err, log->output) : 0;
    free(bytes);
    close(file);
    return failed;
}

int swarm_log_look(struct swarm_log *log, struct err *err)
{
    bool follows = log->begun_ns != 0 && process_running(&log->process);
    if (log->begun_ns != 0 && take(log, err) != 0)
        return -1;
    if (!follows && (log->begun_ns == 0 || clock_now_ns() - log->begun_ns > AGAIN_NS))
        return start(log, true, err);
    return 0;
}

int swarm_log_finish(struct swarm_log *log, struct err *err)
{
    if (log->begun_ns != 0 && take(log, err) != 0)
        return -1;
    if (frames_state(log->frames) != FRAMES_OPEN)
        return 0;
    if (start(log, false, err) != 0)
        return -1;
    while (process_running(&log->process) && clock_now_ns() - log->begun_ns < FINISH_LIMIT_NS)
        nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
    int failed = take(log, err);
    frames_cut(log->frames);
    return failed;
}

void swarm_log_words(struct swarm_log *log, struct text *words)
{
    struct text said = TEXT_EMPTY;
    const char *foreign = frames_foreign(log->frames);
    process_log_tail(&log->process, WORDS_BYTES, &said);
    size_t length = strlen(foreign), from = length > WORDS_BYTES ? length - WORDS_BYTES : 0;
    process_add_clean(words, foreign + from, length - from);
    if (words->length > 0 && said.length > 0)
        text_add_char(words, ' ');
    text_add(words, said.bytes, said.length);
    for (char *at = words->bytes; at != NULL && (at = strchr(at, '\n')) != NULL;)
        *at = ' ';
    text_release(&said);
}

/* Access logs as requests: read twice, since endpoints are known only when all of them were seen. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/units.h"
#include "flow/suspects_inside.h"
#include "traffic/input_files.h"
#include "traffic/routes.h"
#include "traffic/template.h"

#define LOG_MAGIC UINT32_C(0x6c6f6773)
#define TELL_EVERY UINT64_C(65536)

struct log {
    uint32_t magic;
    const struct suspects_question *question;
    struct history *history;
    const char *file;
    struct templates *templates;
    bool counting;  /* the second time */
    double *counts; /* rows x endpoints */
    double first_s, last_s;
    uint64_t read, skipped, within;
};

static struct log *log_of(void *owner)
{
    struct log *log = owner;
    if (log->magic != LOG_MAGIC)
        abort();
    return log;
}

static void tell(struct log *log)
{
    char number[UNITS_SIZE];
    if (++log->read % TELL_EVERY == 0)
        suspects_say(log->question, "%s %s: %s", log->counting ? "counting" : "reading", log->file,
                     units_count(number, log->read));
}

static void count(struct log *log, const struct request *request)
{
    const struct history *history = log->history;
    const struct template *endpoint = templates_find(log->templates, request);
    double at_s = (double)request->t_us / 1e6, row = ceil((at_s - history->start_s) / history->step_s - 1e-9);
    if (endpoint == NULL || row < 0 || row >= (double)history->rows)
        return;
    log->counts[(size_t)row * history->endpoints.count + endpoint->index]++;
    log->within++;
}

static int take_request(void *owner, struct request *request_take, struct err *err)
{
    struct log *log = log_of(owner);
    double at_s = (double)request_take->t_us / 1e6;
    int failed =
        request_take->t_us < UNTIMED_BEFORE_US
            ? err_set(err, ERR_USAGE, "%s: has no recorded times, so nothing of it can be laid beside memory",
                      log->file)
            : 0;
    tell(log);
    if (!failed && log->counting)
        count(log, request_take);
    else if (!failed)
        templates_add_request(log->templates, request_take);
    log->first_s = isnan(log->first_s) || at_s < log->first_s ? at_s : log->first_s;
    log->last_s = isnan(log->last_s) || at_s > log->last_s ? at_s : log->last_s;
    request_release(request_take);
    return failed;
}

static void take_skip(void *owner, enum skip_reason reason, size_t number, const char *text, size_t length)
{
    (void)reason;
    (void)number;
    (void)text;
    (void)length;
    struct log *log = log_of(owner);
    log->skipped += !log->counting;
    tell(log);
}

static void take_note(void *owner, const char *line)
{
    (void)owner;
    (void)line;
}

static int read_one(struct log *log, const char *file, struct err *err)
{
    const struct suspects_question *question = log->question;
    const struct sink sink = {SINK_MAGIC, log, take_request, take_skip, take_note};
    struct reader_options options = question->reader;
    struct input input;
    const char *format;
    if (strcmp(file, "-") == 0)
        return err_set(err, ERR_USAGE, "--access-log -: logs are read twice; standard input cannot be");
    if (reader_choose(question->log_format, &options, &format, err) != 0 ||
        input_open(&input, file, err) != 0)
        return -1;
    log->file = file;
    const struct reader *reader = format != NULL ? reader_find(format, err) : reader_detect(&input, err);
    int failed = reader == NULL ? -1 : reader->read(&input, &options, &sink, err);
    input_close(&input);
    return failed;
}

static int read_all(struct log *log, const struct strings *files, struct err *err)
{
    for (size_t i = 0; i < files->count; i++)
        if (read_one(log, files->items[i], err) != 0)
            return -1;
    return 0;
}

/* Before the first line and after the last nothing is known. */
static void mark_unknown(struct log *log)
{
    const struct history *history = log->history;
    size_t endpoints = history->endpoints.count;
    for (size_t row = 0; row < history->rows; row++) {
        double end_s = history->start_s + (double)row * history->step_s;
        for (size_t e = 0; (end_s - history->step_s < log->first_s || end_s > log->last_s) && e < endpoints;
             e++)
            log->counts[row * endpoints + e] = NAN;
    }
}

static int count_all(struct log *log, const struct strings *files, struct err *err)
{
    struct history *history = log->history;
    templates_settle(log->templates);
    size_t endpoints = templates_count(log->templates);
    for (size_t i = 0; i < endpoints; i++)
        strings_add(&history->endpoints, templates_at(log->templates, i)->name);
    log->counts = xcalloc(history->rows * endpoints + 1, sizeof *log->counts);
    log->counting = true;
    log->read = 0;
    if (read_all(log, files, err) != 0)
        return -1;
    if (log->within == 0)
        return err_set(err, ERR_USAGE, "--access-log: no request of %s was made while memory is known",
                       files->items[0]);
    mark_unknown(log);
    history_cells(history);
    history_spread(history, log->counts);
    return 0;
}

static void say_skipped(const struct log *log)
{
    char skipped[UNITS_SIZE], read[UNITS_SIZE];
    if (log->skipped > 0)
        strings_addf(&log->history->caveats,
                     "%s of %s lines of the access log are no requests (`seep import` says why)",
                     units_count(skipped, log->skipped), units_count(read, log->read));
}

int suspects_log(const struct suspects_question *question, struct history *history, struct err *err)
{
    struct strings files = {NULL, 0};
    struct log log = {
        .magic = LOG_MAGIC, .question = question, .history = history, .first_s = NAN, .last_s = NAN};
    struct routes *routes = question->routes_file != NULL ? routes_read(question->routes_file, err) : NULL;
    int failed = question->routes_file != NULL && routes == NULL;
    log.templates = templates_new();
    if (routes != NULL)
        templates_use_routes(log.templates, routes);
    failed = failed || input_files(question->logs, question->log_count, &files, err) != 0 ||
             read_all(&log, &files, err) != 0;
    if (!failed && isnan(log.first_s))
        failed = err_set(err, ERR_USAGE, "%s: no request in it", files.items[0]);
    failed = failed || count_all(&log, &files, err) != 0;
    if (!failed)
        say_skipped(&log);
    free(log.counts);
    templates_free(log.templates);
    routes_free(routes);
    strings_release(&files);
    return failed ? -1 : 0;
}

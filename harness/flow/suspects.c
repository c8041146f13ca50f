#include "flow/suspects.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/suspects.h"
#include "flow/suspects_inside.h"

void suspects_say(const struct suspects_question *question, const char *format, ...)
{
    struct text step = TEXT_EMPTY;
    va_list arguments;
    va_start(arguments, format);
    text_addv(&step, format, arguments);
    va_end(arguments);
    if (question->say != NULL)
        question->say(question->owner, text_string(&step));
    text_release(&step);
}

static void say_page(void *owner, const char *option, double share)
{
    suspects_say(owner, "reading %s: %.0f %%", option, 100 * share);
}

static void release(struct suspects_read *read)
{
    struct series_set *sets[] = {&read->memory, &read->requests, &read->starts, &read->restarts,
                                 &read->limits};
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        series_set_release(sets[i]);
    samples_release(&read->memory_samples);
    samples_release(&read->requests_samples);
    strings_release(&read->caveats);
    prom_free(read->prom);
}

static int read_files(struct suspects_read *read, struct err *err)
{
    const struct suspects_question *question = read->question;
    if (question->memory_file != NULL) {
        suspects_say(question, "reading %s", question->memory_file);
        if (samples_read(question->memory_file, "instance", &read->memory_samples, err) != 0)
            return -1;
    }
    if (question->requests_file == NULL)
        return 0;
    suspects_say(question, "reading %s", question->requests_file);
    return samples_read(question->requests_file, "endpoint", &read->requests_samples, err);
}

static void place_files(struct suspects_read *read)
{
    const struct suspects_question *question = read->question;
    enum samples_fold fold = question->kind == PROMQL_RATE       ? SAMPLES_MEAN
                             : question->kind == PROMQL_INCREASE ? SAMPLES_SUM
                                                                 : SAMPLES_LAST;
    if (question->memory_file != NULL) {
        series_set_init(&read->memory, &read->grid);
        samples_onto(&read->memory_samples, SAMPLES_LAST, &read->memory);
    }
    if (question->requests_file != NULL) {
        series_set_init(&read->requests, &read->grid);
        samples_onto(&read->requests_samples, fold, &read->requests);
    }
}

static int read_all(struct suspects_read *read, struct err *err)
{
    const struct suspects_question *question = read->question;
    struct prom_options options;
    if (question->prometheus != NULL) {
        options = *question->prometheus;
        options.page = say_page;
        options.owner = (void *)question;
        read->prom = prom_new(&options, err);
        if (read->prom == NULL)
            return -1;
    }
    if (read_files(read, err) != 0 || suspects_grid(read, err) != 0)
        return -1;
    if (read->prom != NULL && suspects_query(read, err) != 0)
        return -1;
    place_files(read);
    return 0;
}

static enum promql_kind kind_of(const struct suspects_question *question)
{
    if (question->kind != PROMQL_UNKNOWN || question->requests == NULL)
        return question->kind;
    return promql_kind_of(question->requests);
}

static const struct series_set *if_any(const struct series_set *set)
{
    return set->count > 0 ? set : NULL;
}

static int put_together(struct suspects_read *read, struct history *history, struct err *err)
{
    const struct suspects_question *question = read->question;
    bool logs = question->log_count > 0;
    struct suspects_names *names =
        logs ? NULL : suspects_names_new(&read->requests, question->endpoint_labels);
    const struct assembly assembly = {
        .memory = &read->memory,
        .requests = logs ? NULL : &read->requests,
        .starts = if_any(&read->starts),
        .limits = if_any(&read->limits),
        .restarts = if_any(&read->restarts),
        .kind = kind_of(question),
        .window_s = question->requests != NULL ? promql_window_s(question->requests) : NAN,
        .join = question->join,
        .endpoint_labels = question->endpoint_labels,
        .spell = suspects_names_spell,
        .owner = names};
    suspects_say(question, "putting memory and requests together");
    int failed = assemble(&assembly, history, err);
    suspects_names_free(names);
    if (!failed && logs)
        failed = suspects_log(question, history, err);
    for (size_t i = 0; !failed && i < read->caveats.count; i++)
        strings_add(&history->caveats, read->caveats.items[i]);
    return failed;
}

static char *source_of(const struct suspects_read *read)
{
    const struct suspects_question *question = read->question;
    struct strings names = {NULL, 0};
    if (read->prom != NULL)
        strings_add(&names, prom_name(read->prom));
    if (question->memory_file != NULL)
        strings_add(&names, question->memory_file);
    if (question->requests_file != NULL)
        strings_add(&names, question->requests_file);
    for (size_t i = 0; i < question->log_count; i++)
        strings_add(&names, question->logs[i]);
    char *source = strings_join(&names, ", ");
    strings_release(&names);
    return source;
}

static void analyse(const struct suspects_read *read, const struct history *history,
                    struct suspects *suspects)
{
    const struct suspects_question *question = read->question;
    const struct suspects_options options = {.limit_bytes = question->limit_bytes, .seed = question->seed};
    suspects_say(question, "looking at %zu endpoints of %zu instances", history->endpoints.count,
                 history->instance_count);
    suspects_analyse(history, &options, suspects);
    suspects->source = source_of(read);
    suspects->memory_query = question->memory != NULL ? xstrdup(question->memory) : NULL;
    suspects->requests_query = question->requests != NULL ? xstrdup(question->requests) : NULL;
    for (size_t i = 0; i < history->caveats.count; i++)
        if (!strings_has(&suspects->caveats, history->caveats.items[i]))
            strings_add(&suspects->caveats, history->caveats.items[i]);
}

int suspects_ask(const struct suspects_question *question, struct suspects *suspects, struct err *err)
{
    struct suspects_read read = {.question = question};
    struct history history = {.rows = 0};
    *suspects = (struct suspects){.exit_code = 0};
    int failed = read_all(&read, err) != 0 || put_together(&read, &history, err) != 0;
    if (!failed)
        analyse(&read, &history, suspects);
    history_release(&history);
    release(&read);
    return failed ? -1 : 0;
}

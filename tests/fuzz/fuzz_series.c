/* Series from outside: answers of Prometheus, CSV, names of series, queries, times. */
#include "metrics/answer.h"
#include "metrics/moment.h"
#include "metrics/promql.h"
#include "metrics/samples.h"

#include "fuzz.h"

static void answers(const char *bytes, size_t length)
{
    struct series_set set;
    struct answer answer;
    struct err err;
    struct answer_grid grid = {.set = &set};
    struct answer_sink sink = answer_into(&grid);
    series_set_init(&set, &(struct grid){100, 10, 8});
    answer_read(bytes, length, "fuzz", &sink, &answer, &err);
    answer_release(&answer);
    series_set_release(&set);
}

static void tables(const char *bytes, size_t length)
{
    struct samples samples = {.lists = NULL};
    struct series_set set;
    struct err err;
    double from_s, until_s;
    series_set_init(&samples.names, &(struct grid){0, 1, 0});
    series_set_init(&set, &(struct grid){100, 10, 8});
    samples_read_csv(bytes, length, "fuzz", "instance", &samples, &err);
    samples_span(&samples, &from_s, &until_s);
    samples_step_s(&samples);
    samples_onto(&samples, SAMPLES_MEAN, &set);
    series_set_release(&set);
    samples_release(&samples);
}

static void words(const char *text)
{
    struct promql_selector selector;
    struct labels labels;
    double at_s;
    promql_selector_find(text, &selector);
    promql_selector_release(&selector);
    promql_window_s(text);
    promql_kind_of(text);
    promql_aggregates(text);
    moment_parse(text, &at_s);
    if (labels_parse(&labels, text) == 0)
        labels_release(&labels);
}

FUZZ_TARGET(series)
{
    char *text = xstrndup((const char *)data, size);
    answers((const char *)data, size);
    tables((const char *)data, size);
    words(text);
    free(text);
    return 0;
}

/* A page that a service offers, as a signal: by JSON pointer, as a series of a Prometheus exposition, by a pattern; the first line
 * is the series that is asked for. A number, finite, or a reason in one line. */
#include <math.h>

#include "sample/number.h"

#include "fuzz.h"

static void read_page(struct signal_spec *spec, const struct fetch_answer *answer)
{
    struct number_reader reader;
    struct err err = {0};
    char *why = NULL;
    if (number_reader_init(&reader, spec, &err) != 0)
        hold_one_line(&err);
    else {
        double value = number_read(&reader, answer, &why);
        hold(isnan(value) ? why != NULL && why[0] != '\0' : isfinite(value) && why == NULL);
        free(why);
    }
    number_reader_release(&reader);
}

FUZZ_TARGET(signal)
{
    static struct signal_spec pointer = {.name = "a",
                                         .url = "/a",
                                         .source = SIGNAL_POINTER,
                                         .pointer = "/a/0/b"},
                              pattern = {
                                  .name = "c", .url = "/c", .source = SIGNAL_PATTERN, .unit = UNIT_BYTES};
    struct span left = {(const char *)data, size};
    char *series = fuzz_string(fuzz_line(&left));
    struct signal_spec metric = {.name = "b", .url = "/b", .source = SIGNAL_METRIC, .metric = series};
    struct fetch_answer answer = {.status = 200};
    if (pattern.pattern == NULL)
        pattern.pattern = pattern_new("used[:= ]+([^,\\n]*)", NULL);
    text_add(&answer.body, left.bytes, left.length);
    read_page(&pointer, &answer);
    read_page(&metric, &answer);
    read_page(&pattern, &answer);
    text_release(&answer.body);
    free(series);
    return 0;
}

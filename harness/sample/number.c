#include "sample/number.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "base/json_seek.h"
#include "base/pattern.h"
#include "base/text.h"
#include "base/units.h"

#define NUMBER_LONGEST 64

int number_reader_init(struct number_reader *reader, const struct signal_spec *spec, struct err *err)
{
    *reader = (struct number_reader){.spec = spec};
    if (spec->source == SIGNAL_POINTER)
        return json_check_pointer(spec->pointer, err);
    return spec->source == SIGNAL_METRIC ? prometheus_selector_parse(&reader->selector, spec->metric, err)
                                         : 0;
}

void number_reader_release(struct number_reader *reader)
{
    prometheus_selector_release(&reader->selector);
}

static double no_value(char **why, char *words_take)
{
    *why = words_take;
    return (double)NAN;
}

static double by_pointer(const struct number_reader *reader, const struct text *body, char **why)
{
    const struct signal_spec *spec = reader->spec;
    double number = (double)NAN;
    struct err err = {0};
    enum json_sought found =
        json_seek_number(text_string(body), body->length, spec->url, spec->pointer, &number, &err);
    if (found == JSON_SOUGHT_FAULT)
        return no_value(why, xasprintf("GET %s: not JSON", err.message));
    if (found == JSON_SOUGHT_NUMBER && isfinite(number))
        return number;
    return no_value(why, xasprintf("GET %s: %s at '%s'", spec->url,
                                   found == JSON_SOUGHT_NOTHING ? "nothing" : "no number", spec->pointer));
}

static double by_metric(const struct number_reader *reader, const struct text *body, char **why)
{
    double value = prometheus_find(&reader->selector, text_string(body), body->length);
    bool cut = body->length > 0 && text_string(body)[body->length - 1] != '\n';
    if (isfinite(value))
        return value;
    return no_value(why, xasprintf("GET %s: no value for %s%s", reader->spec->url, reader->spec->metric,
                                   cut ? " (its last line does not end: was the page cut?)" : ""));
}

double number_parse(const char *bytes, size_t length, enum signal_unit unit)
{
    char text[NUMBER_LONGEST + 1], *end;
    int64_t size;
    if (length == 0 || length > NUMBER_LONGEST)
        return (double)NAN;
    memcpy(text, bytes, length);
    text[length] = '\0';
    bool digits_alone =
        strspn(text, "0123456789.+-eE") == length; /* no "inf", no "0x", which strtod() takes */
    double value = strtod(text, &end);
    if (digits_alone && end == text + length && isfinite(value))
        return value;
    if (unit == UNIT_BYTES && units_parse_bytes(text, &size, NULL) == 0)
        return (double)size;
    return (double)NAN;
}

static double by_pattern(const struct number_reader *reader, const struct text *body, char **why)
{
    const struct signal_spec *spec = reader->spec;
    if (!pattern_match(spec->pattern, text_string(body), body->length))
        return no_value(
            why, xasprintf("GET %s: nothing matches '%.200s'", spec->url, pattern_source(spec->pattern)));
    struct span group = pattern_group(spec->pattern, 1);
    double value = group.bytes != NULL ? number_parse(group.bytes, group.length, spec->unit) : (double)NAN;
    if (!isnan(value))
        return value;
    return no_value(why, xasprintf("GET %s: '%.*s' is no number", spec->url,
                                   group.length > 100 ? 100 : (int)group.length,
                                   group.bytes != NULL ? group.bytes : ""));
}

double number_read(const struct number_reader *reader, const struct fetch_answer *answer, char **why)
{
    static double (*const ways[])(const struct number_reader *, const struct text *, char **) = {
        [SIGNAL_POINTER] = by_pointer, [SIGNAL_METRIC] = by_metric, [SIGNAL_PATTERN] = by_pattern};
    *why = NULL;
    if (answer->status == 0)
        return no_value(why, xstrdup(answer->err.message));
    if (answer->status != 200)
        return no_value(why, xasprintf("GET %s answered %d", reader->spec->url, answer->status));
    return ways[reader->spec->source](reader, &answer->body, why);
}

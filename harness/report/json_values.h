/* Values as schema 1 writes them. Private to report/json*.c; short names, since every line of those holds some. */
#ifndef SEEP_REPORT_JSON_VALUES_H
#define SEEP_REPORT_JSON_VALUES_H

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/strings.h"
#include "model/result.h"
#include "report/escape.h"

/* Six significant digits: more than any interval here supports, and no 40.299999999999997. */
static inline json_t *number(double value)
{
    char digits[32];
    if (!isfinite(value))
        return json_null();
    snprintf(digits, sizeof digits, "%.6g", value);
    return json_real(strtod(digits, NULL));
}

static inline json_t *whole(double value)
{
    return isfinite(value) && fabs(value) < 9e18 ? json_integer((json_int_t)llround(value)) : json_null();
}

static inline json_t *count(uint64_t value)
{
    return json_integer((json_int_t)value);
}

/* JSON can say control characters, but nothing that is not UTF-8: that is made visible. */
static inline json_t *words(const char *string)
{
    if (string == NULL)
        return json_null();
    json_t *value = json_string(string);
    if (value == NULL) {
        char *plain = escape_taken(escape_plain, string);
        value = json_string(plain);
        free(plain);
    }
    return value;
}

static inline json_t *list_of(const struct strings *strings)
{
    json_t *list = json_array();
    for (size_t i = 0; i < strings->count; i++)
        json_array_append_new(list, words(strings->items[i]));
    return list;
}

static inline json_t *interval_of(struct interval interval)
{
    if (!isfinite(interval.low) || !isfinite(interval.high))
        return json_null();
    json_t *list = json_array();
    json_array_append_new(list, number(interval.low));
    json_array_append_new(list, number(interval.high));
    return list;
}

/* Of days: an end that never comes is null; null: there is none that is known. */
static inline json_t *interval_without_end(struct interval interval)
{
    if (isnan(interval.low) || isnan(interval.high))
        return json_null();
    json_t *list = json_array();
    json_array_append_new(list, number(interval.low));
    json_array_append_new(list, number(interval.high));
    return list;
}

static inline int write_json(json_t *object_take, FILE *out, struct err *err)
{
    int status = json_dumpf(object_take, out, JSON_INDENT(2) | JSON_REAL_PRECISION(10));
    json_decref(object_take);
    if (status < 0)
        return err_set(err, ERR_INTERNAL, "cannot write the JSON result");
    fputc('\n', out);
    return 0;
}

static inline void set(json_t *object, const char *key, json_t *value_take)
{
    json_object_set_new(object, key, value_take);
}

#endif

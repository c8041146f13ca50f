/* CSV as Grafana exports it and as people write it.
 * Source: RFC 4180, for quoted fields. */
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/units.h"
#include "metrics/moment.h"
#include "metrics/samples.h"

#define COLUMNS_MOST 20000

static const char *const times[] = {"time", "timestamp", "date", "datetime", "ts", "at", "moment", NULL};
static const char *const values[] = {"value",    "values",   "memory", "memory_bytes", "bytes", "rss",
                                     "resident", "requests", "count",  "total",        "hits",  NULL};

/* What is no number and says that there is none. */
static const char *const nothing[] = {"", "-", "nan", "null", "none", "undefined", "n/a", NULL};

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words != NULL; words++)
        if (strcasecmp(*words, word) == 0)
            return true;
    return false;
}

struct csv {
    const char *name, *at, *end;
    size_t line;
    char separator;
    struct strings fields; /* of the line that was read last */
    size_t *columns;       /* where each began, from 1 */
    size_t room;
};

static void add_field(struct csv *csv, struct text *field, size_t column)
{
    size_t start = 0;
    while (field->length > 0 && isspace((unsigned char)field->bytes[field->length - 1]))
        field->bytes[--field->length] = '\0';
    while (start < field->length && isspace((unsigned char)field->bytes[start]))
        start++;
    if (csv->fields.count == csv->room) {
        csv->room = csv->room == 0 ? 32 : csv->room * 2;
        csv->columns = xrealloc(csv->columns, csv->room * sizeof *csv->columns);
    }
    csv->columns[csv->fields.count] = column;
    strings_add(&csv->fields, field->length > 0 ? field->bytes + start : "");
    text_clear(field);
}

static int read_quoted(struct csv *csv, struct text *field, struct err *err, const char *start)
{
    const char *opened = csv->at++;
    size_t line = csv->line;
    for (; csv->at < csv->end; csv->at++) {
        csv->line += *csv->at == '\n';
        if (*csv->at != '"') {
            text_add_char(field, *csv->at);
        } else if (csv->at + 1 < csv->end && csv->at[1] == '"') {
            text_add_char(field, *csv->at++);
        } else {
            csv->at++;
            return 0;
        }
    }
    return err_set(err, ERR_USAGE, "%s:%zu:%zu: a quote that is not closed", csv->name, line,
                   (size_t)(opened - start) + 1);
}

/* The next line that is not empty, in fields. 1: there is one; 0: the end; -1. */
static int read_line(struct csv *csv, struct err *err)
{
    struct text field = TEXT_EMPTY;
    while (csv->at < csv->end && (*csv->at == '\n' || *csv->at == '\r'))
        csv->line += *csv->at++ == '\n';
    strings_release(&csv->fields);
    if (csv->at >= csv->end)
        return 0;
    const char *start = csv->at;
    size_t column = 1;
    int failed = 0;
    while (!failed && csv->at < csv->end && *csv->at != '\n') {
        if (*csv->at == '"' && field.length == 0) {
            failed = read_quoted(csv, &field, err, start);
        } else if (*csv->at == csv->separator) {
            add_field(csv, &field, column);
            column = (size_t)(++csv->at - start) + 1;
        } else {
            text_add_char(&field, *csv->at++);
        }
    }
    if (!failed)
        add_field(csv, &field, column);
    text_release(&field);
    return failed ? -1 : 1;
}

/* What stands most in the line of names, outside of quotes. */
static char find_separator(const char *at, const char *end)
{
    static const char separators[] = ",;\t";
    size_t counts[3] = {0, 0, 0}, best = 0;
    bool quoted = false;
    for (; at < end && (*at != '\n' || quoted); at++) {
        quoted ^= *at == '"';
        for (size_t i = 0; i < 3; i++)
            counts[i] += !quoted && *at == separators[i];
    }
    for (size_t i = 1; i < 3; i++)
        best = counts[i] > counts[best] ? i : best;
    return separators[best];
}

/* How the columns are meant. */
struct columns {
    size_t time, value; /* value: of a long table */
    bool is_long;
    size_t count;
    struct strings names;
    size_t *lists; /* of a wide one: the series of each column */
};

static int complain_names(const struct csv *csv, const struct columns *columns, struct err *err)
{
    char *names = strings_join(&columns->names, ", ");
    err_set(err, ERR_USAGE,
            "%s:%zu:1: no column is named time (or timestamp, date); there is %.200s: expected as names "
            "time,instance,value, or Time "
            "and a column for each series",
            csv->name, csv->line, names);
    free(names);
    return -1;
}

static int read_names(struct csv *csv, const char *alone, struct columns *columns, struct samples *samples,
                      struct err *err)
{
    size_t time = SIZE_MAX, value = SIZE_MAX;
    strings_copy(&columns->names, &csv->fields);
    columns->count = columns->names.count;
    for (size_t i = 0; i < columns->count; i++) {
        const char *name = columns->names.items[i];
        if (time == SIZE_MAX && is_one_of(name, times))
            time = i;
        else if (value == SIZE_MAX && is_one_of(name, values))
            value = i;
    }
    if (time == SIZE_MAX || columns->count > COLUMNS_MOST)
        return complain_names(csv, columns, err);
    if (columns->count < 2)
        return err_set(err, ERR_USAGE, "%s:%zu:1: one column only: expected as names time,instance,value",
                       csv->name, csv->line);
    columns->time = time;
    columns->value = value;
    columns->is_long = value != SIZE_MAX;
    columns->lists = xcalloc(columns->count, sizeof *columns->lists);
    for (size_t i = 0; !columns->is_long && i < columns->count; i++) {
        struct labels labels;
        if (i == time)
            continue;
        if (labels_parse(&labels, columns->names.items[i]) != 0)
            labels_set(&labels, alone, columns->names.items[i]);
        columns->lists[i] = samples_list(samples, &labels);
    }
    return 0;
}

static int complain(const struct csv *csv, size_t field, const char *expected, struct err *err)
{
    return err_set(err, ERR_USAGE, "%s:%zu:%zu: '%.60s': expected %s", csv->name, csv->line,
                   csv->columns[field], csv->fields.items[field], expected);
}

static int read_value(const struct csv *csv, size_t field, double *value, struct err *err)
{
    char number[64], *end;
    int64_t bytes;
    snprintf(number, sizeof number, "%s", csv->fields.items[field]);
    if (is_one_of(number, nothing)) {
        *value = NAN;
        return 0;
    }
    for (char *comma = strchr(number, ','); csv->separator != ',' && comma != NULL; comma = NULL)
        *comma = '.';
    *value = strtod(number, &end);
    if (end != number && *end == '\0')
        return 0;
    if (end == number || units_parse_bytes(number, &bytes, NULL) != 0)
        return complain(csv, field, "a number, or one of bytes with its unit, as 1.5 GiB", err);
    *value = (double)bytes;
    return 0;
}

static int take_point(const struct csv *csv, const struct columns *columns, double at_s,
                      struct samples *samples, struct err *err)
{
    struct labels labels = {NULL, 0};
    double value;
    if (read_value(csv, columns->value, &value, err) != 0)
        return -1;
    for (size_t i = 0; i < columns->count; i++)
        if (i != columns->time && i != columns->value && csv->fields.items[i][0] != '\0')
            labels_set(&labels, columns->names.items[i], csv->fields.items[i]);
    samples_add(samples, samples_list(samples, &labels), at_s, value);
    return 0;
}

static int take_line(const struct csv *csv, const struct columns *columns, struct samples *samples,
                     struct err *err)
{
    double at_s, value;
    if (csv->fields.count != columns->count)
        return err_set(err, ERR_USAGE, "%s:%zu:1: %zu fields, where line 1 names %zu", csv->name, csv->line,
                       csv->fields.count, columns->count);
    if (moment_parse(csv->fields.items[columns->time], &at_s) != 0)
        return complain(csv, columns->time, "a time, as 2024-05-01T10:00:00Z or seconds since 1970", err);
    if (columns->is_long)
        return take_point(csv, columns, at_s, samples, err);
    for (size_t i = 0; i < columns->count; i++) {
        if (i == columns->time)
            continue;
        if (read_value(csv, i, &value, err) != 0)
            return -1;
        samples_add(samples, columns->lists[i], at_s, value);
    }
    return 0;
}

/* A mark of the byte order, and "sep=;" as spreadsheets want it. */
static void begin(struct csv *csv)
{
    static const unsigned char mark[] = {0xef, 0xbb, 0xbf};
    if (csv->end - csv->at >= 3 && memcmp(csv->at, mark, 3) == 0)
        csv->at += 3;
    csv->separator = find_separator(csv->at, csv->end);
    if (csv->end - csv->at >= 5 && strncasecmp(csv->at, "sep=", 4) == 0) {
        csv->separator = csv->at[4];
        while (csv->at < csv->end && *csv->at != '\n')
            csv->at++;
    }
}

int samples_read_csv(const char *text, size_t length, const char *name, const char *alone,
                     struct samples *samples, struct err *err)
{
    struct csv csv = {.name = name, .at = text, .end = text + length, .line = 1};
    struct columns columns = {.count = 0};
    begin(&csv);
    int more = read_line(&csv, err);
    int failed = more == 0 ? err_set(err, ERR_USAGE, "%s: the file is empty", name) : more < 0;
    failed = failed || read_names(&csv, alone, &columns, samples, err) != 0;
    while (!failed && (more = read_line(&csv, err)) > 0)
        failed = take_line(&csv, &columns, samples, err);
    strings_release(&csv.fields);
    strings_release(&columns.names);
    free(csv.columns);
    free(columns.lists);
    return failed || more < 0 ? -1 : 0;
}

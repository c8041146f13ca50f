#include "metrics/answer.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/json_walk.h"

/* No server has so many; each is compared with those before it. */
#define LABELS_MOST 256
#define WARNINGS_MOST 16

struct reading {
    struct json_walk scan;
    const struct answer_sink *sink;
    struct answer *answer;
};

void answer_release(struct answer *answer)
{
    text_release(&answer->error_type);
    text_release(&answer->error);
    strings_release(&answer->warnings);
    *answer = (struct answer){.failed = false};
}

/* "1.5", "NaN", "+Inf"; a stale marker is no value. */
static double value_of(struct json_walk *scan)
{
    if (json_walk_is(scan, 'n')) {
        json_walk_skip(scan);
        return NAN;
    }
    if (!json_walk_is(scan, '"'))
        return json_walk_number(scan);
    const char *text = json_walk_string(scan);
    char *end;
    if (strcmp(text, "StaleNaN") == 0)
        return NAN;
    double value = strtod(text, &end);
    if (end == text || *end != '\0')
        json_walk_fail(scan, "expected a number in quotes, as \"42.5\" or \"NaN\"");
    return value;
}

/* [1700000000.5, "42"] */
static void read_point(struct reading *reading)
{
    struct json_walk *scan = &reading->scan;
    json_walk_array(scan);
    double at_s = json_walk_element(scan) ? json_walk_number(scan) : NAN;
    bool whole = json_walk_element(scan);
    double value = whole ? value_of(scan) : NAN;
    if (!whole || isnan(at_s) || json_walk_element(scan))
        json_walk_fail(scan, "expected a point: [seconds since 1970, \"value\"]");
    if (json_walk_failed(scan))
        return;
    reading->answer->points++;
    reading->sink->point(reading->sink->owner, at_s, value);
}

static void read_labels(struct json_walk *scan, struct labels *labels)
{
    json_walk_object(scan);
    while (json_walk_member(scan)) {
        char *name = xstrdup(text_string(&scan->key));
        labels_set(labels, name, json_walk_string(scan));
        free(name);
        if (labels->count > LABELS_MOST)
            json_walk_fail(scan, "a series of more than 256 labels");
    }
}

/* `many`: a list of them. */
static void read_points(struct reading *reading, bool many)
{
    if (!many) {
        read_point(reading);
        return;
    }
    json_walk_array(&reading->scan);
    while (json_walk_element(&reading->scan))
        read_point(reading);
}

/* Points that stood before the labels of their series: gone back to. */
static void read_points_at(struct reading *reading, const char *at, bool many)
{
    struct json_walk *scan = &reading->scan;
    const char *behind = scan->at;
    size_t depth = scan->depth;
    bool first = scan->first;
    scan->at = at;
    read_points(reading, many);
    if (json_walk_failed(scan))
        return;
    scan->at = behind;
    scan->depth = depth;
    scan->first = first;
}

static void begin_series(struct reading *reading)
{
    struct labels labels = {NULL, 0};
    read_labels(&reading->scan, &labels);
    reading->answer->series++;
    if (!reading->sink->series(reading->sink->owner, &labels))
        json_walk_fail(&reading->scan, "more series than can be held");
    labels_release(&labels);
}

/* {"metric": {...}, "values": [[...], ...]}, or "value": [...]; in any order. */
static void read_series(struct reading *reading)
{
    struct json_walk *scan = &reading->scan;
    const char *early = NULL;
    bool named = false, many = false;
    json_walk_object(scan);
    while (json_walk_member(scan)) {
        bool values = json_walk_key_is(scan, "values"), value = json_walk_key_is(scan, "value");
        if (json_walk_key_is(scan, "metric")) {
            begin_series(reading);
            named = true;
        } else if ((values || value) && named) {
            read_points(reading, values);
        } else {
            early = values || value ? scan->at : early;
            many = values || (many && !value);
            reading->answer->histograms |=
                json_walk_key_is(scan, "histogram") || json_walk_key_is(scan, "histograms");
            json_walk_skip(scan);
        }
    }
    if (!named)
        json_walk_fail(scan, "expected 'metric', the labels of a series");
    if (early != NULL && !json_walk_failed(scan))
        read_points_at(reading, early, many);
}

/* A list of series; of a scalar its only point. */
static void read_result(struct reading *reading)
{
    struct json_walk *scan = &reading->scan;
    const char *start = scan->at;
    json_walk_array(scan);
    bool any = json_walk_element(scan);
    if (any && !json_walk_is(scan, '{')) {
        struct labels none = {NULL, 0};
        scan->at = start; /* the point begins with the bracket that was taken for a list's */
        scan->depth--;
        reading->answer->series++;
        if (reading->sink->series(reading->sink->owner, &none))
            read_point(reading);
        else
            json_walk_fail(scan, "more series than can be held");
        labels_release(&none);
        return;
    }
    for (; any; any = json_walk_element(scan))
        read_series(reading);
}

static void read_data(struct reading *reading)
{
    struct json_walk *scan = &reading->scan;
    bool found = false;
    if (json_walk_is(scan, '[')) {
        read_result(reading);
        return;
    }
    json_walk_object(scan);
    while (json_walk_member(scan))
        if (json_walk_key_is(scan, "result")) {
            found = true;
            read_result(reading);
        } else {
            json_walk_skip(scan);
        }
    if (!found)
        json_walk_fail(scan, "expected 'result' in the data");
}

static void keep(struct json_walk *scan, struct text *into)
{
    text_clear(into);
    text_add_string(into, json_walk_string(scan));
}

static void read_warnings(struct reading *reading)
{
    json_walk_array(&reading->scan);
    while (json_walk_element(&reading->scan)) {
        const char *warning = json_walk_string(&reading->scan);
        if (reading->answer->warnings.count < WARNINGS_MOST &&
            !strings_has(&reading->answer->warnings, warning))
            strings_add(&reading->answer->warnings, warning);
    }
}

/* The whole answer; `data` of it may be all there is, so its members are looked for as well. */
static void read_answer(struct reading *reading)
{
    struct json_walk *scan = &reading->scan;
    bool found = false;
    json_walk_object(scan);
    while (json_walk_member(scan)) {
        if (json_walk_key_is(scan, "data") && !json_walk_is(scan, 'n')) {
            read_data(reading);
            found = true;
        } else if (json_walk_key_is(scan, "result")) {
            read_result(reading);
            found = true;
        } else if (json_walk_key_is(scan, "status")) {
            reading->answer->failed = strcmp(json_walk_string(scan), "error") == 0;
        } else if (json_walk_key_is(scan, "errorType")) {
            keep(scan, &reading->answer->error_type);
        } else if (json_walk_key_is(scan, "error")) {
            keep(scan, &reading->answer->error);
        } else if (json_walk_key_is(scan, "warnings") && json_walk_is(scan, '[')) {
            read_warnings(reading);
        } else {
            json_walk_skip(scan);
        }
    }
    if (!found && !reading->answer->failed)
        json_walk_fail(scan, "expected an answer of Prometheus, with 'data' or 'result'");
}

int answer_read(const char *bytes, size_t length, const char *name, const struct answer_sink *sink,
                struct answer *answer, struct err *err)
{
    struct reading reading = {.sink = sink, .answer = answer};
    *answer = (struct answer){.failed = false};
    json_walk_init(&reading.scan, bytes, length, name);
    if (json_walk_is(&reading.scan, '['))
        read_result(&reading);
    else
        read_answer(&reading);
    return json_walk_end(&reading.scan, err);
}

static bool place_series(void *owner, struct labels *labels_take)
{
    struct answer_grid *grid = owner;
    if (grid->set->count > 0 && grid->set->count > ANSWER_CELLS_MOST / (grid->set->grid.rows + 1))
        return false;
    grid->series = (size_t)(series_of(grid->set, labels_take) - grid->set->items);
    return true;
}

static void place_point(void *owner, double at_s, double value)
{
    struct answer_grid *grid = owner;
    long row = grid_row(&grid->set->grid, at_s);
    if (row >= 0)
        grid->set->items[grid->series].values[row] = isinf(value) ? NAN : value;
}

struct answer_sink answer_into(struct answer_grid *grid)
{
    return (struct answer_sink){place_series, place_point, grid};
}

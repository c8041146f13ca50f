/* A Prometheus page as a snapshot: each series that holds memory, or things that take some, is a site.
 *
 * Holds bytes: a gauge (or a metric of no type) named *_bytes. Holds objects: one whose name ends in a word of
 * `things`. Counters only rise, histograms are of events; limits (`_max_bytes`, `_limit_bytes`) and address space
 * (`virtual_memory`) are not held.
 * Source: prometheus.io/docs/instrumenting/exposition_formats (text format 0.0.4), OpenMetrics 1.0. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/formats.h"
#include "format/lines.h"

static const char *const things[] = {
    "_objects", "_handles",    "_handles_total", "_requests_total", "_resources_total",
    "_fds",     "_goroutines", "_threads",       "_connections",    "_entries",
    NULL,
};
static const char *const not_held[] = {"_max_", "_limit_", "virtual_memory", NULL};

static bool ends_in(struct span name, const char *tail)
{
    size_t length = strlen(tail);
    return name.length >= length && memcmp(name.bytes + name.length - length, tail, length) == 0;
}

static struct span take_name(struct span *rest)
{
    struct span name = {rest->bytes, 0};
    while (name.length < rest->length && memchr("{ \t", rest->bytes[name.length], 3) == NULL)
        name.length++;
    rest->bytes += name.length;
    rest->length -= name.length;
    return name;
}

/* {a="b",c="d"}: a brace within quotes does not end it. */
static bool skip_labels(struct span *rest)
{
    bool quoted = false;
    if (!span_starts_with(*rest, "{"))
        return true;
    for (size_t at = 1; at < rest->length; at++) {
        if (quoted && rest->bytes[at] == '\\')
            at++;
        else if (rest->bytes[at] == '"')
            quoted = !quoted;
        else if (!quoted && rest->bytes[at] == '}') {
            rest->bytes += at + 1;
            rest->length -= at + 1;
            return true;
        }
    }
    return false;
}

/* A value, and a time stamp that may follow it. */
static bool take_value(struct span rest, double *value)
{
    char copy[64], *end;
    span_skip_blanks(&rest);
    size_t length = 0;
    while (length < rest.length && memchr(" \t", rest.bytes[length], 2) == NULL)
        length++;
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, rest.bytes, length);
    copy[length] = '\0';
    *value = strtod(copy, &end);
    return *end == '\0' && (size_t)(end - copy) == length;
}

/* The type that a "# TYPE name type" line gave to the metrics behind it. */
struct type {
    struct span name;
    bool held; /* gauge, untyped, unknown */
};

static void take_comment(struct span line, struct type *type)
{
    if (!span_take(&line, "# TYPE "))
        return;
    type->name = take_name(&line);
    span_skip_blanks(&line);
    type->held = span_starts_with(line, "gauge") || span_starts_with(line, "untyped") ||
                 span_starts_with(line, "unknown");
}

/* A histogram's series are called name_bucket and so on. */
static bool is_of(struct span name, const struct type *type)
{
    return type->name.bytes != NULL && name.length >= type->name.length &&
           memcmp(name.bytes, type->name.bytes, type->name.length) == 0;
}

enum held { HELD_NOTHING, HELD_BYTES, HELD_OBJECTS };

static enum held what_is_held(struct span name, const struct type *type)
{
    if (is_of(name, type) && !type->held)
        return HELD_NOTHING;
    for (size_t i = 0; not_held[i] != NULL; i++)
        if (span_has(name, not_held[i]))
            return HELD_NOTHING;
    if (ends_in(name, "_bytes"))
        return HELD_BYTES;
    for (size_t i = 0; things[i] != NULL; i++)
        if (ends_in(name, things[i]) && (is_of(name, type) || !ends_in(name, "_total")))
            return HELD_OBJECTS;
    return HELD_NOTHING;
}

static bool take_series(struct span line, const struct type *type, struct gather *gather)
{
    struct span rest = line, name = take_name(&rest);
    double value;
    if (name.length == 0 || !skip_labels(&rest))
        return false;
    struct span series = {line.bytes, (size_t)(rest.bytes - line.bytes)};
    if (!take_value(rest, &value))
        return false;
    enum held held = what_is_held(name, type);
    if (held == HELD_BYTES)
        gather_rounded(gather, series.bytes, series.length, value, (double)NAN, 0);
    if (held == HELD_OBJECTS)
        gather_rounded(gather, series.bytes, series.length, (double)NAN, value, 0);
    return true;
}

bool prometheus_detect(const struct snapshot_text *text)
{
    struct span start = {text->bytes, text->length < 65536 ? text->length : 65536};
    return span_starts_with(start, "# HELP ") || span_starts_with(start, "# TYPE ") ||
           span_has(start, "\n# TYPE ");
}

int prometheus_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct lines lines;
    struct type type = {.held = false};
    size_t first_bad = 0, good = 0;
    lines_init(&lines, text->bytes, text->length);
    while (lines_next(&lines)) {
        struct span line = lines.line;
        span_skip_blanks(&line);
        if (line.length == 0 || *line.bytes == '#') {
            take_comment(line, &type);
            continue;
        }
        if (lines.whole && take_series(line, &type, gather)) {
            good++;
            continue;
        }
        gather->snapshot->skipped++;
        first_bad = first_bad == 0 ? lines.number : first_bad;
    }
    if (good > 0 || first_bad == 0)
        return 0;
    return err_set(err, ERR_USAGE, "%s:%zu: no line of a Prometheus page (expected 'NAME{LABELS} VALUE')",
                   text->name, first_bad);
}

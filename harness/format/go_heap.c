/* Go's heap profile as text (net/http/pprof, debug=1).
 *
 * A record is a sample: one allocation in RATE bytes is seen. What stood behind it is
 * estimated as Go's own pprof does; the text says twice the rate.
 * Source: Go src/runtime/pprof/pprof.go writeHeapInternal;
 * pprof's profile/legacy_profile.go scaleHeapSample. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/formats.h"
#include "format/lines.h"
#include "format/sampled.h"

static const char mark[] = "heap profile: ";

bool go_heap_detect(const struct snapshot_text *text)
{
    return span_starts_with((struct span){text->bytes, text->length}, mark);
}

/* The tab-separated field `index` of a line, without the blanks that pad it; length 0 when there is none. */
static struct span tab_field(struct span line, unsigned index)
{
    const char *end = line.bytes + line.length, *at = line.bytes;
    while (index-- > 0) {
        at = memchr(at, '\t', (size_t)(end - at));
        if (at == NULL)
            return (struct span){NULL, 0};
        at++;
    }
    const char *tab = memchr(at, '\t', (size_t)(end - at));
    struct span field = {at, (size_t)((tab != NULL ? tab : end) - at)};
    span_trim(&field);
    return field;
}

/* "#\t0x4a1b2c\tmain.handler+0x6c\t\t/app/main.go:31": the frame "main.handler /app/main.go:31". */
static char *frame_name(struct span line)
{
    struct span function = tab_field(line, 2), place = {NULL, 0};
    for (unsigned index = 3; index < 8 && place.length == 0; index++) /* tabs also pad the columns */
        place = tab_field(line, index);
    if (function.length == 0 || place.length == 0 || function.length + place.length > 1 << 16)
        return NULL;
    const char *offset = memmem(function.bytes, function.length, "+0x", 3);
    if (offset != NULL)
        function.length = (size_t)(offset - function.bytes);
    return xasprintf("%.*s %.*s", (int)function.length, function.bytes, (int)place.length, place.bytes);
}

/* The record whose frames are being read. */
struct record {
    double bytes, objects;
    bool open; /* its first frame outside the runtime is still to come */
    char *innermost;
};

static void close_record(struct record *record, struct gather *gather, const char *site, double rate)
{
    if (record->open && record->objects > 0) {
        double each = record->bytes / record->objects;
        if (site == NULL)
            gather->snapshot->skipped++;
        else
            gather_sampled(gather, site, strlen(site), record->bytes, record->objects,
                           sampled_quantum(record->bytes, each, rate));
    }
    free(record->innermost);
    *record = (struct record){0};
}

static void take_frame(struct record *record, struct gather *gather, struct span line, double rate)
{
    char *name = record->open ? frame_name(line) : NULL;
    if (name == NULL)
        return;
    if (!text_starts_with(name, "runtime.")) {
        close_record(record, gather, name, rate);
        free(name);
    } else if (record->innermost == NULL) {
        record->innermost = name;
    } else {
        free(name);
    }
}

static bool take_field(struct span *rest, double *count, const char *behind)
{
    return span_take_count(rest, count) && span_take(rest, behind);
}

/* "1: 24 [3: 72] @": live objects and bytes, and those ever allocated. */
static bool take_counts(struct span *rest, double *objects, double *bytes)
{
    double ever;
    return take_field(rest, objects, ": ") && take_field(rest, bytes, " [") &&
           take_field(rest, &ever, ": ") && take_field(rest, &ever, "] @");
}

/* "1: 24 [3: 72] @ 0x4a1b2c ...": n blocks of b bytes that live. */
static bool open_record(struct record *record, struct span line, double rate)
{
    double objects, bytes;
    if (!take_counts(&line, &objects, &bytes))
        return false;
    double scale = objects > 0 ? sampled_scale(bytes / objects, rate) : 1;
    *record = (struct record){.bytes = bytes * scale, .objects = objects * scale, .open = true};
    return true;
}

static void take_line(struct record *record, struct gather *gather, const struct lines *lines, double rate)
{
    if (!lines->whole) {
        gather->snapshot->skipped++;
        record->open = false;
    } else if (lines->line.length == 0) {
        close_record(record, gather, record->innermost, rate);
    } else if (lines->line.bytes[0] == '#') {
        take_frame(record, gather, lines->line, rate);
    } else {
        close_record(record, gather, record->innermost, rate);
        if (!open_record(record, lines->line, rate))
            gather->snapshot->skipped++;
    }
}

static bool read_head(struct span head, double *rate)
{
    double objects, bytes, twice;
    if (!span_take(&head, mark) || !take_counts(&head, &objects, &bytes) || !span_take(&head, " heap/") ||
        !span_take_count(&head, &twice) || !(twice > 0))
        return false;
    *rate = twice / 2;
    return true;
}

int go_heap_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct lines lines;
    struct record record = {0};
    double rate;
    lines_init(&lines, text->bytes, text->length);
    if (!lines_next(&lines) || !lines.whole || !read_head(lines.line, &rate))
        return err_set(err, ERR_USAGE,
                       "%s:1: no heap profile of Go ('heap profile: n: b [n: b] @ heap/RATE')", text->name);
    while (lines_next(&lines))
        take_line(&record, gather, &lines, rate);
    close_record(&record, gather, NULL,
                 rate); /* that no blank line ended it says that frames may be missing */
    return 0;
}

/* Go's heap profile as text (net/http/pprof, debug=1).
 *
 * A record is a sample: one allocation in RATE bytes is seen. What stood behind it is
 * estimated as Go's own pprof does.
 * Source: Go src/runtime/pprof/pprof.go writeHeapInternal;
 * pprof's profile/legacy_profile.go scaleHeapSample. */
#include <ctype.h>
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "sample/snapshot.h"

static const char mark[] = "heap profile: ";

bool go_heap_detect(const char *bytes, size_t length)
{
    return length >= sizeof mark - 1 && memcmp(bytes, mark, sizeof mark - 1) == 0;
}

/* bytes/(1 - exp(-size/RATE)) for blocks of `size`: the chance that a block of that size was sampled. */
static double unsampled(double bytes, double objects, double rate)
{
    return objects > 0 && rate > 1 ? bytes / -expm1(-(bytes / objects) / rate) : bytes;
}

/* The tab-separated field `index` of a line, without the blanks that pad it; length 0 when there is none. */
static size_t tab_field(const char *line, size_t length, unsigned index, const char **start)
{
    const char *end = line + length, *at = line;
    while (index-- > 0) {
        at = memchr(at, '\t', (size_t)(end - at));
        if (at == NULL)
            return 0;
        at++;
    }
    const char *tab = memchr(at, '\t', (size_t)(end - at));
    *start = at;
    for (end = tab != NULL ? tab : end; end > at && isspace((unsigned char)end[-1]);)
        end--;
    return (size_t)(end - at);
}

/* "#\t0x4a1b2c\tmain.handler+0x6c\t\t/app/main.go:31": the frame "main.handler /app/main.go:31". */
static char *frame_name(const char *line, size_t length)
{
    const char *function, *place;
    size_t function_length = tab_field(line, length, 2, &function), place_length = 0;
    if (function_length == 0)
        return NULL;
    for (unsigned index = 3; index < 8 && place_length == 0; index++) /* tabs also pad the columns */
        place_length = tab_field(line, length, index, &place);
    if (place_length == 0)
        return NULL;
    const char *offset = memmem(function, function_length, "+0x", 3);
    if (offset != NULL)
        function_length = (size_t)(offset - function);
    return xasprintf("%.*s %.*s", (int)function_length, function, (int)place_length, place);
}

/* The record whose frames are being read. */
struct record {
    double bytes, objects;
    bool open; /* its first frame outside the runtime is still to come */
    char *innermost;
};

static void close_record(struct record *record, struct snapshot *snapshot, const char *site)
{
    if (record->open && site != NULL && record->objects > 0) {
        struct site *added = snapshot_add_site(snapshot, site, strlen(site));
        added->bytes = record->bytes;
        added->objects = record->objects;
    }
    free(record->innermost);
    *record = (struct record){0};
}

static void take_frame(struct record *record, struct snapshot *snapshot, const char *line, size_t length)
{
    char *name = record->open ? frame_name(line, length) : NULL;
    if (name == NULL)
        return;
    if (!text_starts_with(name, "runtime.")) {
        close_record(record, snapshot, name);
        free(name);
    } else if (record->innermost == NULL) {
        record->innermost = name;
    } else {
        free(name);
    }
}

/* What the rate leaves unknown about a site: a site smaller than one sample may not be seen at all. */
static void set_quantum(struct snapshot *snapshot, double rate)
{
    for (size_t i = 0; i < snapshot->count; i++)
        snapshot->sites[i].quantum = rate > 1 ? rate : 0;
}

static int read_rate(const char *bytes, size_t length, const char *name, double *rate, struct err *err)
{
    const char *newline = memchr(bytes, '\n', length);
    char *head = xstrndup(bytes, newline != NULL ? (size_t)(newline - bytes) : length);
    double twice_rate;
    bool good =
        sscanf(head, "heap profile: %*u: %*u [%*u: %*u] @ heap/%lf", &twice_rate) == 1 && twice_rate > 0;
    free(head);
    if (!good)
        return err_set(err, ERR_USAGE,
                       "%s:1: no heap profile of Go ('heap profile: n: b [n: b] @ heap/RATE')", name);
    *rate = twice_rate / 2; /* the text says twice the rate */
    return 0;
}

/* "1: 24 [3: 72] @ 0x4a1b2c ...": n blocks of b bytes that live. */
static bool open_record(struct record *record, const char *line, size_t length, double rate)
{
    char start[128];
    snprintf(start, sizeof start, "%.*s", (int)(length < sizeof start ? length : sizeof start - 1), line);
    double objects, sampled;
    if (sscanf(start, "%lf: %lf [%*u: %*u] @", &objects, &sampled) != 2)
        return false;
    double whole = unsampled(sampled, objects, rate);
    *record = (struct record){.bytes = whole, .objects = objects, .open = true};
    if (sampled > 0)
        record->objects *= whole / sampled;
    return true;
}

static void take_line(struct record *record, struct snapshot *snapshot, const char *line, size_t length,
                      double rate)
{
    if (length == 0)
        return;
    if (*line == '#') {
        take_frame(record, snapshot, line, length);
        return;
    }
    close_record(record, snapshot, record->innermost);
    if (!open_record(record, line, length, rate))
        snapshot->skipped++;
}

int go_heap_parse(const char *bytes, size_t length, const char *name, struct snapshot *snapshot,
                  struct err *err)
{
    double rate = 0;
    if (length == 0)
        return 0;
    if (read_rate(bytes, length, name, &rate, err) != 0)
        return -1;
    struct record record = {0};
    const char *end = bytes + length, *newline = memchr(bytes, '\n', length);
    while (newline != NULL && newline + 1 < end) {
        const char *line = newline + 1;
        newline = memchr(line, '\n', (size_t)(end - line));
        take_line(&record, snapshot, line, (size_t)((newline != NULL ? newline : end) - line), rate);
    }
    close_record(&record, snapshot, record.innermost);
    set_quantum(snapshot, rate);
    return 0;
}

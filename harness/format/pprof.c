/* A heap profile in pprof's protobuf, as Go's /debug/pprof/heap gives it (compressed with gzip, which snapshot.c has
 * undone).
 *
 * Its values are scaled already, unlike those of the text: they are estimates of all that lives. A site is the
 * innermost frame outside Go's runtime.
 * Source: github.com/google/pprof proto/profile.proto; Go src/runtime/pprof/protomem.go writeHeapProto. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "format/formats.h"
#include "format/pprof_tables.h"
#include "format/sampled.h"

/* What stands for live bytes, and for live objects beside it: Go, then Node's pprof and tcmalloc. */
static const struct {
    const char *bytes, *objects;
} live_types[] = {{"inuse_space", "inuse_objects"}, {"space", "objects"}};

struct reading {
    struct pprof_tables tables;
    struct gather *gather;
    size_t bytes_at, objects_at; /* places of the values in a sample */
    double rate;                 /* one sample in so many bytes; 0: all */
};

static bool find_types(struct reading *reading)
{
    const struct pprof_tables *tables = &reading->tables;
    for (size_t i = 0; i < sizeof live_types / sizeof *live_types; i++) {
        reading->bytes_at = pprof_type_place(tables, live_types[i].bytes);
        reading->objects_at = pprof_type_place(tables, live_types[i].objects);
        if (reading->bytes_at != SIZE_MAX)
            return true;
    }
    return false;
}

/* "main.keepQuote /app/leak.go:24"; an address where no function is known. */
static size_t place_of(struct reading *reading, const struct pprof_frame *frame)
{
    struct text name = TEXT_EMPTY;
    text_add(&name, frame->function.bytes, frame->function.length);
    if (name.length == 0)
        text_addf(&name, "0x%llx", (unsigned long long)frame->address);
    if (frame->file.length > 0) {
        text_add_char(&name, ' ');
        text_add(&name, frame->file.bytes, frame->file.length);
        text_addf(&name, ":%llu", (unsigned long long)frame->line);
    }
    size_t place = gather_place(reading->gather, name.bytes, name.length);
    text_release(&name);
    return place;
}

/* The innermost frame outside the runtime; that of the runtime where there is no other. */
static void look_for_site(struct reading *reading, uint64_t id, struct pprof_location **found)
{
    struct pprof_location *location = pprof_location(&reading->tables, id);
    if (location == NULL || (*found != NULL && !pprof_is_runtime(&(*found)->frame)))
        return;
    if (*found == NULL || !pprof_is_runtime(&location->frame))
        *found = location;
}

struct sample {
    double bytes, objects;
    size_t values;
    struct pprof_location *site;
};

static void take_sample_value(const struct reading *reading, struct sample *sample, uint64_t value)
{
    if (sample->values == reading->bytes_at)
        sample->bytes = (double)(int64_t)value;
    if (sample->values == reading->objects_at)
        sample->objects = (double)(int64_t)value;
    sample->values++;
}

/* Source: profile.proto Sample: location_id = 1, value = 2. */
static bool read_sample(struct reading *reading, const struct protobuf *field, struct sample *sample)
{
    struct protobuf message;
    *sample = (struct sample){.bytes = (double)NAN, .objects = (double)NAN};
    protobuf_within(&message, field);
    while (protobuf_next(&message)) {
        struct protobuf rest = {0};
        uint64_t number;
        while (message.number <= 2 && protobuf_number(&message, &rest, &number))
            if (message.number == 1)
                look_for_site(reading, number, &sample->site);
            else
                take_sample_value(reading, sample, number);
    }
    return !message.bad;
}

static void add_sample(struct reading *reading, const struct sample *sample)
{
    struct gather *gather = reading->gather;
    if (sample->site == NULL || isnan(sample->bytes) || sample->bytes < 0 || sample->objects < 0) {
        gather->snapshot->skipped++;
        return;
    }
    if (!(sample->bytes > 0))
        return;
    if (sample->site->site == SIZE_MAX)
        sample->site->site = place_of(reading, &sample->site->frame);
    double each = sample->objects > 0 ? sample->bytes / sample->objects : (double)NAN;
    gather_at(gather, sample->site->site, sample->bytes, sample->objects,
              sampled_quantum(sample->bytes, each, reading->rate));
}

static int fail_at(const struct snapshot_text *text, const unsigned char *at, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "%s: byte %zu: no field of a pprof profile, or cut short here (expected profile.proto)",
                   text->name, (size_t)(at - (const unsigned char *)text->bytes) + 1);
}

static int read_samples(struct reading *reading, const struct snapshot_text *text, struct err *err)
{
    struct protobuf wire;
    struct sample sample;
    protobuf_init(&wire, text->bytes, text->length);
    while (protobuf_next(&wire)) {
        if (wire.number != PPROF_SAMPLE || wire.type != PROTOBUF_BYTES)
            continue;
        if (!read_sample(reading, &wire, &sample))
            return fail_at(text, wire.bytes, err);
        add_sample(reading, &sample);
    }
    return 0;
}

/* No text begins so, and all of it is fields of a profile: whole as far as 32 of them go. */
bool pprof_detect(const struct snapshot_text *text)
{
    struct protobuf wire;
    bool typed = false;
    protobuf_init(&wire, text->bytes, text->length);
    for (int fields = 0; fields < 32 && protobuf_next(&wire); fields++) {
        if (wire.number > PPROF_FIELD_LAST || (wire.type != PROTOBUF_VARINT && wire.type != PROTOBUF_BYTES))
            return false;
        typed = typed || (wire.type == PROTOBUF_BYTES &&
                          (wire.number == PPROF_SAMPLE_TYPE || wire.number == PPROF_PERIOD_TYPE));
    }
    return typed;
}

int pprof_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct reading reading = {.gather = gather};
    const unsigned char *fault = NULL;
    int failed = 0;
    switch (pprof_tables_read(&reading.tables, text->bytes, text->length, &fault)) {
    case PPROF_FAULT:
        failed = fail_at(text, fault, err);
        break;
    case PPROF_TOO_MANY:
        failed = err_set(err, ERR_USAGE,
                         "%s: more than %zu strings, functions or locations, the most that are read",
                         text->name, PPROF_ENTRIES_MOST);
        break;
    case PPROF_READ:
        if (!find_types(&reading))
            failed =
                err_set(err, ERR_USAGE, "%s: no heap profile: it has no sample type 'inuse_space' or 'space'",
                        text->name);
    }
    if (!failed) {
        reading.rate = pprof_rate(&reading.tables);
        failed = read_samples(&reading, text, err);
    }
    pprof_tables_release(&reading.tables);
    return failed;
}

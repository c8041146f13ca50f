/* V8's sampling heap profile (.heapprofile): a tree of call frames, each with what was allocated in it and lives.
 *
 * V8 has already scaled what it saw (selfSize is an estimate of all). A frame in several places of the tree is one
 * site, unless it is not yours: then it is one for each of your frames that called it. The rate is not in the file: the smallest of `samples` is about one step of it; without them it is taken to
 * be V8's default. Each sample is then known to that step, and they are independent.
 * Source: Chrome DevTools Protocol, HeapProfiler.SamplingHeapProfile; V8 src/profiler/sampling-heap-profiler.cc
 * (ScaleSample). */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/json_walk.h"
#include "format/formats.h"
#include "format/room.h"
#include "format/sampled.h"
#include "format/site.h"

#define RATE_DEFAULT 32768.0 /* of HeapProfiler.startSampling */
#define TREE_DEPTH 1024      /* V8 keeps at most 128 frames of a stack */

/* A node's number in the profile and the place of its site in the snapshot. */
struct node {
    double id;
    size_t place;
};

/* One sample: its node's number, and what it stands for. */
struct step {
    double id, bytes;
};

struct profile {
    struct json_walk scan;
    struct gather *gather;
    struct node *nodes;
    size_t count;
    struct step *steps;
    size_t step_count;
    size_t depth;
    char *frames[TREE_DEPTH + 2]; /* by depth, of the stack that is read */
};

static void add_node(struct profile *profile, double id, size_t place)
{
    profile->nodes = room_for_one(profile->nodes, profile->count, sizeof *profile->nodes);
    profile->nodes[profile->count++] = (struct node){id, place};
}

static void add_step(struct profile *profile, double id, double bytes)
{
    profile->steps = room_for_one(profile->steps, profile->step_count, sizeof *profile->steps);
    profile->steps[profile->step_count++] = (struct step){id, bytes};
}

/* "keepQuote file:///app/leak.js:7", "slice (built in)"; V8 counts lines from 0, and from -1 where there are none. */
static void take_frame(struct json_walk *scan, struct text *name)
{
    struct text url = TEXT_EMPTY;
    double line = -1;
    text_clear(name);
    json_walk_object(scan);
    while (json_walk_member(scan))
        if (json_walk_key_is(scan, "functionName"))
            text_add_string(name, json_walk_string(scan));
        else if (json_walk_key_is(scan, "url"))
            text_add_string(&url, json_walk_string(scan));
        else if (json_walk_key_is(scan, "lineNumber"))
            line = json_walk_number(scan);
        else
            json_walk_skip(scan);
    if (name->length > 0 && name->bytes[0] != '(' && url.length == 0)
        text_add_string(name, " (built in)");
    if (name->length == 0)
        text_add_string(name, "(anonymous)");
    if (url.length > 0)
        text_addf(name, " %s", text_string(&url));
    if (url.length > 0 && line >= 0 && line < 1e9)
        text_addf(name, ":%.0f", line + 1);
    text_release(&url);
}

/* Frames without a path, as "(root)", are nobody's. */
static void add_caller(const struct profile *profile, struct text *name)
{
    if (site_whose(name->bytes) == WHOSE_YOURS)
        return;
    for (size_t depth = profile->depth; depth-- > 0;) {
        const char *frame = profile->frames[depth];
        if (frame != NULL && strchr(frame, '/') != NULL && site_whose(frame) == WHOSE_YOURS) {
            text_addf(name, "%s%s", SITE_CALLER, frame);
            return;
        }
    }
}

static void gather_node(struct profile *profile, struct text *name, double bytes, double id)
{
    if (bytes == 0)
        return;
    add_caller(profile, name);
    gather_rounded(profile->gather, name->bytes, name->length, bytes, (double)NAN, 0);
    if (bytes > 0)
        add_node(profile, id, gather_place(profile->gather, name->bytes, name->length));
}

static void take_children(struct profile *profile);

static void take_node(struct profile *profile)
{
    struct json_walk *scan = &profile->scan;
    struct text name = TEXT_EMPTY;
    double bytes = (double)NAN, id = (double)NAN;
    json_walk_object(scan);
    while (json_walk_member(scan))
        if (json_walk_key_is(scan, "callFrame")) {
            take_frame(scan, &name);
            free(profile->frames[profile->depth]);
            profile->frames[profile->depth] = xstrdup(text_string(&name));
        } else if (json_walk_key_is(scan, "selfSize"))
            bytes = json_walk_number(scan);
        else if (json_walk_key_is(scan, "id"))
            id = json_walk_number(scan);
        else if (json_walk_key_is(scan, "children"))
            take_children(profile);
        else
            json_walk_skip(scan);
    if (name.length == 0 || isnan(bytes))
        json_walk_fail(scan, "a node needs 'callFrame' and 'selfSize'");
    if (!json_walk_failed(scan))
        gather_node(profile, &name, bytes, id);
    free(profile->frames[profile->depth]); /* the next of this depth may come without one */
    profile->frames[profile->depth] = NULL;
    text_release(&name);
}

static void take_children(struct profile *profile)
{
    if (++profile->depth > TREE_DEPTH)
        json_walk_fail(&profile->scan, "a call tree deeper than 1024 frames");
    json_walk_array(&profile->scan);
    while (json_walk_element(&profile->scan))
        take_node(profile);
    profile->depth--;
}

static void take_samples(struct profile *profile)
{
    struct json_walk *scan = &profile->scan;
    json_walk_array(scan);
    while (json_walk_element(scan)) {
        double bytes = 0, id = 0;
        json_walk_object(scan);
        while (json_walk_member(scan))
            if (json_walk_key_is(scan, "size"))
                bytes = json_walk_number(scan);
            else if (json_walk_key_is(scan, "nodeId"))
                id = json_walk_number(scan);
            else
                json_walk_skip(scan);
        if (bytes > 0 && isfinite(bytes))
            add_step(profile, id, bytes);
    }
}

static int by_id(const void *left, const void *right)
{
    const struct node *a = left, *b = right;
    return (a->id > b->id) - (a->id < b->id);
}

static void widen_by(struct profile *profile, size_t place, double step, double bytes)
{
    gather_widen(profile->gather, place, sampled_quantum(step, (double)NAN, step));
    gather_taken(profile->gather, place, 0, bytes); /* one block, where it is larger than some steps */
}

static void widen_by_samples(struct profile *profile)
{
    double step = INFINITY;
    for (size_t i = 0; i < profile->step_count; i++)
        step = fmin(step, profile->steps[i].bytes);
    if (profile->count > 0)
        qsort(profile->nodes, profile->count, sizeof *profile->nodes, by_id);
    for (size_t i = 0; i < profile->step_count; i++) {
        struct node key = {.id = profile->steps[i].id};
        const struct node *node =
            profile->count > 0 ? bsearch(&key, profile->nodes, profile->count, sizeof key, by_id) : NULL;
        if (node != NULL && node->place != SIZE_MAX)
            widen_by(profile, node->place, step, profile->steps[i].bytes);
    }
}

static void widen(struct profile *profile)
{
    struct snapshot *snapshot = profile->gather->snapshot;
    if (profile->step_count > 0) {
        widen_by_samples(profile);
        return;
    }
    for (size_t i = 0; i < snapshot->count; i++)
        gather_widen(profile->gather, i,
                     sampled_quantum(snapshot->sites[i].bytes, (double)NAN, RATE_DEFAULT));
}

bool v8_heap_detect(const struct snapshot_text *text)
{
    struct json_walk scan;
    json_walk_init(&scan, text->bytes, text->length, text->name);
    bool found = json_walk_is(&scan, '{') && json_walk_object(&scan) && json_walk_member(&scan) &&
                 (json_walk_key_is(&scan, "head") || json_walk_key_is(&scan, "samples")) &&
                 memmem(text->bytes, text->length, "\"selfSize\"", 10) != NULL;
    json_walk_release(&scan);
    return found;
}

int v8_heap_parse(const struct snapshot_text *text, struct gather *gather, struct err *err)
{
    struct profile profile = {.gather = gather};
    bool head = false;
    json_walk_init(&profile.scan, text->bytes, text->length, text->name);
    json_walk_object(&profile.scan);
    while (json_walk_member(&profile.scan))
        if (json_walk_key_is(&profile.scan, "head")) {
            head = true;
            take_node(&profile);
        } else if (json_walk_key_is(&profile.scan, "samples"))
            take_samples(&profile);
        else
            json_walk_skip(&profile.scan);
    int failed = json_walk_end(&profile.scan, err);
    if (!failed && !head)
        failed = err_set(err, ERR_USAGE, "%s:1: no heap profile of V8 ({\"head\":{\"callFrame\":...}})",
                         text->name);
    if (!failed)
        widen(&profile);
    free(profile.nodes);
    free(profile.steps);
    return failed;
}

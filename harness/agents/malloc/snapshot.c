#include "snapshot.h"

#include <string.h>

#include "frames.h"

enum { SITE_FRAMES = 4, NEAREST = 3, PLACES = 2 * STACKS };

struct total {
    double objects, bytes;
    uint64_t longest; /* bytes of the largest block that was hit */
};

/* Stacks that have their first frames outside the allocators in common. `frames[0]` 0: empty place. */
struct site {
    uintptr_t frames[SITE_FRAMES];
    struct total total;
};

struct snapshot {
    struct samples *samples;
    struct reply storage;
    struct total *totals; /* by stack */
    struct site *sites;   /* by hash, STACKS at most in PLACES */
    struct frames frames;
};

static void add_sample(struct sample sample, void *context)
{
    struct snapshot *snapshot = context;
    double weight = samples_weight((double)sample.bytes, snapshot->samples->every_bytes);
    struct total *total = &snapshot->totals[sample.stack & (STACKS - 1)];
    total->objects += weight;
    total->bytes += weight * (double)sample.bytes;
    total->longest = sample.bytes > total->longest ? sample.bytes : total->longest;
}

static void add_frames(struct snapshot *snapshot, const struct stack *stack)
{
    for (size_t i = 0; i < STACK_FRAMES && stack->frames[i] != 0; i++)
        frames_add(&snapshot->frames, stack->frames[i]);
}

static bool is_allocators(const struct snapshot *snapshot, uintptr_t address)
{
    const struct frame *frame = frames_find(&snapshot->frames, address);
    return frame != NULL && frame->module != NULL && frame->module->allocators;
}

static bool is_programs(const struct snapshot *snapshot, uintptr_t address)
{
    const struct frame *frame = frames_find(&snapshot->frames, address);
    return frame != NULL && frame->module != NULL && !frame->module->library;
}

/* The first frame from `at` outwards that is the program's, 0 where one of those before it is or none is. */
static uintptr_t programs_frame(const struct snapshot *snapshot, const struct stack *stack, size_t first,
                                size_t at)
{
    for (size_t i = first; i < STACK_FRAMES && stack->frames[i] != 0; i++)
        if (is_programs(snapshot, stack->frames[i]))
            return i < at ? 0 : stack->frames[i];
    return 0;
}

/* Where all frames are an allocator's, the first ones. */
static void choose_frames(const struct snapshot *snapshot, const struct stack *stack, struct site *site)
{
    size_t first = 0;
    while (first < STACK_FRAMES && stack->frames[first] != 0 && is_allocators(snapshot, stack->frames[first]))
        first++;
    if (first == STACK_FRAMES || stack->frames[first] == 0)
        first = 0;
    size_t taken = 0;
    for (size_t at = first; taken < NEAREST && at < STACK_FRAMES && stack->frames[at] != 0; at++) {
        if (taken > 0 && is_allocators(snapshot, stack->frames[at]))
            break; /* where threads and programs start */
        site->frames[taken++] = stack->frames[at];
    }
    if (taken == NEAREST)
        site->frames[taken] = programs_frame(snapshot, stack, first, first + taken);
}

static void add_site(struct snapshot *snapshot, const struct site *site)
{
    uint64_t hash = 0;
    for (size_t i = 0; i < SITE_FRAMES; i++)
        hash = (hash ^ site->frames[i]) * 0x9e3779b97f4a7c15;
    for (size_t at = (size_t)(hash >> 32) % PLACES;; at = (at + 1) % PLACES) {
        struct site *place = &snapshot->sites[at];
        if (place->frames[0] != 0 && memcmp(place->frames, site->frames, sizeof site->frames) != 0)
            continue;
        memcpy(place->frames, site->frames, sizeof site->frames);
        place->total.objects += site->total.objects;
        place->total.bytes += site->total.bytes;
        if (site->total.longest > place->total.longest)
            place->total.longest = site->total.longest;
        return;
    }
}

static bool is_live(const struct snapshot *snapshot, size_t stack)
{
    return snapshot->totals[stack].objects > 0 &&
           atomic_load_explicit(&snapshot->samples->stacks.stacks[stack].whole, memory_order_acquire);
}

static void collect(struct snapshot *snapshot)
{
    const struct stack *stacks = snapshot->samples->stacks.stacks;
    samples_each(snapshot->samples, add_sample, snapshot);
    for (size_t i = 0; i < STACKS; i++)
        if (is_live(snapshot, i))
            add_frames(snapshot, &stacks[i]);
    frames_name(&snapshot->frames);
    for (size_t i = 0; i < STACKS; i++) {
        struct site site = {.total = snapshot->totals[i]};
        if (!is_live(snapshot, i))
            continue;
        choose_frames(snapshot, &stacks[i], &site);
        add_site(snapshot, &site);
    }
}

static void say_site(const struct snapshot *snapshot, const struct site *site, struct reply *reply)
{
    reply_addf(reply, "{\"site\":\"");
    for (size_t i = 0; i < SITE_FRAMES && site->frames[i] != 0; i++) {
        const struct frame *frame = frames_find(&snapshot->frames, site->frames[i]);
        reply_addf(reply, i > 0 ? " < " : "");
        if (frame != NULL)
            frames_say(&snapshot->frames, frame, reply);
    }
    reply_addf(reply, "\",\"bytes\":%lld,\"longest\":%llu,\"objects\":%lld}",
               (long long)(site->total.bytes + 0.5), (unsigned long long)site->total.longest,
               (long long)(site->total.objects + 0.5));
}

static void say(const struct snapshot *snapshot, struct reply *reply)
{
    const char *between = "";
    reply_addf(reply,
               "{\"seep_sites\":1,\"source\":\"malloc\",\"every_bytes\":%u,\"dropped\":%llu,\"sites\":[",
               snapshot->samples->every_bytes, (unsigned long long)atomic_load(&snapshot->samples->dropped));
    for (size_t i = 0; i < PLACES; i++) {
        if (snapshot->sites[i].frames[0] == 0)
            continue;
        reply_addf(reply, "%s\n", between);
        say_site(snapshot, &snapshot->sites[i], reply);
        between = ",";
    }
    reply_addf(reply, "\n]}\n");
}

void snapshot_add(struct samples *samples, struct reply *reply)
{
    struct snapshot snapshot = {.samples = samples, .storage = REPLY_EMPTY};
    char *room = reply_room(&snapshot.storage, PLACES * sizeof(struct site) + STACKS * sizeof(struct total));
    if (room == NULL) {
        reply->failed = true;
        return;
    }
    snapshot.sites = (struct site *)(void *)room;
    snapshot.totals = (struct total *)(void *)(room + PLACES * sizeof(struct site));
    frames_begin(&snapshot.frames);
    collect(&snapshot);
    say(&snapshot, reply);
    frames_release(&snapshot.frames);
    reply_release(&snapshot.storage);
}

#include "format/gather.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "format/room.h"

#define SLOTS_FIRST 64
#define QUANTITY_MOST 0x1p63

void gather_init(struct gather *gather, struct snapshot *snapshot)
{
    *gather = (struct gather){.snapshot = snapshot, .slot_count = SLOTS_FIRST};
    gather->slots = xcalloc(SLOTS_FIRST, sizeof *gather->slots);
}

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash ^ hash >> 32;
}

/* Of the name, or the empty one where it is to go. */
static size_t *slot_of(struct gather *gather, const char *name)
{
    size_t at = (size_t)hash_of(name) & (gather->slot_count - 1);
    while (gather->slots[at] != 0 && strcmp(gather->snapshot->sites[gather->slots[at] - 1].name, name) != 0)
        at = (at + 1) & (gather->slot_count - 1);
    return &gather->slots[at];
}

static void grow(struct gather *gather)
{
    free(gather->slots);
    gather->slot_count *= 2;
    gather->slots = xcalloc(gather->slot_count, sizeof *gather->slots);
    for (size_t i = 0; i < gather->snapshot->count; i++)
        *slot_of(gather, gather->snapshot->sites[i].name) = i + 1;
}

/* Length of the UTF-8 character at `at`; 0: there is none, or one that steers a terminal.
 * Source: RFC 3629, section 4. */
static size_t printable(const unsigned char *at, size_t left)
{
    static const struct {
        unsigned char first, last, second_least, second_most, length;
    } rows[] = {
        {0x20, 0x7e, 0, 0, 1},       {0xc2, 0xc2, 0xa0, 0xbf, 2}, {0xc3, 0xdf, 0x80, 0xbf, 2},
        {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3},
        {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
        {0xf4, 0xf4, 0x80, 0x8f, 4},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (at[0] < rows[i].first || at[0] > rows[i].last)
            continue;
        size_t length = rows[i].length;
        if (length > left || (length > 1 && (at[1] < rows[i].second_least || at[1] > rows[i].second_most)))
            return 0;
        for (size_t j = 2; j < length; j++)
            if ((at[j] & 0xc0) != 0x80)
                return 0;
        return length;
    }
    return 0;
}

static char *clean_name(const char *name, size_t length)
{
    struct text clean = TEXT_EMPTY;
    text_add_string(&clean, length == 0 ? "?" : "");
    text_reserve(&clean, length);
    for (size_t at = 0, taken; at < length; at += taken) {
        taken = printable((const unsigned char *)name + at, length - at);
        text_add(&clean, taken > 0 ? name + at : "?", taken > 0 ? taken : 1);
        taken += taken == 0;
    }
    return text_take(&clean);
}

static size_t add_site(struct gather *gather, char *name)
{
    struct snapshot *snapshot = gather->snapshot;
    snapshot->sites = room_for_one(snapshot->sites, snapshot->count, sizeof *snapshot->sites);
    snapshot->sites[snapshot->count] = (struct site){.name = name};
    return snapshot->count++;
}

size_t gather_place(struct gather *gather, const char *name, size_t length)
{
    if (2 * (gather->snapshot->count + 1) > gather->slot_count)
        grow(gather);
    char *clean = clean_name(name, length);
    size_t *slot = slot_of(gather, clean);
    if (*slot == 0 && gather->snapshot->count < GATHER_SITES_MOST) {
        *slot = add_site(gather, clean) + 1;
        return *slot - 1;
    }
    gather->full = gather->full || *slot == 0;
    free(clean);
    return *slot - 1; /* SIZE_MAX for none */
}

static bool is_quantity(double value)
{
    return isnan(value) || (value >= 0 && value <= QUANTITY_MOST);
}

static bool is_entry(struct gather *gather, double bytes, double objects)
{
    bool good = !(isnan(bytes) && isnan(objects)) && is_quantity(bytes) && is_quantity(objects);
    gather->snapshot->skipped += !good;
    return good;
}

static struct site *add(struct gather *gather, size_t place, double bytes, double objects)
{
    if (place == SIZE_MAX)
        return NULL;
    struct site *site = &gather->snapshot->sites[place];
    site->bytes += bytes;
    site->objects += objects;
    return site;
}

void gather_at(struct gather *gather, size_t place, double bytes, double objects, double quantum)
{
    struct site *site = is_entry(gather, bytes, objects) ? add(gather, place, bytes, objects) : NULL;
    if (site != NULL)
        site->quantum = hypot(site->quantum, quantum);
}

void gather_rounded(struct gather *gather, const char *name, size_t length, double bytes, double objects,
                    double quantum)
{
    if (!is_entry(gather, bytes, objects))
        return;
    struct site *site = add(gather, gather_place(gather, name, length), bytes, objects);
    if (site != NULL)
        site->quantum += quantum;
}

void gather_sampled(struct gather *gather, const char *name, size_t length, double bytes, double objects,
                    double quantum)
{
    if (is_entry(gather, bytes, objects))
        gather_at(gather, gather_place(gather, name, length), bytes, objects, quantum);
}

void gather_taken(struct gather *gather, size_t place, double allocated, double longest)
{
    if (place == SIZE_MAX || !(allocated >= 0 && allocated <= QUANTITY_MOST) ||
        !(longest >= 0 && longest <= QUANTITY_MOST))
        return;
    struct site *site = &gather->snapshot->sites[place];
    site->allocated += allocated;
    site->longest = fmax(site->longest, longest);
}

void gather_widen(struct gather *gather, size_t place, double quantum)
{
    struct site *site = &gather->snapshot->sites[place];
    site->quantum = hypot(site->quantum, quantum);
}

int gather_end(struct gather *gather, const char *name, struct err *err)
{
    free(gather->slots);
    if (!gather->full)
        return 0;
    return err_set(err, ERR_USAGE, "%s: more than %zu sites, the most that are read", name,
                   GATHER_SITES_MOST);
}

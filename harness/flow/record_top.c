#include "flow/record_top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "traffic/segment.h"

#define SLOTS (2 * RECORD_TOP_MOST)

/* The route as far as shapes tell it. */
static void name_of(const char *method, const char *url, char name[RECORD_TOP_NAME])
{
    size_t length = (size_t)snprintf(name, RECORD_TOP_NAME, "%.20s ", method);
    for (const char *at = url; *at == '/' && length < RECORD_TOP_NAME - 2;) {
        size_t size = strcspn(++at, "/?#");
        enum shape shape = size > 0 ? segment_shape(at, size) : SHAPE_WORD;
        int added = shape != SHAPE_WORD
                        ? snprintf(name + length, RECORD_TOP_NAME - length, "/{%s}", shape_name(shape))
                        : snprintf(name + length, RECORD_TOP_NAME - length, "/%.*s", (int)size, at);
        length += (size_t)added;
        at += size;
    }
}

/* FNV-1a. */
static size_t slot_of(const char *name)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * UINT32_C(16777619);
    return hash % SLOTS;
}

static struct record_row *row_named(struct record_top *top, const char *name)
{
    size_t slot = slot_of(name);
    for (; top->slots[slot] != 0; slot = (slot + 1) % SLOTS)
        if (strcmp(top->rows[top->slots[slot] - 1].name, name) == 0)
            return &top->rows[top->slots[slot] - 1];
    struct record_row *row = &top->rows[top->count];
    if (top->count == RECORD_TOP_MOST) {
        snprintf(row->name, sizeof row->name, "(others)");
        return row;
    }
    snprintf(row->name, sizeof row->name, "%s", name);
    top->slots[slot] = (uint16_t)++top->count;
    return row;
}

void record_top_add(struct record_top *top, const char *method, const char *url)
{
    char name[RECORD_TOP_NAME];
    name_of(method, url, name);
    row_named(top, name)->count++;
}

static int by_count(const void *one, const void *other)
{
    const struct record_row *a = *(const struct record_row *const *)one,
                            *b = *(const struct record_row *const *)other;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->name, b->name);
}

size_t record_top_first(const struct record_top *top, struct record_row *rows, size_t most)
{
    const struct record_row *order[RECORD_TOP_MOST + 1];
    size_t count = top->count + (top->rows[RECORD_TOP_MOST].count > 0);
    for (size_t i = 0; i < count; i++)
        order[i] = &top->rows[i];
    qsort(order, count, sizeof *order, by_count);
    for (size_t i = 0; i < count && i < most; i++)
        rows[i] = *order[i];
    return count < most ? count : most;
}

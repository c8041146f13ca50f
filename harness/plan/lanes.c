#include "plan/lanes.h"

#include <stdbool.h>
#include <stdlib.h>

#include "base/text.h"

void lanes_release(struct lanes *lanes)
{
    free(lanes->items);
    *lanes = (struct lanes){NULL, 0};
}

static bool before(const struct lane *a, const struct lane *b)
{
    return a->key < b->key || (a->key <= b->key && a->index < b->index);
}

static void swap(struct lane *a, struct lane *b)
{
    struct lane held = *a;
    *a = *b;
    *b = held;
}

void lanes_add(struct lanes *lanes, double key, size_t index)
{
    lanes->items = xrealloc(lanes->items, (lanes->count + 1) * sizeof *lanes->items);
    size_t at = lanes->count++;
    lanes->items[at] = (struct lane){key, index};
    for (; at > 0 && before(&lanes->items[at], &lanes->items[(at - 1) / 2]); at = (at - 1) / 2)
        swap(&lanes->items[at], &lanes->items[(at - 1) / 2]);
}

const struct lane *lanes_first(const struct lanes *lanes)
{
    return lanes->count > 0 ? &lanes->items[0] : NULL;
}

static void sink(struct lanes *lanes)
{
    struct lane *items = lanes->items;
    for (size_t at = 0, child; (child = 2 * at + 1) < lanes->count; at = child) {
        child += child + 1 < lanes->count && before(&items[child + 1], &items[child]);
        if (!before(&items[child], &items[at]))
            return;
        swap(&items[child], &items[at]);
    }
}

void lanes_move_first(struct lanes *lanes, double key)
{
    lanes->items[0].key = key;
    sink(lanes);
}

void lanes_drop_first(struct lanes *lanes)
{
    lanes->items[0] = lanes->items[--lanes->count];
    sink(lanes);
}

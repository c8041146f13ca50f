/* Lists that grow one by one. */
#ifndef SEEP_FORMAT_ROOM_H
#define SEEP_FORMAT_ROOM_H

#include <stddef.h>

#include "base/text.h"

/* Room for one more behind `count` items of `size` bytes. Doubles at each power of two, so that no capacity need be
 * kept: `count` has to rise by one each time. */
static inline void *room_for_one(void *items, size_t count, size_t size)
{
    return (count & (count - 1)) == 0 ? xrealloc(items, (count == 0 ? 1 : 2 * count) * size) : items;
}

#endif

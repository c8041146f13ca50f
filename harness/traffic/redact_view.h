/* A part of what was recorded, as it stands or decoded, each byte of which knows where it comes from: what is found in
 * it, however deep, is taken out of the recorded bytes in place, and nothing beside it changes. */
#ifndef SEEP_TRAFFIC_REDACT_VIEW_H
#define SEEP_TRAFFIC_REDACT_VIEW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct view {
    const char *bytes;
    size_t length;
    size_t base; /* where the first byte stands in the recorded ones, when nothing was decoded */
    const uint32_t
        *map; /* of decoded bytes: where each stands, and where the last one ends; NULL: none were */
};

/* Where decoded bytes lie; used again and again. All zeros: empty. */
struct view_room {
    char *bytes;
    uint32_t *map;
    size_t capacity;
};
void view_room_release(struct view_room *scratch); /* overwrites what it held */

static inline size_t view_at(const struct view *view, size_t index)
{
    return view->map != NULL ? view->map[index] : view->base + index;
}

static inline struct view view_part(const struct view *view, size_t from, size_t to)
{
    return (struct view){view->bytes + from, to - from, view->base + from,
                         view->map != NULL ? view->map + from : NULL};
}

/* The same decoded, in `scratch`, one pass each. plus: a '+' is a space. */
struct view view_unpercent(const struct view *view, bool plus, struct view_room *scratch);
struct view view_unescape(const struct view *view,
                          struct view_room *scratch); /* the inside of a JSON string */

/* Base64 of either alphabet, padded or not, that codes text. False, soon, when it is not. */
bool view_unbase64(const struct view *view, struct view_room *scratch, struct view *out);

#endif

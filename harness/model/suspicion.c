#include "model/suspicion.h"

#include <math.h>
#include <stdlib.h>

#include "base/text.h"

struct suspicion *suspicions_add(struct suspicions *suspicions)
{
    suspicions->items = xrealloc(suspicions->items, (suspicions->count + 1) * sizeof *suspicions->items);
    struct suspicion *added = &suspicions->items[suspicions->count++];
    *added = (struct suspicion){.bytes_per_request = (double)NAN, .share = (double)NAN};
    return added;
}

void suspicions_copy(struct suspicions *into, const struct suspicions *from)
{
    suspicions_release(into);
    for (size_t i = 0; i < from->count; i++) {
        struct suspicion *copy = suspicions_add(into);
        *copy = from->items[i];
        copy->endpoints = (struct strings){NULL, 0};
        strings_copy(&copy->endpoints, &from->items[i].endpoints);
    }
}

void suspicions_release(struct suspicions *suspicions)
{
    for (size_t i = 0; i < suspicions->count; i++)
        strings_release(&suspicions->items[i].endpoints);
    free(suspicions->items);
    *suspicions = (struct suspicions){NULL, 0};
}

const struct suspicion *suspicions_find(const struct suspicions *suspicions, const char *endpoint)
{
    for (size_t i = 0; i < suspicions->count; i++)
        if (strings_has(&suspicions->items[i].endpoints, endpoint))
            return &suspicions->items[i];
    return NULL;
}

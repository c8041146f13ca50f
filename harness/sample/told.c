/* Signals that another process has read: named here, and read no more. */
#include <stdlib.h>

#include "base/text.h"
#include "sample/watch_inside.h"

static void release(struct source *source)
{
    struct watch_signal *signals = source->self;
    for (size_t i = 0; i < source->count; i++)
        free((char *)signals[i].name);
    free(signals);
}

const struct source_kind source_told = {.name = "told", .release = release};

struct watch *watch_told(const struct watch_signal *signals, size_t count, size_t short_lived)
{
    struct watch *watch = xcalloc(1, sizeof *watch);
    struct watch_signal *copies = xcalloc(count + 1, sizeof *copies);
    for (size_t i = 0; i < count; i++) {
        copies[i] = signals[i];
        copies[i].name = xstrdup(signals[i].name);
    }
    family_attach(&watch->family, -1);
    watch->family.short_lived = short_lived;
    watch->sources[0] =
        (struct source){.kind = &source_told, .self = copies, .signals = copies, .count = count};
    for (size_t i = 1; i <= SOURCES; i++)
        watch->first[i] = count;
    watch->complaints = xcalloc(count + 1, sizeof *watch->complaints);
    return watch;
}

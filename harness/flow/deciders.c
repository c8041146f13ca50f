#include "flow/deciders.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "flow/trials.h"

#define OBJECTS_MIX_FLOOR 0.002
#define BYTES_MIX_FLOOR 0.5

static struct decider decider_for(const struct watch_signal *signal, size_t index)
{
    struct decider decider = {.index = index, .name = signal->name, .collected = signal->collects};
    if (signal->unit == UNIT_OBJECTS) {
        decider.objects = true;
        decider.floor = DECIDER_OBJECTS_FLOOR;
        decider.mix_floor = OBJECTS_MIX_FLOOR;
        decider.quantum = DECIDER_OBJECTS_QUANTUM;
    } else if (signal->collects) {
        decider.floor = DECIDER_BYTES_FLOOR;
        decider.mix_floor = BYTES_MIX_FLOOR;
        decider.quantum = DECIDER_BYTES_QUANTUM;
    } else {
        decider.floor = decider.mix_floor = DECIDER_RSS_FLOOR;
        decider.quantum = DECIDER_RSS_QUANTUM;
        decider.dead_zone = DECIDER_RSS_DEAD_ZONE;
    }
    return decider;
}

static void add(struct deciders *deciders, const struct watch *watch, const char *only, enum signal_unit unit)
{
    for (size_t i = 0; i < watch_count(watch) && deciders->count < DECIDERS_MOST; i++) {
        const struct watch_signal *signal = watch_signal(watch, i);
        bool wanted = only != NULL ? strcmp(signal->name, only) == 0 : signal->collects;
        if (wanted && signal->unit == unit)
            deciders->items[deciders->count++] = decider_for(signal, i);
    }
}

struct decider decider_rss(const struct watch *watch)
{
    return decider_for(watch_signal(watch, 0), 0);
}

int deciders_choose(struct deciders *deciders, const struct watch *watch, const char *only, struct err *err)
{
    *deciders = (struct deciders){.count = 0};
    add(deciders, watch, only, UNIT_OBJECTS);
    add(deciders, watch, only, UNIT_BYTES);
    if (deciders->count == 0 && only != NULL)
        return err_set(err, ERR_USAGE, "no signal '%s' that counts bytes or objects (see `seep check`)",
                       only);
    if (deciders->count == 0)
        deciders->items[deciders->count++] = decider_rss(watch);
    deciders->live = deciders->items[0].collected;
    return 0;
}

int deciders_named(struct decider *decider, const struct watch *watch, const char *name, struct err *err)
{
    struct text known = TEXT_EMPTY;
    bool found = false;
    for (size_t i = 0; i < watch_count(watch) && !found; i++) {
        const struct watch_signal *signal = watch_signal(watch, i);
        if (signal->unit != UNIT_BYTES && signal->unit != UNIT_OBJECTS)
            continue;
        found = strcmp(signal->name, name) == 0;
        if (found)
            *decider = decider_for(signal, i);
        text_addf(&known, "%s%s", known.length > 0 ? ", " : "", signal->name);
    }
    if (!found)
        err_set(err, ERR_USAGE, "no signal '%s' that counts bytes or objects: there are %s", name,
                text_string(&known));
    text_release(&known);
    return found ? 0 : -1;
}

int deciders_add(struct deciders *deciders, const struct watch *watch, const char *name, struct err *err)
{
    if (deciders->count == DECIDERS_MOST)
        return 0;
    if (deciders_named(&deciders->items[deciders->count], watch, name, err) != 0)
        return -1;
    deciders->live = deciders->items[0].collected;
    deciders->count++;
    return 0;
}

void deciders_keep_readable(struct deciders *deciders, const struct watch *watch, const double *values,
                            struct strings *caveats)
{
    size_t kept = 0;
    const char *why = NULL;
    for (size_t i = 0; i < deciders->count; i++) {
        size_t index = deciders->items[i].index;
        if (!deciders->items[i].collected || watch_signal(watch, index)->promised || !isnan(values[index]))
            deciders->items[kept++] = deciders->items[i];
        else
            why = watch_complaint(watch, index);
    }
    deciders->count = kept;
    if (kept == 0) {
        deciders->items[deciders->count++] = decider_rss(watch);
        strings_addf(caveats, "RSS decides: what is live in the target cannot be read (%s)",
                     why != NULL ? why : "no value");
    }
    deciders->live = deciders->items[0].collected;
}

bool deciders_pooled(const struct deciders *deciders, const struct watch *watch)
{
    for (size_t i = 0; i < deciders->count; i++)
        if (!watch_signal(watch, deciders->items[i].index)->pooled)
            return false;
    return true;
}

void deciders_need(const struct deciders *deciders, struct trials *trials)
{
    for (size_t i = 0; i < deciders->count; i++)
        trials_need(trials, deciders->items[i].index);
}

#include "analysis/search_compare.h"

#include <stdlib.h>
#include <string.h>

#include "analysis/reduce.h"
#include "base/text.h"

/* One way through a strategy: asks as if each answer were there, until one is not. */
struct way {
    search_trial *ask;
    void *owner;
    size_t *usable, count; /* endpoints; of strategies that ask for several together, rising */
    bool pending;
    bool *in;
};

/* What could not be told is not growth: that is all these strategies know. */
static bool grows(struct way *way, const size_t *members, size_t count)
{
    bool pending = false;
    enum told told = way->ask(way->owner, members, count, &pending);
    way->pending |= pending;
    return !pending && told == TOLD_GROWS;
}

static void go_linear(struct way *way)
{
    for (size_t i = 0; i < way->count; i++)
        way->in[way->usable[i]] = grows(way, &way->usable[i], 1);
}

static void go_binary(struct way *way)
{
    const size_t *members = way->usable;
    size_t count = way->count;
    if (!grows(way, members, count))
        return;
    while (count > 1) {
        size_t half = (count + 1) / 2;
        bool first = grows(way, members, half);
        bool second = !first && !way->pending && grows(way, members + half, count - half);
        if (way->pending)
            return;
        members += second ? half : 0;
        count = second ? count - half : half;
    }
    way->in[members[0]] = true;
}

static void go_ddmin(struct way *way)
{
    if (!grows(way, way->usable, way->count))
        return;
    struct reduce *reduce = reduce_new(way->count);
    bool *subset = xcalloc(way->count, sizeof *subset);
    size_t *members = xmalloc(way->count * sizeof *members);
    while (!way->pending && reduce_ask(reduce, subset) > 0) {
        size_t count = 0;
        for (size_t i = 0; i < way->count; i++)
            if (subset[i])
                members[count++] = way->usable[i];
        reduce_tell(reduce, grows(way, members, count));
    }
    reduce_ask(reduce, subset); /* done: the answer */
    for (size_t i = 0; !way->pending && i < way->count; i++)
        way->in[way->usable[i]] = subset[i];
    free(members);
    free(subset);
    reduce_free(reduce);
}

typedef void go_strategy(struct way *way);
static go_strategy *const strategies[] = {
    [SEARCH_LINEAR] = go_linear, [SEARCH_BINARY] = go_binary, [SEARCH_DDMIN] = go_ddmin};

bool search_compare(enum search_strategy strategy, size_t n, const bool *usable, const size_t *order,
                    search_trial *ask, void *owner, bool *in)
{
    bool ordered = order != NULL && strategy == SEARCH_LINEAR;
    struct way way = {.ask = ask, .owner = owner, .in = in};
    way.usable = xmalloc((n + 1) * sizeof *way.usable);
    for (size_t i = 0; i < n; i++)
        if (usable[ordered ? order[i] : i])
            way.usable[way.count++] = ordered ? order[i] : i;
    if (way.count > 0)
        strategies[strategy](&way);
    if (way.pending)
        memset(in, 0, n * sizeof *in);
    free(way.usable);
    return !way.pending;
}

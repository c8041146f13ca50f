#include "analysis/reduce.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

struct reduce {
    size_t n, asked;
    size_t *kept; /* the present set, kept_count members */
    size_t kept_count;
    size_t parts;     /* granularity */
    size_t part;      /* the part that is tried next */
    bool complements; /* trying what is left without a part, not the part itself */
    bool done;
    bool *cleared; /* sets that were told not to grow: cleared_count rows of n */
    size_t cleared_count;
};

struct reduce *reduce_new(size_t n)
{
    struct reduce *reduce = xcalloc(1, sizeof *reduce);
    reduce->n = reduce->kept_count = n;
    reduce->kept = xmalloc(n * sizeof *reduce->kept);
    for (size_t i = 0; i < n; i++)
        reduce->kept[i] = i;
    reduce->parts = 2;
    reduce->done = n < 2;
    return reduce;
}

void reduce_free(struct reduce *reduce)
{
    if (reduce == NULL)
        return;
    free(reduce->cleared);
    free(reduce->kept);
    free(reduce);
}

static bool in_part(const struct reduce *reduce, size_t place)
{
    size_t begin = reduce->part * reduce->kept_count / reduce->parts;
    size_t end = (reduce->part + 1) * reduce->kept_count / reduce->parts;
    return (place >= begin && place < end) != reduce->complements;
}

/* The next part, then the complements, then twice as many parts; done when single members were tried. */
static void step(struct reduce *reduce)
{
    if (++reduce->part < reduce->parts)
        return;
    reduce->part = 0;
    if (!reduce->complements && reduce->parts > 2) { /* with two parts the complements are the parts */
        reduce->complements = true;
        return;
    }
    reduce->complements = false;
    if (reduce->parts >= reduce->kept_count)
        reduce->done = true;
    reduce->parts = reduce->parts * 2 < reduce->kept_count ? reduce->parts * 2 : reduce->kept_count;
}

static size_t candidate(const struct reduce *reduce, bool *members)
{
    size_t size = 0;
    memset(members, 0, reduce->n * sizeof *members);
    for (size_t place = 0; place < reduce->kept_count; place++) {
        bool in = reduce->done || in_part(reduce, place);
        members[reduce->kept[place]] = in;
        size += in;
    }
    return size;
}

static bool within(const bool *members, const bool *set, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (members[i] && !set[i])
            return false;
    return true;
}

static bool is_cleared(const struct reduce *reduce, const bool *members)
{
    for (size_t i = 0; i < reduce->cleared_count; i++)
        if (within(members, reduce->cleared + i * reduce->n, reduce->n))
            return true;
    return false;
}

size_t reduce_ask(struct reduce *reduce, bool *members)
{
    size_t size = candidate(reduce, members);
    while (!reduce->done && is_cleared(reduce, members)) {
        step(reduce);
        size = candidate(reduce, members);
    }
    if (reduce->done)
        return 0;
    reduce->asked++;
    return size;
}

static void clear(struct reduce *reduce)
{
    size_t rows = reduce->cleared_count + 1;
    reduce->cleared = xrealloc(reduce->cleared, rows * reduce->n * sizeof *reduce->cleared);
    candidate(reduce, reduce->cleared + reduce->cleared_count * reduce->n);
    reduce->cleared_count = rows;
}

static void keep(struct reduce *reduce)
{
    size_t kept = 0;
    for (size_t place = 0; place < reduce->kept_count; place++)
        if (in_part(reduce, place))
            reduce->kept[kept++] = reduce->kept[place];
    reduce->parts = reduce->complements && reduce->parts > 2 ? reduce->parts - 1 : 2;
    reduce->kept_count = kept;
    reduce->part = 0;
    reduce->complements = false;
    if (reduce->parts > kept)
        reduce->parts = kept;
    reduce->done = kept < 2;
}

void reduce_tell(struct reduce *reduce, bool grows)
{
    if (reduce->done)
        return;
    if (grows) {
        keep(reduce);
        return;
    }
    clear(reduce);
    step(reduce);
}

size_t reduce_asked(const struct reduce *reduce)
{
    return reduce->asked;
}

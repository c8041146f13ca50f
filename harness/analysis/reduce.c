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
static void advance(struct reduce *reduce)
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

size_t reduce_ask(struct reduce *reduce, bool *members)
{
    memset(members, 0, reduce->n * sizeof *members);
    size_t size = 0;
    for (size_t place = 0; place < reduce->kept_count; place++) {
        bool in = reduce->done || in_part(reduce, place);
        members[reduce->kept[place]] = in;
        size += in;
    }
    if (reduce->done)
        return 0;
    reduce->asked++;
    return size;
}

void reduce_tell(struct reduce *reduce, bool grows)
{
    if (reduce->done)
        return;
    if (!grows) {
        advance(reduce);
        return;
    }
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

size_t reduce_asked(const struct reduce *reduce)
{
    return reduce->asked;
}

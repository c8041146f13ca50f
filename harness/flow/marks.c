#include "flow/marks.h"

#include <stdlib.h>
#include <string.h>

#include "base/text.h"

void marks_release(struct marks *marks)
{
    free(marks->items);
    memset(marks, 0, sizeof *marks);
}

/* The first stays: before it nothing was sent. */
static void thin(struct marks *marks)
{
    size_t kept = 0;
    for (size_t i = 0; i < marks->count; i += 2)
        marks->items[kept++] = marks->items[i];
    marks->count = kept;
    marks->each *= 2;
}

void marks_end(struct marks *marks, double at_s, double requests)
{
    if (marks->items == NULL) {
        marks->items = xcalloc(MARKS_MOST, sizeof *marks->items);
        marks->each = 1;
    }
    if (marks->count == MARKS_MOST)
        thin(marks);
    marks->passed = 0;
    marks->items[marks->count++] = (struct mark){at_s, requests};
}

void marks_add(struct marks *marks, double at_s, double requests)
{
    if (++marks->passed >= marks->each)
        marks_end(marks, at_s, requests);
}

double marks_at(const struct marks *marks, double at_s)
{
    size_t low = 0, high = marks->count;
    while (low < high) { /* the first one later than at_s */
        size_t middle = low + (high - low) / 2;
        if (marks->items[middle].at_s > at_s)
            high = middle;
        else
            low = middle + 1;
    }
    if (low == 0)
        return 0;
    const struct mark *before = &marks->items[low - 1], *after = &marks->items[low];
    if (low == marks->count)
        return before->requests;
    return before->requests +
           (after->requests - before->requests) * (at_s - before->at_s) / (after->at_s - before->at_s);
}

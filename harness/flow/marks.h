/* How many requests a driver had had answered by when: a line through marks, in bounded memory. */
#ifndef SEEP_FLOW_MARKS_H
#define SEEP_FLOW_MARKS_H

#include <stddef.h>

enum { MARKS_MOST = 4096 };

struct mark {
    double at_s, requests; /* neither ever falls */
};

/* Zeroed: empty. Once MARKS_MOST are there every second one goes, and half as many come. */
struct marks {
    struct mark *items;
    size_t count;
    size_t each, passed; /* one of `each` is kept; so many came since the last one */
};
void marks_release(struct marks *marks);

void marks_add(struct marks *marks, double at_s, double requests);
void marks_end(struct marks *marks, double at_s, double requests); /* is kept in any case: the last one */

/* On the line at `at_s`: 0 before the first mark, the last one's after it. */
double marks_at(const struct marks *marks, double at_s);

#endif

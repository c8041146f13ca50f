/* What a series is called: name and value pairs, as Prometheus has them. The metric's own name is the label "__name__". */
#ifndef SEEP_METRICS_LABELS_H
#define SEEP_METRICS_LABELS_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"

#define LABEL_NAME "__name__"

struct label {
    char *name, *value;
};
struct labels {
    struct label *items;
    size_t count;
};

void labels_release(struct labels *labels);
void labels_set(struct labels *labels, const char *name,
                const char *value); /* copies; replaces the value that was there */
void labels_copy(struct labels *into, const struct labels *from); /* into is overwritten */
void labels_sort(struct labels *labels);                          /* by name */

/* "" where it has no such label, as Prometheus sees it. Borrowed. */
const char *labels_get(const struct labels *labels, const char *name);

/* up{instance="10.0.0.1:80"}: as queries write it. Adds. */
void labels_say(const struct labels *labels, struct text *out);

/* 0: a series name as that, also the labels in braces alone, taken apart. -1: it is not of that form; labels are empty then. */
int labels_parse(struct labels *labels, const char *text);

#endif

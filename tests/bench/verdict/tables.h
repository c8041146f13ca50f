/* The books as Markdown tables, and as one line per row of counts for programs. */
#ifndef VERDICT_TABLES_H
#define VERDICT_TABLES_H

#include <stdio.h>

#include "books.h"

/* books: scoring_shape_count() rows of SIGNAL_COUNT. */
struct library {
    struct book (*books)[SIGNAL_COUNT];
};

void tables_print(struct library *library, FILE *out);

/* Tab-separated, with a head: shape, signal, readings, method, then struct counts as it stands. */
void tables_lines(const struct library *library, FILE *out);

#endif

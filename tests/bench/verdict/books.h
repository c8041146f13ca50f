/* What was counted, by shape, signal, method and number of readings. */
#ifndef VERDICT_BOOKS_H
#define VERDICT_BOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "methods.h"
#include "scoring_signals.h"

/* A row of counts. A run without a leak is one of `leak_free`, and its "growth" is `false_alarms` or, while the
 * shape was still filling, `so_far`. A run with a leak of at least twice the smallest growth that seep stated for
 * it is `plain`, and "no growth" is `missed`, inconclusive `not_told`. */
struct counts {
    size_t leak_free, filling; /* filling: those of leak_free that had not stopped */
    size_t false_alarms, so_far, cleared;
    size_t leaking, plain, missed, not_told;
    size_t called,
        called_covered; /* "growth" of a leak by a shape that had stopped; interval holds the truth */
    size_t stated, stated_covered; /* the same whatever the verdict, where there is an interval */
};

enum { READINGS_CLASSES = 3 }; /* 16 to 31, 32 to 63, 64 to 96 */
size_t books_class(size_t readings);
const char *books_class_name(size_t index); /* READINGS_CLASSES: all */

/* Requests at the first look from which on growth is called to the end; INFINITY where it is not. */
struct needed {
    double *requests;
    size_t count, capacity;
};

struct book {
    struct counts counts[METHOD_COUNT][READINGS_CLASSES];
    struct needed needed[LEAK_COUNT];
};

/* One run, as one method judged it. All rates are per request. */
struct scored {
    const struct judged *judged;
    bool leaking, filling;
    double leak;
    double slope,
        slack; /* an interval is to hold the slope, or up to so much more: what a shape that stops still gained */
    double detectable; /* seep's own figure */
};
void counts_score(struct counts *counts, const struct scored *scored);

void counts_add(struct counts *sum, const struct counts *counts);

/* Of all classes of readings, or of one. */
struct counts book_counts(const struct book *book, enum method method, size_t class);

void needed_add(struct needed *needed, double requests);
double needed_median(struct needed *needed); /* sorts; NaN for none */
void book_release(struct book *book);

#endif

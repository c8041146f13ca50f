/* What was counted, by shape, signal, method and number of readings. */
#ifndef VERDICT_BOOKS_H
#define VERDICT_BOOKS_H

#include <stdbool.h>
#include <stddef.h>

#include "methods.h"
#include "scoring_signals.h"

/* A row of counts: of servers without a leak, of the same with one of twice the smallest growth that the answer on
 * them stated, in another run (two answers state none: seep's stands for them), and of servers with leaks of 2 to
 * 1,000 bytes. */
struct counts {
    size_t leak_free;
    size_t stopped, filling;     /* of these: the shape had stopped when asked, or never filled; the rest */
    size_t false_alarms, so_far; /* "growth" of those that had stopped; of those that were filling */
    size_t cleared, unstated;    /* "no growth"; no smallest growth stated */
    size_t twice, missed, not_told;
    size_t leaking, belied; /* "no growth" though the leak is twice what the same answer says it would see */
    size_t called, called_covered; /* "growth" over a shape that had stopped; the interval holds the truth */
    size_t stated, stated_covered; /* the same whatever the verdict, where there is an interval */
};

/* What is asked of a run. */
enum trial_kind { TRIAL_LEAK_FREE, TRIAL_TWICE, TRIAL_LEAKING };

enum { READINGS_CLASSES = 3 }; /* 16 to 31, 32 to 63, 64 to 96 */
size_t books_class(size_t readings);
const char *books_class_name(size_t index); /* READINGS_CLASSES: all */

/* One of each run; INFINITY may be among them. */
struct figures {
    double *values;
    size_t count, capacity;
};

struct book {
    struct counts counts[METHOD_COUNT][READINGS_CLASSES];
    struct figures needed[LEAK_COUNT]; /* scene_requests_needed() */
    struct figures smallest;           /* growth per request that seep stated without a leak */
};

/* One run, as one method judged it. All rates are per request. */
struct scored {
    const struct judged *judged;
    enum trial_kind kind;
    bool filling;
    double leak;
    double slope,
        slack; /* an interval is to hold the slope, or up to so much more: what a shape that stops still gained */
};
void counts_score(struct counts *counts, const struct scored *scored);

void counts_add(struct counts *sum, const struct counts *counts);

/* Of all classes of readings, or of one. */
struct counts book_counts(const struct book *book, enum method method, size_t class);

void figures_add(struct figures *figures, double value);
double figures_median(struct figures *figures); /* sorts; NaN for none */
void book_release(struct book *book);

#endif

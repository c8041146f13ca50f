/* The ways to judge that stand side by side: seep's, and what is in common use. Each answers the same question. */
#ifndef VERDICT_METHODS_H
#define VERDICT_METHODS_H

#include <stddef.h>

#include "analysis/growth.h"

enum method {
    METHOD_SEEP,
    METHOD_SEEP_LOOKS,
    METHOD_OLS,
    METHOD_MANN_KENDALL,
    METHOD_LAST_FIRST,
    METHOD_COUNT
};

const char *method_name(enum method method);

/* An answer, and the readings that it was given on: fewer than all where it was asked early. */
struct judged {
    struct growth_answer answer;
    size_t count;
};

/*   seep            growth_judge() on all readings
 *   seep, looks     growth_judge() at method_look() after method_look(), with `look` set; the first certain answer
 *   OLS             growth: the lower end of the slope's interval at 95 % (Student) is above the floor; else none
 *   Mann-Kendall    growth: p < 0.01, two-sided, and Sen's slope is above the floor; else none. Its interval (Sen's,
 *                   by Kendall's variance) only where it says growth. Source: Sen, J. Am. Stat. Assoc. 63:1379 (1968)
 *   last - first    growth: the last reading less the first is above floor x requests; else none; no interval
 *
 * Those of two answers have no `smallest_detectable`. */
struct judged method_judge(enum method method, const struct growth_question *question);

/* The first `count` readings of a question, the cuts among them. */
struct growth_question method_prefix(const struct growth_question *question, size_t count);

/* How many readings there are at the look-th look (0, 1, ...) at a series that ends with `all`: 9, half as many
 * more each time, at last all; 0 after the last. */
size_t method_look(size_t look, size_t all);

#endif

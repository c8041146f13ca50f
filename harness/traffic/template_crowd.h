/* Inside templates: what a set of siblings looks like. Included by template*.c only. */
#ifndef SEEP_TRAFFIC_TEMPLATE_CROWD_H
#define SEEP_TRAFFIC_TEMPLATE_CROWD_H

#include "traffic/template_trie.h"

#define CROWD_MANY 24

struct crowd {
    uint64_t distinct, data, words, letters, requests; /* letters: of one or two characters */
};

/* In first place what is asked for often is not counted: it is a route, whatever stands beside it. */
bool crowd_is_hot(const struct node *node, bool top);
void crowd_add(struct crowd *crowd, const struct node *node, bool top);

/* Its members are values of one thing, not names of several. */
bool crowd_varies(const struct crowd *crowd, bool top);

/* Moves those of the words that stayed into the parameter that are asked for in the same ways: most of what follows
 * behind them, two segments on (or one), follows behind the others as well: /torvalds/linux/issues. */
void crowd_join(struct templates *templates, struct node *node, struct node *parameter);

/* The languages among the words of a node, where two or more have a next segment in common: these, and those that
 * nothing follows. Only where most words are languages, or in first place beside not too many others. An array, the caller's; empty: NULL, or none. */
struct node **crowd_locales(struct node *node, bool top, size_t *count);

#endif

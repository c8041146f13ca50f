/* One of two runs that are compared: what the store has of it. Only for compare*.c. */
#ifndef SEEP_FLOW_COMPARE_SIDE_H
#define SEEP_FLOW_COMPARE_SIDE_H

#include "model/comparison.h"
#include "store/store.h"

struct compare_side {
    struct result result;
    struct measurement *measurements;
    size_t measurement_count;
    struct endpoint_load *loads;
    size_t load_count;
};
int compare_side_read(struct compare_side *side, struct store *store, int64_t run, struct err *err);
void compare_side_release(struct compare_side *side);

/* Why nothing can be compared with it: under way, interrupted, failed, not landed. The caller's; NULL: nothing. */
char *compare_side_unfit(const struct compare_side *side);

bool compare_side_is_hunt(const struct compare_side *side);

/* The only endpoint that a soak replayed; NULL: several, or a hunt. Borrowed. */
const char *compare_side_only(const struct compare_side *side);

/* Why it was not looked at; NULL: it was. Borrowed. */
const char *compare_side_why_not(const struct compare_side *side, const char *endpoint);

/* The finding that an endpoint is the denominator of; NULL: none. */
const struct finding *compare_side_finding(const struct compare_side *side, const char *endpoint);

/* What is compared. */
struct subject {
    const char *endpoint; /* NULL: all that was replayed */
    bool shared;          /* it grows on a server that others have used: how it is alone does not tell */
};

/* The best measurement of it in a signal; NULL: none. */
const struct measurement *compare_side_best(const struct compare_side *side, const struct subject *subject,
                                            const char *signal);

/* Whether the screen of a hunt saw an endpoint grow in a signal. */
bool compare_side_screen_saw(const struct compare_side *side, const char *endpoint, const char *signal);
struct estimate compare_side_estimate(const struct compare_side *side, const struct measurement *measurement);

/* Whether the signal has a dead zone, as RSS and its like have. */
bool compare_side_hides(const struct compare_side *side, const char *signal, bool objects);

#endif

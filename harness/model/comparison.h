/* What two runs say when they are laid side by side: before a fix and after it. Strings are owned. */
#ifndef SEEP_MODEL_COMPARISON_H
#define SEEP_MODEL_COMPARISON_H

#include "model/evidence.h"

/* Growth of one mix in one signal, as one run measured it. */
struct estimate {
    uint64_t requests;        /* that it rests on */
    double per_request;       /* NaN: none */
    struct interval interval; /* two-sided at 95 %; NaN: none */
    enum verdict verdict;
    double smallest_detectable; /* per request; NaN: not known */
    enum step step;             /* which step measured it */
};

/* From the best to the worst that can be said of what comes after. */
enum compared_answer {
    COMPARED_BELOW,      /* growth is shown to be below the limit */
    COMPARED_OPEN,       /* no evidence either way */
    COMPARED_IMPROVED,   /* less than before, but shown to be above the limit */
    COMPARED_UNIMPROVED, /* above the limit, and not shown to differ from before */
    COMPARED_WORSE,      /* above the limit, and more than before */
};
const char *compared_answer_name(enum compared_answer answer); /* "below", "no_evidence", "improved", ... */

enum change { CHANGE_OPEN, CHANGE_LESS, CHANGE_MORE }; /* shown at 95 %, two-sided */

struct compared_run {
    int64_t run;
    char *command, *label, *service;
    uint64_t requests;
    double seconds;
};

struct compared {
    char *mix; /* "GET /quote/{slug}", "the mix of 24 endpoints" */
    char *signal;
    bool objects; /* unit: objects, not bytes */
    bool decides; /* else it is shown, and no more */
    bool hides;   /* as RSS does: what is kept first fills room that was there */
    struct estimate before, after;
    double difference;        /* after - before, per request; NaN */
    struct interval interval; /* of the difference, two-sided at 95 % */
    struct interval bounds;   /* of what is after: each end holds at 95 %, one-sided */
    double limit;             /* per request */
    char *limit_text;         /* as it was asked for; NULL: the signal's own floor */
    enum change change;
    enum compared_answer answer;
};

struct comparison {
    struct compared_run before, after;
    struct compared *items; /* objects before bytes */
    size_t count;
    char *refusal; /* why the two cannot be compared; NULL: they can */
    char *doubt;   /* why nothing that came after can be called below a limit; NULL: nothing is against it */
    struct strings caveats;
    struct strings unmet; /* limits that no signal of both runs could be held against */
    enum compared_answer answer;
    int exit_code;
};

/* Zeroed but for what is not known, at the end of the list. */
struct compared *comparison_add(struct comparison *comparison, const char *mix, const char *signal);

/* The one that the answer rests on: of those that decide and answer so, the last (bytes rather than objects).
 * NULL: none. */
const struct compared *comparison_deciding(const struct comparison *comparison);
void comparison_release(struct comparison *comparison);

#endif

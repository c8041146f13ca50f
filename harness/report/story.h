/* How a hunt went, out of its probes: step by step, what it took, and what is left of one that ended early. */
#ifndef SEEP_REPORT_STORY_H
#define SEEP_REPORT_STORY_H

#include "base/text.h"
#include "report/report.h"

bool story_shows(const struct probe *probe);      /* not what only the store needs */
size_t story_length(const struct report *report); /* probes that are shown */

/* All probes of one step. What was reused cost nothing and counts in `probes` and `reused` only. */
struct step_sum {
    enum step step;
    size_t probes, reused;
    uint64_t requests;
    double seconds; /* where several were measured at once, of each */
    double at_s;    /* of its first answer */
    const struct probe *last;
};

/* In the order of their first answers; returns how many there are. */
size_t story_steps(const struct report *report, struct step_sum sums[STEP_COUNT]);

double story_seconds(const struct probe *probe);              /* that it took in this run */
void say_reused(struct text *out, const struct probe *probe); /* "from run 7", or "" */

/* "18 answers, 16 of them reused, 2,400 requests, 2.1 s". */
void say_step_sum(struct text *out, const struct step_sum *sum);

/* "46,800 requests in 9 trials, 41.2 s; named after 12.3 s; 6 of 31 answers reused from run 7": what is known. */
void say_effort(struct text *out, const struct report *report);

/* Of a hunt that can go on, the endpoints that it has not judged: borrowed names, to be freed by free(). */
const char **story_not_judged(const struct report *report, size_t *count);

/* "the hunt ended early: 5 endpoints are not judged yet"; "" of one that ended. */
void say_unfinished(struct text *out, const struct report *report);

#endif

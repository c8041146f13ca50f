/* Words that more than one renderer says. They come unescaped: escape before showing. */
#ifndef SEEP_REPORT_SAY_H
#define SEEP_REPORT_SAY_H

#include "base/text.h"
#include "report/report.h"

void say_amount(struct text *out, double value, bool objects); /* "40.3 B", "1.00 objects", "?" for NaN */
void say_interval(struct text *out, struct interval interval, bool objects); /* "39.9 to 40.7", or "" */
void say_names(struct text *out, const struct strings *names, const char *between);

/* say_finding.c */

/* "GET /quote/{sku} keeps 40.3 B per request (39.9 to 40.7), 1.00 objects, linear through 10,000 calls"; "the server grows
 * by itself, without any request: 2.1 KiB per second (2 to 2.2 KiB)". */
void say_finding(struct text *out, const struct finding *finding);

/* "POST /open-book first, then GET /quote/{slug} (latched)"; "" of one endpoint alone, of a whole mix and of what
 * grows by itself. */
void say_order(struct text *out, const struct finding *finding);

/* What confirmed it, in words: "it grew at the same rate alone on a fresh server". */
const char *say_confirmation(const struct finding *finding, const char *step);

/* What that rests on: "1.00 objects per request (0.998 to 1.002) over 9,672 calls in trial 1"; of a step that left no
 * measurement what its answer said; "" where nothing is known. */
void say_evidence(struct text *out, const struct report *report, const struct finding *finding,
                  const char *step);
/* "yours", "dependency, winston 3.11.0"; then, if it is known, " called from app.js:40". Empty where it is no code. */
void say_site_whose(struct text *out, const struct site_growth *site);
void say_site_growth(struct text *out, const struct site_growth *site); /* "1.00 objects", "one object ..." */

/* say.c */

/* The answer in one sentence, without the verdict in front: the first finding and how many more there are;
 * the smallest growth that would have been seen; or why nothing is shown. */
void say_answer(struct text *out, const struct result *result);
const char *say_verdict(enum verdict verdict); /* "GROWTH", "NO GROWTH", "INCONCLUSIVE" */

/* "10.6 MiB per day (10.5 to 10.7 MiB) at the recorded 3.2/s; reaches 700 MiB in 62.5 days (61.9 to 63.1 days)"; the
 * parts that are known. */
void say_projection(struct text *out, const struct projection *projection);

/* The same with the finding's endpoints in front, where there are several findings. */
void say_projection_of(struct text *out, const struct result *result, const struct finding *finding);
bool say_has_daily(const struct projection *projection); /* bytes per day are known */
void say_days_interval(
    struct text *out,
    struct interval days); /* "61.9 to 63.1 days", "61.9 days at the earliest, perhaps never" */

/* "what was found explains 97 % (95 to 99 %) of the growth observed in production (100 MB in 3 days)"; "" where nothing
 * is known. The word is used only from OBSERVED_EXPLAINED_FROM on. */
void say_observed(struct text *out, const struct result *result);
void say_share(struct text *out, double share);                      /* "4 %", "0.3 %" */
void say_share_interval(struct text *out, struct interval interval); /* "3.9 to 5.2 %", or "" */
void say_chart(struct text *out, double bytes, double seconds);      /* "100 MB in 3 days" */

/* say_suspected.c: of production's suspects, where there are some. */

/* "production suspects GET /orders/{id} (93 %), then one of POST /orders and GET /quote (41 %): looked at first" */
void say_suspicions(struct text *out, const struct suspicions *suspects);

/* Of a finding: "as production suggested: 48 B/request there, 46.9 B here"; "production did not suspect it"; "" of what no endpoint
 * is named for. */
void say_suspected(struct text *out, const struct result *result, const struct finding *finding);

/* Adds a line for each finding and each suspect that is none: "GET /orders/{id}: as production suggested: ...", "GET /x, which
 * production suspected (5 %), is cleared: flat in solo blocks". */
void say_suspected_judged(const struct result *result, struct strings *lines);

/* "; the target reached 3.1 GiB and keeps 36 MiB": what is known of it. */
void say_memory(struct text *out, const struct result *result);
void say_days(struct text *out, double days);       /* "62.5 days", "3.2 years", "9 h 30 m" */
void say_rate(struct text *out, double per_second); /* "3.2/s", "10.1 per minute"; "" for NaN */

const char *say_step(enum step step); /* "long solo" */

/* What to do next when nothing was shown; "" otherwise, and where the hunt can go on (say_unfinished). */
const char *say_next(const struct result *result);

/* The value of a threshold in the unit that its text names: "40.3 B", "62.9 ms", "1.2 %". */
void say_threshold(struct text *out, const struct threshold_result *threshold);
void say_date(struct text *out, int64_t wall_us);             /* "2024-05-01 03:12:44 UTC" */
void say_cost(struct text *out, const struct result *result); /* "46,800 requests in 9 trials, 41.2 s" */
void say_replay(struct text *out, const struct result *result);

/* "; 312 sent late; 40 skipped as too late": what is not 0; else nothing. */
void say_losses(struct text *out, const struct tally *tally);

/* The signal that decided: of the first finding, else the first signal of the verdict. NULL: none. */
const char *say_deciding(const struct report *report, bool *objects);

enum judgement { JUDGED_GROWS, JUDGED_OPEN, JUDGED_CLEARED, JUDGED_NOT_LOOKED_AT };
const char *say_judgement(enum judgement judgement); /* "grows", "not settled", "cleared", "not looked at" */

/* What the run says about one endpoint. */
struct judged {
    const char *endpoint; /* borrowed from the report */
    enum judgement judgement;
    const char *why;                  /* borrowed; NULL: nothing to add */
    const struct measurement *screen; /* of the deciding signal; NULL: not screened */
};

/* Every endpoint that the report names, growing ones first, else in the order
 * of growth. The caller's: free(). */
struct judged *say_judged(const struct report *report, size_t *count);

/* What became of a suspect: of several together the finding that one of them is in; else what is said of all of them. */
struct borne_out {
    enum judgement judgement;
    const struct finding *finding; /* borrowed; NULL: it does not grow, as far as is known */
    const char *why;               /* borrowed; NULL or "": nothing to add, or not the same of all */
};
struct borne_out say_borne_out(const struct result *result, const struct suspicion *suspicion);

#endif

/* What production's memory says about its endpoints, for a person, a script, a CI summary and a browser. */
#ifndef SEEP_REPORT_SUSPECTS_H
#define SEEP_REPORT_SUSPECTS_H

#include "base/text.h"
#include "model/suspects.h"
#include "report/report.h"

/* From this share of it on, growth comes with requests; up to what this leaves of it, with time; between, with both. */
#define SUSPECTS_WITH 0.75

/* say_suspects.c: words, unescaped; those that nothing is known of are empty. */

const char *say_suspects(const struct suspects *suspects); /* "GROWS WITH REQUESTS", "GREW ...", ... */

/* "memory grows by 34 MiB per day and instance (30 to 38 MiB), since the deploy of 2024-05-08 10:00:00 UTC"; else what would have been seen, or why nothing is said. */
void say_suspects_answer(struct text *out, const struct suspects *suspects);

/* What comes with requests and what with time, the quietest part of the time against the busiest, the lag: sentences. */
void say_suspects_story(struct text *out, const struct suspects *suspects);

/* "40.3 B per request (38.1 to 42.2), 92 % of the growth (85 to 97 %), 99 % sure, 3.2/s" */
void say_suspect(struct text *out, const struct suspect *suspect);
void say_suspect_share(struct text *out, const struct suspect *suspect); /* "92 % (85 to 97 %)" */
void say_suspect_sure(struct text *out, const struct suspect *suspect);  /* "99 %", "more than 99 %" */

/* Of a group, in place of what would tell its endpoints apart. */
#define SUSPECTS_TOGETHER "their requests always come together: nothing tells them apart"

/* Shares that add up to more than all of it: one explains what another could as well. */
bool suspects_overlap(const struct suspects *suspects);
#define SUSPECTS_OVERLAP                                                                                     \
    "One that is not likely is told as if it were the only one: shares add up to more than all."

/* What all of it is worth. */
#define SUSPECTS_HINT "A suspect is a hint from production; only `seep bisect` proves it."

#define SUSPECTS_CLEARED "not once among what explains the growth best, of 200 draws of the time"
#define SUSPECTS_UNTOLD "its requests are too few, or too even, to say anything"

/* "a, b and 12 more" */
void say_some(struct text *out, const struct strings *names, size_t most);

/* "34 MiB (30 to 38 MiB)" */
void say_daily(struct text *out, double bytes_per_day, struct interval interval);

/* "in 12.3 days (11 to 14 days)", "never", "at its limit" */
void say_until_limit(struct text *out, const struct suspect_instance *instance);

/* "12: 4 by memory (...), 6 by deploys (...), 2 by nothing that is known"; "16, all by deploys (...)"; "none" */
void say_restarts(struct text *out, const struct suspects *suspects);

/* "14 days until 2024-05-15 00:00:00 UTC, every 5 m 00 s: 12 instances, 23 stretches between restarts, 1,423,411 requests" */
void say_suspects_data(struct text *out, const struct suspects *suspects);

/* "seep bisect DIR", or how to write a service directory; "" where nothing was ranked. To be pasted into a shell. */
void say_suspects_command(struct text *out, const struct suspects *suspects);
void say_epoch(struct text *out, double at_s); /* "2024-05-01 03:12:44 UTC" */

/* Indices of the instances, those nearest to their limit first, those that are gone last; the caller's: free(). */
size_t *suspects_worst(const struct suspects *suspects);

/* view_writers of report.h; the view is a struct suspects. */
int suspects_terminal(const void *view, FILE *out, struct err *err);
int suspects_json(const void *view, FILE *out, struct err *err);
int suspects_markdown(const void *view, FILE *out, struct err *err);
int suspects_html(const void *view, FILE *out, struct err *err);

/* plot_suspects.c: shares of the growth; idle against busy. plot_instances.c: memory and requests, the worst instances. */
void plot_suspects(struct text *out, const struct suspects *suspects);
void plot_idle_and_busy(struct text *out, const struct suspects *suspects);
void plot_instances(struct text *out, const struct suspects *suspects);

#endif

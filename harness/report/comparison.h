/* Two runs side by side, for a person, a script and a CI summary. */
#ifndef SEEP_REPORT_COMPARISON_H
#define SEEP_REPORT_COMPARISON_H

#include "base/text.h"
#include "model/comparison.h"
#include "report/report.h"

const char *
say_compared(const struct comparison *comparison); /* "SHOWN BELOW", "NOT IMPROVED", "REFUSED", ... */

/* The answer in one sentence: "improved by 38.9 B/request (37.0 to 41.0) but still growing: 1.4 B/request ...". */
void say_comparison(struct text *out, const struct comparison *comparison);

/* What would help where nothing is shown; nothing otherwise. */
void say_comparison_next(struct text *out, const struct comparison *comparison);

/* "at most 0.085 B at 95 %", "at least 40.1 B at 95 %", "not known": what is shown of one that came after. */
void say_bound(struct text *out, const struct compared *item);

/* "40.3 B (39.9 to 40.7)"; "+40.3 B ..." where it is a difference. */
void say_estimate(struct text *out, const struct estimate *estimate, bool objects);
void say_difference(struct text *out, const struct compared *item);

/* view_writers of report.h; the view is a struct comparison. */
int comparison_terminal(const void *view, FILE *out, struct err *err);
int comparison_json(const void *view, FILE *out, struct err *err);
int comparison_markdown(const void *view, FILE *out, struct err *err);

/* The page, which shows the readings of both as well: its view is a struct compared_page. */
struct compared_page {
    const struct comparison *comparison;
    const struct report *before, *after;
};
int comparison_html(const void *view, FILE *out, struct err *err);

#endif

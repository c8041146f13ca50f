/* The plots of the page, as HTML figures with inline SVG. Each leaves out what it has no data for. */
#ifndef SEEP_REPORT_PLOTS_H
#define SEEP_REPORT_PLOTS_H

#include "base/text.h"
#include "report/report.h"

void plot_memory(struct text *out, const struct report *report);  /* rss and the deciding signal over time */
void plot_others(struct text *out, const struct report *report);  /* what else was read, over time */
void plot_settled(struct text *out, const struct report *report); /* the deciding signal over requests */
void plot_endpoints(struct text *out, const struct report *report); /* growth with intervals, per endpoint */
void plot_hunt(struct text *out, const struct report *report);      /* trials and blocks on a time line */

void plot_pace(struct text *out, const struct report *report); /* of a soak: rates, times and lag over time */
void plot_times(struct text *out, const struct report *report); /* service times, per endpoint */
void plot_rates(struct text *out,
                const struct report *report); /* of a soak: achieved and recorded, per endpoint */

struct compared_page;
void plot_compared(struct text *out, const struct compared_page *page); /* both runs, signal by signal */

#endif

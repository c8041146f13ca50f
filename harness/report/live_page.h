/* The page that follows a run, and the events that it gets: JSON of the report as it is now. Nothing that comes from outside is
 * in the page itself; its script writes what events hold as text, never as markup. */
#ifndef SEEP_REPORT_LIVE_PAGE_H
#define SEEP_REPORT_LIVE_PAGE_H

#include "base/text.h"
#include "report/report.h"

/* `nonce`: of the page's style and script, new for each answer. */
void live_page(struct text *out, const char *nonce);

/* Its Content-Security-Policy: that style, that script, events of its own origin, nothing else. */
void live_page_policy(struct text *out, const char *nonce);

/* "event: state": numbers, the newest readings, and at the end the verdict. The first LIVE_ENDPOINTS_MOST endpoints. */
enum { LIVE_ENDPOINTS_MOST = 300, LIVE_TRIALS_SHOWN = 16 };
void live_state(struct text *out, const struct report *report);

/* "event: history": what the lines of the newest trials were until now. */
void live_history(struct text *out, const struct report *report);

#endif

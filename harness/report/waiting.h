/* Work without progress of its own that may take long: after a second on a terminal, elsewhere after five, it is said what is
 * waited for, then as the rest of progress (progress.h) is. */
#ifndef SEEP_REPORT_WAITING_H
#define SEEP_REPORT_WAITING_H

#include <stdbool.h>

struct waiting;

/* On standard error, from a thread of its own, so until waiting_end() nobody else writes there; `quiet`: never. `step`
 * as in struct progress: "comparing run 3 with run 4". NULL, which all others take: nothing is said. */
struct waiting *waiting_begin(const char *step, bool quiet);
void waiting_say(struct waiting *waiting, const char *step); /* from now on */
void waiting_end(struct waiting *waiting);                   /* clears the line; NULL: does nothing */

#endif

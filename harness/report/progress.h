/* Progress of long work: one line that redraws itself on a terminal, a plain line now and then elsewhere. */
#ifndef SEEP_REPORT_PROGRESS_H
#define SEEP_REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdio.h>

#include "model/progress.h"

struct progress_view;

/* `quiet`: says nothing but still may be called. On a terminal: elapsed, budget left, step (cut
 * where there is no room), requests, those due, rate, lag, memory, its sparkline (in ASCII where the locale is not of
 * UTF-8): as much of it as the terminal is wide, asked anew each time. Elsewhere a plain line at each
 * change of step's first word and every 10 s. */
struct progress_view *progress_view_new(FILE *out, bool terminal, bool quiet);
void progress_view_free(struct progress_view *view); /* clears the line */
void progress_view_tell(void *view, const struct progress *progress);
void progress_view_note(void *view, const char *line);

#endif

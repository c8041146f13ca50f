/* Inside suspects: included by flow/suspects*.c only. */
#ifndef SEEP_FLOW_SUSPECTS_INSIDE_H
#define SEEP_FLOW_SUSPECTS_INSIDE_H

#include "flow/suspects.h"
#include "metrics/assemble.h"
#include "metrics/samples.h"

#define SUSPECTS_ROWS 2100.0 /* about so many steps are looked at */
#define SUSPECTS_POINTS 3e6  /* of all series together, where the step is chosen */

/* What was read. Sets without rows: there is none. */
struct suspects_read {
    const struct suspects_question *question;
    struct prom *prom;                               /* NULL: nobody is asked */
    struct samples memory_samples, requests_samples; /* of files */
    struct grid grid;
    struct series_set memory, requests, starts, restarts, limits;
    struct strings caveats;
};

void suspects_say(const struct suspects_question *question, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The grid of time: where it ends and begins, and a step that keeps the number of points in bounds. ERR_USAGE: a question that is
 * too large at the step that was given, or has no series. */
int suspects_grid(struct suspects_read *read, struct err *err);

/* Asks the server for all that is asked of it, on the grid. */
int suspects_query(struct suspects_read *read, struct err *err);

/* Requests of access logs, on the grid of a history whose instances are there. Reads them twice: learns the endpoints, then
 * counts. ERR_USAGE as for an import; standard input, which cannot be read twice. */
int suspects_log(const struct suspects_question *question, struct history *history, struct err *err);

/* How routes of labels are spelled. Raw paths, many and without a parameter among them, are brought to endpoints as those of a
 * recording are. */
struct suspects_names;
struct suspects_names *suspects_names_new(const struct series_set *requests, const char *endpoint_labels);
void suspects_names_free(struct suspects_names *names);
char *suspects_names_spell(void *names, const char *method, const char *route); /* a route_speller */

#endif

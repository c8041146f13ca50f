/* A report out of the store alone: of a run that just ended, of an old one, of one whose driver died. */
#ifndef SEEP_FLOW_RETELL_H
#define SEEP_FLOW_RETELL_H

#include <stdint.h>

#include "base/err.h"
#include "report/report.h"
#include "store/store.h"

/* Fills the report; release it with report_release() also after -1. Samples are thinned while they stream by:
 * memory depends on the number of trials and signals, not on the length of the run. */
int retell(struct store *store, int64_t run, struct report *report, struct err *err);

/* The same of a run that is followed while it is under way: samples that were read once are not read again. `buckets`: points
 * that each line is thinned to, twice that at most; of a hunt the lines of all but the newest trials are thinned as those of
 * retell(). Loads are those so far. Memory depends on the number of endpoints, trials and signals, not on the length of the run:
 * of a line it is there from its first point. Cost: one pass over the rows of outcomes, and the new samples. Release the report
 * as that of retell(). */
struct retelling;
struct retelling *retelling_new(size_t buckets);
void retelling_free(struct retelling *retelling); /* NULL is fine */
int retelling_read(struct retelling *retelling, struct store *store, int64_t run, struct report *report,
                   struct err *err);

/* --csv DIR: the tables of the report, and samples.csv with every sample of the store. */
int retell_csv(struct store *store, int64_t run, const struct report *report, const char *directory,
               struct err *err);

#endif

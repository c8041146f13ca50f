/* The report as CSV files in a directory (--csv DIR), one per table, for spreadsheets and scripts. RFC 4180,
 * but with plain line ends. Unknown numbers are empty fields. */
#ifndef SEEP_REPORT_CSV_H
#define SEEP_REPORT_CSV_H

#include <stdio.h>

#include "report/report.h"

/* Makes DIR when it is not there; writes findings.csv, sites.csv, endpoints.csv, trials.csv, blocks.csv,
 * measurements.csv and probes.csv. Each is written beside and renamed. ERR_INTERNAL. */
int csv_write(const struct report *report, const char *directory, struct err *err);

/* samples.csv is not in the report (its series are thinned): flow/ streams it from the store, row by row. */
FILE *csv_open(const char *directory, const char *name, struct err *err);
int csv_close(FILE *out, const char *directory, const char *name, struct err *err); /* renames into place */
void csv_abandon(FILE *out, const char *directory, const char *name);
void csv_sample_header(FILE *out);
void csv_sample(FILE *out, const struct sample *sample);

#endif

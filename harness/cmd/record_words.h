/* What a recording says while it runs and at its end. */
#ifndef SEEP_CMD_RECORD_WORDS_H
#define SEEP_CMD_RECORD_WORDS_H

#include <stdbool.h>

#include "flow/record.h"

#define RECORD_LINE_EVERY_S 10

extern const char record_about[]; /* for its help */

/* What went by, on standard error, once a second: on a terminal the busiest endpoints, drawn over what was there; elsewhere
 * a line in ten seconds. */
struct record_view {
    bool terminal, quiet;
    unsigned lines; /* that are drawn */
    double next_s;  /* of the next line */
};
void record_view_tell(struct record_view *view, const struct record_progress *progress);
void record_view_clear(struct record_view *view);

/* The totals, on standard output. */
void record_show(const struct record_result *result, const struct record_options *options);

/* The result as JSON, schema 1, as json_file_write() does. */
int record_json_write(const char *path, const struct record_result *result,
                      const struct record_options *options, int exit_code, struct err *err);

#endif

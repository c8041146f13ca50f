/* The view model: all that a renderer sees. Filled by flow/retell.c from the
 * store. Renderers write to a stream and know nothing else. */
#ifndef SEEP_REPORT_REPORT_H
#define SEEP_REPORT_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "base/err.h"
#include "model/evidence.h"
#include "model/progress.h"
#include "model/result.h"

/* One line in a plot: a signal within a trial. Thinned to what a plot can show
 * (minimum and maximum per column). */
struct point {
    double at_s;
    double requests; /* within the trial */
    double value;
    enum sample_kind kind;
};
struct report_series {
    char *signal;
    int64_t trial;
    struct point *points;
    size_t count;
};

/* "rss[4711]": of one of several processes; the sum of all is a series of its own. */
bool signal_is_of_process(const char *signal);

struct report {
    struct result result;
    struct trial *trials;
    size_t trial_count;
    struct block *blocks;
    size_t block_count;
    struct measurement *measurements;
    size_t measurement_count;
    struct probe *probes; /* of a hunt, in the order of the answers; number 0 (its settings) is not shown */
    size_t probe_count;
    struct endpoint_load *loads;
    size_t load_count;
    struct report_series *series;
    size_t series_count;
    struct pace *paces; /* columns of equal width, the first at second 0 (pace.h) */
    size_t pace_count;
    const struct progress
        *now; /* where a run that is followed stands; borrowed. NULL: it is told from the store alone */
};
void report_release(struct report *report);

/* The outputs that go to a file: ROW(NAME, HELP, FUNCTION) each. `--NAME FILE` of report, run and bisect, its
 * help, the row of renderers[] and the place of its path come from here. */
#define RENDERED_FILES(ROW)                                                                                  \
    ROW(html, "write a self-contained page", render_html)                                                    \
    ROW(json, "write the result as JSON (schema 1)", render_json)                                            \
    ROW(junit, "write a JUnit report for CI", render_junit)                                                  \
    ROW(markdown, "write a short summary for CI", render_markdown)                                           \
    ROW(issue, "write a finding as an issue for a tracker; where there is none, nothing", render_issue)      \
    ROW(github, "write the report and annotations for the log of a GitHub job", render_github)               \
    ROW(openmetrics, "write metrics in OpenMetrics", render_openmetrics)                                     \
    ROW(prometheus,                                                                                          \
        "write metrics in Prometheus's text format, as node_exporter's textfile collector reads it",         \
        render_prometheus)

#define RENDERED_FILE_PLACE(NAME, HELP, FUNCTION) RENDERED_##NAME,
enum rendered_file { RENDERED_FILES(RENDERED_FILE_PLACE) RENDERED_COUNT };

struct renderer {
    const char *name; /* "html", ..., "terminal"; NULL ends the table */
    const char *help;
    /* ERR_USAGE: there is nothing in the report that it could write. */
    int (*render)(const struct report *report, FILE *out, struct err *err);
};
extern const struct renderer renderers[]; /* enum rendered_file: its first rows */
const struct renderer *renderer_find(const char *name);

/* Opens FILE ("-": standard output), writes, closes; a half-written file is never left behind
 * (written beside and renamed). */
typedef int view_writer(const void *view, FILE *out, struct err *err);
int report_write_view(const void *view, view_writer *write, const char *path, struct err *err);

/* The same with a renderer by its name. */
int report_write(const struct report *report, const char *renderer, const char *path, struct err *err);

/* Terminal colours and width, decided once by cmd/. */
struct terminal_style {
    bool color;
    int width;    /* columns */
    bool verbose; /* every probe of a hunt, not only a line for each step */
};
extern struct terminal_style terminal_style;

#endif

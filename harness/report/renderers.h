/* The functions behind the table of renderers. Only for the files of this room. */
#ifndef SEEP_REPORT_RENDERERS_H
#define SEEP_REPORT_RENDERERS_H

#include "report/report.h"

int render_terminal(const struct report *report, FILE *out, struct err *err);
int render_html(const struct report *report, FILE *out, struct err *err);
int render_json(const struct report *report, FILE *out, struct err *err);
int render_junit(const struct report *report, FILE *out, struct err *err);
int render_issue(const struct report *report, FILE *out, struct err *err);
int render_github(const struct report *report, FILE *out, struct err *err);
int render_markdown(const struct report *report, FILE *out, struct err *err);
int render_openmetrics(const struct report *report, FILE *out, struct err *err);
int render_prometheus(const struct report *report, FILE *out, struct err *err);

#endif

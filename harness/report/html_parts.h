/* The parts of the page, and the pieces that all of them are made of. Only for html*.c. */
#ifndef SEEP_REPORT_HTML_PARTS_H
#define SEEP_REPORT_HTML_PARTS_H

#include "base/text.h"
#include "report/report.h"

/* html_page.c; between the two stands what is within <main> */
void html_begin(struct text *out, const struct text *title);
void html_end(struct text *out);
int html_write(struct text *page_take, FILE *out, struct err *err);

/* html.c */
void html_escaped(struct text *out, const struct text *words);

/* <tag attributes>escaped string</tag> */
void html_element(struct text *out, const char *tag, const char *attributes, const char *string);

/* A key figure; `small` may be empty; nothing where there is no value. Clears both. */
void html_key(struct text *out, const char *what, struct text *value, struct text *small);

void html_capitalise(struct text *sentence);

/* html_finding.c */
void html_findings(struct text *out, const struct report *report);

/* html_story.c; each leaves out what there is nothing of */
void html_not_judged(struct text *out, const struct report *report); /* of a hunt that can go on */
void html_way(struct text *out, const struct report *report);        /* what a hunt asked and was answered */
void html_again(struct text *out, const struct result *result);      /* commands: reproduce, go on */
void html_production(struct text *out, const struct result *result); /* projection, observed */

/* html_tables.c; each leaves out what it has no rows for */
void html_measurements(struct text *out, const struct report *report);
void html_remarks(struct text *out, const char *heading, const struct remark *remarks, size_t count);
void html_limits(struct text *out, const struct result *result);
void html_signals(struct text *out, const struct result *result);
void html_loads(struct text *out, const struct report *report);

#endif

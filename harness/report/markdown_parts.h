/* What Markdown is made of, for every summary. Only for *markdown.c. */
#ifndef SEEP_REPORT_MARKDOWN_PARTS_H
#define SEEP_REPORT_MARKDOWN_PARTS_H

#include <stdio.h>

#include "base/text.h"

void markdown_put(FILE *out, const char *string);

/* A code span. Within backticks a backslash is a backslash: a backtick itself becomes an apostrophe, since more of them around
 * it would break a table. */
void markdown_code(FILE *out, const char *string);

/* The rest of a table's cell, with its end. Clears the text. */
void markdown_cell(FILE *out, struct text *text);

/* Nothing where there are no words. Clears the text. */
void markdown_paragraph(FILE *out, struct text *text);

#endif

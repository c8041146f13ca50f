/* The manual: everything that --help says and what stands in no option table, once, in two forms. */
#ifndef SEEP_CMD_MANUAL_H
#define SEEP_CMD_MANUAL_H

#include "base/text.h"
#include "cmd/topics.h"

/* seep(1) in the man macros of roff: commands with their options, values, files, environment, exit status, findings,
 * examples. `mandoc -T lint` and `groff -man -ww` find nothing in it. */
void manual_roff(struct text *out);

/* The same as Markdown with every topic of `seep help`: harness/REFERENCE.md. */
void manual_markdown(struct text *out);

/* A form in which a manual is written. Texts are sentences with `code` in backquotes; `literal` ends each line with a
 * newline and stands as it is. */
struct manual_form {
    void (*section)(struct text *out, const char *title);
    void (*subsection)(struct text *out, const char *title);
    void (*paragraph)(struct text *out, const char *text, size_t length);
    void (*literal)(struct text *out, const char *lines, size_t length);
    void (*begin_terms)(struct text *out, const char *left); /* what the left column holds */
    void (*term)(struct text *out, const char *name, const char *says);
    void (*end_terms)(struct text *out);
};
extern const struct manual_form manual_form_roff, manual_form_markdown;

/* manual_words.c: tables of struct term. Of `example_terms` the name is the command, one or several lines. */
extern const struct term value_terms[], file_terms[], environment_terms[], example_terms[];
extern const char manual_about[];

#endif

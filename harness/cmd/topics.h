/* `seep help TOPIC`: what is explained beside the commands. */
#ifndef SEEP_CMD_TOPICS_H
#define SEEP_CMD_TOPICS_H

#include <stdbool.h>

#include "base/text.h"

/* A term and what it means: a row of `seep help exit` and `seep help finding`, of the manual and the reference. */
struct term {
    const char *name; /* NULL: `says` is a heading of those that follow; both NULL: the end */
    const char *says; /* sentences, `code` in backquotes */
};
extern const struct term exit_terms[], finding_terms[], suspects_terms[], sizes_terms[];
extern const char exit_rest[], finding_intro[], suspects_intro[],
    sizes_intro[]; /* paragraphs, and what is indented as it stands */

/* What completes what is typed, and what is written for other programs to read; the manual has its own form of `terms`. */
struct topic {
    const char *name; /* NULL ends the table */
    const char *summary;
    void (*write)(struct text *out);
    bool form; /* all of the help in another form: not for reading on a terminal */
};
extern const struct topic topics[];

/* Adds `text` from `column` on, where the output stands, broken at spaces within 79 columns. */
void topics_wrapped(struct text *out, const char *text, size_t column);

#endif

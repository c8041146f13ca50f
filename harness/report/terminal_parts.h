/* Private to report/terminal*.c. */
#ifndef SEEP_REPORT_TERMINAL_PARTS_H
#define SEEP_REPORT_TERMINAL_PARTS_H

#include <stddef.h>

#include "report/report.h"

const char *terminal_code(const char *code); /* "" where there are no colours */
#define RESET terminal_code("\033[0m")
#define BOLD terminal_code("\033[1m")
#define DIM terminal_code("\033[2m")
#define RED terminal_code("\033[1;31m")
#define GREEN terminal_code("\033[32m")
#define YELLOW terminal_code("\033[33m")

enum { LABEL_WIDTH = 10 };

/* A space that no line ends at; escaped text never holds it. */
#define GLUE '\x01'

/* Wraps what comes after column `used`, later lines indented by `indent`. */
void terminal_wrapped(FILE *out, const char *string, size_t used, size_t indent);
void terminal_wrapped_plain(FILE *out, const char *plain, size_t used, size_t indent); /* escaped already */

/* A label and what it is of; nothing where the string is NULL or empty. */
void terminal_labelled(FILE *out, const char *label, const char *string);

/* The same of a command, which is copied and pasted: it is never broken. */
void terminal_command(FILE *out, const char *label, const char *command);

void terminal_heading(FILE *out, const char *heading);

/* Pads or cuts (with ...) to `width` columns. */
void terminal_column(FILE *out, const char *string, size_t width, bool right);

/* No room for a name beside its numbers: tables put it on a line of its own, and show fewer of them. */
bool terminal_narrow(void);

/* In a narrow terminal the name and the end of its line, else the name in `width` columns. */
void terminal_name(FILE *out, const char *name, size_t width);

/* The wider of `width` and the name, as far as `others` columns beside it leave room. */
size_t terminal_name_width(const char *name, size_t width, size_t others);

/* terminal_loads.c: requests and times of a soak, the slowest endpoints first. */
void terminal_loads(FILE *out, const struct report *report);

/* terminal_story.c */
void terminal_remarks(FILE *out, const char *heading, const struct remark *remarks, size_t count);
void terminal_not_judged(FILE *out, const struct report *report); /* of a hunt that can go on */

/* How it went, what it cost, how to see it again, what it means in production. */
void terminal_story(FILE *out, const struct report *report);

#endif

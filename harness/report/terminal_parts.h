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

/* Wraps what comes after column `used`, later lines indented by `indent`. */
void terminal_wrapped(FILE *out, const char *string, size_t used, size_t indent);

void terminal_heading(FILE *out, const char *heading);

/* Pads or cuts (with ...) to `width` columns. */
void terminal_column(FILE *out, const char *string, size_t width, bool right);

/* The wider of `width` and the name, as far as `others` columns beside it leave room. */
size_t terminal_name_width(const char *name, size_t width, size_t others);

/* terminal_loads.c: requests and times of a soak, the slowest endpoints first. */
void terminal_loads(FILE *out, const struct report *report);

#endif

/* Lines of what was rendered. */
#ifndef SEEP_TEST_LINES_H
#define SEEP_TEST_LINES_H

#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "report/escape.h"

/* In columns of a terminal. */
static inline size_t widest_line(const char *text)
{
    size_t widest = 0;
    for (const char *at = text; *at != '\0';) {
        size_t length = strcspn(at, "\n");
        char *line = xstrndup(at, length);
        size_t width = escape_width(line);
        widest = width > widest ? width : widest;
        free(line);
        at += length + (at[length] == '\n');
    }
    return widest;
}

#endif

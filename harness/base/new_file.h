/* A file that is made here and was nobody's before. */
#ifndef SEEP_BASE_NEW_FILE_H
#define SEEP_BASE_NEW_FILE_H

#include <stdio.h>

#include "base/err.h"
#include "base/text.h"

/* For writing, by the umask. What lies there already (of a killed process of our number, or a link that somebody put there) is
 * removed, never followed. NULL: errno. */
FILE *new_file(const char *path);

/* All of `text` into such a file, which nobody else may read (0600). As err_file(). */
int new_file_write(const char *path, const struct text *text, struct err *err);

/* Where files of a moment lie: TMPDIR, or /tmp. */
const char *new_file_place(void);

#endif

/* A file that is made here and was nobody's before. */
#ifndef SEEP_BASE_NEW_FILE_H
#define SEEP_BASE_NEW_FILE_H

#include <stdio.h>

/* For writing, by the umask. What lies there already (of a killed process of our number, or a link that somebody put there) is
 * removed, never followed. NULL: errno. */
FILE *new_file(const char *path);

#endif

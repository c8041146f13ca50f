/* Secrets on the command line, which every user of the machine may read in /proc/PID/cmdline. */
#ifndef SEEP_CMD_COVER_H
#define SEEP_CMD_COVER_H

/* Copies the words and writes '*' over what is a secret in the ones that were given: what a name of a secret says
 * (PASSWORD=..., --token=..., --token ..., "Authorization: ..."), and what shows by its shape (a user and password in a
 * URL, "Bearer ..."). Until then, some milliseconds, they can be read. The copy is for as long as the process. */
char **cover_words(int argc, char **argv);

#endif

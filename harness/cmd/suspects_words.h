/* What `seep help suspects` says beside the options. */
#ifndef SEEP_CMD_SUSPECTS_WORDS_H
#define SEEP_CMD_SUSPECTS_WORDS_H

extern const char suspects_about[];

#endif

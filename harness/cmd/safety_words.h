/* What `seep help safety` says. */
#ifndef SEEP_CMD_SAFETY_WORDS_H
#define SEEP_CMD_SAFETY_WORDS_H

extern const char safety_page[];

#endif

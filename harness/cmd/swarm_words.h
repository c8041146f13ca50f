/* `seep help swarm`: a hunt whose trials are stacks. */
#ifndef SEEP_CMD_SWARM_WORDS_H
#define SEEP_CMD_SWARM_WORDS_H

extern const char swarm_page[];

#endif

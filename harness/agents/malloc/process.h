/* What /proc tells of this process. */
#ifndef SEEP_MALLOC_PROCESS_H
#define SEEP_MALLOC_PROCESS_H

#include "reply.h"

/* Field 22 of /proc/self/stat; 0 where it cannot be read. */
unsigned long long process_start_time(void);

/* Adds {"rss_anon_bytes":...,"pss_bytes":...,"fds":...,"threads":...}, null for what cannot be read. The agent's thread
   and its descriptors do not count. Cost: smaps_rollup's, some 5 us per resident MiB. */
void process_add(struct reply *reply);

/* Calls `visit` with each number in a folder of /proc, such as self/fd. -1 where it cannot be read. */
int process_each_number(const char *folder, void (*visit)(int number, void *context), void *context);

#endif

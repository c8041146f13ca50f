/* What a crash of seep itself leaves: one line, and nothing of what was in memory.
 *
 * Memory holds what stands on no disk: values that were taken out of recordings, passwords from the environment, answers.
 * So the process is not dumpable: no core, no core handler, and no other process of the same user reads its memory or
 * its environment. What it starts is as usual again, by exec. Source: prctl(2), PR_SET_DUMPABLE; core(5). */
#ifndef SEEP_BASE_CRASH_H
#define SEEP_BASE_CRASH_H

/* main.c, once, before anything is read. SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT then end the process with
 * ERR_INTERNAL and "seep: internal error (SIGSEGV): ..."; a handler that is there already (a sanitizer's) stays. */
void crash_install(void);

#endif

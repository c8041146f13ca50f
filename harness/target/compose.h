/* The compose client: Docker's plugin (`docker compose`) where it is there, else docker-compose (1.29 or later). */
#ifndef SEEP_TARGET_COMPOSE_H
#define SEEP_TARGET_COMPOSE_H

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"
#include "net/loop.h"

struct compose {
    struct strings client; /* its first words */
    struct loop *loop;
    const char
        *directory; /* where it runs, and what relative paths in the file are relative to: the file's */
    char *log;      /* what it says; removed at the end */
    char *output;   /* what it prints */
};

/* private: a directory for its log. ERR_USAGE: there is no client. compose_release() in any case. */
int compose_find(struct compose *compose, struct loop *loop, const char *directory, const char *private,
                 struct err *err);
void compose_release(struct compose *compose);

/* Runs `-p project -f file WORDS...` (words: NULL at the end) to its end, what it prints into `printed` (may be NULL). Runs the loop
 * meanwhile; deaf: not ended by a signal. ERR_TARGET: it failed, or took longer than 15 minutes: its last lines. */
int compose_run(const struct compose *compose, const char *project, const char *file,
                const char *const *words, bool deaf, struct text *printed, struct err *err);

#endif

/* A program that seep has do something, run to its end: a client of Docker's, tar. */
#ifndef SEEP_TARGET_HELPER_H
#define SEEP_TARGET_HELPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strings.h"
#include "net/loop.h"

struct helper {
    struct loop *loop;     /* runs meanwhile; NULL: nothing does */
    const char *directory; /* where it runs */
    const char *log;       /* a file of ours for what it says on standard error, made anew */
    const char *output;    /* the same for what it prints; NULL: into the log */
    int64_t limit_ns;      /* then it is ended */
    bool deaf;             /* a signal does not end it; so it is without a loop */
};

/* what: for messages, "`docker compose up`". ERR_USAGE: it cannot be run; ERR_TARGET: it failed, or took longer: its last lines
 * in one; ERR_INTERNAL: a signal came. */
int helper_run(const struct helper *helper, const struct strings *words, const char *what, struct err *err);

#endif

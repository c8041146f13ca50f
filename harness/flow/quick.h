/* From recorded traffic, an address and a command to a service directory: all that a newcomer has to know.
 *
 * quick_read() takes what was typed and imports; quick_try() starts the server once, reads what can be read of it and
 * corrects what shows itself (where it listens, who can count in it); quick_write() leaves the directory behind.
 * Nothing is written before the last. Of the recorded requests one GET is sent, to a server that was started for it.
 */
#ifndef SEEP_FLOW_QUICK_H
#define SEEP_FLOW_QUICK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "flow/check.h"
#include "flow/ingest.h"
#include "model/service.h"

struct quick_options {
    const char *const *files; /* of recorded traffic; "-" is standard input */
    size_t file_count;
    const char *target;   /* where the server is: a URL, HOST:PORT or a port of this machine */
    char *const *command; /* how it starts, in the current directory */
    size_t command_count; /* 0: it runs already */
    const char *output;   /* the directory to write; NULL: one beside the store */
    const char *store;
    const char *format;           /* of the files, as of an ingest; NULL: detect each one's */
    struct reader_options reader; /* what was said of it */
    void (*reading)(void *owner, const char *file, uint64_t read); /* as of an ingest */
    void *owner;
};

struct quick {
    const struct quick_options *options;
    struct ingest ingest;
    struct vault *secrets;  /* what was taken out of it: in memory only */
    struct service service; /* what service.yaml will say; no endpoints */
    struct check checked;   /* what the first start showed */
    char *directory;
    bool reused;   /* it was there, made of the same; nothing is written */
    int port;      /* that was typed; 0: none */
    char *path;    /* of the recorded GET that is asked for; NULL: there is none */
    int recorded;  /* its status */
    char *noticed; /* what the first start corrected, for people; NULL: nothing */
};

/* Fills `quick` (overwritten; quick_release() by the caller, also after an error). Errors: ERR_USAGE, as
 * ingest_files(), a target or a command that is none, an output directory that holds something else; ERR_REFUSED: the
 * target is not this machine. */
int quick_read(struct quick *quick, const struct quick_options *options, struct err *err);

/* Errors: as target_start(), with what to type instead where that is known. */
int quick_try(struct quick *quick, struct err *err);

/* ERR_USAGE: cannot be written. */
int quick_write(struct quick *quick, struct err *err);

void quick_release(struct quick *quick);

#endif

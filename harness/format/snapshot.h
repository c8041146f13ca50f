/* Snapshot formats: what allocators and runtimes print of what they hold, by site. One row each, one file each.
 *
 * A file may be compressed with gzip. What cannot be understood as a whole is an error, "NAME:LINE[:COLUMN]: what,
 * and what would be right" ("NAME: byte N: ..." where there are no lines); a line that cannot be is counted in
 * `skipped`, as is one that the end of the file cut in two. Time is linear in the bytes. Memory is that of the bytes
 * (at most SNAPSHOT_BYTES_MOST, once decompressed) and of the sites (at most 1,048,576). */
#ifndef SEEP_FORMAT_SNAPSHOT_H
#define SEEP_FORMAT_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "model/snapshot.h"

#define SNAPSHOT_BYTES_MOST ((size_t)512 << 20)

struct gather;

struct snapshot_text {
    const char *bytes; /* need not end in a NUL */
    size_t length;
    const char *name; /* of the file or URL, in errors */
};

struct snapshot_format {
    const char *name; /* NULL ends the table */
    const char *help; /* what writes it */
    const char *site; /* what a site is called by */
    const char *unit; /* what its bytes and objects are, and how exact */
    bool code;        /* sites are places in a program: it can be said whose they are */
    bool (*detect)(const struct snapshot_text *text);
    int (*parse)(const struct snapshot_text *text, struct gather *gather, struct err *err);
    const char *unseen; /* what has no site, in words; NULL: nothing is known of that */
    /* What the allocator takes for blocks of `bytes` in `objects`: slot rounding of
     * that runtime; NULL: as given. */
    double (*allocated)(double bytes, double objects);
};

extern const struct snapshot_format snapshot_formats[];
const struct snapshot_format *snapshot_format_find(const char *name);

/* Parses by the format of that name, or the one detected (NULL). An empty text, or one of comments only, is
 * an empty snapshot when the format is given. Errors: ERR_USAGE. */
int snapshot_parse(const char *bytes, size_t length, const char *name, const char *format,
                   struct snapshot *snapshot, struct err *err);

/* The same of a file, or of standard input ("-"). */
int snapshot_read(const char *path, const char *format, struct snapshot *snapshot, struct err *err);

/* Takes out the sites that are the snapshotter's own frames; returns how many. */
size_t snapshot_drop_own(struct snapshot *snapshot);

#endif

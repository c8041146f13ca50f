/* All of a service directory's new files, or none of them: they are made in a hidden directory inside it and moved to their
 * places together. Inside flow/ingest only.
 *
 * Who fills the hidden directory holds a lock on it (flock(2)), which ends with the process. What an import that was
 * killed left is known by having none, and is removed by the next one into the same directory. */
#ifndef SEEP_FLOW_INGEST_STAGE_H
#define SEEP_FLOW_INGEST_STAGE_H

#include <stdbool.h>

#include "base/err.h"
#include "base/strings.h"

struct stage {
    const char *directory; /* borrowed */
    char *made;            /* the first directory of its path that was not there; NULL: all were */
    char *path;            /* of the hidden one; NULL until there is one */
    int lock;              /* it, open; only while there is a path */
};

/* Makes the directory with its parents, so that a scratch file can be in it, and removes what killed imports left in it:
 * directories of ours by name and owner that nobody holds. ERR_USAGE; nothing is left then. */
int stage_open(struct stage *stage, const char *directory, struct err *err);

/* Makes the hidden directory. ERR_USAGE; ERR_INTERNAL, the disk is full. */
int stage_begin(struct stage *stage, struct err *err);

/* A file of the directory is put beside the new ones, to be changed; one that is not there is right. */
int stage_copy(const struct stage *stage, const char *name, struct err *err);

/* Moves all files to their places, or none: what cannot be undone either is said. ERR_USAGE; ERR_INTERNAL, the disk is full. */
int stage_commit(struct stage *stage, struct err *err);

/* What was not committed goes, with the directories that were made for it. */
void stage_release(struct stage *stage);

#endif

/* The files of a build, into a digest. Within build.c only. */
#ifndef SEEP_FLOW_BUILD_TREE_H
#define SEEP_FLOW_BUILD_TREE_H

#include <stddef.h>
#include <sys/types.h>

#include "base/digest.h"
#include "base/err.h"

struct file_id {
    dev_t device;
    ino_t inode;
};

struct build_tree {
    struct digest *digest;
    const struct file_id *apart; /* files that do not count; sorted by nothing, there are few */
    size_t apart_count;
    int64_t files, bytes; /* seen so far, over all trees */
};

/* Adds every regular file below `directory` (a link to one counts as one, a link to a directory by what it says), by
 * path and contents. What cannot be read counts by its name. ERR_USAGE: more than is looked at. */
int build_tree_add(struct build_tree *tree, const char *directory, struct err *err);

#endif

/* uthash, with memory as all others get it: its own answer to none is exit(-1), without a word. */
#ifndef SEEP_BASE_HASH_H
#define SEEP_BASE_HASH_H

#include "base/text.h"

#define uthash_malloc(size) xmalloc(size)
#include <uthash.h>

#endif

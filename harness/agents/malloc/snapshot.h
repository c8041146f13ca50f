/* The live samples as seep_sites JSON. */
#ifndef SEEP_MALLOC_SNAPSHOT_H
#define SEEP_MALLOC_SNAPSHOT_H

#include "reply.h"
#include "samples.h"

/* A site is up to three frames outwards from the first that is not in an allocator or the C or C++ library, joined by
   " < "; where all of these are libraries', the first further out that is the program's as well. Bytes and objects are estimates of all live allocations since the start. Cost: tens of milliseconds, on the
   agent's thread, without the heap. */
void snapshot_add(struct samples *samples, struct reply *reply);

#endif

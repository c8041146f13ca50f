#include "model/snapshot.h"

#include <stdlib.h>

void snapshot_release(struct snapshot *snapshot)
{
    for (size_t i = 0; i < snapshot->count; i++)
        free(snapshot->sites[i].name);
    free(snapshot->sites);
    *snapshot = (struct snapshot){0};
}

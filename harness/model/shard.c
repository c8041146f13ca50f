#include "model/shard.h"

#include <stdlib.h>
#include <string.h>

void shard_run_release(struct shard_run *run)
{
    char *const owned[] = {run->key,  run->kept,   run->service, run->label,
                           run->seed, run->target, run->machine, run->reason};
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++)
        free(owned[i]);
    memset(run, 0, sizeof *run);
}

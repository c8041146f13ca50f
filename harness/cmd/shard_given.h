/* --shard and --start-at. */
#ifndef SEEP_CMD_SHARD_GIVEN_H
#define SEEP_CMD_SHARD_GIVEN_H

#include "base/err.h"
#include "model/shard.h"

/* "1/4", or "auto/4": then the number is that of JOB_COMPLETION_INDEX, as Kubernetes sets it in the pods of an Indexed Job; else
 * that of SEEP_SHARD_SLOT, which a Swarm service sets to {{.Task.Slot}}. start_at: a moment, or NULL. ERR_USAGE.
 * Source: https://kubernetes.io/docs/concepts/workloads/controllers/job/#completion-mode, which counts from 0. */
int shard_given(const char *shard_text, const char *start_at, struct shard *shard, struct err *err);

extern const char shards_page[]; /* `seep help shards` */

#endif

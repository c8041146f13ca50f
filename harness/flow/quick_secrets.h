/* What was taken out of a recording that was imported before, known again by this import. Inside flow/quick only. */
#ifndef SEEP_FLOW_QUICK_SECRETS_H
#define SEEP_FLOW_QUICK_SECRETS_H

#include "base/err.h"
#include "base/vault.h"
#include "flow/ingest.h"
#include "model/service.h"

/* Each import hashes under a key of its own, so the placeholders of recordings that an earlier import left, of the same
 * traffic, are other ones. Goes through both side by side, and keeps each value under the old hash as well. Requests
 * that a person took out are passed over. service: of the directory that is there. ERR_USAGE: a recording that cannot be read. */
int quick_secrets_match(struct vault *secrets, const struct service *service, const struct ingest *ingest,
                        struct err *err);

/* `text` with the hash of each placeholder left out: the same in every import. Appends. */
void quick_secrets_blank(struct span text, struct text *out);

#endif

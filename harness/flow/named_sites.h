/* Sites that grew, as they are told: whose code, which package, what of yours called it. */
#ifndef SEEP_FLOW_NAMED_SITES_H
#define SEEP_FLOW_NAMED_SITES_H

#include "analysis/sites.h"
#include "model/result.h"
#include "model/snapshot.h"

/* `code`: sites are places in a program. Reads what is installed (flow/packages.h). The caller releases it. */
struct site_growth named_site(const struct site_rank *rank, bool code);

/* Whether one of them is not yours, and nothing is known of who called it. */
bool named_sites_lack_callers(const struct site_growth *sites, size_t count);

/* From a snapshot that tells callers: of each place the one with most bytes. */
void named_sites_add_callers(struct site_growth *sites, size_t count, const struct snapshot *snapshot);

/* Node's buffers lie outside of the heap, in a site that nobody called. Where all that are made and stay are made in one
 * place, it is that one's. */
void named_sites_place_outside(struct site_growth *sites, size_t count);

#endif

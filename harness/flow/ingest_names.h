/* Which endpoint of an ingest a request belongs to. Inside flow/ingest only. */
#ifndef SEEP_FLOW_INGEST_NAMES_H
#define SEEP_FLOW_INGEST_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "model/request.h"
#include "traffic/template.h"

#define INGEST_NAMES_KEPT ((size_t)16384)

struct ingest_name {
    uint64_t hash; /* of method and URL */
    size_t endpoint_plus_1;
};

struct ingest_names {
    const struct templates *templates; /* settled; borrowed */
    bool by_body;                      /* equal URLs may be of different endpoints */
    struct ingest_group *groups;       /* hash: name -> endpoint */
    size_t count;                      /* of endpoints */
    struct ingest_name *kept;          /* URLs that were asked for lately */
};

void ingest_names_init(struct ingest_names *names, const struct templates *templates, bool by_body);
void ingest_names_release(struct ingest_names *names);

/* The index of the endpoint, from 0 in the order in which they were first asked for. `url_hash` is the same for the same URL, and for no other. The name of a new one (index ==
 * the count before) is in *name, the caller's; NULL for one that was there. */
size_t ingest_names_find(struct ingest_names *names, const struct request *request, uint64_t url_hash,
                         char **name);

#endif

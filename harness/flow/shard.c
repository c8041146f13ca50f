#include "flow/shard.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/text.h"
#include "tape/tape.h"

int shard_prepare(const struct shard *shard, struct service *service, struct err *err)
{
    enum start_kind start = service->start.kind;
    if (shard->count > 1 && (start == START_COMMAND || start == START_CONTAINER))
        return err_set(err, ERR_USAGE,
                       "%s: with --shard the target has to run already: what `start` starts is gone when the "
                       "shard that did so ends, whoever is sending still (without `start` all shards attach; "
                       "`target` then names a fixed port, not ${PORT})",
                       service->file);
    if (shard->count == 0 || shard->index == 0)
        return 0;
    service->start.kind = START_NONE;
    service->watch.kind = WATCH_STARTED;
    service->agent = AGENT_NONE;
    free(service->agent_dir);
    service->agent_dir = NULL;
    return 0;
}

int shard_connections(const struct shard *shard, unsigned all, unsigned *own, struct err *err)
{
    size_t count = shard->count;
    *own = count > 0 ? (unsigned)(all / count + (shard->index < all % count)) : all;
    if (count > 0 && all < count)
        return err_set(err, ERR_USAGE, "%u connection%s cannot be split over %zu shards: at least one each",
                       all, all == 1 ? "" : "s", count);
    return 0;
}

static void add_real(struct digest *digest, double value)
{
    digest_add(digest, &value, sizeof value);
}

static void add_endpoint(struct digest *digest, const struct endpoint *endpoint)
{
    uint64_t position;
    digest_add_text(digest, endpoint->name);
    add_real(digest, endpoint->weight);
    for (size_t i = 0; i < endpoint->after.count; i++)
        digest_add_text(digest, endpoint->after.items[i]);
    digest_add_number(digest, (int64_t)endpoint->recorded);
    for (size_t i = 0; i < endpoint->recorded; i++) {
        const struct tape_entry *entry = tape_entry(endpoint->tape, i, &position);
        digest_add_number(digest, entry->t_us);
        digest_add_number(digest, (int64_t)entry->session);
    }
}

static void add_load(struct digest *digest, const struct shard_load *given)
{
    const struct load *load = given->load;
    digest_add_number(digest, (int64_t)load->kind);
    add_real(digest, load->kind == LOAD_SPEED ? load->speed : 0);
    add_real(digest, load->kind == LOAD_RATE ? load->rate_per_second : 0);
    digest_add_number(digest, load->kind == LOAD_CONNECTIONS ? (int64_t)load->connections : 0);
    digest_add_number(digest, (int64_t)load->arrivals);
    digest_add_number(digest, load->ramp_ns);
    digest_add_number(digest, (int64_t)given->requests);
    digest_add_number(digest, given->duration_ns);
    digest_add_number(digest, (int64_t)given->seed);
    digest_add_text(digest, given->label != NULL ? given->label : "");
}

char *shard_key(const struct shard *shard, const struct service *service, const bool *usable,
                const struct shard_load *load)
{
    struct digest *digest = digest_new();
    digest_add_text(digest, "shards of one run");
    digest_add_number(digest, (int64_t)shard->count);
    digest_add_number(digest, shard->start_us);
    add_load(digest, load);
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (usable[i])
            add_endpoint(digest, &service->endpoints[i]);
    return digest_end(digest);
}

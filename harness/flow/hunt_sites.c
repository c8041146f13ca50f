/* Down to the code: snapshots around a known number of requests of the finding. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "analysis/sites.h"
#include "flow/hunt_state.h"
#include "flow/snapshots.h"
#include "format/snapshot.h"

#define CALLS 1250 /* between two of the three snapshots */
/* Before them, with the snapshotter already on: what is bounded fills up, and what is getting longer has
 * moved at least once, since only then does a snapshotter that was started late know how long it is. */
#define FILL 2000
#define SITES_MOST 8
#define SHARE_LEAST 0.02 /* of the finding's bytes per request, and at least */
#define BYTES_LEAST 0.2  /* so many per request */
#define SNAPSHOTS 3

/* Calls of every endpoint of the finding, evenly mixed. */
static int drive(struct hunt *hunt, const struct finding *finding, uint64_t calls)
{
    struct share *shares = xcalloc(finding->endpoints.count, sizeof *shares);
    for (size_t i = 0; i < finding->endpoints.count; i++) {
        const struct endpoint *endpoint = service_find(hunt->service, finding->endpoints.items[i]);
        shares[i] = (struct share){(size_t)(endpoint - hunt->service->endpoints), 1, calls};
    }
    int halted = trials_block(&hunt->trials, STEP_SITES, finding->per, shares, finding->endpoints.count);
    free(shares);
    return halted;
}

static void add_site(struct finding *finding, const struct site_rank *rank, bool code)
{
    struct site_growth *site = finding_add_site(finding);
    result_say(&site->site, "%s", rank->name);
    site->whose = code ? site_whose(rank->name) : WHOSE_UNKNOWN;
    site->bytes_per_request = rank->bytes_per_request;
    site->requested_bytes_per_request = rank->requested_bytes_per_request;
    site->objects_per_request = rank->objects_per_request;
}

/* What grew through the snapshots at a steady slope. A format that counts no bytes has no site that explains some. */
static void add_sites(struct finding *finding, const struct snapshot *snapshots, const double *requests,
                      const struct snapshot_format *format)
{
    struct site_rank *ranked = NULL;
    size_t count = sites_slopes(snapshots, requests, SNAPSHOTS, format->allocated, &ranked);
    double sum = 0, least = fmax(SHARE_LEAST * finding->bytes_per_request, BYTES_LEAST);
    for (size_t i = 0; i < count && finding->site_count < SITES_MOST; i++) {
        const struct site_rank *rank = &ranked[i];
        if (!growth_shape_grew(rank->shape) || !rank->steady || !(rank->bytes_per_request > least))
            continue;
        add_site(finding, rank, format->code);
        sum += rank->bytes_per_request;
    }
    if (finding->bytes_per_request > 0)
        finding->explained = sum / finding->bytes_per_request;
    free(ranked);
}

static void conclude(struct hunt *hunt, struct finding *finding, const struct snapshot *snapshots)
{
    static const double requests[SNAPSHOTS] = {0, CALLS, 2 * CALLS};
    const struct snapshot_format *format = snapshot_format_find(snapshots[0].format);
    if (format != NULL)
        add_sites(finding, snapshots, requests, format);
    if (finding->site_count > 0)
        trials_note(&hunt->trials, "kept by %s", finding->sites[0].site);
    else
        strings_addf(&hunt->result->caveats, "no allocation site of %s grew with its requests", finding->per);
}

int hunt_sites(struct hunt *hunt, struct finding *finding)
{
    struct trials *trials = &hunt->trials;
    struct snapshot snapshots[SNAPSHOTS] = {{0}};
    struct err err = {0};
    if (snapshots_by(trials) == NULL)
        return 0;
    trials_say(trials, "snapshots around %s", finding->per);
    int failed = snapshots_start(trials, &err);
    for (size_t i = 0; !failed && i < SNAPSHOTS; i++)
        failed = drive(hunt, finding, i == 0 ? FILL : CALLS) != 0 ||
                 snapshots_take(trials, &snapshots[i], &err) != 0;
    if (!failed)
        conclude(hunt, finding, snapshots);
    else if (trials->halt == HALT_NONE)
        strings_addf(&hunt->result->caveats, "no allocation sites from %s: %s", snapshots_by(trials),
                     err.message);
    for (size_t i = 0; i < SNAPSHOTS; i++)
        snapshot_release(&snapshots[i]);
    return trials->halt != HALT_NONE ? -1 : 0;
}

/* Down to the code: snapshots around a known number of requests of the finding. */
#include <math.h>
#include <stdlib.h>

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

/* What the finding keeps, in bytes, as far as it is known. */
static double bytes_known(const struct place *place)
{
    const struct question *question = &place->probed->question;
    const struct probed *solo = question->suspect == NOBODY
                                    ? hunt_probed_about(place->hunt, ASK_TOGETHER, NOBODY)
                                    : hunt_probed_about(place->hunt, ASK_LONG_SOLO, question->suspect);
    for (size_t i = 0; solo != NULL && i < place->deciders.count; i++)
        if (!place->deciders.items[i].objects && solo->detail.by_decider[i].per_request > 0)
            return solo->detail.by_decider[i].per_request;
    return 0;
}

/* Calls of every member of the finding, evenly mixed. */
static int drive(struct place *place, const struct question *question, uint64_t calls)
{
    struct share *shares = xcalloc(question->count, sizeof *shares);
    for (size_t i = 0; i < question->count; i++)
        shares[i] = (struct share){question->members[i], 1, calls};
    int halted = trials_block(place->trials, STEP_SITES, hunt_name(place->hunt, question->members[0]), shares,
                              question->count);
    free(shares);
    return halted;
}

static void add_site(struct detail *detail, const struct site_rank *rank, bool code)
{
    detail->sites = xrealloc(detail->sites, (detail->site_count + 1) * sizeof *detail->sites);
    detail->sites[detail->site_count++] =
        (struct site_growth){.site = xstrdup(rank->name),
                             .whose = code ? site_whose(rank->name) : WHOSE_UNKNOWN,
                             .bytes_per_request = rank->bytes_per_request,
                             .requested_bytes_per_request = rank->requested_bytes_per_request,
                             .objects_per_request = rank->objects_per_request};
}

/* What grew through the snapshots at a steady slope. A format that counts no bytes has no site that explains some. */
static void add_sites(struct place *place, struct detail *detail, const struct snapshot *snapshots)
{
    static const double requests[SNAPSHOTS] = {0, CALLS, 2 * CALLS};
    const struct snapshot_format *format = snapshot_format_find(snapshots[0].format);
    struct site_rank *ranked = NULL;
    double least = fmax(SHARE_LEAST * bytes_known(place), BYTES_LEAST);
    size_t count =
        format != NULL ? sites_slopes(snapshots, requests, SNAPSHOTS, format->allocated, &ranked) : 0;
    for (size_t i = 0; i < count && detail->site_count < SITES_MOST; i++)
        if (growth_shape_grew(ranked[i].shape) && ranked[i].steady && ranked[i].bytes_per_request > least)
            add_site(detail, &ranked[i], format->code);
    free(ranked);
    if (detail->site_count > 0)
        result_say(&detail->why, "kept by %s", detail->sites[0].site);
    else
        strings_addf(&detail->caveats, "no allocation site of %s grew with its requests",
                     hunt_name(place->hunt, place->probed->question.members[0]));
}

int hunt_sites(struct place *place, const struct question *question, struct answer *answer,
               struct detail *detail)
{
    struct trials *trials = place->trials;
    struct snapshot snapshots[SNAPSHOTS] = {{0}};
    struct err err = {0};
    answer->told = TOLD_UNCLEAR;
    if (hunt_on_its_server(place, STEP_SITES, question) != 0)
        return -1;
    if (snapshots_by(trials) == NULL)
        return 0;
    trials_say(trials, "snapshots around %s", hunt_name(place->hunt, question->members[0]));
    int failed = snapshots_start(trials, &err);
    for (size_t i = 0; !failed && i < SNAPSHOTS; i++)
        failed = drive(place, question, i == 0 ? FILL : CALLS) != 0 ||
                 snapshots_take(trials, &snapshots[i], &err) != 0;
    if (!failed) {
        add_sites(place, detail, snapshots);
        answer->told = detail->site_count > 0 ? TOLD_GROWS : TOLD_FLAT;
    } else if (trials->halt == HALT_NONE)
        strings_addf(&detail->caveats, "no allocation sites from %s: %s", snapshots_by(trials), err.message);
    for (size_t i = 0; i < SNAPSHOTS; i++)
        snapshot_release(&snapshots[i]);
    detail->calls = 2 * CALLS;
    free(place->proven); /* its snapshotter stays switched on */
    place->proven = NULL;
    return trials->halt != HALT_NONE ? -1 : 0;
}

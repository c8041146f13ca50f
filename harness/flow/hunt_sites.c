/* Down to the code: snapshots around a known number of requests of the finding. */
#include <math.h>
#include <stdlib.h>

#include "analysis/sites.h"
#include "flow/hunt_state.h"
#include "flow/named_sites.h"
#include "flow/snapshots.h"
#include "format/snapshot.h"

/* Before the first snapshot, with the snapshotter already on: what is bounded fills up, and what is getting longer has
 * moved at least once, since only then does a snapshotter that was started late know how long it is. */
#define FILL 2000
/* From the first snapshot to the last: as many calls as came before it, since what is getting longer mostly moves to a block
 * of twice its size; within these. */
#define CALLS_LEAST 2500
#define CALLS_MOST 6000
#define SNAPSHOTS 5
#define CALLER_CALLS 300
#define SITES_MOST 8
#define SHARE_LEAST 0.02     /* of the finding's bytes per request, and at least */
#define BYTES_LEAST 0.2      /* so many per request */
#define EXPLAINED_LEAST 0.85 /* below, it is said what else is known */

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
    detail->sites[detail->site_count++] = named_site(rank, code);
}

/* What grew steadily, but is too little for a site of its own. */
struct rest {
    size_t sites;
    double bytes_per_request;
};

static void say_rest(struct place *place, struct detail *detail, const struct rest *rest, const char *unseen)
{
    double known = bytes_known(place), sum = 0;
    struct text words = TEXT_EMPTY;
    for (size_t i = 0; i < detail->site_count; i++)
        sum += detail->sites[i].bytes_per_request;
    if (!(known > 0) || sum >= EXPLAINED_LEAST * known)
        return;
    text_addf(&words, "the sites add up to %.0f %% of what %s keeps", 100 * sum / known,
              hunt_name(place->hunt, place->probed->question.members[0]));
    if (rest->sites > 0)
        text_addf(&words, "; %zu more that are small make %.0f %%", rest->sites,
                  100 * rest->bytes_per_request / known);
    if (unseen != NULL)
        text_addf(&words, "; %s", unseen);
    strings_add(&detail->caveats, text_string(&words));
    text_release(&words);
}

/* `unseen`: what has no site in this format, in words; or NULL. */
static void say_sites(struct place *place, struct detail *detail, const struct rest *rest, const char *unseen)
{
    if (detail->site_count > 0) {
        result_say(&detail->why, "kept by %s", detail->sites[0].site);
        named_sites_place_outside(detail->sites, detail->site_count);
        say_rest(place, detail, rest, unseen);
    } else
        strings_addf(&detail->caveats, "no allocation site of %s grew with its requests%s%s",
                     hunt_name(place->hunt, place->probed->question.members[0]), unseen != NULL ? "; " : "",
                     unseen != NULL ? unseen : "");
}

/* What grew through the snapshots at a steady slope. A format that counts no bytes has no site that explains some. */
static void add_sites(struct place *place, struct detail *detail, const struct snapshot *snapshots,
                      const double *requests)
{
    const struct snapshot_format *format = snapshot_format_find(snapshots[0].format);
    struct site_rank *ranked = NULL;
    struct rest rest = {0, 0};
    double least = fmax(SHARE_LEAST * bytes_known(place), BYTES_LEAST);
    size_t count =
        format != NULL ? sites_slopes(snapshots, requests, SNAPSHOTS, format->allocated, &ranked) : 0;
    for (size_t i = 0; i < count; i++) {
        if (!growth_shape_grew(ranked[i].shape) || !ranked[i].steady || !(ranked[i].bytes_per_request > 0))
            continue;
        if (detail->site_count < SITES_MOST && ranked[i].bytes_per_request > least)
            add_site(detail, &ranked[i], format->code);
        else {
            rest.sites++;
            rest.bytes_per_request += ranked[i].bytes_per_request;
        }
    }
    say_sites(place, detail, &rest, format != NULL ? format->unseen : NULL);
    free(ranked);
}

/* Fills, and takes the snapshots; requests[i]: calls of each member on this server before snapshot i. */
static int observe(struct place *place, const struct question *question, struct snapshot *snapshots,
                   double *requests, struct err *err)
{
    struct trials *trials = place->trials;
    uint64_t fill = FILL;
    if (question->suspect != NOBODY)
        fill = hunt_affordable_fill(place->hunt, question->suspect, FILL);
    double before = (double)trials->trial.requests / (double)question->count + (double)fill;
    uint64_t calls = (uint64_t)fmin(fmax(before, CALLS_LEAST), CALLS_MOST);
    if (question->suspect != NOBODY)
        calls = hunt_affordable(place->hunt, question->suspect, calls);
    calls /= SNAPSHOTS - 1;
    int failed = snapshots_start(trials, err);
    for (size_t i = 0; !failed && i < SNAPSHOTS; i++) {
        requests[i] = before + (double)(i * calls);
        failed = drive(place, question, i == 0 ? fill : calls) != 0 ||
                 snapshots_take(trials, &snapshots[i], err) != 0;
    }
    return failed ? -1 : 0;
}

/* A few calls more where a site is not yours: who of yours calls it? */
static void find_callers(struct place *place, const struct question *question, struct detail *detail)
{
    struct trials *trials = place->trials;
    struct snapshot snapshot = {0};
    struct err err = {0};
    if (!named_sites_lack_callers(detail->sites, detail->site_count) || snapshots_deepen(trials) != 0)
        return;
    if (drive(place, question, CALLER_CALLS) == 0 && snapshots_take(trials, &snapshot, &err) == 0)
        named_sites_add_callers(detail->sites, detail->site_count, &snapshot);
    snapshot_release(&snapshot);
}

int hunt_sites(struct place *place, const struct question *question, struct answer *answer,
               struct detail *detail)
{
    struct trials *trials = place->trials;
    struct snapshot snapshots[SNAPSHOTS] = {{0}};
    double requests[SNAPSHOTS] = {0};
    struct err err = {0};
    answer->told = TOLD_UNCLEAR;
    if (hunt_on_its_server(place, STEP_SITES, question) != 0)
        return -1;
    if (snapshots_by(trials) == NULL)
        return 0;
    trials_say(trials, "snapshots around %s", hunt_name(place->hunt, question->members[0]));
    if (observe(place, question, snapshots, requests, &err) == 0) {
        add_sites(place, detail, snapshots, requests);
        find_callers(place, question, detail);
        answer->told = detail->site_count > 0 ? TOLD_GROWS : TOLD_FLAT;
    } else if (trials->halt == HALT_NONE)
        strings_addf(&detail->caveats, "no allocation sites from %s: %s", snapshots_by(trials), err.message);
    for (size_t i = 0; i < SNAPSHOTS; i++)
        snapshot_release(&snapshots[i]);
    detail->calls = (uint64_t)(requests[SNAPSHOTS - 1] - requests[0]);
    free(place->proven); /* its snapshotter stays switched on */
    place->proven = NULL;
    return trials->halt != HALT_NONE ? -1 : 0;
}

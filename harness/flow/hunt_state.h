/* What the steps of a hunt share; private to flow/hunt*.c. */
#ifndef SEEP_FLOW_HUNT_STATE_H
#define SEEP_FLOW_HUNT_STATE_H

#include "analysis/growth.h"
#include "analysis/screen.h"
#include "flow/deciders.h"
#include "flow/hunt.h"
#include "flow/levels.h"

/* What is known of one endpoint. */
enum standing {
    STANDING_OUT,     /* not usable, or not exercised: never cleared */
    STANDING_UNKNOWN, /* not judged yet, or the screen could not say */
    STANDING_CLEAR,   /* screened: flat */
    STANDING_BOUNDED, /* grew, and stopped */
    STANDING_SUSPECT, /* screened: grows */
    STANDING_FOUND,   /* part of a finding */
};

struct candidate {
    enum standing standing;
    uint64_t block_calls; /* requests of one solo block: whole passes */
    double score;         /* how far above the floor the screen saw it; orders the suspects */
    char *why;            /* for cleared: what was seen */
};

struct hunt {
    const struct hunt_options *options;
    const struct service *service;
    struct trials trials;
    struct result *result;
    struct candidate *candidates;
    struct deciders deciders;
    size_t signal_count;     /* in the watch */
    enum screen_answer rest; /* CLEAR: the mix without the findings was shown flat */
    bool rest_checked;
    bool outside_heap; /* RSS grew while what is counted was flat */
    bool mix_grew;     /* the whole mix grew after warming */
    bool restartable;
};

/* Reads and appends; requests counted from 0 at the first. */
int hunt_level(struct hunt *hunt, struct levels *levels, double requests);

/* Judges one decider on levels, with our own readings taken off, and stores the measurement. */
struct growth_answer hunt_judge(struct hunt *hunt, enum step step, const char *mix,
                                const struct levels *levels, const struct decider *decider);

/* Measures `windows` windows of `calls` requests each of one endpoint alone on the present server. Ends
 * before when every decider has stopped growing for `calm` windows (0: never). levels is initialised here. */
int hunt_solo(struct hunt *hunt, enum step step, size_t endpoint, size_t windows, uint64_t calls, size_t calm,
              struct levels *levels);

/* Whole passes of the endpoints in `in` (NULL: all that stand), in recorded proportions. */
int hunt_pass(struct hunt *hunt, enum step step, const char *mix, const bool *in, uint64_t *requests);

/* `calls` requests of one endpoint, uncounted by anyone: fills what others emptied. */
int hunt_prime(struct hunt *hunt, enum step step, size_t endpoint, uint64_t calls);

/* Stores a measurement. */
void hunt_measured(struct hunt *hunt, enum step step, const char *mix, const struct decider *decider,
                   uint64_t requests, double per_request, struct interval interval, enum verdict verdict,
                   const char *note);

/* After a block: true when the endpoint's answers were those recorded; else it is set aside as not looked at.
 */
bool hunt_landed(struct hunt *hunt, size_t endpoint);

/* The steps; each returns -1 when trials.halt ended it. */
int hunt_warm_up(struct hunt *hunt);
int hunt_screen(struct hunt *hunt);          /* on the present, warm server */
int hunt_screen_isolated(struct hunt *hunt); /* RSS alone: a fresh server each */
int hunt_confirm(struct hunt *hunt);         /* long solos of the suspects */
int hunt_rest(struct hunt *hunt);            /* the mix without the findings */
int hunt_isolate(
    struct hunt *hunt); /* each finding alone on a fresh server; partners of those that need one */
int hunt_reduce(struct hunt *hunt); /* only the mix grows: the smallest set that does */
int hunt_sites(struct hunt *hunt,
               struct finding *finding); /* on the present server, which holds the finding's mix */

/* Confirmed findings: adds one with its rates from the answers by decider. */
struct finding *hunt_add_finding(struct hunt *hunt, enum finding_kind kind, size_t endpoint,
                                 const struct growth_answer *answers, uint64_t calls,
                                 const struct levels *levels);

/* Verdict, reason, confidence, exit code, projection and the rest of the result, from what the steps left. */
void hunt_conclude(struct hunt *hunt);

#endif

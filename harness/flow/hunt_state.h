/* What the steps of a hunt share; private to flow/hunt*.c. */
#ifndef SEEP_FLOW_HUNT_STATE_H
#define SEEP_FLOW_HUNT_STATE_H

#include "analysis/growth.h"
#include "analysis/screen.h"
#include "analysis/search.h"
#include "flow/deciders.h"
#include "flow/hunt.h"
#include "flow/levels.h"

/* What a finding kept when its long solo ended: to be read again once its traffic has long been over. */
struct kept {
    size_t decider; /* the one that grew */
    double level, gained;
    double filled;     /* hunt.filled of that decider then */
    uint64_t readings; /* hunt.readings then */
    int64_t trial;     /* the server it is on; 0: none to be read again */
    double ended_s;
};

struct candidate {
    enum standing standing;
    bool not_chosen;  /* the user asked for others */
    double score;     /* how far above the floor the screen saw it; orders the suspects */
    char *why;        /* for cleared: what was seen */
    struct kept kept; /* STANDING_FOUND, on the warm server */
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
    char rest_why[256]; /* why the rest is not clear */
    /* RSS alone: the least growth that every endpoint would have shown on its fresh server. */
    double alone_smallest;
    size_t workers;               /* several behind one port: a page is answered by any one of them; else 0 */
    bool outside_heap;            /* RSS grew while what is counted was flat */
    bool grew[DECIDERS_MOST];     /* in which signals a finding grew */
    double filled[DECIDERS_MOST]; /* what solos and passes on the warm server have added to each, so far */
    uint64_t readings;            /* of ours, so far */
    double held_s; /* for how long findings were seen to stay without traffic; NaN: not tried */
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

/* The same, going on after the last of `levels`. */
int hunt_solo_on(struct hunt *hunt, enum step step, size_t endpoint, size_t windows, uint64_t calls,
                 size_t calm, struct levels *levels);

/* Whole passes of the endpoints in `in` (NULL: all that stand), in recorded proportions. */
int hunt_pass(struct hunt *hunt, enum step step, const char *mix, const bool *in, uint64_t *requests);

/* `calls` requests of one endpoint, uncounted by anyone: fills what others emptied. */
int hunt_prime(struct hunt *hunt, enum step step, size_t endpoint, uint64_t calls);

/* Stores a measurement. */
void hunt_measured(struct hunt *hunt, enum step step, const char *mix, const struct decider *decider,
                   uint64_t requests, double per_request, struct interval interval, enum verdict verdict,
                   const char *note);

/* After a block: true when the endpoint's answers were those recorded; else it
 * is set aside as not looked at. */
bool hunt_landed(struct hunt *hunt, size_t endpoint);

/* The steps; each returns -1 when trials.halt ended it. */
int hunt_warm_up(struct hunt *hunt);
int hunt_screen(struct hunt *hunt);          /* on the present, warm server */
int hunt_screen_isolated(struct hunt *hunt); /* RSS alone: a fresh server each */
int hunt_confirm(struct hunt *hunt);         /* long solos of the suspects */
int hunt_hold(struct hunt *hunt);            /* are the findings still there long after? */
int hunt_rest(struct hunt *hunt);            /* the mix without the findings */
int hunt_isolate(struct hunt *hunt); /* findings alone on fresh servers; partners of those that need one */
int hunt_reduce(struct hunt *hunt);  /* only the mix grows: the smallest set that does */
int hunt_sites(struct hunt *hunt, struct finding *finding); /* on the present server, which holds its mix */

/* Soon after a long solo (`levels`, of decider `index`): did what it kept go away without traffic? */
int hunt_stays(struct hunt *hunt, size_t endpoint, size_t index, struct levels *levels, bool *went_away);

/* What the endpoint kept was a window of time: bounded, and no finding. */
void hunt_was_window(struct hunt *hunt, size_t endpoint, double seconds);

/* Adds what a solo or the passes of a mix gained in each decider to hunt->filled. */
void hunt_filled(struct hunt *hunt, const struct levels *levels);

/* Confirmed findings: adds one with its rates from the answers by decider. */
struct finding *hunt_add_finding(struct hunt *hunt, enum finding_kind kind, size_t endpoint,
                                 const struct growth_answer *answers, uint64_t calls,
                                 const struct levels *levels);

/* Verdict, reason, confidence, exit code, projection and the rest of the result, from what the steps left. */
void hunt_conclude(struct hunt *hunt);

#endif

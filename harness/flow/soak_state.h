/* Private to flow/soak*.c. */
#ifndef SEEP_FLOW_SOAK_STATE_H
#define SEEP_FLOW_SOAK_STATE_H

#include "analysis/certain.h"
#include "analysis/hold.h"
#include "flow/deciders.h"
#include "flow/idle.h"
#include "flow/levels.h"
#include "flow/marks.h"
#include "flow/rates.h"
#include "flow/soak.h"
#include "flow/soak_read.h"
#include "flow/thresholds.h"
#include "sample/memory_limits.h"

#define SOAK_LINEAR_LEAST ((int)CERTAIN_REQUESTS) /* what is promised and what is certain are one number */
#define SOAK_LOOK_NS (50 * CLOCK_NS_PER_MS)

/* How a run comes to its end: soak_end.c. */
struct soak_end {
    size_t looks;      /* how often the answer was asked for on the way */
    bool certain;      /* at the last of them */
    uint64_t requests; /* due by then */
    double planned;    /* of how many; 0: nobody knew */
    bool extended;     /* it went on past what was asked for */
    bool spent;        /* until the budget was used up */
    bool open;         /* and more requests would have helped */
};

/* What became of it without traffic: soak_hold.c. */
struct soak_held {
    bool tried;
    double seconds;
    struct {
        bool tried;
        enum hold_state state;
        double kept; /* per request of the load; NaN: not to be read off, as from RSS */
        double away; /* the share that went away */
    } of[DECIDERS_MOST];
};

/* What grows whatever is sent: soak_idle.c. */
struct soak_idle {
    bool measured;
    struct idle_answer answers[DECIDERS_MOST]; /* of the deciders, then of RSS where it is none */
    enum verdict of_requests;                  /* what is said without it */
    char *reason;                              /* what is said of it; NULL: nothing */
};

struct soak {
    const struct soak_options *options;
    const struct service *service;
    struct trials trials;
    struct result *result;
    struct deciders deciders;
    bool *usable;
    struct levels levels;  /* readings while traffic flows */
    uint64_t bound;        /* requests after which it ends; 0: none */
    int64_t duration_ns;   /* after which it ends; 0: none */
    uint64_t before;       /* requests of the replays before this one */
    double planned;        /* requests until the end; 0 unknown */
    uint64_t read_due;     /* requests that were due at the last reading, in this replay */
    double next_share;     /* of the whole, at which the next reading is due */
    int64_t began_ns;      /* of the first replay */
    double traffic_s;      /* how long replays took */
    bool looked;           /* which signals can be read is known */
    bool reading;          /* one is under way */
    bool warm;             /* what was to be left out in front is over */
    size_t readings, gaps; /* of them without the value of a decider */
    char *gap_why;         /* of the last gap; NULL */
    struct soak_readings at;
    struct soak_end end;
    struct soak_held held;
    struct soak_idle idle;
    struct memory_limits limits; /* of the target, at the end */
    struct marks marks;          /* of a shard: seconds since the work began */
    double quiet_s;              /* when shard 0 took the others to have ended, likewise; 0: not that far */
    char *shard_key;             /* NULL: it is none */
    struct strings whys,
        losts; /* of a merged run, by endpoint: what the engines knew of those that did not land; "" nothing */
    char *
        missing; /* of a merged run: whose load is not in the counts, so that nothing is shown; NULL: all is */
};

/* soak.c. The mix from where it stopped, to the present bound; the caller's. How much of the run is over, 0 to 1.
 * A settled reading becomes a level. */
struct schedule *soak_schedule(struct soak *soak);
double soak_share_over(const struct soak *soak);

/* soak_end.c. After each reading: at its places it is asked whether the answer is certain, and then the replay
 * ends. Ten times a second: whether the budget is used up. After a replay: true when another one is to follow;
 * from then on levels.look is what the verdict is to be judged with. */
void soak_look(struct soak *soak);
void soak_check_budget(struct soak *soak);
bool soak_goes_on(struct soak *soak);
void soak_say_end(struct soak *soak); /* what of it belongs into the reason */

/* soak_hold.c. Holds where growth would be said. Then: into the answer of one decider, and into the result. */
int soak_hold(struct soak *soak);
void soak_weigh_held(const struct soak *soak, const struct decider *decider, struct growth_answer *answer);
void soak_say_held(struct soak *soak);

/* soak_idle.c. After the traffic, where levels rose: does time alone explain it? Sets per_second of what it adds to. Then:
 * what is not known of it widens the answer of requests; and as a finding of its own into the result, which is growth then. */
int soak_idle(struct soak *soak);
const struct idle_answer *soak_idle_answer(const struct soak *soak, const struct decider *decider);
void soak_weigh_idle(const struct soak *soak, const struct decider *decider, struct growth_answer *answer);
void soak_say_idle(struct soak *soak);

/* soak_limits.c. ERR_USAGE: a limit on a signal that is not there. Thresholds and their caveats, from the signals
 * that the result holds; those that limits alone name are added to it. */
int soak_check_limits(const struct soak *soak, struct err *err);
enum limits_standing soak_judge_limits(const struct soak *soak, struct result *result);
double soak_mix_rate(const struct soak *soak); /* requests per second, as recorded */

/* soak_truth.c. Endpoints whose answers were not those recorded are not looked at. */
void soak_set_aside(struct soak *soak);

/* What the engine knows of an endpoint that does not land (replay_why(), replay_lost()); NULL: nothing. */
const char *soak_why(const struct soak *soak, size_t endpoint);
const char *soak_lost(const struct soak *soak, size_t endpoint);

/* Whether the replay fell short of what it was to send, and whether it kept its rates (flow/rates.h);
 * *why: in words, the caller's; NULL where it did. */
bool soak_did_not_land(const struct soak *soak, char **why);

/* More than a tenth was answered otherwise than recorded, or not at all, and more than `limits.errors` allows: what grows may be
 * what errors leave behind (messages that a full disk does not take), and not what the recorded requests do. */
bool soak_went_astray(const struct soak *soak);
enum rates_kept soak_rates(const struct soak *soak, char **why);

/* soak_shard.c. A part of a run: memory is read by the first, and none has a verdict of its own. Waits for the common start;
 * marks where it stands, at each look; waits for others that take a little longer, before what is looked at without traffic
 * (whether they had ended by then, merging knows); ends with what became of its requests, and keeps in the store what merging
 * needs. -1: halted, or (keep) the store failed. */
bool soak_is_part(const struct soak *soak);
bool soak_reads_memory(const struct soak *soak);
int soak_begin_part(struct soak *soak, struct err *err);
int soak_await_start(struct soak *soak);
int soak_await_others(struct soak *soak);
void soak_mark(struct soak *soak);
void soak_conclude_part(struct soak *soak);
int soak_keep_part(struct soak *soak, struct err *err);

/* soak_kept.c. All of it that soak_merge() (soak_merged.h) needs, as JSON; the caller's. */
char *soak_kept(const struct soak *soak);

/* levels_judge() on a decider; nothing is known of it where a part of the load is missing. */
struct growth_answer soak_answer(const struct soak *soak, const struct decider *decider);

/* Verdict, reason, signals, thresholds and exit code from the levels. */
void soak_conclude(struct soak *soak);

#endif

/* The engine from inside. Only for replay.c, turn.c and next.c. */
#ifndef SEEP_REPLAY_REPLAY_INSIDE_H
#define SEEP_REPLAY_REPLAY_INSIDE_H

#include "base/clock.h"
#include "replay/compose.h"
#include "replay/ledger.h"
#include "replay/pacer.h"
#include "replay/reading.h"
#include "replay/replay.h"
#include "replay/seat.h"
#include "replay/session.h"

struct replay {
    struct replay_options options;
    struct loop *loop;
    struct origin origin;
    struct composer *composer;
    struct pacer *pacer;
    struct wire wire;
    struct seats seats;
    struct sessions sessions;
    unsigned descriptors_each;    /* that a connection takes */
    STAILQ_HEAD(, session) ready; /* sessions whose next request may go */
    struct client shared;         /* of all requests without a session; of all, where the setup is per run */
    struct reading_room room;
    struct familiar *familiars; /* service_endpoint() */
    struct clock_moment
        made;             /* what its clock is reckoned from, so that setting the system's ends no session */
    struct asking asking; /* what cookies depend on; its time is a tenth of a second old at most */
    char **whys;       /* service_endpoint(): the first reason why a request was not sent or did not land */
    const char **lost; /* likewise: the first reason why one got no answer; static text */
    int64_t just_ns;   /* the clock, as it was read a moment ago for the same purpose; 0: not */
    struct seat *preparer; /* sends the setup before the first request; NULL: nobody does */

    /* the present run */
    struct schedule *schedule; /* NULL: none */
    struct ledger ledger;
    int64_t start_ns; /* 0: what all share is still being set up, and nothing is due */
    struct due next;  /* pulled, not yet taken */
    int64_t next_ns;
    bool has_next, exhausted;
    uint64_t hold_at;          /* counted requests due, after which nothing goes out; UINT64_MAX: never */
    void (*held)(void *owner); /* called when all have ended; NULL: it was, or nobody waits */
    void *held_owner;
    void (*idle)(void *owner,
                 size_t under_way); /* called at the next moment without requests; NULL: nobody waits */
    void *idle_owner;
    int64_t idle_until_ns; /* then it is called in any case */
    unsigned refused;      /* connects in a row */
    bool stopping, over;
    int64_t stop_ns; /* what is under way then has failed */
    enum replay_end end;
};

/* turn.c: sends a request whose turn it is (due_ns: absolute, or DUE_AT_ONCE), or skips it */
void replay_start(struct replay *replay, struct session *session, const struct due *due, int64_t due_ns);
void replay_settle(struct replay *replay, struct seat *seat, enum progress progress);
void replay_finish(struct replay *replay, struct seat *seat, enum progress progress);
void replay_end_seat(struct replay *replay, struct seat *seat, struct outcome *outcome); /* its request's */

/* part.c: what goes out on a seat now, and what came of it */
void replay_send_part(struct replay *replay, struct seat *seat);
struct outcome replay_outcome(struct replay *replay, struct seat *seat, enum progress progress);
void replay_lose(struct replay *replay, struct seat *seat); /* what its answer should have brought */
void replay_note_why(struct replay *replay, size_t endpoint, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* setup.c: the requests before a session's, or a run's, first one */
struct client *replay_client(struct replay *replay,
                             const struct seat *seat);         /* who sends what goes out now */
void replay_take_up(struct replay *replay, struct seat *seat); /* sends the first part */
void replay_setup_ended(struct replay *replay, struct seat *seat, struct outcome *outcome);
bool replay_sets_up_again(struct replay *replay, struct seat *seat, const struct outcome *outcome);
void replay_prepare(struct replay *replay);

/* Planned, never sent. */
void replay_skip(struct replay *replay, const struct due *due, int64_t due_ns, enum skip why);

/* Nothing more goes out. The first `end` stays. */
void replay_stop_with(struct replay *replay, enum replay_end end);

void replay_interrupt(struct replay *replay); /* replay.c: a signal came */

/* next.c */
bool replay_pull(struct replay *replay); /* replay.next holds the next due request; false: there is none */
bool replay_step(struct replay *replay); /* one request left its queue; false: none can now */
void replay_skip_waiting(struct replay *replay);

/* What is due until then, and in a closed loop everything where `closed`, was planned and never sent. */
void replay_skip_due(struct replay *replay, int64_t until_ns, bool closed);

#endif

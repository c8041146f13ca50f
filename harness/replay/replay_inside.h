/* The engine from inside. Only for replay.c, turn.c and next.c. */
#ifndef SEEP_REPLAY_REPLAY_INSIDE_H
#define SEEP_REPLAY_REPLAY_INSIDE_H

#include "replay/compose.h"
#include "replay/ledger.h"
#include "replay/pacer.h"
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
    STAILQ_HEAD(, session) ready; /* sessions whose next request may go */

    /* the present run */
    struct schedule *schedule; /* NULL: none */
    struct ledger ledger;
    int64_t start_ns;
    struct due next; /* pulled, not yet taken */
    int64_t next_ns;
    bool has_next, exhausted;
    unsigned refused; /* connects in a row */
    bool stopping, over;
    int64_t stop_ns; /* what is under way then has failed */
    enum replay_end end;
};

/* turn.c: sends a request whose turn it is (due_ns: absolute, or DUE_AT_ONCE), or skips it */
void replay_start(struct replay *replay, struct session *session, const struct due *due, int64_t due_ns);
void replay_settle(struct replay *replay, struct seat *seat, enum progress progress);
void replay_finish(struct replay *replay, struct seat *seat, enum progress progress);

/* Planned, never sent. */
void replay_skip(struct replay *replay, const struct due *due, int64_t due_ns, enum skip why);

/* Nothing more goes out. The first `end` stays. */
void replay_stop_with(struct replay *replay, enum replay_end end);

/* next.c */
bool replay_pull(struct replay *replay); /* replay.next holds the next due request; false: there is none */
bool replay_step(struct replay *replay); /* one request left its queue; false: none can now */
void replay_skip_waiting(struct replay *replay);

/* What is due until then, and in a closed loop everything where `closed`, was planned and never sent. */
void replay_skip_due(struct replay *replay, int64_t until_ns, bool closed);

#endif

/* Private to flow/hunt_away*.c: a trial that a driver on a swarm has, and what it sent. */
#ifndef SEEP_FLOW_HUNT_AWAY_H
#define SEEP_FLOW_HUNT_AWAY_H

#include "flow/hunt_errand.h"
#include "flow/hunt_state.h"
#include "flow/trials_shared.h"
#include "target/swarm.h"

struct away {
    struct hunt *hunt;
    size_t lane;
    bool busy;
    struct probed **probed; /* what is asked */
    size_t count;
    struct text task, sent, why;
    enum stack_end end;
    int failed; /* with `err` */
    struct err err;
};

/* What a driver told beside its store. */
struct told_away {
    json_t *document; /* holds the others */
    const json_t *deciders;
    enum err_code error; /* 0: none */
    enum halt halt;
    const char *why;
};
void told_away_release(struct told_away *told);

/* Takes what was sent: answers are told, all rows go into the store of the hunt, as trials of their own and at the time by the
 * hunt's clock. looked: it was to find out what decides. ERR_USAGE: it cannot be read. */
int away_take(struct away *away, bool looked, struct told_away *told, struct err *err);

#endif

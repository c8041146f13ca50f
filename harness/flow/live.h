/* A page and metrics of a run while it is under way (`--live`), served by a process of their own that reads the store: the loop
 * that keeps due times does nothing for it but to leave its progress in a page of memory that both see. That process is forked
 * before there are threads, secrets or a store, and ends with the run, also with one that is killed. Should it die, the run
 * goes on. */
#ifndef SEEP_FLOW_LIVE_H
#define SEEP_FLOW_LIVE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"
#include "model/progress.h"

struct live_setting {
    const char *listen;          /* as server_setting.listen */
    const char *db;              /* the store's path; borrowed, as `listen` */
    const struct strings *names; /* as visitor_rule.names; copied */
    int64_t linger_ns;           /* it is served for so long after the end; a signal ends it */
};

struct live;

/* Returns once it listens. ERR_USAGE: as server_new(), and a name that is none. */
struct live *live_start(const struct live_setting *setting, struct err *err);

const char *live_address(const struct live *live);
bool live_is_loopback(const struct live *live);

/* The run that it tells of. */
void live_follow(struct live *live, int64_t run);

/* Where the run stands. Takes no lock and makes no system call; as listener.tell. */
void live_tell(struct live *live, const struct progress *progress);

/* Whether it ended by itself, and how: "killed by signal 9". */
bool live_has_died(struct live *live, struct text *how);

/* The run has ended, and its result is stored: told to whoever follows, served for as long as was asked (where a run began,
 * and no signal ended it), then ended. NULL is fine. Takes a second longer where a visitor does not take the end. */
void live_end(struct live *live);

#endif

/* What run and bisect share: a service directory, a store, a run in it, progress on the terminal, and at the
 * end the result stored, shown and written to the files that were asked for. */
#ifndef SEEP_CMD_SESSION_H
#define SEEP_CMD_SESSION_H

#include "cmd/command.h"
#include "cmd/live.h"
#include "cmd/report_files.h"
#include "flow/trials.h"
#include "model/result.h"
#include "model/service.h"
#include "report/progress.h"
#include "store/store.h"

struct session {
    const struct globals *globals;
    const char *command;
    struct service service;
    struct store *store;
    struct progress_view *view;
    struct listener listener;
    struct result result;
    int64_t run;
    struct live *live; /* NULL: nobody asked for it */
};

/* Refuses what `files` cannot hold, loads DIR (secrets: as for recordings_load()) and opens the store. */
int session_open(struct session *session, const struct globals *globals, const struct report_files *files,
                 const char *command, const char *directory, struct vault *secrets_take, struct err *err);

/* From now on `live_take` tells of the session's run; session_end() ends it. NULL is fine. Also after a failure of
 * session_open(). */
void session_follow(struct session *session, struct live *live_take);

/* Begins a run in it. argv of the command is kept with the run. */
int session_new_run(struct session *session, const char *directory, const char *label, uint64_t seed,
                    int argc, char **argv, struct err *err);

/* Or goes on with one, which keeps its label and its arguments. As store_resume_run(). */
int session_resume_run(struct session *session, int64_t run, struct resumed *resumed, struct err *err);

/* Stores the result (also after `failed`: what was measured is kept), renders the reports, releases
 * everything. Returns the exit code. `err`: the error of the flow, where `failed`. */
int session_end(struct session *session, const struct report_files *files, int failed, struct err *err);

#endif

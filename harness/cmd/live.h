/* The options --live, --live-host and --live-linger, shared by run and bisect. */
#ifndef SEEP_CMD_LIVE_H
#define SEEP_CMD_LIVE_H

#include "cmd/command.h"
#include "flow/live.h"

struct live_given {
    const char *listen;
    struct option_list hosts;
    int64_t linger_ns;
};

/* The rows of a command whose options struct `TYPE` has a `struct live_given FIELD`. */
#define LIVE_ROWS(TYPE, FIELD)                                                                               \
    {"live",                                                                                                 \
     0,                                                                                                      \
     OPTION_STRING,                                                                                          \
     offsetof(TYPE, FIELD.listen),                                                                           \
     "ADDR",                                                                                                 \
     "serve a page that follows the run, and /metrics for Prometheus: HOST:PORT, or PORT of "                \
     "127.0.0.1 alone; port 0: a free one. Read-only; who reaches ADDR can read it"},                        \
        {"live-host",                                                                                        \
         0,                                                                                                  \
         OPTION_LIST,                                                                                        \
         offsetof(TYPE, FIELD.hosts),                                                                        \
         "NAME[:PORT]",                                                                                      \
         "answer also who asks for NAME, as in Prometheus's targets; others get a 403 (repeatable)"},        \
    {                                                                                                        \
        "live-linger", 0, OPTION_DURATION, offsetof(TYPE, FIELD.linger_ns), "TIME",                          \
            "serve it for TIME after the end, so that the verdict is scraped (0s)"                           \
    }

extern const char live_about[]; /* `seep help live`, but for the list of metrics */

/* Starts what was asked for and says once where it is; *live stays NULL where nothing was. ERR_USAGE as live_start(),
 * and of --live-host without --live. Before threads, secrets and traffic. */
int live_given_start(const struct live_given *given, const struct globals *globals, struct live **live,
                     struct err *err);

#endif

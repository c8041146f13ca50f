/* The agents that listen in a directory, one in each process, and how they are asked: harness/agents/README.md. */
#ifndef SEEP_SAMPLE_AGENT_LIST_H
#define SEEP_SAMPLE_AGENT_LIST_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "net/fetch.h"

/* One process with an agent, as its socket is called: AGENT-PID-START.sock. */
struct agent {
    char *path;
    char name[16];
    pid_t pid; /* as it sees itself: in a container not as it is seen here */
    uint64_t start_time;
    struct allow *allow; /* that socket alone */
    struct origin origin;
};

struct agents {
    struct agent *items;
    size_t count;
};

/* Parents before the workers that they forked. None where the directory cannot be read. */
void agents_list(struct agents *agents, const char *directory);
void agents_release(struct agents *agents);

/* GET `path`, which may answer 256 MiB; borrows the agent. */
struct fetch_request agent_request(const struct agent *agent, const char *path, int64_t timeout_ns);

/* A socket file may outlive its process, and a process the agent that it had before an exec. */
bool agent_is_silent(const struct agent *agent);

struct agents_question {
    const char *path; /* "/read?gc=1"; a literal. An answer of more than 1 MiB is none */
    int64_t timeout_ns;
    bool (*dropped)(void *owner); /* nobody waits any more; asked before anything else is called but `done` */
    void (*each)(void *owner, const struct agent *agent, struct fetch_answer *answer);
    void (*done)(void *owner, size_t found,
                 size_t asked); /* once, at the end; asked: without those that are silent */
    void *owner;
};

/* Asks each agent that listens, one after the other; `done` comes later from the loop, or at once where there is none.
 * first: they were started just now: waits, at most 2 s, until no more of them appear. */
void agents_ask(struct loop *loop, const char *directory, bool first, const struct agents_question *question);

#endif

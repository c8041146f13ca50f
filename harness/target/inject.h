/* Agents into a server that seep starts: which one, where its files are, and the environment that loads it.
 * How they talk: harness/agents/README.md. */
#ifndef SEEP_TARGET_INJECT_H
#define SEEP_TARGET_INJECT_H

#include "base/err.h"
#include "model/service.h"

/* The agents that this service's server gets, by their names in a table of environment variables. */
struct injection {
    bool python, node, malloc; /* never malloc with one of the others: both would count the same */
    bool go;                   /* no agent, but a heap profile that sees small leaks */
    bool musl;                 /* malloc: in its build for musl */
    bool steady;               /* for a hunt: a runtime whose compiler fills the heap is told not to (node) */
    char *files;               /* directory of the agents' files */
};

/* Follows `agent:` of the service; auto goes by the command (target/program.h), and is nothing where the
 * service offers live figures itself or nothing is started. ERR_USAGE: an agent that was asked for is not
 * installed; auto then injects nothing. */
int inject_choose(struct injection *injection, const struct service *service, struct err *err);
void injection_release(struct injection *injection);
bool injection_any(const struct injection *injection);

/* Lets agent_group of the service, where one is given, into the directory of the sockets: mode 2770. */
int inject_open_to(const char *directory, const struct service *service, struct err *err);

/* Adds SEEP_AGENT_DIR=`directory`, SEEP_AGENT_STEADY=1 where it is to be steady and nothing else is given, and what loads
 * the agents, in front of what the environment, `given` before our own, has there already. */
void inject_environment(const struct injection *injection, const char *directory, struct headers *given);

#endif

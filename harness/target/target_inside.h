/* What target.c, target_hook.c and target_container.c have in common. */
#ifndef SEEP_TARGET_TARGET_INSIDE_H
#define SEEP_TARGET_TARGET_INSIDE_H

#include "net/trust.h"
#include "target/container.h"
#include "target/inject.h"
#include "target/process.h"
#include "target/project.h"
#include "target/target.h"

struct target {
    const struct service *service;
    struct loop *loop;
    struct allow *allow;
    char *run_header;
    char *directory; /* private, for the logs */
    struct injection injection;
    char *agents;        /* private, for the sockets of what is injected; NULL: nothing is */
    struct guard guard;  /* removes both should seep be killed */
    struct trust *trust; /* of https; NULL: not needed */
    struct origin origin;
    int port;                    /* what ${PORT} stands for */
    struct process process;      /* what `start` started; or */
    struct project *project;     /* where its containers come from; NULL: before the first start */
    struct container *container; /* the present one; NULL: none */
    pid_t watched;               /* -1: none */
    unsigned asked;              /* of a stack: servers so far */
    char *before;                /* who ran before the present restart; NULL: nobody, or not to be seen */
    struct strings elsewhere;    /* where the last start listened, when it was not ready */
    struct text tail;
};

/* The directory for what is private, and the one for the sockets of agents, below `parent`. */
int target_make_private(struct target *target, char **directory, const char *parent, struct err *err);
int target_make_agents(struct target *target, const char *parent, struct err *err);

/* Of "target" or "reset"; the caller's. */
char *target_log_path(const struct target *target, const char *name);

/* Runs a command of the service with the trial's environment. `what`: "start", "restart" or "reset", the key in service.yaml
 * that it comes from. */
int target_launch(const struct target *target, const char *what, const struct strings *command,
                  const char *directory, struct process *process, struct err *err);

/* A command that is to end: `reset`, or what renews a server; none: nothing. ERR_USAGE: it failed, or is not done after
 * 60 s. */
int target_run_hook(struct target *target, const char *what, const struct strings *command,
                    const char *directory, struct err *err);

/* A fresh container like the service's, and the target's origin at its address. */
int target_start_container(struct target *target, struct err *err);

/* The stack's own server, at first as it was deployed, then each time a new one in its place. */
int target_start_in_stack(struct target *target, struct err *err);

/* http://NAME:PORT of the service, at the address that its container has now. */
int target_aim_at(struct target *target, const char *address, struct err *err);

#endif

/* Where the containers of trials come from: a compose project, its own for each lane (`start: {compose: FILE, service: NAME}`), or
 * the one that seep runs in itself (`start: {service: NAME}`). The service's own container is what each trial's is made like
 * (target/clone.h).
 */
#ifndef SEEP_TARGET_PROJECT_H
#define SEEP_TARGET_PROJECT_H

#include "base/err.h"
#include "base/json.h"
#include "model/service.h"
#include "net/docker.h"
#include "net/loop.h"

struct project;

/* Removes what dead seeps left, once a process; then finds the project, or brings one up: `docker compose`, else docker-compose,
 * `config`, `up -d --build NAME`, all that it depends on with it; NAME's container is then ended. directory: a private one, for
 * files of a moment. Runs the loop meanwhile. ERR_USAGE: no client, no Docker, no such service; ERR_TARGET: it does not come up,
 * with the client's last lines. */
struct project *project_open(const struct service *service, struct loop *loop, const char *directory,
                             struct err *err);

/* `down -v` of one that was brought up. Deaf to signals. NULL is fine. */
void project_close(struct project *project);

const struct docker *project_docker(const struct project *project);
const json_t *
project_like(const struct project *project); /* ContainerInspect of the service's own container */
const char *project_owner(const struct project *project); /* owner_name() */
bool project_is_ours(const struct project *project);      /* it was brought up: nobody else uses it */
const json_t *
project_inside(const struct project *project); /* ContainerInspect of seep's own container; NULL: in none */
char *project_container_name(struct project *project); /* for one trial; the caller's */

#endif

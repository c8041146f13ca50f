/* What a compose client says of a project (`config`), changed so that it can be up several times beside one another and
 * beside the user's own. Pure.
 *
 * Taken out: published ports and fixed names of containers, networks and volumes, which two projects cannot both have; a
 * volume of a fixed name would moreover go with `down -v`. What is external stays. What is built gets a name that does not
 * depend on the project, so that it is built once.
 */
#ifndef SEEP_TARGET_COMPOSE_FILE_H
#define SEEP_TARGET_COMPOSE_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/json.h"

/* text: what `config` printed; name: for messages; images: the first part of what a built image is called. The caller's,
 * as a JSON document, which is YAML too. ERR_USAGE: not a compose file, no service `service` ("services: db, web"), or one that
 * shares the network of the host. */
char *compose_file_apart(const char *text, size_t length, const char *name, const char *images,
                         const char *service, struct err *err);

/* ERR_USAGE: `services` of the file has no `name`; says which there are. */
int compose_file_find(const json_t *services, const char *file, const char *name, struct err *err);

/* A network, a volume, ... that is somebody else's. */
bool compose_file_external(const json_t *part);

#endif

/* Waiting until a server answers. */
#ifndef SEEP_TARGET_READY_H
#define SEEP_TARGET_READY_H

#include "base/err.h"
#include "model/service.h"
#include "net/allow.h"
#include "net/loop.h"
#include "target/started.h"

struct ready_spec {
    const struct service *service; /* ready_method, ready_path, ready_timeout_ns */
    const struct origin *origin;
    const struct allow *allow;
    const char *run_header;
    struct started started;    /* empty: attach mode */
    struct strings *elsewhere; /* filled on an error: where what was started listens instead */
};

/* Asks every 50 ms until the answer is 2xx (or, where no request is named, the container's health check succeeds; where it has
 * none, the port accepts, with its handshake); fails at once when the process or the container ends, when its health check fails or the certificate is not trusted, when it listens elsewhere and rests, and when the time is over. Runs the loop meanwhile. Errors: ERR_USAGE, with the last
 * lines of output, and with where it listens: "the target exited with status 1 before it was ready: ImportError: ..."; ERR_INTERNAL
 * "interrupted by signal 2". */
int ready_wait(struct loop *loop, const struct ready_spec *spec, struct err *err);

#endif

/* Requests that are not the hot path: ready probes, signals, snapshots.
 *
 * libcurl's multi_socket on the loop, so that replay goes on meanwhile, and on
 * the same way to the target as replay (net/route.h). No redirects are followed,
 * and the address of each connect is checked against the allow-list.
 */
#ifndef SEEP_NET_FETCH_H
#define SEEP_NET_FETCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/strings.h"
#include "base/text.h"
#include "net/allow.h"
#include "net/loop.h"

struct fetch_request {
    const char *method; /* "GET"; NULL: only connects, through TLS and proxy, and asks nothing */
    const struct origin *origin;
    const char *path; /* "/debug/memory?gc=1" */
    const struct allow *allow;
    const char *run_header;        /* value of X-Seep-Run, or NULL */
    const char *json;              /* the body, of a POST alone; NULL: none */
    const char *form;              /* the same, as a form: "query=up&time=1" */
    const struct strings *headers; /* lines of the request, "Authorization: Bearer x"; NULL: none */
    bool packed;                   /* the answer may come compressed; `limit` is of what it unpacks to */
    bool deaf;                     /* of fetch(): a signal does not end it; for clean-up after one */
    int64_t timeout_ns;
    size_t limit; /* the most bytes of body that are taken; 0: 64 MiB */
};

struct fetch_answer {
    int status;         /* 0: no answer */
    char location[256]; /* where a redirect leads, without its query; "": nowhere */
    struct text body;   /* released by the caller of fetch(), by fetch_start() after `done` */
    struct err err;     /* code ERR_NONE when an answer came */
    bool untrusted;     /* none came, since the target's certificate is not trusted: asking again is no use */
};

/* Starts; `done` is called once from the loop, never before this returns, and not at all when the loop is
 * freed first. `request` is copied but for `allow`, which must live until then. Errors: ERR_USAGE when no
 * answer came ("GET http://127.0.0.1:5000/health: Connection refused"), ERR_REFUSED outside `allow`. A limit
 * that is passed is no answer. */
void fetch_start(struct loop *loop, const struct fetch_request *request,
                 void (*done)(void *owner, struct fetch_answer *answer), void *owner);

/* Starts and runs the loop until the answer is there (or a signal came: answer.err says so). Returns 0 when
 * an answer came, whatever its status; else -1 with answer->err filled. */
int fetch(struct loop *loop, const struct fetch_request *request, struct fetch_answer *answer);

#endif

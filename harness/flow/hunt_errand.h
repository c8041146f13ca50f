/* A trial of a hunt that is driven elsewhere: what its driver is asked and what it tells, on either side.
 *
 * The search stays where the hunt is. A driver gets what was asked for, all answers so far and some questions; it measures
 * these on a server of its own by the code of any hunt, and tells the answers with its whole store.
 */
#ifndef SEEP_FLOW_HUNT_ERRAND_H
#define SEEP_FLOW_HUNT_ERRAND_H

#include <stdbool.h>

#include "base/err.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/text.h"
#include "flow/hunt.h"
#include "flow/settings.h"

#define ERRAND_FORMAT 1 /* of tasks, and of what is told */

/* What a driver is asked; as JSON an object with these names. */
struct asked {
    json_t *document; /* holds what the other fields borrow */
    struct settings settings;
    int64_t run;             /* of the hunt, for the header that each request has */
    const char *agent_dir;   /* where agents of the server listen; NULL: it has none */
    double left_s;           /* of its budget; INFINITY: none */
    const json_t *deciders;  /* names of the signals that decide; null: the driver is to look */
    const json_t *probes;    /* the answers so far */
    const json_t *questions; /* identities */
};

/* ERR_USAGE: not that, or of another format. asked_release() in any case. */
int asked_read(struct asked *asked, const struct text *task, struct err *err);
void asked_release(struct asked *asked);

/* Measures what is asked, on the server of the stack that this driver is in. options: as for hunt(), without budget, resume and
 * build; their store has one run, of this trial. told: what is said of it beside the store, as JSON. Early ends and
 * errors are told, too: 0 in any case but for a task that is none (ERR_USAGE). */
int hunt_errand(const struct hunt_options *options, const struct asked *asked, struct text *told,
                struct err *err);

/* Signals that decide, by their names: as the first trial of a hunt found them to be readable, and for all trials after it.
 * ERR_USAGE. */
struct hunt;
int errand_take_deciders(struct hunt *hunt, const json_t *names, struct err *err);

/* What is told instead where a driver came to nothing. */
void errand_tell_error(const struct err *err, struct text *told);

/* What a driver sends: what it told, then its store (NULL: none), packed; and taken apart again. ERR_USAGE: cannot be read, "the driver
 * sent ...". */
int errand_pack(const struct text *told, const char *store_path, struct text *sent, struct err *err);
int errand_unpack(const struct text *sent, json_t **told, struct text *store, struct err *err);

#endif

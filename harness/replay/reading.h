/* What is read of one answer: cookies, captures, expectations. One struct per connection, used again and again;
 * one struct reading_room for all of an engine. */
#ifndef SEEP_REPLAY_READING_H
#define SEEP_REPLAY_READING_H

#include <stdbool.h>
#include <stddef.h>

#include "model/service.h"
#include "net/response.h"
#include "replay/content.h"
#include "replay/jar.h"
#include "replay/variables.h"

#define READING_WHY 200

/* What the readings of an engine share: an answer is decoded and looked at in one go, when it is whole. */
struct reading_room {
    const struct strings *names; /* service.variables */
    struct decoder decoder;      /* all zeros, and released with decoder_release() */
};
/* One header capture, or one expectation on a header. */
struct heard {
    struct text value;
    bool there, met;
};

struct reading {
    /* result */
    char why[READING_WHY]; /* the first expectation that failed: "body does not match 'x'"; "": none */
    /* its own */
    struct reading_room *room;
    const struct endpoint *endpoint;
    struct jar *jar;
    struct variables *variables;
    const struct asking *asking;
    struct span target;
    struct heard *heard; /* captures, then expectations */
    size_t heard_size;
    enum coding coding;
    struct text body; /* as it came */
    bool cut;
};

/* Whether the answers of this endpoint are looked into at all. Where not, and where there is no jar to fill,
 * a request needs no sink. */
bool reading_wanted(const struct endpoint *endpoint);

/* What is read, and where it goes. */
struct reading_of {
    const struct endpoint *endpoint;
    struct jar *jar;             /* NULL: cookies are not kept */
    struct variables *variables; /* NULL: nothing is captured (a request without a session) */
    const struct asking
        *asking;        /* its target is not looked at; like `target` borrowed to the end of the answer */
    struct span target; /* of the request */
};

/* Returns the sink for the answer, its owner is `reading` (all zeros, or used before). */
const struct response_sink *reading_begin(struct reading *reading, struct reading_room *room,
                                          const struct reading_of *of);
void reading_release(struct reading *reading);

/* The answer is whole: captured values go to the variables, and what this answer should have brought and did
 * not is missing there. Returns whether the request landed: status (replay/expect.h) and all expectations.
 * reading.why never holds anything of the answer: it may be a secret. */
bool reading_end(struct reading *reading, int recorded, int status);

/* No whole answer came (failed, abandoned, never sent): what it should have brought is missing. `variables`
 * may be NULL. */
void reading_lost(const struct endpoint *endpoint, const struct strings *names, struct variables *variables);

#endif

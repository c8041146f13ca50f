/* A recording in the form in which it is replayed: requests as the bytes that go out, on disk, streamed.
 *
 * A recording's JSON is read and rendered once, into a spool: an unlinked temporary file (0600) that goes with
 * the process. What is in memory does not grow with the recording: small tapes stay there whole, of large ones
 * two windows and an index with one entry for some thousand requests. What comes from the environment (an
 * endpoint's own headers) is not on the tape.
 */
#ifndef SEEP_TAPE_TAPE_H
#define SEEP_TAPE_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum tape_flag {
    TAPE_HEAD = 1,      /* no body follows the answer's header */
    TAPE_LENGTH = 2,    /* says Content-Length, also of 0 */
    TAPE_PAUSE = 4,     /* Expect: 100-continue */
    TAPE_VARIABLES = 8, /* holds a {{name}} that some capture fills, or a key that is to be fresh */
    TAPE_ABORTED = 16,  /* its client hung up */
};

/* What is kept of a request beside its bytes. */
struct tape_entry {
    int64_t t_us;     /* since the first request of the import */
    uint64_t session; /* tape_session() of its name; 0: none */
    uint64_t body;    /* bytes of each part */
    uint32_t line, fields;
    uint32_t cookie; /* of `fields`: the Cookie line, which is the last one; 0: none */
    int16_t status;  /* as recorded; 0: unknown */
    uint16_t flags;
};

/* Valid until the next tape_read() of the same tape. */
struct tape_request {
    struct tape_entry entry;
    const char *line;   /* "GET /quote/7 HTTP/1.1\r\n" */
    const char *fields; /* "Accept: x\r\n...": without Host, framing and the empty line */
    const char *body;
};

uint64_t tape_session(const char *name); /* a hash; 0 for NULL and "" */

/* What the tapes of one service share. */
struct spool;
struct spool *spool_new(void);
void spool_free(struct spool *spool); /* after its tapes; NULL is fine */

struct tape;
struct tape *tape_new(struct spool *spool);
void tape_free(struct tape *tape); /* NULL is fine */

/* The same sealed tape with a place of its own in it, for another thread. Borrows `of`, which must outlive it. */
struct tape *tape_reader(const struct tape *of);

/* Appends; one tape of a spool is written after another. t_us must not fall. ERR_INTERNAL: the disk is full. */
int tape_add(struct tape *tape, const struct tape_request *request, struct err *err);

/* After the last; then it is only read. */
int tape_seal(struct tape *tape, struct err *err);

size_t tape_count(const struct tape *tape);
bool tape_has_strangers(const struct tape *tape); /* requests without a session */
int64_t tape_first_us(const struct tape *tape), tape_last_us(const struct tape *tape); /* 0 when empty */

/* Request `index` < count: its entry (until the next call), and in *position where tape_read() finds it. Cheap in rising order; else
 * a walk of some thousand entries at most. A tape that cannot be read any more ends the program: its file is
 * unlinked and ours. */
const struct tape_entry *tape_entry(struct tape *tape, size_t index, uint64_t *position);

void tape_read(struct tape *tape, uint64_t position, struct tape_request *request);

#endif

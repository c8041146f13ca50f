/* What the header of a request says, read strictly: what two servers could read in two ways is refused, since the one
 * behind would then see another request than the one that was kept (request smuggling, RFC 9112, 11.2). */
#ifndef SEEP_NET_REQUEST_HEAD_H
#define SEEP_NET_REQUEST_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "net/head.h"

struct request_head {
    struct head head;
    struct span method, target;
    bool http10;
    bool chunked, has_length;
    uint64_t length;  /* of the body; only where has_length */
    bool is_head;     /* HEAD: its answer has no body */
    bool upgrades;    /* asks for another protocol: Connection names Upgrade */
    bool asked_close; /* the client's word for the connection */
    bool asked_keep_alive;
};

/* `bytes`: a whole block (head_find_end()). Returns 0, or the status that says no: 400, 405 (CONNECT), 431, 505,
 * with `why` static text. */
int request_head_read(struct request_head *request, const char *bytes, size_t length, const char **why);

/* Writes the block as the target gets it: without what was of the client's connection only, with `host` in place of
 * what Host says (NULL: as it came). An upgrade to HTTP/2 is not passed on: nobody here could read what follows. */
void request_head_write(const struct request_head *request, const char *host, struct text *out);

/* False: what it would write is what came. */
bool request_head_differs(const struct request_head *request, const char *host);

/* Transfer coding and length of a request's body, as it goes by. */
enum request_body_state { REQUEST_BODY_MORE, REQUEST_BODY_DONE, REQUEST_BODY_BAD };
struct request_body {
    int phase;
    uint64_t remaining;
    unsigned digits, line_bytes, trailer_bytes;
    bool line_is_empty;
    char last;
};
void request_body_init(struct request_body *body, const struct request_head *head);

/* Takes up to `length` bytes; *taken says how many belong to this body, framing included, which goes on as it came.
 * `each` gets what stands within the framing, and may be NULL. Chunk lines and trailers end in CR LF, or it is bad; a
 * chunk line has 256 bytes at most, a trailer 16 KiB. */
enum request_body_state request_body_feed(struct request_body *body, const char *bytes, size_t length,
                                          size_t *taken,
                                          void (*each)(void *owner, const char *bytes, size_t length),
                                          void *owner);

#endif

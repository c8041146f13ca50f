/* An incremental parser of HTTP/1.x responses (RFC 9112): feed it what came,
 * it says when one response is whole. Keeps no copy of the body. */
#ifndef SEEP_NET_RESPONSE_H
#define SEEP_NET_RESPONSE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

enum response_state {
    RESPONSE_MORE, /* feed more */
    RESPONSE_DONE, /* one response is whole */
    RESPONSE_BAD,  /* malformed or over a limit: `why` says what */
};

/* Whoever reads more than the status: called while bytes are fed, for the final answer only (not for 1xx). */
struct response_sink {
    bool cookies_only; /* `field` is called for Set-Cookie alone; costs nothing where there is none */
    void (*field)(void *owner, const char *name, size_t name_length, const char *value, size_t value_length);
    void (*body)(void *owner, const char *bytes,
                 size_t length); /* without chunk framing, still coded; may be NULL */
};

/* What the header says of the body, and of the connection after it. */
struct response_said {
    bool chunked, coded, has_length, http10; /* coded: a Transfer-Encoding that does not end in chunked */
    bool asked_close, asked_keep_alive;
    bool sets_cookie;
};

/* The header of the last answer to the same question. Servers say most of it again: often all of it within a second,
 * else most lines in the same order. What is known by its bytes need not be read again, which takes a tenth, or of a
 * line a third, of the time. What differs is put in. All zeros: nothing is known. Nothing but time depends on it. */
#define FAMILIAR_HEADER 768
#define FAMILIAR_LINES 24
#define FAMILIAR_BYTES 92
struct familiar {
    char header[FAMILIAR_HEADER]; /* from the status line to the empty one */
    size_t header_length, fields; /* 0: none */
    struct response_said said;
    uint64_t length;
    int header_status;
    struct familiar_line {
        unsigned char length; /* with its end; 0: none */
        unsigned char field, value, value_length;
        uint64_t number; /* Content-Length; Connection: 1 when it is keep-alive alone */
        char bytes[FAMILIAR_BYTES];
    } lines[FAMILIAR_LINES], first; /* first: the status line, of HTTP/1.1 */
    int status;
};

/* Limits: a header block of at most 64 KiB and 256 fields, a chunk line of at most 1 KiB,
 * 32 interim (1xx) answers. */
struct response {
    /* results */
    int status;
    bool continued;  /* a 100 (Continue) came */
    bool keep_alive; /* the connection may be used again */
    uint64_t body_bytes;
    const char *why;                  /* static text, for RESPONSE_BAD */
    const struct response_sink *sink; /* set after response_init(); NULL: nobody */
    void *sink_owner;
    struct familiar *familiar; /* likewise */
    /* parser's own */
    bool head_request; /* set by response_init(): no body follows */
    int phase;
    uint64_t remaining;
    size_t header_bytes, header_count, interim_count;
    struct response_said said;
    bool framing;       /* the last field was one that decides where the body ends */
    size_t line_length; /* of one that came in pieces; 0: none is kept */
    struct text line;   /* where they are kept; stays for the next answer */
};

/* A response is all zeros before it is first initialised. */
void response_init(struct response *response, bool head_request);
void response_release(struct response *response);

/* Takes up to `length` bytes; *taken says how many belonged to this response. */
enum response_state response_feed(struct response *response, const char *bytes, size_t length, size_t *taken);

/* The peer closed: whole for close-delimited bodies, RESPONSE_BAD otherwise. */
enum response_state response_end(struct response *response);

#endif

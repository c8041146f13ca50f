/* A relay from inside. Only for net/relay*.c. */
#ifndef SEEP_NET_RELAY_INSIDE_H
#define SEEP_NET_RELAY_INSIDE_H

#include <sys/queue.h>

#include "net/link.h"
#include "net/relay.h"
#include "net/response.h"

enum stage {
    STAGE_IDLE,     /* the next header is waited for, or came in part */
    STAGE_EXCHANGE, /* a request was begun, and its answer is not whole */
    STAGE_TUNNEL,
    STAGE_CLOSING, /* what waits for the client goes out, then it ends */
};

/* A client and its connection to the origin. What ends it says so in `over`; it is freed by pair_settle(), at the end
 * of the event. */
struct pair {
    struct relay *relay;
    TAILQ_ENTRY(pair) link;
    struct link client, origin;
    char address[SERVER_TEXT]; /* of the client */
    uint64_t number;           /* relay_client.connection */
    enum stage stage;
    int64_t stage_ns;  /* since when */
    int64_t client_ns; /* when the client last did something, or was first waited for */
    bool over;
    bool opening; /* the origin's stream calls back */
    bool reused;  /* the origin answered on its connection before */
    bool deaf;    /* the origin takes no more; its answer may be there all the same */
    bool half;    /* the client's end was passed on */
    bool
        lingering; /* the client may still be sending: what comes is thrown away, or a reset would overtake the answer */
    struct text in; /* what the client sent and is not its turn: part of a header, the next requests */
    size_t in_seen; /* of `in`, looked through for a header's end */
    /* the exchange */
    struct request_body body;
    bool request_whole, last; /* last: the client asked for no more after it */
    struct response response;
    struct text answer; /* part of its header */
    bool answer_begun;  /* the client got something of it */
    bool answer_headed; /* its final header came */
    bool answer_whole, event_stream, upgrades;
    int status;
    void *kept; /* the observer's */
};

struct relay {
    struct relay_setting setting;
    struct server *server;
    struct stream_setting streams;
    struct event *sweep;
    TAILQ_HEAD(, pair) pairs;
    struct relay_counts counts;
    bool stopping, paused;
    struct familiar familiar;
    struct request_head request; /* the one that is being read */
    struct head head;            /* of an answer, likewise */
    struct text edited;          /* a header as it is passed on, where it differs */
    char scratch[LINK_READ_BYTES];
};

/* relay.c */
void pair_enter(struct pair *pair, enum stage stage);
void pair_settle(struct pair *pair); /* the end of each event; the pair may be gone after it */
void pair_end(struct pair *pair, enum relay_end how); /* tells the observer, if there was something */

/* Answers in the origin's place, and ends: before anything of an answer went to the client. */
void pair_refuse(struct pair *pair, int status, const char *why);
void pair_close(struct pair *pair, bool lingers); /* after what waits */

/* relay_client.c */
void client_readable(struct pair *pair);
void client_resume(struct pair *pair); /* takes what waits in `in` */

/* relay_origin.c */
void origin_send(struct pair *pair, const char *bytes, size_t length); /* opens it where it is not */
void origin_readable(struct pair *pair);
void origin_failed(struct pair *pair); /* nothing more can be sent there */
void origin_opened(struct stream *stream, enum stream_opening opening);
void origin_unreached(struct pair *pair);
void exchange_done(struct pair *pair, bool keep); /* request and answer are whole, or no more is to come */

#endif

/* A request in the bytes of HTTP/1.1, taken apart again for a transport that has another form. */
#ifndef SEEP_REPLAY_DISSECT_H
#define SEEP_REPLAY_DISSECT_H

#include <curl/curl.h>

#include "replay/connection.h"

struct dissected {
    char *method, *target; /* "GET", "/quote/7?currency=JPY" */
    struct curl_slist
        *fields;      /* as libcurl takes them: as they were, and those that it would add, withheld */
    const char *body; /* in the message */
    size_t body_length;
};

/* Connection and Content-Length are the transport's to say; Host stays, for :authority. */
void dissect(struct dissected *dissected, const struct message *message);
void dissected_release(struct dissected *dissected);

#endif

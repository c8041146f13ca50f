/* What one recorded client has that its later requests need: cookies, captured values, whether it was set up. */
#ifndef SEEP_REPLAY_CLIENT_H
#define SEEP_REPLAY_CLIENT_H

#include <stdbool.h>

#include "replay/jar.h"
#include "replay/variables.h"

#define CLIENT_FAILURES_MOST 3

enum set_up { SET_UP_NOT, SET_UP_DONE, SET_UP_FAILED };

/* All zeros: a client that nothing is known of; nothing is allocated then. */
struct client {
    struct jar jar;
    struct variables variables;
    enum set_up set_up;
    unsigned failures; /* of its setup in a row: of CLIENT_FAILURES_MOST it is not tried again */
    unsigned times; /* it was set up: whoever meets a 401 and finds more than before need not do it again */
};

bool client_is_blank(const struct client *client); /* forgetting it loses nothing */
void client_clear(struct client *client);          /* blank; storage is kept for the next */
void client_release(struct client *client);

#endif

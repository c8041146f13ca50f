/* Whose request it is. Inside flow/record* only. */
#ifndef SEEP_FLOW_RECORD_SESSION_H
#define SEEP_FLOW_RECORD_SESSION_H

#include "base/secret.h"
#include "base/text.h"
#include "model/request.h"

#define SESSION_DIGITS 8

/* Clients ask again and again: what was hashed last is known by its bytes. What is longer is hashed each time. All
 * zeros: nothing is known. It holds secrets, as long as a recording runs: record_sessions_forget(). */
#define SESSION_SLOTS 256
#define SESSION_RAW_BYTES 240
struct record_sessions {
    struct text raw; /* room for what is hashed */
    struct {
        size_t length; /* 0: none */
        char raw[SESSION_RAW_BYTES], hash[SESSION_DIGITS + 1];
    } slots[SESSION_SLOTS];
};
void record_sessions_forget(struct record_sessions *sessions);

/* The first of these that there is, as a keyed hash: what Authorization says; the first cookie whose name holds sess,
 * sid or auth, or names a secret; the client's address and User-Agent. Borrowed until the next call. */
const char *record_session(struct record_sessions *sessions, const struct request *request,
                           const char *client, const struct secret_key *key);

#endif

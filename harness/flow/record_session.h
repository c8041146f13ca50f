/* Whose request it is. Inside flow/record* only. */
#ifndef SEEP_FLOW_RECORD_SESSION_H
#define SEEP_FLOW_RECORD_SESSION_H

#include "base/secret.h"
#include "base/text.h"
#include "model/request.h"

#define SESSION_DIGITS 8

/* The first of these that there is, as a keyed hash: what Authorization says; a cookie that is named for a session
 * (session, sid, auth, token; else the first one whose name names a secret); the client's address and User-Agent. `raw`: room
 * for what is hashed, overwritten. */
void record_session(const struct request *request, const char *client, const struct secret_key *key,
                    struct text *raw, char hash[SESSION_DIGITS + 1]);

#endif

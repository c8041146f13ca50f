/* Which requests belong together: what tells the clients of a recording apart, as a list of rules.
 *
 *   cookie, header, connection, address+agent
 *
 * The first rule that a request has something for decides; one without any belongs to no session. The key is only looked
 * at before redaction, and only a keyed hash of it is kept. Import and recorder ask the same rules.
 */
#ifndef SEEP_TRAFFIC_SESSION_RULES_H
#define SEEP_TRAFFIC_SESSION_RULES_H

#include <stddef.h>

#include "base/err.h"
#include "base/secret.h"
#include "base/text.h"
#include "model/request.h"

#define SESSION_RULES_DEFAULT "cookie, header, connection, address+agent"
/* Of a proxy: a client has several connections at once, and one of a script has one for each request. */
#define SESSION_RULES_PROXY "cookie, header, address+agent"
/* Of a recording that was told apart once, of which only hashes are left. */
#define SESSION_RULES_TOLD "connection, " SESSION_RULES_DEFAULT
#define SESSION_RULES_MOST 16

enum session_by {
    SESSION_COOKIE, /* name, or the first that is known for sessions: JSESSIONID, PHPSESSID, connect.sid, ... */
    SESSION_HEADER, /* name, or Authorization, X-Session-Id, X-Auth-Token, ... */
    SESSION_QUERY,  /* name of a parameter of the URL */
    SESSION_JSON,   /* pointer into a JSON body (RFC 6901) */
    SESSION_CONNECTION, /* what the reader of the format tells clients apart by, whatever it is; a proxy: the connection */
    SESSION_ADDRESS, /* of the client */
    SESSION_AGENT,   /* its address and its user agent */
    SESSION_NONE
};

struct session_rules {
    struct session_rule {
        enum session_by by;
        char *name; /* of the cookie, header, parameter, or the pointer; NULL: those that are known */
    } items[SESSION_RULES_MOST];
    size_t count;
};

/* Reads "cookie:sid, header:X-Client, none". ERR_USAGE "--session: ...". */
int session_rules_read(struct session_rules *rules, const char *text, struct err *err);
void session_rules_release(struct session_rules *rules);

/* Appends the key of the request's session to `key` (empty before): the rule's number and what it found, so that the same
 * value in two places is two sessions. Nothing is appended where no rule has anything. `request->session` is as the reader
 * left it: an address and a user agent with a line break between them, and behind another one the connection where it is
 * known; or whatever else the format has. */
void session_rules_key(const struct session_rules *rules, const struct request *request, struct text *key);

/* Puts the keyed hash of that key into request->session, as SESSION_DIGITS hex digits, and returns all its bits. Without a
 * key the request is alone: its session is "", and what is returned is the hash of `alone`, a number of its own. room: for
 * the key; it holds secrets, so the caller overwrites it at the end. Cost: some 50 ns and a nanosecond a byte. */
#define SESSION_DIGITS 8
uint64_t session_rules_hash(const struct session_rules *rules, const struct secret_key *secret,
                            struct request *request, uint64_t alone, struct text *room);

#endif

/* The cookies of one session with one host. RFC 6265, reduced to what one host needs.
 *
 * `Domain` is not looked at: all cookies of a jar come from and go to the one target, which stands in for the
 * host that was recorded and goes on naming that one (`Domain=shop.example` from 127.0.0.1). A browser would
 * refuse such a cookie; here the login would be lost with it. HttpOnly and SameSite do not concern a replay.
 *
 * Nothing is allocated before the first cookie comes.
 */
#ifndef SEEP_REPLAY_JAR_H
#define SEEP_REPLAY_JAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/pattern.h"
#include "base/text.h"

#define JAR_COOKIES 50  /* of one more the oldest goes, expired ones first */
#define JAR_BYTES 4096u /* name, value and path of one; a larger one is not kept */

struct cookie {
    char *bytes; /* "name=value", and its path right behind */
    size_t name, pair, path;
    int64_t expires_s; /* INT64_MAX: with the session */
    bool secure;
};

struct jar {
    struct cookie *items; /* oldest first */
    size_t count, capacity;
};

/* What is asked for, of a jar or of a server. */
struct asking {
    struct span target; /* "/a/b?c": the path ends at '?' */
    bool secure;        /* over TLS, or to loopback, which browsers trust as well */
    int64_t now_s;      /* since 1970 UTC, by a clock that nobody sets meanwhile */
    int64_t set_s;      /* how far the one by which servers say dates was set ahead of it; 0 */
};

void jar_release(struct jar *jar); /* an empty jar is all zeros */
void jar_clear(struct jar *jar);   /* empty; its list is kept for the next session */

/* Takes the value of one Set-Cookie field of the answer to `asking`: adds, replaces (same name and path) or, by
 * an expiry in the past, removes. What is no cookie, or holds control characters, is nothing. */
void jar_set(struct jar *jar, struct span field, const struct asking *asking);

/* Adds "Cookie: a=1; b=2\r\n" with what the jar has for `asking`, longest path first, then what `recorded` (the
 * value of a recorded Cookie field; NULL bytes: none) has beside it: the jar wins by name, and redacted pairs
 * are left out. False, and nothing added, where that comes to no cookie. */
bool jar_add_line(const struct jar *jar, const struct asking *asking, struct span recorded, struct text *out);

#endif

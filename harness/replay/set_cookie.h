/* One Set-Cookie field taken apart. Source: RFC 6265, 5.2. */
#ifndef SEEP_REPLAY_SET_COOKIE_H
#define SEEP_REPLAY_SET_COOKIE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/pattern.h"

struct set_cookie {
    struct span name, value;
    struct span path; /* bytes NULL: the default path */
    int64_t expires_s, max_age_s;
    bool has_expires, has_max_age, secure;
};

/* False: it is no cookie, or holds control characters, which would end our own header line. */
bool set_cookie_parse(struct set_cookie *setting, struct span field);

/* The part of a list up to the next ';', without blanks; *at goes behind that. */
struct span cookie_part(const char **at, const char *end);

/* "name=value" into both; false: there is no '='. */
bool cookie_halve(struct span part, struct span *name, struct span *value);

#endif

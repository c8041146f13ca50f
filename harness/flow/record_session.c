#include "flow/record_session.h"

#include <string.h>
#include <strings.h>

/* What a session's cookie is called, in part: PHPSESSID, JSESSIONID, connect.sid, ASP.NET_SessionId, sessionid. */
static bool names_session(const char *name, size_t length)
{
    static const char *const parts[] = {"sess", "sid", "auth"};
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
        for (size_t at = 0, size = strlen(parts[i]); at + size <= length; at++)
            if (strncasecmp(name + at, parts[i], size) == 0)
                return true;
    return secret_key_name(name, length);
}

/* The pair "name=value" of a session in a Cookie header; false: none is. */
static bool find_cookie(const char *cookies, const char **pair, size_t *length)
{
    for (const char *at = cookies; *at != '\0';) {
        at += strspn(at, "; ");
        size_t size = strcspn(at, ";"), name = strcspn(at, "=;");
        if (name < size && names_session(at, name)) {
            *pair = at;
            *length = size;
            return true;
        }
        at += size;
    }
    return false;
}

void record_session(const struct request *request, const char *client, const struct secret_key *key,
                    struct text *raw, char hash[SESSION_DIGITS + 1])
{
    const char *authorization = headers_find(&request->headers, "Authorization"), *pair;
    const char *cookies = headers_find(&request->headers, "Cookie");
    const char *agent = headers_find(&request->headers, "User-Agent");
    size_t length;
    text_clear(raw);
    if (authorization != NULL)
        text_addf(raw, "authorization %s", authorization);
    else if (cookies != NULL && find_cookie(cookies, &pair, &length))
        text_addf(raw, "cookie %.*s", (int)length, pair);
    else
        text_addf(raw, "client %s %s", client, agent != NULL ? agent : "");
    secret_hash(key, raw->bytes, raw->length, hash, SESSION_DIGITS);
}

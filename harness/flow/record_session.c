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

static void write_raw(const struct request *request, const char *client, struct text *raw)
{
    const char *authorization = headers_find(&request->headers, "Authorization"), *pair;
    const char *cookies = headers_find(&request->headers, "Cookie");
    const char *agent = headers_find(&request->headers, "User-Agent");
    size_t length;
    text_clear(raw);
    if (authorization != NULL) {
        text_add_string(raw, "authorization ");
        text_add_string(raw, authorization);
    } else if (cookies != NULL && find_cookie(cookies, &pair, &length)) {
        text_add_string(raw, "cookie ");
        text_add(raw, pair, length);
    } else {
        text_add_string(raw, client);
        text_add_char(raw, ' ');
        text_add_string(raw, agent != NULL ? agent : "");
    }
}

/* FNV-1a. */
static size_t slot_of(const struct text *raw)
{
    uint32_t hash = UINT32_C(2166136261);
    for (size_t i = 0; i < raw->length; i++)
        hash = (hash ^ (unsigned char)raw->bytes[i]) * UINT32_C(16777619);
    return hash % SESSION_SLOTS;
}

const char *record_session(struct record_sessions *sessions, const struct request *request,
                           const char *client, const struct secret_key *key)
{
    struct text *raw = &sessions->raw;
    write_raw(request, client, raw);
    size_t slot = slot_of(raw), length = raw->length;
    char *hash = sessions->slots[slot].hash;
    if (length == sessions->slots[slot].length && memcmp(raw->bytes, sessions->slots[slot].raw, length) == 0)
        return hash;
    secret_hash(key, raw->bytes, length, hash, SESSION_DIGITS);
    sessions->slots[slot].length = length <= SESSION_RAW_BYTES ? length : 0;
    memcpy(sessions->slots[slot].raw, raw->bytes, sessions->slots[slot].length);
    return hash;
}

void record_sessions_forget(struct record_sessions *sessions)
{
    if (sessions->raw.bytes != NULL)
        explicit_bzero(sessions->raw.bytes, sessions->raw.capacity);
    text_release(&sessions->raw);
    explicit_bzero(sessions, sizeof *sessions);
}

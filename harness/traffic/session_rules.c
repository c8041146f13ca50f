#include "traffic/session_rules.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/json_place.h"
#include "base/keyed_hash.h"

#define LENGTH(array) (sizeof(array) / sizeof *(array))

enum naming { BARE, NAMED, EITHER };
static const struct word {
    const char *text;
    enum session_by by;
    enum naming naming;
} words[] = {
    {"cookie", SESSION_COOKIE, EITHER},       {"header", SESSION_HEADER, EITHER},
    {"query", SESSION_QUERY, NAMED},          {"json", SESSION_JSON, NAMED},
    {"connection", SESSION_CONNECTION, BARE}, {"address", SESSION_ADDRESS, BARE},
    {"address+agent", SESSION_AGENT, BARE},   {"none", SESSION_NONE, BARE},
};

static const char *const known_headers[] = {
    "Authorization", "X-Session-Id", "X-Session-Token", "X-Session", "X-Auth-Token", "X-Access-Token",
};

/* Cookies of frameworks that no general rule fits. */
static const char *const known_cookies[] = {
    "connect.sid", "laravel_session", "_session_id", "ASP.NET_SessionId", "ARRAffinity", "remember_token",
};

static int bad_rule(const char *rule, size_t length, const char *what, struct err *err)
{
    return err_set(err, ERR_USAGE,
                   "--session: '%.*s': %s; rules are cookie, cookie:NAME, header, header:NAME, query:NAME, "
                   "json:/POINTER, connection, address, address+agent and none, with commas between them",
                   (int)length, rule, what);
}

static int read_rule(const char *rule, size_t length, struct session_rule *into, struct err *err)
{
    const char *colon = memchr(rule, ':', length);
    size_t size = colon != NULL ? (size_t)(colon - rule) : length;
    const struct word *word = NULL;
    for (size_t i = 0; i < LENGTH(words) && word == NULL; i++)
        if (strlen(words[i].text) == size && memcmp(words[i].text, rule, size) == 0)
            word = &words[i];
    if (word == NULL)
        return bad_rule(rule, length, "no such rule", err);
    if (colon != NULL && word->naming == BARE)
        return bad_rule(rule, length, "it takes no name", err);
    if ((colon == NULL && word->naming == NAMED) || (colon != NULL && size + 1 == length))
        return bad_rule(rule, length, "what is its name?", err);
    *into = (struct session_rule){.by = word->by};
    if (colon == NULL)
        return 0;
    into->name = xstrndup(colon + 1, length - size - 1);
    if (word->by == SESSION_JSON && json_check_pointer(into->name, err) != 0)
        return err_prefix(err, "--session: json");
    return 0;
}

int session_rules_read(struct session_rules *rules, const char *text, struct err *err)
{
    *rules = (struct session_rules){.count = 0};
    for (const char *at = text;; at++) {
        at += strspn(at, " ");
        size_t length = strcspn(at, ","), trimmed = length;
        while (trimmed > 0 && at[trimmed - 1] == ' ')
            trimmed--;
        if (rules->count == SESSION_RULES_MOST)
            return err_set(err, ERR_USAGE, "--session: more than %d rules", SESSION_RULES_MOST);
        if (read_rule(at, trimmed, &rules->items[rules->count], err) != 0) {
            free(rules->items[rules->count].name);
            session_rules_release(rules);
            return -1;
        }
        rules->count++;
        at += length;
        if (*at == '\0')
            return 0;
    }
}

void session_rules_release(struct session_rules *rules)
{
    for (size_t i = 0; i < rules->count; i++)
        free(rules->items[i].name);
    *rules = (struct session_rules){.count = 0};
}

static bool known_cookie(const char *name, size_t length)
{
    for (size_t i = 0; i < LENGTH(known_cookies); i++)
        if (strlen(known_cookies[i]) == length && strncasecmp(known_cookies[i], name, length) == 0)
            return true;
    return memmem(name, length, "sess", 4) != NULL || memmem(name, length, "SESS", 4) != NULL ||
           memmem(name, length, "Sess", 4) != NULL ||
           (length >= 3 && strncasecmp(name + length - 3, "sid", 3) == 0);
}

/* "name=value" of the cookie, or of the first that is known when there is no name. */
static void add_cookie(const struct request *request, const char *name, struct text *key)
{
    const char *at = headers_find(&request->headers, "Cookie");
    while (at != NULL && *at != '\0') {
        at += strspn(at, "; ");
        size_t length = strcspn(at, ";"), own = strcspn(at, "=;");
        bool fits = name != NULL ? strlen(name) == own && memcmp(name, at, own) == 0 : known_cookie(at, own);
        if (own < length && fits) {
            text_add(key, at, length);
            return;
        }
        at += length;
    }
}

/* Of those that are known, the one that stands first in their list. They begin with A or X, most headers do not. */
static const char *known_header(const struct headers *headers)
{
    const char *value = NULL;
    for (size_t i = 0, before = LENGTH(known_headers); i < headers->count; i++) {
        const char *name = headers->items[i].name;
        if ((name[0] | 0x20) != 'a' && (name[0] | 0x20) != 'x')
            continue;
        for (size_t k = 0; k < before; k++)
            if (strcasecmp(name, known_headers[k]) == 0) {
                value = headers->items[i].value;
                before = k;
            }
    }
    return value;
}

static void add_header(const struct request *request, const char *name, struct text *key)
{
    const char *value =
        name != NULL ? headers_find(&request->headers, name) : known_header(&request->headers);
    text_add_string(key, value != NULL ? value : "");
}

static void add_query(const struct request *request, const char *name, struct text *key)
{
    size_t own = strlen(name);
    const char *at = strchr(request->url, '?');
    while (at != NULL && *at != '\0') {
        at++;
        size_t length = strcspn(at, "&;");
        if (length > own + 1 && at[own] == '=' && memcmp(at, name, own) == 0) {
            text_add(key, at + own + 1, length - own - 1);
            return;
        }
        at += length;
    }
}

static void add_json(const struct request *request, const char *pointer, struct text *key)
{
    struct span value;
    if (request->body_length > 0 &&
        json_place((struct span){(const char *)request->body, request->body_length}, pointer, &value))
        text_add(key, value.bytes, value.length);
}

/* So many of its lines; 0: all. */
static void add_client(const struct request *request, int lines, struct text *key)
{
    const char *client = request->session != NULL ? request->session : "", *end = client;
    for (int i = 0; i < lines; i++)
        end = strchrnul(end + (i > 0 && *end != '\0'), '\n');
    text_add(key, client, lines > 0 ? (size_t)(end - client) : strlen(client));
}

static void add_by_rule(const struct session_rule *rule, const struct request *request, struct text *key)
{
    switch (rule->by) {
    case SESSION_COOKIE:
        add_cookie(request, rule->name, key);
        break;
    case SESSION_HEADER:
        add_header(request, rule->name, key);
        break;
    case SESSION_QUERY:
        add_query(request, rule->name, key);
        break;
    case SESSION_JSON:
        add_json(request, rule->name, key);
        break;
    case SESSION_CONNECTION:
        add_client(request, 0, key);
        break;
    case SESSION_AGENT:
        add_client(request, 2, key);
        break;
    case SESSION_ADDRESS:
        add_client(request, 1, key);
        break;
    case SESSION_NONE:
        break;
    }
}

void session_rules_key(const struct session_rules *rules, const struct request *request, struct text *key)
{
    for (size_t i = 0; i < rules->count && rules->items[i].by != SESSION_NONE; i++) {
        text_add_char(key, (char)('a' + rules->items[i].by));
        add_by_rule(&rules->items[i], request, key);
        if (key->length > 1)
            return;
        text_clear(key);
    }
    text_clear(key);
}

uint64_t session_rules_hash(const struct session_rules *rules, const struct secret_key *secret,
                            struct request *request, uint64_t alone, struct text *room)
{
    static const char hex[] = "0123456789abcdef";
    text_clear(room);
    session_rules_key(rules, request, room);
    bool there = room->length > 0;
    if (!there)
        text_add(room, &alone, sizeof alone);
    uint64_t hash = keyed_hash(secret, room->bytes, room->length);
    if (request->session == NULL || strlen(request->session) < SESSION_DIGITS)
        request->session = xrealloc(request->session, SESSION_DIGITS + 1);
    for (int i = 0; i < SESSION_DIGITS; i++)
        request->session[i] = hex[hash >> (60 - 4 * i) & 15];
    request->session[there ? SESSION_DIGITS : 0] = '\0';
    return hash;
}

#include "traffic/redact_body.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

static const char *content_type(const struct request *request)
{
    const char *type = headers_find(&request->headers, "Content-Type");
    return type != NULL ? type : "";
}

static char first_byte(const struct view *body)
{
    size_t at = 0;
    while (at < body->length && isspace((unsigned char)body->bytes[at]))
        at++;
    return at < body->length ? body->bytes[at] : '\0';
}

enum kind { MULTIPART, JSON, FORM, TEXT };

static bool looks_like_json(const char *type, const struct view *body)
{
    return strcasestr(type, "json") != NULL || first_byte(body) == '{' || first_byte(body) == '[';
}

static bool looks_like_form(const char *type, const struct view *body)
{
    if (type[0] != '\0')
        return strcasestr(type, "x-www-form-urlencoded") != NULL;
    return memchr(body->bytes, '=', body->length) != NULL &&
           memchr(body->bytes, '\n', body->length) == NULL && first_byte(body) != '<';
}

static enum kind kind_of(const struct request *request, const struct view *body)
{
    const char *type = content_type(request);
    if (strncasecmp(type, "multipart/", 10) == 0)
        return MULTIPART;
    if (looks_like_json(type, body))
        return JSON;
    return looks_like_form(type, body) ? FORM : TEXT;
}

/* name="..." of the Content-Disposition before the part's blank line. */
static enum secret_name name_of_part(struct finder *finder, const struct view *head)
{
    const char *name = memmem(head->bytes, head->length, " name=\"", 7);
    if (name == NULL)
        return SECRET_NAME_PLAIN;
    name += 7;
    const char *end = memchr(name, '"', head->length - (size_t)(name - head->bytes));
    return end != NULL ? find_name(finder, name, (size_t)(end - name), false) : SECRET_NAME_PLAIN;
}

typedef void part_function(void *owner, struct finder *finder, const struct view *head,
                           const struct view *value);

static void part(void *owner, struct finder *finder, const struct view *head, const struct view *value)
{
    (void)owner;
    finder->place = REDACT_BODY;
    find_line(finder, head); /* names of files */
    if (name_of_part(finder, head) == SECRET_NAME_SURE) {
        finder->place = REDACT_FORM;
        find_whole(finder, value);
    } else {
        find_text(finder, value);
    }
}

/* The line break in front of the next boundary, which is the first line of all. */
static size_t part_end(const struct view *body, size_t from)
{
    size_t line = 0;
    while (line < body->length && body->bytes[line] != '\r' && body->bytes[line] != '\n')
        line++;
    const char *at = body->bytes + from, *end = body->bytes + body->length;
    while ((at = memmem(at, (size_t)(end - at), body->bytes, line > 0 ? line : 1)) != NULL) {
        if (at > body->bytes + from && at[-1] == '\n')
            return (size_t)(at - body->bytes) - (at - 1 > body->bytes + from && at[-2] == '\r' ? 2 : 1);
        at++;
    }
    return body->length;
}

/* Behind the blank line; the length: there is none. */
static size_t value_start(const struct view *body, size_t from)
{
    for (size_t i = from; i + 1 < body->length; i++)
        if (body->bytes[i] == '\n' &&
            (body->bytes[i + 1] == '\n' ||
             (body->bytes[i + 1] == '\r' && i + 2 < body->length && body->bytes[i + 2] == '\n')))
            return i + (body->bytes[i + 1] == '\n' ? 2 : 3);
    return body->length;
}

static void multipart(struct finder *finder, const struct view *body, part_function *each, void *owner)
{
    for (size_t at = 0; at < body->length;) {
        size_t from = value_start(body, at), end = from < body->length ? part_end(body, from) : from;
        struct view head = view_part(body, at, from), value = view_part(body, from, end);
        each(owner, finder, &head, &value);
        at = end > at ? end : body->length;
    }
}

/* <name ...>VALUE</name>: values without elements of their own. */
static void xml(struct finder *finder, const struct view *body)
{
    const char *at = body->bytes, *end = at + body->length;
    while ((at = memchr(at, '<', (size_t)(end - at))) != NULL) {
        const char *name = ++at, *close = memchr(at, '>', (size_t)(end - at));
        if (close == NULL)
            return;
        while (at < close &&
               (isalnum((unsigned char)*at) || *at == '_' || *at == '-' || *at == '.' || *at == ':'))
            name = *at++ == ':' ? at : name;
        const char *next = memchr(close, '<', (size_t)(end - close));
        if (next != NULL && close[-1] != '/' &&
            find_name(finder, name, (size_t)(at - name), false) == SECRET_NAME_SURE) {
            struct view value =
                view_part(body, (size_t)(close + 1 - body->bytes), (size_t)(next - body->bytes));
            find_whole(finder, &value);
        }
        at = close;
    }
}

static const uint8_t places[] = {
    [MULTIPART] = REDACT_BODY, [JSON] = REDACT_JSON, [FORM] = REDACT_FORM, [TEXT] = REDACT_BODY};

void find_body(struct finder *finder, const struct request *request)
{
    const struct view body = {(const char *)request->body, request->body_length, 0, NULL};
    if (body.length == 0 || body.length > UINT32_MAX)
        return;
    enum kind kind = kind_of(request, &body);
    finder->place = places[kind];
    if (kind == MULTIPART)
        multipart(finder, &body, part, NULL);
    else if (kind == FORM)
        find_pairs(finder, &body);
    else
        find_text(finder, &body);
    if (kind == TEXT && first_byte(&body) == '<')
        xml(finder, &body);
}

struct telling {
    void (*each)(void *owner, enum redact_place place, struct span bytes);
    void *owner;
};

static void tell_part(void *owner, struct finder *finder, const struct view *head, const struct view *value)
{
    const struct telling *telling = owner;
    bool named = name_of_part(finder, head) == SECRET_NAME_SURE;
    telling->each(telling->owner, REDACT_BODY, (struct span){head->bytes, head->length});
    telling->each(telling->owner, named ? REDACT_FORM : REDACT_BODY,
                  (struct span){value->bytes, value->length});
}

void body_places(struct finder *finder, const struct request *request,
                 void (*each)(void *owner, enum redact_place place, struct span bytes), void *owner)
{
    const struct view body = {(const char *)request->body, request->body_length, 0, NULL};
    struct telling telling = {each, owner};
    if (body.length == 0)
        return;
    enum kind kind = kind_of(request, &body);
    if (kind == MULTIPART)
        multipart(finder, &body, tell_part, &telling);
    else
        each(owner, places[kind], (struct span){body.bytes, body.length});
}

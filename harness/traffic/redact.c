#include "traffic/redact.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "traffic/redact_json.h"

static const char *const place_names[REDACT_PLACES] = {
    [REDACT_HEADER] = "header", [REDACT_QUERY] = "query", [REDACT_PATH] = "path",
    [REDACT_FORM] = "form",     [REDACT_JSON] = "json",   [REDACT_BODY] = "body",
};

const char *redact_place_name(enum redact_place place)
{
    return (unsigned)place < REDACT_PLACES ? place_names[place] : "?";
}

static const char placeholder_start[] = "{{redacted:";

/* Counts the value, and appends its placeholder (or, when secrets are kept, the value). */
static void add_placeholder(struct redactor *redactor, enum redact_place place, const char *value,
                            size_t length, struct text *out)
{
    char hash[9];
    if (length >= sizeof placeholder_start &&
        memcmp(value, placeholder_start, sizeof placeholder_start - 1) == 0) {
        text_add(out, value, length); /* a recording of ours, imported again */
        return;
    }
    redactor->counts[place]++;
    if (redactor->keep) {
        text_add(out, value, length);
        return;
    }
    secret_hash(&redactor->key, value, length, hash, 8);
    text_addf(out, "%s%s}}", placeholder_start, hash);
}

/* Secrets by their shape alone, wherever they stand. */
static void add_by_shape(struct redactor *redactor, enum redact_place place, const char *bytes, size_t length,
                         struct text *out)
{
    size_t at, size;
    while (length > 0 && secret_find(bytes, length, &at, &size)) {
        text_add(out, bytes, at);
        add_placeholder(redactor, place, bytes + at, size, out);
        bytes += at + size;
        length -= at + size;
    }
    text_add(out, bytes, length);
}

static int hex_value(char character)
{
    const char *digits = "0123456789abcdef";
    const char *at = character != '\0' ? strchr(digits, tolower((unsigned char)character)) : NULL;
    return at != NULL ? (int)(at - digits) : -1;
}

static void decode(const char *bytes, size_t length, struct text *out)
{
    for (size_t i = 0; i < length; i++) {
        bool coded =
            bytes[i] == '%' && i + 2 < length && hex_value(bytes[i + 1]) >= 0 && hex_value(bytes[i + 2]) >= 0;
        text_add_char(out, coded             ? (char)(hex_value(bytes[i + 1]) * 16 + hex_value(bytes[i + 2]))
                           : bytes[i] == '+' ? ' '
                                             : bytes[i]);
        i += coded ? 2 : 0;
    }
}

static void encode(const char *bytes, size_t length, struct text *out)
{
    for (size_t i = 0; i < length; i++) {
        if (isalnum((unsigned char)bytes[i]) || (bytes[i] != '\0' && strchr("-._~{}:/", bytes[i]) != NULL))
            text_add_char(out, bytes[i]);
        else
            text_addf(out, "%%%02X", (unsigned)(unsigned char)bytes[i]);
    }
}

static uint64_t total(const struct redactor *redactor)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < REDACT_PLACES; i++)
        sum += redactor->counts[i];
    return sum;
}

static void add_json(struct redactor *redactor, const char *bytes, size_t length, enum redact_place place,
                     struct text *out);
static void add_pairs(struct redactor *redactor, enum redact_place place, const char *bytes, size_t length,
                      const char *separators, int depth, struct text *out);

/* What a decoded value holds in turn: a URL with a query, a JSON document. */
static void add_nested(struct redactor *redactor, enum redact_place place, const struct text *plain,
                       int depth, struct text *out)
{
    const char *query = memchr(plain->bytes, '?', plain->length);
    if (plain->bytes[0] == '{' || plain->bytes[0] == '[') {
        add_json(redactor, plain->bytes, plain->length, place, out);
    } else if (query != NULL) {
        size_t before = (size_t)(query + 1 - plain->bytes);
        add_by_shape(redactor, place, plain->bytes, before, out);
        add_pairs(redactor, place, query + 1, plain->length - before, "&;#", depth + 1, out);
    } else {
        add_by_shape(redactor, place, plain->bytes, plain->length, out);
    }
}

/* The value of a key that names no secret. It stays as it was unless something was found inside. */
static void add_harmless(struct redactor *redactor, enum redact_place place, const char *value, size_t length,
                         int depth, struct text *out)
{
    bool coded = memchr(value, '%', length) != NULL || memchr(value, '+', length) != NULL;
    struct text plain = TEXT_EMPTY, clean = TEXT_EMPTY;
    uint64_t before = total(redactor);
    if (coded)
        decode(value, length, &plain);
    else
        text_add(&plain, value, length);
    if (plain.length > 0 && depth < 4)
        add_nested(redactor, place, &plain, depth, &clean);
    if (total(redactor) == before || redactor->keep)
        text_add(out, value, length);
    else if (coded)
        encode(clean.bytes, clean.length, out);
    else
        text_add(out, clean.bytes, clean.length);
    text_release(&plain);
    text_release(&clean);
}

/* "key=value" pairs between separators, keys and values percent-encoded. */
static void add_pairs(struct redactor *redactor, enum redact_place place, const char *bytes, size_t length,
                      const char *separators, int depth, struct text *out)
{
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && (bytes[end] == '\0' || strchr(separators, bytes[end]) == NULL))
            end++;
        const char *equals = memchr(bytes + at, '=', end - at);
        size_t key = equals != NULL ? (size_t)(equals - bytes) - at : end - at;
        size_t value = equals != NULL ? at + key + 1 : end;
        struct text name = TEXT_EMPTY;
        decode(bytes + at, key, &name);
        if (equals == NULL) {
            add_harmless(redactor, place, bytes + at, key, depth, out);
        } else {
            text_add(out, bytes + at, key + 1);
            if (end > value && secret_key_name(text_string(&name), name.length))
                add_placeholder(redactor, place, bytes + value, end - value, out);
            else
                add_harmless(redactor, place, bytes + value, end - value, depth, out);
        }
        text_release(&name);
        if (end < length)
            text_add_char(out, bytes[end]);
        at = end + 1;
    }
}

static void add_json(struct redactor *redactor, const char *bytes, size_t length, enum redact_place place,
                     struct text *out)
{
    struct json_scan scan;
    struct json_secret found;
    size_t done = 0;
    json_scan_init(&scan, bytes, length);
    while (json_scan_next(&scan, &found)) {
        add_by_shape(redactor, place, bytes + done, found.at - done, out);
        text_add_string(out, found.quoted || redactor->keep ? "" : "\"");
        add_placeholder(redactor, place, bytes + found.at, found.length, out);
        text_add_string(out, found.quoted || redactor->keep ? "" : "\"");
        done = found.at + found.length;
    }
    add_by_shape(redactor, place, bytes + done, length - done, out);
}

/* Path, with ";name=value" parameters in it, then the query. */
static void add_url(struct redactor *redactor, enum redact_place path_place, enum redact_place query_place,
                    const char *url, size_t length, struct text *out)
{
    const char *query = memchr(url, '?', length);
    size_t path = query != NULL ? (size_t)(query - url) : length;
    const char *parameters = memchr(url, ';', path);
    size_t plain = parameters != NULL ? (size_t)(parameters + 1 - url) : path;
    add_by_shape(redactor, path_place, url, plain, out);
    add_pairs(redactor, path_place, url + plain, path - plain, ";/", 0, out);
    if (query == NULL)
        return;
    text_add_char(out, '?');
    add_pairs(redactor, query_place, query + 1, length - path - 1, "&;#", 0, out);
}

/* user:password@ of an absolute URL in a header. */
static size_t add_user(struct redactor *redactor, const char *value, size_t length, struct text *out)
{
    const char *start = memmem(value, length, "://", 3);
    if (start == NULL)
        return 0;
    start += 3;
    size_t authority = strcspn(start, "/?# ");
    const char *at = memrchr(start, '@', authority);
    if (at == NULL)
        return 0;
    text_add(out, value, (size_t)(start - value));
    add_placeholder(redactor, REDACT_HEADER, start, (size_t)(at - start), out);
    return (size_t)(at - value);
}

static void redact_header(struct redactor *redactor, struct header *header)
{
    struct text clean = TEXT_EMPTY;
    size_t length = strlen(header->value);
    if (secret_header(header->name) && length > 0) {
        add_placeholder(redactor, REDACT_HEADER, header->value, length, &clean);
    } else {
        size_t done = add_user(redactor, header->value, length, &clean);
        add_url(redactor, REDACT_HEADER, REDACT_HEADER, header->value + done, length - done, &clean);
    }
    free(header->value);
    header->value = text_take(&clean);
}

static const char *content_type(const struct request *request)
{
    const char *type = headers_find(&request->headers, "Content-Type");
    return type != NULL ? type : "";
}

static bool looks_like_json(const struct request *request)
{
    const char *body = (const char *)request->body;
    size_t at = 0;
    while (at < request->body_length && isspace((unsigned char)body[at]))
        at++;
    return strcasestr(content_type(request), "json") != NULL ||
           (at < request->body_length && (body[at] == '{' || body[at] == '['));
}

static bool looks_like_form(const struct request *request)
{
    const char *type = content_type(request);
    if (type[0] != '\0')
        return strcasestr(type, "x-www-form-urlencoded") != NULL;
    return memchr(request->body, '=', request->body_length) != NULL &&
           memchr(request->body, '\n', request->body_length) == NULL;
}

/* The end of the part that begins at `at`: the line break before the next boundary. */
static size_t part_end(const char *body, size_t length, size_t at)
{
    const char *next = memmem(body + at, length - at, "\r\n--", 4);
    return next != NULL ? (size_t)(next - body) : length;
}

/* name="..." of the Content-Disposition before the part's blank line. */
static bool part_is_secret(const char *head, size_t length)
{
    const char *name = memmem(head, length, " name=\"", 7);
    if (name == NULL)
        return false;
    name += 7;
    const char *end = memchr(name, '"', length - (size_t)(name - head));
    return end != NULL && secret_key_name(name, (size_t)(end - name));
}

static void add_multipart(struct redactor *redactor, const char *body, size_t length, struct text *out)
{
    size_t at = 0;
    while (at < length) {
        const char *blank = memmem(body + at, length - at, "\r\n\r\n", 4);
        size_t value = blank != NULL ? (size_t)(blank + 4 - body) : length;
        size_t end = part_end(body, length, value);
        text_add(out, body + at, value - at);
        if (end > value && part_is_secret(body + at, value - at))
            add_placeholder(redactor, REDACT_FORM, body + value, end - value, out);
        else
            add_by_shape(redactor, REDACT_BODY, body + value, end - value, out);
        at = end;
        if (blank == NULL)
            break;
    }
}

static void redact_body(struct redactor *redactor, struct request *request)
{
    const char *body = (const char *)request->body;
    size_t length = request->body_length;
    struct text clean = TEXT_EMPTY;
    if (length == 0)
        return;
    if (looks_like_json(request))
        add_json(redactor, body, length, REDACT_JSON, &clean);
    else if (looks_like_form(request))
        add_pairs(redactor, REDACT_FORM, body, length, "&;", 0, &clean);
    else if (strncasecmp(content_type(request), "multipart/", 10) == 0)
        add_multipart(redactor, body, length, &clean);
    else
        add_by_shape(redactor, REDACT_BODY, body, length, &clean);
    free(request->body);
    request->body_length = clean.length;
    request->body = (unsigned char *)text_take(&clean);
}

void redact_request(struct redactor *redactor, struct request *request)
{
    struct text url = TEXT_EMPTY;
    add_url(redactor, REDACT_PATH, REDACT_QUERY, request->url, strlen(request->url), &url);
    free(request->url);
    request->url = text_take(&url);
    redact_body(redactor, request); /* before the headers: it asks for the content type */
    for (size_t i = 0; i < request->headers.count; i++)
        redact_header(redactor, &request->headers.items[i]);
}

void redact_line(struct redactor *redactor, const char *bytes, size_t length, struct text *out)
{
    if (length > 0 && (bytes[0] == '{' || bytes[0] == '['))
        add_json(redactor, bytes, length, REDACT_BODY, out);
    else
        add_pairs(redactor, REDACT_BODY, bytes, length, "&;?# \"", 0, out);
}

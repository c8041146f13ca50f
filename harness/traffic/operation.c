#include "traffic/operation.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json_walk.h"
#include "base/text.h"

#define BATCH "batch"

static bool is_name(char byte)
{
    return (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z') || byte == '_';
}

/* Appends what endpoint names may hold. */
static void add_name(char name[OPERATION_SIZE], const char *bytes, size_t length)
{
    size_t at = strlen(name);
    for (size_t i = 0; i < length && at < OPERATION_SIZE - 1; i++)
        name[at++] = is_name(bytes[i]) || strchr("-./:", bytes[i]) != NULL ? bytes[i] : '_';
    name[at] = '\0';
}

/* ---- GraphQL documents ---- */

/* Blanks, commas and comments mean nothing. */
static const char *skip_ignored(const char *at)
{
    for (;;) {
        at += strspn(at, " \t\r\n,\xef\xbb\xbf");
        if (*at != '#')
            return at;
        at += strcspn(at, "\r\n");
    }
}

static size_t name_length(const char *at)
{
    size_t length = 0;
    while (is_name(at[length]))
        length++;
    return length;
}

/* Behind a string that begins at `at`. */
static const char *skip_string(const char *at)
{
    bool block = strncmp(at, "\"\"\"", 3) == 0;
    for (at += block ? 3 : 1; *at != '\0'; at++) {
        if (*at == '\\' && at[1] != '\0')
            at++;
        else if (block ? strncmp(at, "\"\"\"", 3) == 0 : *at == '"')
            return at + (block ? 3 : 1);
    }
    return at;
}

/* Behind the braces of a fragment. */
static const char *skip_definition(const char *at)
{
    size_t depth = 0;
    while (*at != '\0') {
        if (*at == '"') {
            at = skip_string(at);
            continue;
        }
        if (*at == '#')
            at += strcspn(at, "\r\n");
        depth += *at == '{';
        if (*at == '}' && (depth == 0 || --depth == 0))
            return at + 1;
        at += *at != '\0';
    }
    return at;
}

/* "{ mine: cart { id } }" is about "cart". */
static bool first_field(const char *at, const char *kind, size_t kind_length, char name[OPERATION_SIZE])
{
    at = skip_ignored(at + 1);
    size_t length = name_length(at);
    const char *colon = skip_ignored(at + length);
    if (*colon == ':') {
        at = skip_ignored(colon + 1);
        length = name_length(at);
    }
    if (length == 0)
        return false;
    add_name(name, kind, kind_length);
    add_name(name, ".", 1);
    add_name(name, at, length);
    return true;
}

static bool is_kind(const char *at, size_t length)
{
    static const char *const kinds[] = {"query", "mutation", "subscription"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i]) == length && memcmp(at, kinds[i], length) == 0)
            return true;
    return false;
}

static bool graphql_name(const char *document, char name[OPERATION_SIZE])
{
    const char *at = skip_ignored(document);
    while (strncmp(at, "fragment", 8) == 0 && !is_name(at[8]))
        at = skip_ignored(skip_definition(at));
    if (*at == '{')
        return first_field(at, "query", 5, name);
    size_t kind = name_length(at);
    if (!is_kind(at, kind) || strchr(at, '{') == NULL)
        return false;
    const char *named = skip_ignored(at + kind);
    size_t length = name_length(named);
    if (length == 0)
        return first_field(strchr(at, '{'), at, kind, name);
    add_name(name, named, length);
    return true;
}

/* ---- bodies ---- */

/* What one JSON object says. */
struct said {
    char operation[OPERATION_SIZE], method[OPERATION_SIZE], document[OPERATION_SIZE]; /* names; "" */
    bool rpc, parameters, id;
};

static bool take_name(struct json_walk *scan, char name[OPERATION_SIZE])
{
    if (!json_walk_is(scan, '"'))
        return false;
    const char *value = json_walk_string(scan);
    name[0] = '\0';
    add_name(name, value, strlen(value));
    return true;
}

static bool take_document(struct json_walk *scan, struct said *said)
{
    if (!json_walk_is(scan, '"'))
        return false;
    graphql_name(json_walk_string(scan), said->document);
    return true;
}

static void take_member(struct json_walk *scan, struct said *said)
{
    bool taken = false;
    said->rpc = said->rpc || json_walk_key_is(scan, "jsonrpc");
    said->parameters = said->parameters || json_walk_key_is(scan, "params");
    said->id = said->id || json_walk_key_is(scan, "id");
    if (json_walk_key_is(scan, "operationName"))
        taken = take_name(scan, said->operation);
    else if (json_walk_key_is(scan, "method"))
        taken = take_name(scan, said->method);
    else if (json_walk_key_is(scan, "query"))
        taken = take_document(scan, said);
    if (!taken)
        json_walk_skip(scan);
}

static bool read_object(struct json_walk *scan, char name[OPERATION_SIZE])
{
    struct said said = {.rpc = false};
    name[0] = '\0';
    json_walk_object(scan);
    while (json_walk_member(scan))
        take_member(scan, &said);
    bool rpc = said.rpc || (said.parameters && said.id);
    const char *found = said.operation[0] != '\0'  ? said.operation
                        : said.document[0] != '\0' ? said.document
                        : rpc                      ? said.method
                                                   : "";
    add_name(name, found, strlen(found));
    return name[0] != '\0';
}

/* One name for a batch of the same; a batch of several kinds is one more kind. */
static bool read_batch(struct json_walk *scan, char name[OPERATION_SIZE])
{
    char first[OPERATION_SIZE] = "", other[OPERATION_SIZE];
    bool same = true, all = true;
    json_walk_array(scan);
    while (json_walk_element(scan)) {
        if (!json_walk_is(scan, '{')) {
            json_walk_skip(scan);
            all = false;
            continue;
        }
        all = read_object(scan, other) && all;
        if (first[0] == '\0')
            memcpy(first, other, sizeof first);
        same = same && strcmp(first, other) == 0;
    }
    if (!all || first[0] == '\0')
        return false;
    add_name(name, BATCH, strlen(BATCH));
    if (same) {
        add_name(name, ".", 1);
        add_name(name, first, strlen(first));
    }
    return true;
}

static bool json_name(const struct request *request, char name[OPERATION_SIZE])
{
    struct json_walk scan;
    struct err err;
    bool found = false;
    json_walk_init(&scan, (const char *)request->body, request->body_length, "body");
    if (json_walk_is(&scan, '{'))
        found = read_object(&scan, name);
    else if (json_walk_is(&scan, '['))
        found = read_batch(&scan, name);
    else
        json_walk_skip(&scan);
    return json_walk_end(&scan, &err) == 0 && found;
}

static bool text_name(const struct request *request, char name[OPERATION_SIZE])
{
    char *document = xstrndup((const char *)request->body, request->body_length);
    bool found = graphql_name(document, name);
    free(document);
    return found;
}

/* ---- query strings ---- */

static int hex(char digit)
{
    char letter = (char)(digit | 0x20);
    return digit >= '0' && digit <= '9'     ? digit - '0'
           : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10
                                            : -1;
}

static char *decoded(const char *value, size_t length)
{
    struct text out = TEXT_EMPTY;
    for (size_t i = 0; i < length; i++) {
        int high = value[i] == '%' && i + 2 < length ? hex(value[i + 1]) : -1;
        int low = high >= 0 ? hex(value[i + 2]) : -1;
        text_add_char(&out, low >= 0 ? (char)(high * 16 + low) : value[i] == '+' ? ' ' : value[i]);
        i += low >= 0 ? 2 : 0;
    }
    text_add_char(&out, '\0');
    return text_take(&out);
}

/* The value of "&KEY=VALUE"; NULL: there is none. The caller's. */
static char *query_value(const char *url, const char *key)
{
    size_t length = strlen(key);
    for (const char *at = strchr(url, '?'); at != NULL; at = strpbrk(at, "&#")) {
        if (*at++ == '#')
            return NULL;
        if (strncmp(at, key, length) == 0 && at[length] == '=')
            return decoded(at + length + 1, strcspn(at + length + 1, "&#"));
    }
    return NULL;
}

static bool url_name(const char *url, char name[OPERATION_SIZE])
{
    char *operation = query_value(url, "operationName"), *document = query_value(url, "query");
    if (operation != NULL)
        add_name(name, operation, strlen(operation));
    else if (document != NULL)
        graphql_name(document, name);
    free(operation);
    free(document);
    return name[0] != '\0';
}

bool operation_name(const struct request *request, char name[OPERATION_SIZE])
{
    name[0] = '\0';
    if (request->body_length == 0)
        return strchr(request->url, '?') != NULL && url_name(request->url, name);
    const char *type = headers_find(&request->headers, "Content-Type");
    if (type != NULL && strncasecmp(type, "application/graphql", 19) == 0 && strchr("; ", type[19]) != NULL)
        return text_name(request, name);
    return json_name(request, name) && name[0] != '\0';
}

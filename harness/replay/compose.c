#include "replay/compose.h"

#include <stdlib.h>
#include <string.h>

#include "replay/fresh.h"
#include "replay/render.h"

/* What every request of an endpoint says beside what was recorded. */
struct common {
    struct text fields;
    bool allowed;
    bool variables; /* holds a {{name}} */
    size_t method;  /* bytes of its name */
};

struct composer {
    const struct service *service;
    size_t count;
    struct common *endpoints;                                   /* service_endpoint() */
    struct text line, common, fields, cookie, body, fresh, jar; /* scratch */
};

struct maker {
    const struct service *service;
    const struct origin *origin;
    const char *run_header;
    bool ours, close;
};

static int fill(struct common *common, const struct maker *maker, const struct endpoint *endpoint,
                struct err *err)
{
    const struct headers *own = &endpoint->headers;
    const char *host = headers_find(own, "Host");
    common->allowed = service_allows_method(maker->service, endpoint->method, maker->ours);
    common->method = strlen(endpoint->method);
    text_addf(&common->fields, "Host: %s\r\n", host != NULL ? host : maker->origin->host);
    for (size_t i = 0; i < own->count; i++) {
        if (render_check_header(&own->items[i], err) != 0)
            return err_prefix(err, "%s", endpoint->name);
        if (!render_drops(own->items[i].name))
            text_addf(&common->fields, "%s: %s\r\n", own->items[i].name, own->items[i].value);
    }
    if (maker->run_header != NULL)
        text_addf(&common->fields, "X-Seep-Run: %s\r\n", maker->run_header);
    common->variables = variables_in(&maker->service->variables, NULL,
                                     (struct span){common->fields.bytes, common->fields.length});
    if (maker->close)
        text_add_string(&common->fields, "Connection: close\r\n");
    return 0;
}

struct composer *composer_new(const struct service *service, const struct origin *origin,
                              const char *run_header, bool ours, bool close, struct err *err)
{
    struct maker maker = {service, origin, run_header, ours, close};
    struct composer *composer = xcalloc(1, sizeof *composer);
    composer->service = service;
    composer->count = service->endpoint_count + service->setup_count;
    composer->endpoints = xcalloc(composer->count, sizeof *composer->endpoints);
    for (size_t i = 0; i < composer->count; i++)
        if (fill(&composer->endpoints[i], &maker, service_endpoint(service, i), err) != 0) {
            composer_free(composer);
            return NULL;
        }
    return composer;
}

void composer_free(struct composer *composer)
{
    if (composer == NULL)
        return;
    for (size_t i = 0; i < composer->count; i++)
        text_release(&composer->endpoints[i].fields);
    free(composer->endpoints);
    struct text *const scratch[] = {&composer->line, &composer->common, &composer->fields, &composer->cookie,
                                    &composer->body, &composer->fresh,  &composer->jar};
    for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++)
        text_release(scratch[i]);
    free(composer);
}

bool composer_allows(const struct composer *composer, size_t endpoint)
{
    return composer->endpoints[endpoint].allowed;
}

/* As snprintf() would, which costs ten times as much. */
static void add_length(struct text *out, uint64_t length)
{
    char digits[24];
    size_t at = sizeof digits;
    do {
        digits[--at] = (char)('0' + length % 10);
        length /= 10;
    } while (length > 0);
    text_add(out, "Content-Length: ", 16);
    text_add(out, digits + at, sizeof digits - at);
    text_add(out, "\r\n", 2);
}

/* The Cookie line: what the run's setup left, over that what the session has, over what was recorded. Each is the
 * next one's "recorded". */
static void add_cookies(struct composer *composer, const struct outfit *outfit, struct span recorded,
                        struct span target, struct text *out)
{
    static const size_t name = sizeof "Cookie: " - 1;
    struct asking asking = *outfit->asking;
    struct span value = recorded;
    if (recorded.length > name + 2)
        value = (struct span){recorded.bytes + name, recorded.length - name - 2};
    asking.target = target;
    text_clear(&composer->jar);
    if (outfit->shared != NULL && jar_add_line(&outfit->shared->jar, &asking, value, &composer->jar))
        value = (struct span){composer->jar.bytes + name, composer->jar.length - name - 2};
    if (!jar_add_line(&outfit->own->jar, &asking, value, out) && value.length > 0) {
        text_add(out, "Cookie: ", name);
        text_add(out, value.bytes, value.length);
        text_add(out, "\r\n", 2);
    }
}

static bool has_cookies(const struct outfit *outfit)
{
    return outfit->own->jar.count > 0 || (outfit->shared != NULL && outfit->shared->jar.count > 0);
}

#define OURS_MOST 128 /* Content-Length, Expect, the empty line */

/* Where there is room already. */
static inline void put(struct text *out, struct span part)
{
    if (part.length > 0)
        memcpy(out->bytes + out->length, part.bytes, part.length);
    out->length += part.length;
}

/* The parts of a request as they are to be sent. */
struct parts {
    struct span line, common, fields, cookie, body;
};

/* What is ours to say at the end of the header, and the body. */
static void put_end(struct text *out, const struct tape_entry *entry, struct span body,
                    struct message *message)
{
    if (entry->flags & TAPE_LENGTH)
        add_length(out, body.length);
    if (entry->flags & TAPE_PAUSE)
        text_add_string(out, "Expect: 100-continue\r\n");
    put(out, (struct span){"\r\n", 2});
    message->body = out->length;
    put(out, body);
    out->bytes[out->length] = '\0';
    message->bytes = out->bytes;
    message->length = out->length;
    message->head = (entry->flags & TAPE_HEAD) != 0;
    message->pause = (entry->flags & TAPE_PAUSE) != 0;
}

/* "/a/b?c" in "GET /a/b?c HTTP/1.1\r\n". */
static struct span set_target(struct message *message, const struct common *common, struct span line)
{
    message->target = common->method + 1;
    message->target_length = line.length - common->method - (sizeof "  HTTP/1.1\r\n" - 1);
    return (struct span){line.bytes + message->target, message->target_length};
}

static void put_together(struct composer *composer, const struct common *common,
                         const struct tape_entry *entry, const struct parts *parts,
                         const struct outfit *outfit, struct text *out, struct message *message)
{
    struct span target = set_target(message, common, parts->line);
    out->length = 0;
    text_reserve(out, parts->line.length + parts->common.length + parts->fields.length +
                          parts->cookie.length + parts->body.length + OURS_MOST);
    put(out, parts->line);
    put(out, parts->common);
    put(out, parts->fields);
    if (has_cookies(outfit))
        add_cookies(composer, outfit, parts->cookie, target, out);
    else
        put(out, parts->cookie);
    text_reserve(out, parts->body.length + OURS_MOST);
    put_end(out, entry, parts->body, message);
}

/* A request that goes out as it lies on the tape. */
static void put_as_it_is(const struct common *common, const struct tape_request *request, struct text *out,
                         struct message *message)
{
    const struct tape_entry *entry = &request->entry;
    size_t recorded = entry->line + entry->fields + (size_t)entry->body;
    set_target(message, common, (struct span){request->line, entry->line});
    out->length = 0;
    text_reserve(out, recorded + common->fields.length + OURS_MOST);
    put(out, (struct span){request->line, entry->line});
    put(out, (struct span){common->fields.bytes, common->fields.length});
    put(out, (struct span){request->fields, entry->fields});
    put_end(out, entry, (struct span){request->body, (size_t)entry->body}, message);
}

static struct span whole(const struct text *text)
{
    return (struct span){text_string(text), text->length};
}

static void clear_scratch(struct composer *composer)
{
    struct text *const scratch[] = {&composer->line,   &composer->common, &composer->fields,
                                    &composer->cookie, &composer->body,   &composer->fresh};
    for (size_t i = 0; i < sizeof scratch / sizeof *scratch; i++)
        text_clear(scratch[i]);
}

/* New keys in a request line or a body. `part` then lies in composer->fresh. */
static void freshen(struct composer *composer, const struct endpoint *endpoint, const struct outfit *outfit,
                    bool (*add)(const struct endpoint *endpoint, struct span part, struct pass pass,
                                struct text *out),
                    struct span *part)
{
    if (endpoint->fresh_count == 0 || outfit->pass == 0 || part->length == 0)
        return;
    text_clear(&composer->fresh);
    add(endpoint, *part, (struct pass){outfit->pass, outfit->seed}, &composer->fresh);
    *part = whole(&composer->fresh);
}

static int fill_part(const struct scope *scope, enum part kind, struct span *part, struct text *out,
                     struct unfilled *unfilled)
{
    size_t start = out->length;
    if (variables_fill(scope, kind, *part, out, unfilled) != 0)
        return -1;
    *part = (struct span){text_string(out) + start, out->length - start};
    return 0;
}

/* Replaces each part by one in which nothing is left to fill in. */
static int fill_in(struct composer *composer, size_t index, const struct outfit *outfit, struct parts *parts,
                   struct unfilled *unfilled)
{
    const struct endpoint *endpoint = service_endpoint(composer->service, index);
    struct scope scope = {&composer->service->variables, &outfit->own->variables,
                          outfit->shared != NULL ? &outfit->shared->variables : NULL,
                          composer->service->secrets};
    enum part body = part_of_body(parts->fields);
    clear_scratch(composer);
    freshen(composer, endpoint, outfit, fresh_line, &parts->line);
    if (fill_part(&scope, PART_LINE, &parts->line, &composer->line, unfilled) != 0)
        return -1;
    freshen(composer, endpoint, outfit, fresh_body, &parts->body);
    if (fill_part(&scope, body, &parts->body, &composer->body, unfilled) != 0 ||
        fill_part(&scope, PART_FIELDS, &parts->common, &composer->common, unfilled) != 0 ||
        fill_part(&scope, PART_FIELDS, &parts->fields, &composer->fields, unfilled) != 0 ||
        fill_part(&scope, PART_FIELDS, &parts->cookie, &composer->cookie, unfilled) != 0)
        return -1;
    return 0;
}

int compose(struct composer *composer, size_t endpoint, const struct tape_request *request,
            const struct outfit *outfit, struct text *out, struct message *message, struct unfilled *unfilled)
{
    const struct tape_entry *entry = &request->entry;
    const struct common *common = &composer->endpoints[endpoint];
    const bool open = (entry->flags & TAPE_VARIABLES) != 0 || common->variables;
    if (!open && !has_cookies(outfit)) {
        put_as_it_is(common, request, out, message);
        return 0;
    }
    size_t fields = entry->fields - entry->cookie;
    struct parts parts = {.line = {request->line, entry->line},
                          .common = {common->fields.bytes, common->fields.length},
                          .fields = {request->fields, fields},
                          .cookie = {request->fields + fields, entry->cookie},
                          .body = {request->body, (size_t)entry->body}};
    if (open && fill_in(composer, endpoint, outfit, &parts, unfilled) != 0)
        return -1;
    put_together(composer, common, entry, &parts, outfit, out, message);
    return 0;
}

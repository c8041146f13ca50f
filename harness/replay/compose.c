#include "replay/compose.h"

#include <stdlib.h>
#include <string.h>

#include "replay/render.h"

/* What every request of an endpoint says beside what was recorded. */
struct common {
    struct text fields;
    bool allowed;
    bool variables; /* holds a {{name}} */
};

struct composer {
    const struct service *service;
    size_t count;
    struct common *endpoints;            /* service_endpoint() */
    struct text line, fields, body, jar; /* scratch */
};

struct maker {
    const struct service *service;
    const struct origin *origin;
    const char *run_header;
    bool close;
};

static int fill(struct common *common, const struct maker *maker, const struct endpoint *endpoint,
                struct err *err)
{
    const struct headers *own = &endpoint->headers;
    const char *host = headers_find(own, "Host");
    common->allowed =
        service_allows_method(maker->service, endpoint->method, origin_is_loopback(maker->origin));
    text_addf(&common->fields, "Host: %s\r\n", host != NULL ? host : maker->origin->host);
    for (size_t i = 0; i < own->count; i++) {
        if (render_check_header(&own->items[i], err) != 0)
            return err_prefix(err, "%s", endpoint->name);
        if (!render_drops(own->items[i].name))
            text_addf(&common->fields, "%s: %s\r\n", own->items[i].name, own->items[i].value);
    }
    if (maker->run_header != NULL)
        text_addf(&common->fields, "X-Seep-Run: %s\r\n", maker->run_header);
    common->variables = variables_in(&maker->service->variables,
                                     (struct span){common->fields.bytes, common->fields.length});
    if (maker->close)
        text_add_string(&common->fields, "Connection: close\r\n");
    return 0;
}

struct composer *composer_new(const struct service *service, const struct origin *origin,
                              const char *run_header, bool close, struct err *err)
{
    struct maker maker = {service, origin, run_header, close};
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
    text_release(&composer->line);
    text_release(&composer->fields);
    text_release(&composer->body);
    text_release(&composer->jar);
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
    struct asking asking = outfit->asking;
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

/* The parts of a request as they are to be sent. */
struct parts {
    struct span line, common, fields, cookie, body;
};

/* "/a/b?c" in "GET /a/b?c HTTP/1.1\r\n". */
static struct span target_of(struct span line)
{
    const char *start = (const char *)memchr(line.bytes, ' ', line.length) + 1;
    const char *end = memchr(start, ' ', line.length - (size_t)(start - line.bytes));
    return (struct span){start, (size_t)(end - start)};
}

static void put_together(struct composer *composer, const struct tape_entry *entry, const struct parts *parts,
                         const struct outfit *outfit, struct text *out, struct message *message)
{
    text_clear(out);
    text_add(out, parts->line.bytes, parts->line.length);
    text_add(out, parts->common.bytes, parts->common.length);
    text_add(out, parts->fields.bytes, parts->fields.length);
    if (has_cookies(outfit))
        add_cookies(composer, outfit, parts->cookie, target_of(parts->line), out);
    else
        text_add(out, parts->cookie.bytes, parts->cookie.length);
    if (entry->flags & TAPE_LENGTH)
        add_length(out, parts->body.length);
    if (entry->flags & TAPE_PAUSE)
        text_add_string(out, "Expect: 100-continue\r\n");
    text_add(out, "\r\n", 2);
    size_t body = out->length;
    text_add(out, parts->body.bytes, parts->body.length);
    *message = (struct message){.bytes = out->bytes,
                                .length = out->length,
                                .body = body,
                                .head = (entry->flags & TAPE_HEAD) != 0,
                                .pause = (entry->flags & TAPE_PAUSE) != 0};
}

static struct span whole(const struct text *text)
{
    return (struct span){text_string(text), text->length};
}

static int fill_in(struct composer *composer, size_t endpoint, const struct outfit *outfit, struct parts *parts,
                   struct unfilled *unfilled)
{
    struct scope scope = {&composer->service->variables, &outfit->own->variables,
                          outfit->shared != NULL ? &outfit->shared->variables : NULL};
    enum part body = part_of_body(parts->fields);
    struct text *fields = &composer->fields;
    text_clear(&composer->line);
    text_clear(fields);
    text_clear(&composer->body);
    if (variables_fill(&scope, PART_LINE, parts->line, &composer->line, unfilled) != 0 ||
        variables_fill(&scope, PART_FIELDS, composer->endpoints[endpoint].span, fields, unfilled) != 0)
        return -1;
    return 0;
}

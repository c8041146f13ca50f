#include "replay/compose.h"

#include <stdlib.h>
#include <string.h>

#include "replay/render.h"

/* What every request of an endpoint says beside what was recorded. */
struct common {
    struct text fields;
    bool allowed;
};

struct composer {
    size_t count;
    struct common *endpoints; /* service_endpoint() */
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
    if (maker->close)
        text_add_string(&common->fields, "Connection: close\r\n");
    return 0;
}

struct composer *composer_new(const struct service *service, const struct origin *origin,
                              const char *run_header, bool close, struct err *err)
{
    struct maker maker = {service, origin, run_header, close};
    struct composer *composer = xcalloc(1, sizeof *composer);
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

void compose(const struct composer *composer, size_t endpoint, const struct tape_request *request,
             struct text *out, struct message *message)
{
    const struct tape_entry *entry = &request->entry;
    const struct text *common = &composer->endpoints[endpoint].fields;
    text_clear(out);
    text_add(out, request->line, entry->line);
    text_add(out, common->bytes, common->length);
    text_add(out, request->fields, entry->fields);
    if (entry->flags & TAPE_LENGTH)
        add_length(out, entry->body);
    if (entry->flags & TAPE_PAUSE)
        text_add_string(out, "Expect: 100-continue\r\n");
    text_add(out, "\r\n", 2);
    size_t body = out->length;
    text_add(out, request->body, (size_t)entry->body);
    *message = (struct message){.bytes = out->bytes,
                                .length = out->length,
                                .body = body,
                                .head = (entry->flags & TAPE_HEAD) != 0,
                                .pause = (entry->flags & TAPE_PAUSE) != 0,
                                .abandon = (entry->flags & TAPE_ABORTED) != 0};
}

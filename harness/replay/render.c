#include "replay/render.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/text.h"

#define REDACTED "{{redacted"

struct rendering {
    size_t endpoints;
    struct rendered **by_endpoint;
    char **bytes; /* by endpoint: all its requests, one after another */
};

struct renderer {
    const struct endpoint *endpoint;
    const struct request *request;
    const char *host, *run_header;
    bool close;
};

/* Ours to say, or the connection's: never taken from a recording. Source: RFC 9110, 7.6.1. */
static const char *const dropped[] = {
    "connection", "content-length",      "expect",
    "host",       "keep-alive",          "proxy-authenticate",
    "te",         "proxy-authorization", "proxy-connection",
    "trailer",    "transfer-encoding",   "upgrade",
    "x-seep-run",
};

static bool is_dropped(const char *name)
{
    for (size_t i = 0; i < sizeof dropped / sizeof *dropped; i++)
        if (strcasecmp(name, dropped[i]) == 0)
            return true;
    return name[0] == ':'; /* HTTP/2's, as browsers write them into a HAR */
}

static bool is_token(const char *text)
{
    static const char letters[] =
        "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return text[0] != '\0' && text[strspn(text, letters)] == '\0';
}

static int check_header(const struct header *header, struct err *err)
{
    if (!is_token(header->name))
        return err_set(err, ERR_USAGE, "'%s' is not the name of a header", header->name);
    if (strpbrk(header->value, "\r\n") != NULL)
        return err_set(err, ERR_USAGE, "header %s holds a line break", header->name);
    return 0;
}

static int check(const struct renderer *renderer, struct err *err)
{
    const struct request *request = renderer->request;
    const struct headers *const lists[] = {&request->headers, &renderer->endpoint->headers};
    if (!is_token(request->method))
        return err_set(err, ERR_USAGE, "'%s' is not a method", request->method);
    if (strpbrk(request->url, "\r\n") != NULL)
        return err_set(err, ERR_USAGE, "the URL holds a line break");
    if (request->url[0] != '/' && strcmp(request->url, "*") != 0)
        return err_set(err, ERR_USAGE, "the URL '%.100s' does not start with '/'", request->url);
    for (size_t i = 0; i < 2; i++)
        for (size_t j = 0; j < lists[i]->count; j++)
            if (lists[i]->items[j].name[0] != ':' && check_header(&lists[i]->items[j], err) != 0)
                return -1;
    return 0;
}

static void add_url(struct text *text, const char *url)
{
    for (; *url != '\0'; url++)
        if ((unsigned char)*url <= ' ' || *url == 0x7f)
            text_addf(text, "%%%02X", (unsigned)(unsigned char)*url);
        else
            text_add_char(text, *url);
}

static void add_header(struct text *text, const char *name, const char *value)
{
    text_add_string(text, name);
    text_add(text, ": ", 2);
    text_add_string(text, value);
    text_add(text, "\r\n", 2);
}

static void add_headers(struct text *text, const struct renderer *renderer)
{
    const struct headers *own = &renderer->endpoint->headers, *recorded = &renderer->request->headers;
    for (size_t i = 0; i < own->count; i++)
        if (!is_dropped(own->items[i].name))
            add_header(text, own->items[i].name, own->items[i].value);
    for (size_t i = 0; i < recorded->count; i++) {
        const struct header *header = &recorded->items[i];
        if (!is_dropped(header->name) && strstr(header->value, REDACTED) == NULL &&
            headers_find(own, header->name) == NULL)
            add_header(text, header->name, header->value);
    }
    if (headers_find(own, "User-Agent") == NULL && headers_find(recorded, "User-Agent") == NULL)
        add_header(text, "User-Agent", "seep/" SEEP_VERSION);
}

static bool says_length(const struct request *request)
{
    static const char *const with_body[] = {"POST", "PUT", "PATCH"};
    for (size_t i = 0; i < sizeof with_body / sizeof *with_body; i++)
        if (strcmp(request->method, with_body[i]) == 0)
            return true;
    return request->body_length > 0;
}

static void render(struct text *text, const struct renderer *renderer)
{
    const struct request *request = renderer->request;
    const char *host = headers_find(&renderer->endpoint->headers, "Host");
    text_add_string(text, request->method);
    text_add_char(text, ' ');
    add_url(text, request->url);
    text_add_string(text, " HTTP/1.1\r\n");
    add_header(text, "Host", host != NULL ? host : renderer->host);
    add_headers(text, renderer);
    if (renderer->run_header != NULL)
        add_header(text, "X-Seep-Run", renderer->run_header);
    if (renderer->close)
        add_header(text, "Connection", "close");
    if (says_length(request))
        text_addf(text, "Content-Length: %zu\r\n", request->body_length);
    text_add(text, "\r\n", 2);
    if (request->body_length > 0)
        text_add(text, request->body, request->body_length);
}

static int render_endpoint(struct rendering *rendering, const struct service *service, size_t index,
                           struct renderer renderer, bool loopback, struct err *err)
{
    const struct endpoint *endpoint = renderer.endpoint = &service->endpoints[index];
    size_t count = endpoint->recording.count, start = 0;
    struct rendered *rendered = xcalloc(count + 1, sizeof *rendered);
    struct text text = TEXT_EMPTY;
    rendering->by_endpoint[index] = rendered;
    for (size_t i = 0; i < count; i++) {
        const struct request *request = renderer.request = &endpoint->recording.requests[i];
        if (check(&renderer, err) != 0) {
            text_release(&text);
            return err_prefix(err, "%s, request %zu", endpoint->name, i + 1);
        }
        start = text.length;
        render(&text, &renderer);
        rendered[i] = (struct rendered){.length = text.length - start,
                                        .head = strcmp(request->method, "HEAD") == 0,
                                        .allowed = service_allows_method(service, request->method, loopback),
                                        .status = request->status};
    }
    rendering->bytes[index] = text_take(&text);
    start = 0;
    for (size_t i = 0; i < count; start += rendered[i++].length) /* only now the storage stands still */
        rendered[i].bytes = rendering->bytes[index] + start;
    return 0;
}

struct rendering *rendering_new(const struct service *service, const struct origin *origin,
                                const char *run_header, bool close, struct err *err)
{
    struct rendering *rendering = xcalloc(1, sizeof *rendering);
    struct renderer renderer = {.host = origin->host, .run_header = run_header, .close = close};
    rendering->endpoints = service->endpoint_count;
    rendering->by_endpoint = xcalloc(service->endpoint_count + 1, sizeof *rendering->by_endpoint);
    rendering->bytes = xcalloc(service->endpoint_count + 1, sizeof *rendering->bytes);
    for (size_t i = 0; i < service->endpoint_count; i++)
        if (render_endpoint(rendering, service, i, renderer, origin_is_loopback(origin), err) != 0) {
            rendering_free(rendering);
            return NULL;
        }
    return rendering;
}

void rendering_free(struct rendering *rendering)
{
    if (rendering == NULL)
        return;
    for (size_t i = 0; i < rendering->endpoints; i++) {
        free(rendering->by_endpoint[i]);
        free(rendering->bytes[i]);
    }
    free(rendering->by_endpoint);
    free(rendering->bytes);
    free(rendering);
}

const struct rendered *rendering_of(const struct rendering *rendering, size_t endpoint, size_t request)
{
    return &rendering->by_endpoint[endpoint][request];
}

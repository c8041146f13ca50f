#include "replay/render.h"

#include <string.h>
#include <strings.h>

#include "replay/variables.h"

void rendering_release(struct rendering *rendering)
{
    text_release(&rendering->line);
    text_release(&rendering->fields);
    text_release(&rendering->cookie);
}

static const char *const dropped[] = {
    "connection", "content-length",      "expect",
    "host",       "keep-alive",          "proxy-authenticate",
    "te",         "proxy-authorization", "proxy-connection",
    "trailer",    "transfer-encoding",   "upgrade",
    "x-seep-run",
};

bool render_drops(const char *name)
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

int render_check_header(const struct header *header, struct err *err)
{
    if (header->name[0] == ':')
        return 0;
    if (!is_token(header->name))
        return err_set(err, ERR_USAGE, "'%s' is not the name of a header", header->name);
    if (strpbrk(header->value, "\r\n") != NULL)
        return err_set(err, ERR_USAGE, "header %s holds a line break", header->name);
    return 0;
}

static int check(const struct request *request, struct err *err)
{
    if (!is_token(request->method))
        return err_set(err, ERR_USAGE, "'%s' is not a method", request->method);
    if (strpbrk(request->url, "\r\n") != NULL)
        return err_set(err, ERR_USAGE, "the URL holds a line break");
    if (request->url[0] != '/' && strcmp(request->url, "*") != 0)
        return err_set(err, ERR_USAGE, "the URL '%.100s' does not start with '/'", request->url);
    for (size_t i = 0; i < request->headers.count; i++)
        if (render_check_header(&request->headers.items[i], err) != 0)
            return -1;
    return 0;
}

static void add_line(struct text *text, const struct request *request)
{
    text_add_string(text, request->method);
    text_add_char(text, ' ');
    for (const char *url = request->url; *url != '\0'; url++)
        if ((unsigned char)*url <= ' ' || *url == 0x7f)
            text_addf(text, "%%%02X", (unsigned)(unsigned char)*url);
        else
            text_add_char(text, *url);
    text_add_string(text, " HTTP/1.1\r\n");
}

static void add_header(struct text *text, const char *name, const char *value)
{
    text_addf(text, "%s: %s\r\n", name, value);
}

/* What was taken out of a header and cannot be put back leaves nothing to send. */
static bool is_lacking(const struct service *service, const struct header *header)
{
    return variables_lacking(&service->variables, service->secrets,
                             (struct span){header->value, strlen(header->value)}) > 0;
}

static void add_fields(struct rendering *rendering, const struct service *service, const struct headers *own,
                       const struct headers *recorded)
{
    for (size_t i = 0; i < recorded->count; i++) {
        const struct header *header = &recorded->items[i];
        if (render_drops(header->name) || is_lacking(service, header) ||
            headers_find(own, header->name) != NULL)
            continue;
        bool cookie = strcasecmp(header->name, "Cookie") == 0;
        if (cookie && rendering->cookie.length > 0) { /* browsers on HTTP/2 write several: RFC 9113, 8.2.3 */
            rendering->cookie.length -= 2;
            text_addf(&rendering->cookie, "; %s\r\n", header->value);
        } else {
            add_header(cookie ? &rendering->cookie : &rendering->fields, cookie ? "Cookie" : header->name,
                       header->value);
        }
    }
    if (headers_find(own, "User-Agent") == NULL && headers_find(recorded, "User-Agent") == NULL)
        add_header(&rendering->fields, "User-Agent", "seep/" SEEP_VERSION);
    text_add(&rendering->fields, rendering->cookie.bytes, rendering->cookie.length);
}

static bool says_length(const struct request *request)
{
    static const char *const with_body[] = {"POST", "PUT", "PATCH"};
    for (size_t i = 0; i < sizeof with_body / sizeof *with_body; i++)
        if (strcmp(request->method, with_body[i]) == 0)
            return true;
    return request->body_length > 0;
}

/* Whether something in it has to be filled in when it goes out. */
static bool is_open(const struct rendering *rendering, const struct service *service,
                    const struct endpoint *endpoint, const struct request *request)
{
    const struct strings *names = &service->variables;
    return endpoint->fresh_count > 0 ||
           variables_in(names, service->secrets,
                        (struct span){text_string(&rendering->line), rendering->line.length}) ||
           variables_in(names, service->secrets,
                        (struct span){text_string(&rendering->fields), rendering->fields.length}) ||
           variables_in(names, service->secrets,
                        (struct span){(const char *)request->body, request->body_length});
}

static uint16_t flags_of(const struct request *request)
{
    const char *expect = headers_find(&request->headers, "Expect");
    unsigned flags = 0;
    if (strcmp(request->method, "HEAD") == 0)
        flags |= TAPE_HEAD;
    if (says_length(request))
        flags |= TAPE_LENGTH;
    if (request->body_length > 0 && expect != NULL && strcasecmp(expect, "100-continue") == 0)
        flags |= TAPE_PAUSE;
    if (request->status == 499) /* nginx: the client closed the request */
        flags |= TAPE_ABORTED;
    return (uint16_t)flags;
}

int render(struct rendering *rendering, const struct service *service, const struct endpoint *endpoint,
           const struct request *request, struct tape_request *rendered, struct err *err)
{
    if (check(request, err) != 0)
        return -1;
    text_clear(&rendering->line);
    text_clear(&rendering->fields);
    text_clear(&rendering->cookie);
    add_line(&rendering->line, request);
    add_fields(rendering, service, &endpoint->headers, &request->headers);
    *rendered = (struct tape_request){
        .entry = {.t_us = request->t_us,
                  .session = tape_session(request->session),
                  .body = request->body_length,
                  .line = (uint32_t)rendering->line.length,
                  .fields = (uint32_t)rendering->fields.length,
                  .cookie = (uint32_t)rendering->cookie.length,
                  .status = (int16_t)request->status,
                  .flags = (uint16_t)(flags_of(request) |
                                      (is_open(rendering, service, endpoint, request) ? TAPE_VARIABLES : 0))},
        .line = text_string(&rendering->line),
        .fields = text_string(&rendering->fields),
        .body = request->body != NULL ? (const char *)request->body : "",
    };
    return 0;
}

/* A line of a recording on its way onto the wire: rendered, filled in, composed, the bytes read strictly are one request, which
 * asks for what was recorded: no header, line or second request is smuggled in. Taken apart for HTTP/2 it has the same
 * fields; as a command line of curl it is one line, which is read as the same request again. */
#include "net/request_head.h"
#include "replay/compose.h"
#include "replay/dissect.h"
#include "replay/render.h"
#include "traffic/curl.h"
#include "traffic/recording.h"
#include "traffic/redact.h"

#include "fuzz.h"

static char *names[] = {"token", "id"};

struct scene {
    struct endpoint endpoint;
    struct service service;
    struct origin origin;
    struct composer *composer;
    struct client client;
};

static struct vault *vault_of(void)
{
    struct vault *vault = vault_new();
    hold(vault_put(vault, "9f3a51c20b7e", 12, (struct span){"s3cret\r\nX-Evil: 1", 17}));
    hold(vault_put(vault, "aaaaaaaaaaaa", 12, (struct span){"plain/&=?", 9}));
    return vault;
}

static struct scene *scene_of(void)
{
    static struct scene scene;
    if (scene.composer != NULL)
        return &scene;
    scene.endpoint = (struct endpoint){.name = "GET /", .method = "GET", .template = "/"};
    scene.service =
        (struct service){.endpoints = &scene.endpoint, .endpoint_count = 1, .variables = {names, 2}};
    snprintf(scene.origin.host, sizeof scene.origin.host, "127.0.0.1:80");
    scene.composer = composer_new(&scene.service, &scene.origin, "run-1", true, false, NULL);
    hold(scene.composer != NULL);
    variables_set(&scene.client.variables, &scene.service.variables, 0, (struct span){"a b\"&=\r\nX: y", 12});
    variables_set(&scene.client.variables, &scene.service.variables, 1, (struct span){"17", 2});
    return &scene;
}

static void check_http2(const struct message *message, const struct request_head *head)
{
    struct dissected dissected;
    size_t fields = 0;
    dissect(&dissected, message);
    hold(strlen(dissected.target) == head->target.length && strlen(dissected.method) == head->method.length);
    hold(dissected.body_length == message->length - message->body);
    for (const struct curl_slist *at = dissected.fields; at != NULL; at = at->next) {
        hold(strpbrk(at->data, "\r\n") == NULL);
        fields++;
    }
    hold(fields <= head->head.count + 3);
    dissected_release(&dissected);
}

static void check_wire(const struct scene *scene, const struct text *out, const struct message *message,
                       const struct request *request, bool open)
{
    static struct request_head head;
    const char *why = NULL;
    size_t end = head_find_end(out->bytes, out->length, 0);
    hold(end > 0 && end == message->body);
    int status = request_head_read(&head, out->bytes, end, &why);
    if (status == 431 || status == 405) /* more than we would take ourselves, or CONNECT */
        return;
    hold(status == 0);
    hold(head.method.length == strlen(request->method));
    hold(open || head.target.length >= strlen(request->url));
    hold(!head.chunked && (head.has_length ? head.length == out->length - end : out->length == end));
    const struct head_field *host = head_find(&head.head, "Host");
    hold(host != NULL && span_is(host->value, scene->origin.host));
    check_http2(message, &head);
}

static void send_it(const struct request *request)
{
    struct scene *scene = scene_of();
    struct vault *vault = scene->service.secrets = vault_of();
    static struct rendering rendering;
    static struct text out;
    static const struct asking asking = {{"/", 1}, false, 1700000000};
    struct outfit outfit = {.own = &scene->client, .asking = &asking, .pass = 3, .seed = 7};
    struct tape_request rendered;
    struct message message;
    struct unfilled unfilled = {NULL, NULL};
    struct err err = {0};
    if (render(&rendering, &scene->service, &scene->endpoint, request, &rendered, &err) != 0)
        hold_one_line(&err);
    else if (compose(scene->composer, 0, &rendered, &outfit, &out, &message, &unfilled) != 0)
        hold(unfilled.why != NULL && strpbrk(unfilled.why, "\r\n") == NULL);
    else
        check_wire(scene, &out, &message, request, (rendered.entry.flags & TAPE_VARIABLES) != 0);
    vault_free(vault);
}

static void as_curl(const struct request *request)
{
    char *line = curl_line(request, "http://127.0.0.1:80", NULL);
    for (const char *at = line; *at != '\0'; at++)
        hold((unsigned char)*at >= ' ' || *at == '\t');
    free(line);
}

FUZZ_TARGET(render)
{
    struct request request;
    struct err err = {0};
    size_t column;
    if (recording_parse((const char *)data, size, 0, &request, &column, &err) != 0) {
        hold_one_line(&err);
        return 0;
    }
    send_it(&request);
    as_curl(&request);
    request_release(&request);
    return 0;
}

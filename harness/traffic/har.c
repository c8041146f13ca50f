/* The reader "har": HTTP archive 1.2, with the oddities of browsers and proxies.
 * Source: W3C Web Performance WG draft, "HTTP Archive (HAR) format"; custom keys begin with '_'. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "base/text.h"
#include "traffic/base64.h"
#include "traffic/calendar.h"
#include "traffic/reader.h"
#include "traffic/wire.h"

#define HAR_BYTES ((size_t)512 * 1024 * 1024)

static size_t start_of(const char *head, size_t length)
{
    size_t at = length >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (at < length && isspace((unsigned char)head[at]))
        at++;
    return at;
}

bool har_detect(const char *head, size_t length)
{
    size_t at = start_of(head, length);
    if (at == length || head[at] != '{')
        return false;
    at++;
    at += start_of(head + at, length - at);
    return length - at >= 5 && memcmp(head + at, "\"log\"", 5) == 0;
}

/* Percent-encodes as a form does. */
static void add_form_text(struct text *out, const char *value)
{
    for (; *value != '\0'; value++) {
        if (isalnum((unsigned char)*value) || strchr("-._*", *value) != NULL)
            text_add_char(out, *value);
        else if (*value == ' ')
            text_add_char(out, '+');
        else
            text_addf(out, "%%%02X", (unsigned)(unsigned char)*value);
    }
}

static void form_body(const json_t *params, struct text *body)
{
    for (size_t i = 0; i < json_array_size(params); i++) {
        const json_t *param = json_array_get(params, i);
        const char *name = json_text(param, "name"), *value = json_text(param, "value");
        if (name == NULL)
            continue;
        text_add_string(body, body->length > 0 ? "&" : "");
        add_form_text(body, name);
        text_add_char(body, '=');
        add_form_text(body, value != NULL ? value : "");
    }
}

static bool names_multipart(const json_t *post)
{
    const char *type = json_text(post, "mimeType");
    return type != NULL && strncasecmp(type, "multipart/", 10) == 0;
}

static enum skip_reason read_post(const json_t *post, struct request *request)
{
    const json_t *text = json_object_get(post, "text"), *params = json_object_get(post, "params");
    const char *encoding = json_text(post, "encoding");
    struct text body = TEXT_EMPTY;
    size_t at;
    if (json_is_string(text) && encoding != NULL && strcasecmp(encoding, "base64") == 0) {
        if (base64_read(json_string_value(text), json_string_length(text), 1, &body, &at) != 0) {
            text_release(&body);
            return SKIP_BODY;
        }
    } else if (json_is_string(text) && json_string_length(text) > 0) {
        text_add(&body, json_string_value(text), json_string_length(text));
    } else if (json_array_size(params) > 0) {
        if (names_multipart(post)) /* files and boundary are not in the archive */
            return SKIP_BODY;
        form_body(params, &body);
    }
    request->body_length = body.length;
    request->body = body.length > 0 ? (unsigned char *)text_take(&body) : NULL;
    text_release(&body);
    const char *type = json_text(post, "mimeType");
    if (request->body != NULL && type != NULL && type[0] != '\0' &&
        headers_find(&request->headers, "Content-Type") == NULL)
        wire_add_header(&request->headers, "Content-Type", type);
    return SKIP_REASONS;
}

static void read_headers(const json_t *list, struct request *request)
{
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = json_text(item, "name"), *value = json_text(item, "value");
        if (name != NULL && value != NULL && strcasecmp(name, "Host") != 0)
            wire_add_header(&request->headers, name, value);
    }
}

/* Browsers keep cookies apart in `cookies` and may leave the header out. */
static void read_cookies(const json_t *list, struct request *request)
{
    struct text cookie = TEXT_EMPTY;
    if (headers_find(&request->headers, "Cookie") != NULL)
        return;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const json_t *item = json_array_get(list, i);
        const char *name = json_text(item, "name"), *value = json_text(item, "value");
        if (name != NULL && value != NULL)
            text_addf(&cookie, "%s%s=%s", cookie.length > 0 ? "; " : "", name, value);
    }
    if (cookie.length > 0)
        wire_add_header(&request->headers, "Cookie", cookie.bytes);
    text_release(&cookie);
}

static bool is_session_cookie(const char *name, size_t length)
{
    return memmem(name, length, "sess", 4) != NULL || memmem(name, length, "SESS", 4) != NULL ||
           (length >= 3 && strncasecmp(name + length - 3, "sid", 3) == 0);
}

/* The cookie that is named for a session, else all of them: preferences change within one. */
static char *cookie_key(const char *cookie)
{
    for (const char *at = cookie; *at != '\0';) {
        at += strspn(at, "; ");
        size_t length = strcspn(at, ";"), name = strcspn(at, "=;");
        if (name < length && is_session_cookie(at, name))
            return xstrndup(at, length);
        at += length;
    }
    return xstrdup(cookie);
}

static char *session_key(const json_t *entry, const struct request *request)
{
    const char *cookie = headers_find(&request->headers, "Cookie");
    if (cookie != NULL && cookie[0] != '\0')
        return cookie_key(cookie);
    const char *client = json_text(entry, "_client"), *connection = json_text(entry, "connection");
    if (client == NULL && connection == NULL)
        return xstrdup("");
    return xasprintf("%s\n%s", client != NULL ? client : "", connection != NULL ? connection : "");
}

static bool is_websocket(const json_t *entry, const char *url)
{
    const char *type = json_text(entry, "_resourceType");
    return strncasecmp(url, "ws:", 3) == 0 || strncasecmp(url, "wss:", 4) == 0 ||
           (type != NULL && strcasecmp(type, "websocket") == 0) ||
           json_object_get(entry, "_webSocketMessages") != NULL ||
           json_number(json_object_get(entry, "response"), "status", 0) == 101;
}

static enum skip_reason read_target(const json_t *asked, struct request *request)
{
    const char *method = json_text(asked, "method"), *url = json_text(asked, "url");
    struct text path = TEXT_EMPTY, host = TEXT_EMPTY;
    if (!wire_known_method(method))
        return SKIP_METHOD;
    request->method = xstrdup(method);
    int failed = wire_origin_form(url, strlen(url), &path, &host);
    request->url = text_take(&path);
    if (host.length > 0)
        headers_add(&request->headers, "Host", host.bytes);
    text_release(&host);
    return failed ? SKIP_TARGET : SKIP_REASONS;
}

static enum skip_reason read_entry(const json_t *entry, struct request *request)
{
    const json_t *asked = json_object_get(entry, "request");
    const char *started = json_text(entry, "startedDateTime"), *url = json_text(asked, "url");
    if (url == NULL || json_text(asked, "method") == NULL)
        return SKIP_GRAMMAR;
    if (is_websocket(entry, url))
        return SKIP_WEBSOCKET;
    double status = json_number(json_object_get(entry, "response"), "status", 0);
    if (status <= 0)
        return SKIP_ABORTED;
    if (status < 100 || status > 599)
        return SKIP_STATUS;
    request->status = (int)status;
    if (started == NULL || calendar_read(started, strlen(started), &request->t_us) != 0)
        return SKIP_TIME;
    enum skip_reason reason = read_target(asked, request);
    if (reason != SKIP_REASONS)
        return reason;
    read_headers(json_object_get(asked, "headers"), request);
    read_cookies(json_object_get(asked, "cookies"), request);
    request->session = session_key(entry, request);
    return read_post(json_object_get(asked, "postData"), request);
}

static bool same_text(const char *one, const char *other)
{
    return one != NULL && other != NULL && strcmp(one, other) == 0;
}

/* A page calls many hosts; the service is the one that was asked most (the first of them, if several were).
 * Only the first HOSTS hosts stand for election: a service is among them. */
#define HOSTS 64
static char *main_host(const struct recording *recording)
{
    struct {
        const char *name;
        size_t count;
    } hosts[HOSTS] = {{NULL, 0}};
    size_t best = 0;
    for (size_t i = 0; i < recording->count; i++) {
        const char *host = headers_find(&recording->requests[i].headers, "Host");
        size_t at = 0;
        while (at < HOSTS && hosts[at].name != NULL && !same_text(hosts[at].name, host))
            at++;
        if (host == NULL || at == HOSTS)
            continue;
        hosts[at].name = host;
        hosts[at].count++;
    }
    for (size_t i = 1; i < HOSTS; i++)
        if (hosts[i].count > hosts[best].count)
            best = i;
    return hosts[best].name != NULL ? xstrdup(hosts[best].name) : NULL;
}

static void skip_entry(const struct sink *sink, enum skip_reason reason, size_t number, const char *method,
                       const char *url)
{
    struct text shown = TEXT_EMPTY;
    text_addf(&shown, "%s %s", method != NULL ? method : "-", url != NULL ? url : "-");
    sink->skip(sink->owner, reason, number, shown.bytes, shown.length);
    text_release(&shown);
}

/* Hands out the requests of the main host. `numbers`: the entry of each request, from 1. */
static int hand_out(struct recording *recording, const size_t *numbers, const struct sink *sink,
                    struct err *err)
{
    char *host = main_host(recording);
    int result = 0;
    for (size_t i = 0; i < recording->count && result == 0; i++) {
        struct request *request = &recording->requests[i];
        const char *own = headers_find(&request->headers, "Host");
        if (host != NULL && !same_text(own, host)) {
            skip_entry(sink, SKIP_OTHER_HOST, numbers[i], request->method, own);
            continue;
        }
        char *shown = xasprintf("%s %s", request->method, request->url);
        result = sink_each(sink, request, numbers[i], shown, strlen(shown), err);
        free(shown);
    }
    free(host);
    return result;
}

static int read_entries(const json_t *entries, const struct sink *sink, struct err *err)
{
    struct recording recording = {NULL, 0, 0};
    size_t count = json_array_size(entries);
    size_t *numbers = xcalloc(count, sizeof *numbers);
    for (size_t i = 0; i < count; i++) {
        const json_t *entry = json_array_get(entries, i), *asked = json_object_get(entry, "request");
        struct request request = {.status = 0};
        enum skip_reason reason = read_entry(entry, &request);
        if (reason == SKIP_REASONS) {
            numbers[recording.count] = i + 1;
            recording_add(&recording, &request);
            continue;
        }
        skip_entry(sink, reason, i + 1, json_text(asked, "method"), json_text(asked, "url"));
        request_release(&request);
    }
    int result = hand_out(&recording, numbers, sink, err);
    recording_release(&recording);
    free(numbers);
    return result;
}

int har_read(struct input *input, const struct sink *sink, struct err *err)
{
    struct text text = TEXT_EMPTY;
    json_t *root = NULL;
    int result = -1;
    if (input_rest(input, HAR_BYTES, &text, err) != 0)
        goto done;
    size_t mark = text.length >= 3 && memcmp(text.bytes, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    root = json_read(text_string(&text) + mark, text.length - mark, input->name, err);
    text_release(&text);
    if (root == NULL)
        goto done;
    const json_t *entries = json_object_get(json_object_get(root, "log"), "entries");
    if (!json_is_array(entries)) {
        err_set(err, ERR_USAGE, "%s:1:1: no HTTP archive: there is no list at log.entries", input->name);
        goto done;
    }
    result = read_entries(entries, sink, err);
done:
    json_decref(root);
    text_release(&text);
    return result;
}

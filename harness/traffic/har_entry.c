#include "traffic/har_entry.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/base64.h"
#include "base/json.h"
#include "base/text.h"
#include "traffic/clues.h"
#include "traffic/log_fields.h"
#include "traffic/wire.h"

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
    if (type == NULL && json_array_size(params) > 0)
        type = "application/x-www-form-urlencoded";
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

/* Browsers also list what they have in themselves: data:, blob:, about:, file:, chrome-extension:. */
static bool other_scheme(const char *url)
{
    size_t name = 0;
    while (isalnum((unsigned char)url[name]) || (name > 0 && url[name] != '\0' && strchr("+-.", url[name])))
        name++;
    bool http =
        (name == 4 && strncasecmp(url, "http", 4) == 0) || (name == 5 && strncasecmp(url, "https", 5) == 0);
    return name > 0 && url[name] == ':' && !http;
}

static enum skip_reason read_target(const json_t *asked, struct request *request)
{
    const char *method = json_text(asked, "method"), *url = json_text(asked, "url");
    struct text path = TEXT_EMPTY, host = TEXT_EMPTY;
    if (!wire_known_method(method))
        return SKIP_METHOD;
    if (other_scheme(url))
        return SKIP_NOT_HTTP;
    request->method = xstrdup(method);
    int failed = wire_origin_form(url, strlen(url), &path, &host);
    request->url = text_take(&path);
    if (host.length > 0)
        headers_add(&request->headers, "Host", host.bytes);
    text_release(&host);
    return failed ? SKIP_TARGET : SKIP_REASONS;
}

static bool says_aborted(const char *error)
{
    static const char *const words[] = {"ERR_ABORTED", "BINDING_ABORTED", "cancelled", "canceled"};
    for (size_t i = 0; error != NULL && i < sizeof words / sizeof *words; i++)
        if (strcasestr(error, words[i]) != NULL)
            return true;
    return false;
}

/* What went wrong: Chrome and Safari say it in the answer, Playwright too, others beside it. */
static const char *error_of(const json_t *entry)
{
    const json_t *const places[] = {json_object_get(entry, "response"), entry};
    for (size_t i = 0; i < 2; i++) {
        const char *error = json_text(places[i], "_error"), *failure = json_text(places[i], "_failureText");
        if (error != NULL || failure != NULL)
            return error != NULL ? error : failure;
    }
    return NULL;
}

/* Whether the client hung up. Chrome also says so where it had the header of an answer already, and of a
 * navigation to an answer without content, which is whole. Firefox says nothing but status 0, also of what
 * never reached a server: then it knows no address. What a test script took off the wire
 * (Playwright's `_wasAborted`) was never sent. */
static bool is_aborted(const json_t *entry, double status)
{
    const char *error = error_of(entry), *address = json_text(entry, "serverIPAddress");
    if (json_is_true(json_object_get(entry, "_wasAborted")) || status == 204 || status == 205)
        return false;
    if (error != NULL)
        return says_aborted(error);
    return status == 0 && address != NULL && address[0] != '\0';
}

/* What the browser answered itself, or a test script in the server's place: Chrome, Safari, Playwright. */
static bool never_sent(const json_t *entry)
{
    static const char *const stores[] = {"Memory Cache", "Disk Cache", "Service Worker", "Local Override"};
    const json_t *cached = json_object_get(entry, "_fromCache");
    const char *fetched = json_text(json_object_get(entry, "response"), "_fetchType");
    for (size_t i = 0; fetched != NULL && i < sizeof stores / sizeof *stores; i++)
        if (strcmp(fetched, stores[i]) == 0)
            return true;
    return json_is_string(cached) || json_is_true(cached) ||
           json_is_true(json_object_get(entry, "_wasFulfilled"));
}

static double status_of(const json_t *response)
{
    const char *text = json_text(response, "status");
    return text != NULL ? strtod(text, NULL) : json_number(response, "status", 0);
}

/* An aborted request gets the status that nginx logs for it. */
static enum skip_reason read_status(const json_t *entry, struct request *request)
{
    double status = status_of(json_object_get(entry, "response"));
    if (is_aborted(entry, status))
        status = 499;
    if (!(status > 0))
        return SKIP_ABORTED;
    if (status < 100 || status > 599)
        return SKIP_STATUS;
    request->status = (int)status;
    return SKIP_REASONS;
}

/* A header holds one Set-Cookie field, or several in lines. */
static void read_set_cookie(const char *value, struct request *request)
{
    while (*value != '\0') {
        size_t length = strcspn(value, "\n");
        char *field = xstrndup(value, length);
        clues_set_cookie(request, field);
        free(field);
        value += length + (value[length] == '\n');
    }
}

static void read_content(const json_t *content, struct request *request)
{
    const json_t *text = json_object_get(content, "text");
    const char *encoding = json_text(content, "encoding");
    struct text body = TEXT_EMPTY;
    size_t at;
    if (!json_is_string(text) || json_string_length(text) > 2 * CLUES_BODY_MOST)
        return;
    if (encoding == NULL || strcasecmp(encoding, "base64") != 0)
        clues_answer(request, json_string_value(text), json_string_length(text));
    else if (base64_read(json_string_value(text), json_string_length(text), 1, &body, &at) == 0)
        clues_answer(request, text_string(&body), body.length);
    text_release(&body);
}

static void read_answer(const json_t *response, struct request *request)
{
    const json_t *headers = json_object_get(response, "headers");
    clues_begin(request);
    for (size_t i = 0; i < json_array_size(headers); i++) {
        const json_t *item = json_array_get(headers, i);
        const char *name = json_text(item, "name"), *value = json_text(item, "value");
        if (name != NULL && value != NULL && strcasecmp(name, "Set-Cookie") == 0)
            read_set_cookie(value, request);
        else if (name != NULL && value != NULL)
            clues_header(request, name, value);
    }
    read_content(json_object_get(response, "content"), request);
}

enum skip_reason har_entry_read(const json_t *entry, struct request *request)
{
    const json_t *asked = json_object_get(entry, "request");
    const char *started = json_text(entry, "startedDateTime"), *url = json_text(asked, "url");
    if (url == NULL || json_text(asked, "method") == NULL)
        return SKIP_GRAMMAR;
    if (is_websocket(entry, url))
        return SKIP_WEBSOCKET;
    if (never_sent(entry))
        return SKIP_CACHED;
    enum skip_reason reason = read_status(entry, request);
    if (reason != SKIP_REASONS)
        return reason;
    if (started == NULL || log_time(started, strlen(started), &request->t_us) != 0)
        return SKIP_TIME;
    reason = read_target(asked, request);
    if (reason != SKIP_REASONS)
        return reason;
    read_headers(json_object_get(asked, "headers"), request);
    read_cookies(json_object_get(asked, "cookies"), request);
    request->session = session_key(entry, request);
    read_answer(json_object_get(entry, "response"), request);
    return read_post(json_object_get(asked, "postData"), request);
}

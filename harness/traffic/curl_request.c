#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/base64.h"
#include "base/secret.h"
#include "traffic/curl_transfer.h"
#include "traffic/shell_words.h"
#include "traffic/wire.h"

static bool is_active(const char *text)
{
    return text != NULL && strchr(text, SHELL_ACTIVE) != NULL;
}

/* Where the path begins; an authority is all before it, and http is meant where no scheme is. */
static const char *path_of(const char *url)
{
    const char *scheme = strstr(url, "://");
    return strpbrk(scheme != NULL ? scheme + 3 : url, "/?#");
}

static bool is_http(const char *url)
{
    return strstr(url, "://") == NULL || strncasecmp(url, "http://", 7) == 0 ||
           strncasecmp(url, "https://", 8) == 0;
}

/* What curl itself would expand, [1-9] and {a,b}, unless a backslash is in front, as browsers write it. */
static bool add_path(const struct curl_transfer *transfer, const char *path, struct text *out)
{
    for (; *path != '\0' && *path != '#'; path++) {
        bool escaped =
            !transfer->globoff && path[0] == '\\' && path[1] != '\0' && strchr("[]{}", path[1]) != NULL;
        path += escaped;
        if (!escaped && !transfer->globoff && strchr("[]{}", *path) != NULL)
            return false;
        text_add_char(out, *path);
    }
    return true;
}

static void add_parameters(struct text *url, const struct text *parameters)
{
    bool has_query = strchr(text_string(url), '?') != NULL;
    if (parameters->length > 0)
        text_addf(url, "%s%s", has_query ? "&" : "?", parameters->bytes);
}

static enum skip_reason read_url(const struct curl_transfer *transfer, const char *url,
                                 struct request *request)
{
    const char *path = path_of(url);
    struct text whole = TEXT_EMPTY, origin = TEXT_EMPTY, host = TEXT_EMPTY;
    if (!is_http(url) || url[0] == '\0')
        return SKIP_TARGET;
    if (path == NULL && strstr(url, "://") == NULL && is_active(url)) /* a variable may hold any path */
        return SKIP_SHELL;
    text_addf(&whole, "%s%.*s", strstr(url, "://") != NULL ? "" : "http://",
              (int)(path != NULL ? path - url : (ptrdiff_t)strlen(url)), url);
    bool plain = path == NULL || (!is_active(path) && add_path(transfer, path, &whole));
    add_parameters(&whole, &transfer->query);
    if (transfer->get)
        add_parameters(&whole, &transfer->data);
    int no_path = wire_origin_form(text_string(&whole), whole.length, &origin, &host);
    request->url = text_take(&origin);
    if (host.length > 0 && !is_active(host.bytes))
        headers_add(&request->headers, "Host", host.bytes);
    text_release(&whole);
    text_release(&host);
    return !plain ? SKIP_SHELL : no_path ? SKIP_TARGET : SKIP_REASONS;
}

/* A credential that only a shell knows is as good as any: it is taken out, or filled in by whoever replays. */
static enum skip_reason add_value(struct request *request, const char *name, const char *value)
{
    if (is_active(value) && !secret_header(name))
        return SKIP_SHELL;
    char *copy = xstrdup(value);
    for (char *at = copy; (at = strchr(at, SHELL_ACTIVE)) != NULL;)
        *at = '$';
    wire_add_header(&request->headers, name, copy);
    free(copy);
    return SKIP_REASONS;
}

/* "Name: value"; "Name;" has an empty value, "Name:" none at all. */
static enum skip_reason add_line(struct request *request, const char *line)
{
    size_t name_length = strcspn(line, ":;");
    const char *value = line + name_length;
    bool empty = *value == ';' && value[1] == '\0', replaces = false;
    if (name_length == 0 || *value == '\0' || (*value == ';' && !empty))
        return SKIP_HEADER;
    value++;
    value += strspn(value, " \t");
    size_t value_length = strlen(value);
    while (value_length > 0 && strchr(" \t", value[value_length - 1]) != NULL)
        value_length--;
    char *name = xstrndup(line, name_length);
    replaces = strcasecmp(name, "Host") == 0 && headers_find(&request->headers, "Host") != NULL;
    char *value_copy = xstrndup(value, value_length);
    enum skip_reason reason = SKIP_REASONS;
    if ((value_length > 0 || empty) && !replaces)
        reason = add_value(request, name, value_copy);
    free(name);
    free(value_copy);
    return reason;
}

/* Whether a -H line names it, be it to take it out. */
static bool is_said(const struct curl_transfer *transfer, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < transfer->headers.count; i++)
        if (strncasecmp(transfer->headers.items[i], name, length) == 0 &&
            strchr(":;", transfer->headers.items[i][length]) != NULL)
            return true;
    return false;
}

static char *basic(const char *user)
{
    struct text plain = TEXT_EMPTY, coded = TEXT_EMPTY;
    text_addf(&plain, "%s%s", user, strchr(user, ':') != NULL ? "" : ":");
    text_add_string(&coded, "Basic ");
    base64_write(plain.bytes, plain.length, &coded);
    explicit_bzero(plain.bytes, plain.length);
    text_release(&plain);
    return text_take(&coded);
}

/* Of --user, or in front of the host; NULL: there is none, or it goes by another way. The caller's. */
static char *login_of(const struct curl_transfer *transfer, const char *url)
{
    const char *scheme = strstr(url, "://"), *path = path_of(url);
    const char *from = scheme != NULL ? scheme + 3 : url;
    const char *at = memrchr(from, '@', path != NULL ? (size_t)(path - from) : strlen(from));
    if (transfer->bearer != NULL)
        return xasprintf("Bearer %s", transfer->bearer);
    if (transfer->other_login)
        return NULL;
    if (transfer->user != NULL || at == NULL)
        return transfer->user != NULL ? basic(transfer->user) : NULL;
    char *user = curl_easy_unescape(NULL, from, (int)(at - from), NULL);
    char *login = user != NULL ? basic(user) : NULL;
    curl_free(user);
    return login;
}

/* "https://h/;auto" is the first one of a chain of redirections. */
static char *referer_of(const struct curl_transfer *transfer)
{
    if (transfer->referer == NULL || transfer->referer[0] == '\0')
        return NULL;
    size_t length = strlen(transfer->referer);
    return xstrndup(transfer->referer, text_ends_with(transfer->referer, ";auto") ? length - 5 : length);
}

/* What the options say, unless a -H line says it. curl's own (Accept, User-Agent) are not part of what was typed. */
static enum skip_reason add_said(const struct curl_transfer *transfer, const char *url,
                                 struct request *request)
{
    bool sends = transfer->has_data && !transfer->get;
    char *login = login_of(transfer, url), *referer = referer_of(transfer);
    char *range = transfer->range != NULL ? xasprintf("bytes=%s", transfer->range) : NULL;
    const char *type = transfer->json ? "application/json" : "application/x-www-form-urlencoded";
    const struct {
        const char *name, *value;
    } said[] = {{"User-Agent", transfer->agent},
                {"Referer", referer},
                {"Range", range},
                {"Accept-Encoding", transfer->compressed ? "deflate, gzip" : NULL},
                {"Accept", transfer->json ? "application/json" : NULL},
                {"Content-Type", sends ? type : NULL},
                {"Cookie", transfer->cookie.bytes},
                {"Authorization", login}};
    enum skip_reason reason = SKIP_REASONS;
    for (size_t i = 0; i < sizeof said / sizeof *said && reason == SKIP_REASONS; i++)
        if (said[i].value != NULL && said[i].value[0] != '\0' && !is_said(transfer, said[i].name))
            reason = add_value(request, said[i].name, said[i].value);
    free(login);
    free(referer);
    free(range);
    return reason;
}

static enum skip_reason fill(const struct curl_transfer *transfer, const char *url, struct request *request)
{
    bool sends = transfer->has_data && !transfer->get;
    const char *method = transfer->method != NULL ? transfer->method
                         : transfer->head         ? "HEAD"
                         : sends                  ? "POST"
                                                  : "GET";
    if (transfer->reason != SKIP_REASONS)
        return transfer->reason;
    if (is_active(method))
        return SKIP_SHELL;
    if (!wire_known_method(method))
        return SKIP_METHOD;
    request->method = xstrdup(method);
    enum skip_reason reason = read_url(transfer, url, request);
    for (size_t i = 0; i < transfer->headers.count && reason == SKIP_REASONS; i++)
        reason = add_line(request, transfer->headers.items[i]);
    if (reason == SKIP_REASONS)
        reason = add_said(transfer, url, request);
    if (sends && transfer->data.length > 0) {
        request->body = (unsigned char *)xstrndup(transfer->data.bytes, transfer->data.length);
        request->body_length = transfer->data.length;
    }
    return reason;
}

enum skip_reason curl_transfer_request(const struct curl_transfer *transfer, const char *url,
                                       struct request *request)
{
    *request = (struct request){.session = xstrdup("")};
    enum skip_reason reason = fill(transfer, url, request);
    if (reason != SKIP_REASONS)
        request_release(request);
    return reason;
}

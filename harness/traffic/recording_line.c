#include "traffic/recording.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "base/base64.h"
#include "base/text.h"
#include "traffic/json_text.h"
#include "traffic/wire.h"

#define ADD(out, literal) text_add(out, literal, sizeof(literal) - 1)

#define T_US_MOST INT64_C(3000000000000000000) /* differences of two can be told */

static bool first_of_its_name(const struct headers *headers, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (strcmp(headers->items[i].name, headers->items[index].name) == 0)
            return false;
    return true;
}

/* {"Name":["first value","second"]}: as Go's http.Header. */
static void add_headers(struct text *out, const struct headers *headers)
{
    ADD(out, ",\"header\":{");
    for (size_t i = 0; i < headers->count; i++) {
        if (!first_of_its_name(headers, i))
            continue;
        text_add(out, ",", i > 0);
        json_add_quoted(out, headers->items[i].name);
        ADD(out, ":[");
        for (size_t k = i; k < headers->count; k++) {
            if (strcmp(headers->items[k].name, headers->items[i].name) != 0)
                continue;
            text_add(out, ",", k > i);
            json_add_quoted(out, headers->items[k].value);
        }
        text_add_char(out, ']');
    }
    text_add_char(out, '}');
}

void recording_line(const struct request *request, struct text *out)
{
    ADD(out, "{\"method\":");
    json_add_quoted(out, request->method);
    ADD(out, ",\"url\":");
    json_add_quoted(out, request->url);
    if (request->headers.count > 0)
        add_headers(out, &request->headers);
    if (request->body_length > 0) {
        ADD(out, ",\"body\":\"");
        base64_write(request->body, request->body_length, out);
        text_add_char(out, '"');
    }
    if (request->body_left_out > 0)
        text_addf(out, ",\"body_left_out\":%" PRIu64, request->body_left_out);
    ADD(out, ",\"t_us\":");
    text_add_number(out, request->t_us);
    if (request->session != NULL && request->session[0] != '\0')
        json_add_member(out, "session", request->session);
    if (request->endpoint != NULL)
        json_add_member(out, "endpoint", request->endpoint);
    if (request->status != 0) {
        ADD(out, ",\"status\":");
        text_add_number(out, request->status);
    }
    ADD(out, "}\n");
}

/* jansson keeps no places: the key's own is where a person looks first. */
static size_t column_of(const char *line, size_t length, const char *key)
{
    char *quoted = xasprintf("\"%s\"", key);
    const char *at = memmem(line, length, quoted, strlen(quoted));
    free(quoted);
    return at != NULL ? (size_t)(at - line) + 1 : 1;
}

static int read_url(const json_t *root, int keep_host, struct request *request, struct err *err)
{
    const json_t *url = json_object_get(root, "url");
    if (!json_is_string(url))
        return err_set(err, ERR_USAGE, "no \"url\"");
    struct text path = TEXT_EMPTY, host = TEXT_EMPTY;
    int failed = wire_origin_form(json_string_value(url), json_string_length(url), &path, &host);
    if (failed)
        err_set(err, ERR_USAGE, "the url does not begin with '/'");
    request->url = text_take(&path);
    if (keep_host && host.length > 0)
        headers_add(&request->headers, "Host", host.bytes);
    text_release(&host);
    return failed;
}

static int read_header_values(const char *name, const json_t *values, struct request *request,
                              struct err *err)
{
    if (json_is_string(values)) {
        wire_add_header(&request->headers, name, json_string_value(values));
        return 0;
    }
    if (!json_is_array(values))
        return err_set(err, ERR_USAGE, "header '%s' is no list of strings", name);
    for (size_t i = 0; i < json_array_size(values); i++) {
        const json_t *value = json_array_get(values, i);
        if (!json_is_string(value))
            return err_set(err, ERR_USAGE, "header '%s' is no list of strings", name);
        wire_add_header(&request->headers, name, json_string_value(value));
    }
    return 0;
}

static int read_headers(json_t *root, struct request *request, struct err *err)
{
    json_t *headers = json_object_get(root, "header");
    const char *name;
    json_t *values;
    if (headers == NULL || json_is_null(headers))
        return 0;
    if (!json_is_object(headers))
        return err_set(err, ERR_USAGE, "\"header\" is no object");
    json_object_foreach(headers, name, values)
    {
        if (read_header_values(name, values, request, err) != 0)
            return -1;
    }
    return 0;
}

static int read_body(const json_t *root, struct request *request, struct err *err)
{
    const json_t *body = json_object_get(root, "body");
    if (body == NULL || json_is_null(body))
        return 0;
    struct text bytes = TEXT_EMPTY;
    size_t at = 0;
    if (!json_is_string(body))
        return err_set(err, ERR_USAGE, "\"body\" is no string");
    if (base64_read(json_string_value(body), json_string_length(body), 0, &bytes, &at) != 0) {
        text_release(&bytes);
        return err_set(err, ERR_USAGE, "bad base64 in \"body\" (at its character %zu)", at + 1);
    }
    request->body_length = bytes.length;
    request->body = bytes.length > 0 ? (unsigned char *)text_take(&bytes) : NULL;
    text_release(&bytes);
    return 0;
}

static int read_optional(const json_t *root, struct request *request, const char **key, struct err *err)
{
    const json_t *at = json_object_get(root, *key = "t_us");
    if (at != NULL && !json_is_integer(at))
        return err_set(err, ERR_USAGE, "\"t_us\" is no whole number");
    request->t_us = json_integer_value(at);
    if (request->t_us > T_US_MOST || request->t_us < -T_US_MOST)
        return err_set(err, ERR_USAGE, "\"t_us\" is a hundred thousand years away");
    const json_t *status = json_object_get(root, *key = "status");
    json_int_t value = json_integer_value(status);
    if (status != NULL && (!json_is_integer(status) || value < 0 || value > 999))
        return err_set(err, ERR_USAGE, "\"status\" is no HTTP status");
    request->status = (int)value;
    const json_t *left_out = json_object_get(root, *key = "body_left_out");
    if (left_out != NULL && (!json_is_integer(left_out) || json_integer_value(left_out) < 0))
        return err_set(err, ERR_USAGE, "\"body_left_out\" is no number of bytes");
    request->body_left_out = (uint64_t)json_integer_value(left_out);
    const json_t *clues = json_object_get(root, *key = "seep_clues");
    if (clues != NULL && !recording_read_clues(clues, request))
        return err_set(err, ERR_USAGE, "\"seep_clues\" is no list as `seep record` writes it");
    const char *session = json_string_value(json_object_get(root, "session"));
    const char *endpoint = json_string_value(json_object_get(root, "endpoint"));
    request->session = xstrdup(session != NULL ? session : "");
    request->endpoint = endpoint != NULL ? xstrdup(endpoint) : NULL;
    return 0;
}

static int read_members(json_t *root, int keep_host, struct request *request, const char **key,
                        struct err *err)
{
    *key = "";
    if (!json_is_object(root))
        return err_set(err, ERR_USAGE, "not a JSON object");
    const char *method = json_string_value(json_object_get(root, "method"));
    if (method == NULL)
        return err_set(err, ERR_USAGE, "no \"method\"");
    request->method = xstrdup(method);
    *key = "url";
    if (read_url(root, keep_host, request, err) != 0)
        return -1;
    *key = "header";
    if (read_headers(root, request, err) != 0)
        return -1;
    *key = "body";
    if (read_body(root, request, err) != 0 || read_optional(root, request, key, err) != 0)
        return -1;
    const char *fault = request_fault(request, key);
    return fault != NULL ? err_set(err, ERR_USAGE, "%s", fault) : 0;
}

int recording_parse(const char *line, size_t length, int keep_host, struct request *request, size_t *column,
                    struct err *err)
{
    json_error_t problem;
    memset(request, 0, sizeof *request);
    json_t *root = json_loadb(line, length, JSON_REJECT_DUPLICATES, &problem);
    if (root == NULL) {
        *column = problem.column > 0 ? (size_t)problem.column : 1;
        return err_set(err, ERR_USAGE, "not JSON: %s", problem.text);
    }
    const char *key;
    int result = read_members(root, keep_host, request, &key, err);
    if (result != 0) {
        *column = column_of(line, length, key);
        request_release(request);
    }
    json_decref(root);
    return result;
}

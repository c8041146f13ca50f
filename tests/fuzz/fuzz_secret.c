/* A planted secret, in every place of a request and between any bytes: after redaction it stands nowhere in the request, in no
 * coding, nor in a line that is shown of it. The first line goes in front of it, the second behind. */
#include <ctype.h>

#include "base/json.h"
#include "traffic/redact.h"

#include "fuzz.h"

/* As a person has them; each shows by its shape, or by the name in front of it. */
static const char jwt[] = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI0NzExIn0.dBjftJeZ4CVP8mB92K27uhbUJU1p1r";
static const char vendor[] = "ghp_"
                             "1a2B3c4D5e6F7g8H9i0J1k2L3m4N5o6P7q8R";
static const char named[] = "Tr0ub4dor-and-3";

static bool has(const char *bytes, size_t length, const char *secret)
{
    return fuzz_holds(bytes, length, secret);
}

static void hold_gone(const struct request *request, const char *secret)
{
    hold(!has(request->url, strlen(request->url), secret));
    for (size_t i = 0; i < request->headers.count; i++)
        hold(!has(request->headers.items[i].value, strlen(request->headers.items[i].value), secret));
    hold(!has((const char *)request->body, request->body_length, secret));
}

/* url, header value, body: each NULL or formatted. */
static void plant(char *url_take, const char *name, char *value_take, const char *type, char *body_take,
                  const char *secret)
{
    struct redactor redactor = {.keep = false};
    struct text line = TEXT_EMPTY;
    struct request request = {.method = xstrdup("POST"), .url = url_take != NULL ? url_take : xstrdup("/")};
    if (value_take != NULL)
        headers_add_take(&request.headers, name, value_take);
    if (body_take != NULL) {
        headers_add(&request.headers, "Content-Type", type);
        request.body = (unsigned char *)body_take;
        request.body_length = strlen(body_take);
        redact_line(&redactor, body_take, request.body_length, &line);
    }
    redact_request(&redactor, &request);
    hold_gone(&request, secret);
    text_release(&line);
    redactor_release(&redactor);
    request_release(&request);
}

/* Letters, digits and signs that end no value and begin none. */
static char *words(struct span span)
{
    char *text = fuzz_string(span);
    for (char *at = text; *at != '\0'; at++)
        if (!isalnum((unsigned char)*at) && strchr("-_.~/", *at) == NULL)
            *at = '~';
    return text;
}

static char *json_string_of(struct span span)
{
    json_t *value = json_stringn(span.bytes != NULL ? span.bytes : "", span.length);
    char *text = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : xstrdup("\"x\"");
    json_decref(value);
    return text;
}

static void by_name(const char *front, const char *behind, const char *front_json, const char *behind_json)
{
    plant(xasprintf("/a/%s?q=%s&password=%s&z=%s", front, front, named, behind), NULL, NULL, NULL, NULL,
          named);
    plant(NULL, "Authorization", xasprintf("%s %s", front, named), NULL, NULL, named);
    plant(NULL, "Cookie", xasprintf("a=%s; session=%s; b=%s", front, named, behind), NULL, NULL, named);
    plant(NULL, NULL, NULL, "application/x-www-form-urlencoded",
          xasprintf("q=%s&password=%s&z=%s", front, named, behind), named);
    plant(NULL, NULL, NULL, "application/json",
          xasprintf("{\"a\":%s,\"password\":\"%s\",\"b\":%s}", front_json, named, behind_json), named);
}

static void by_shape(const char *front, const char *behind, const char *front_json, const char *behind_json,
                     const char *secret)
{
    plant(xasprintf("/a/%s?q=%s&v=%s&z=%s", front, front, secret, behind), NULL, NULL, NULL, NULL, secret);
    plant(NULL, "X-Note", xasprintf("%s %s %s", front, secret, behind), NULL, NULL, secret);
    plant(NULL, NULL, NULL, "text/plain", xasprintf("%s %s %s", front, secret, behind), secret);
    plant(NULL, NULL, NULL, "application/json",
          xasprintf("{\"a\":%s,\"v\":[\"%s\"],\"b\":%s}", front_json, secret, behind_json), secret);
}

FUZZ_TARGET(secret)
{
    struct span left = {(const char *)data, size};
    struct span first = fuzz_line(&left), second = fuzz_line(&left);
    if (has((const char *)data, size, named) || has((const char *)data, size, jwt) ||
        has((const char *)data, size, vendor))
        return 0; /* there where nobody could tell */
    char *front = words(first), *behind = words(second), *front_json = json_string_of(first),
         *behind_json = json_string_of(second);
    by_name(front, behind, front_json, behind_json);
    by_shape(front, behind, front_json, behind_json, jwt);
    by_shape(front, behind, front_json, behind_json, vendor);
    free(front);
    free(behind);
    free(front_json);
    free(behind_json);
    return 0;
}

/* Redaction of any bytes: as a URL, a header, a body of each kind, a line. What was taken out, put back, is what was
 * there; what is left holds no more to take out of it. The first byte chooses the kind of body. */
#include "base/placeholder.h"
#include "traffic/redact.h"

#include "fuzz.h"

static const char *const types[] = {"application/json",
                                    "application/x-www-form-urlencoded",
                                    "multipart/form-data",
                                    "text/plain",
                                    "text/xml",
                                    ""};

static void assert_whole(const struct vault *vault, const char *after, size_t after_length,
                         const char *before, size_t before_length)
{
    struct text whole = TEXT_EMPTY;
    struct placeholder found;
    size_t done = 0;
    while (placeholder_next((struct span){after, after_length}, done, &found)) {
        struct span value = vault_get(vault, found.hash.bytes, found.hash.length);
        text_add(&whole, after + done, found.at - done);
        text_add(&whole, value.bytes != NULL ? value.bytes : after + found.at,
                 value.bytes != NULL ? value.length : found.length);
        done = found.at + found.length;
    }
    text_add(&whole, after + done, after_length - done);
    hold(fuzz_same((struct span){whole.bytes, whole.length}, (struct span){before, before_length}));
    text_release(&whole);
}

FUZZ_TARGET(redact)
{
    if (size < 2)
        return 0;
    struct redactor redactor = {.vault = vault_new()};
    char *text = xstrndup((const char *)data + 1, size - 1);
    struct request request = {.method = xstrdup("POST"), .url = xstrdup(text), .body_length = size - 1};
    struct text line = TEXT_EMPTY;
    request.body = (unsigned char *)xstrndup((const char *)data + 1, size - 1);
    headers_add(&request.headers, "Content-Type", types[data[0] % (sizeof types / sizeof *types)]);
    headers_add(&request.headers, "X-Value", text);
    redact_request(&redactor, &request);
    assert_whole(redactor.vault, request.url, strlen(request.url), text, strlen(text));
    assert_whole(redactor.vault, request.headers.items[1].value, strlen(request.headers.items[1].value), text,
                 strlen(text));
    assert_whole(redactor.vault, (const char *)request.body, request.body_length, (const char *)data + 1,
                 size - 1);
    redact_line(&redactor, (const char *)data + 1, size - 1, &line);
    text_release(&line);
    vault_free(redactor.vault);
    redactor_release(&redactor);
    request_release(&request);
    free(text);
    return 0;
}

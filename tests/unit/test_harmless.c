/* What is no secret comes through byte for byte, wherever it stands. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "traffic/redact.h"

/* Of letters, digits and what stands for itself in URLs and JSON. */
static const char *const values[] = {
    "42",                                       /* an id */
    "4711-0815",                                /* an order */
    "4242424242424241",                         /* 16 digits, which do not add up */
    "1234567812345670",                         /* they do, and no issuer has them */
    "4006381333931",                            /* EAN of a pen */
    "9780306406157",                            /* ISBN */
    "2024031214000512",                         /* a time, 16 digits */
    "1710252005123",                            /* milliseconds */
    "1710252005123456789",                      /* nanoseconds */
    "7f1bce09-e032-423b-9bfa-b615c343fda0",     /* UUID */
    "41111111-1111-1111-1111-111111111111",     /* one of digits */
    "01ARZ3NDEKTSV4RRFFQ69G5FAV",               /* ULID */
    "507f1f77bcf86cd799439011",                 /* ObjectId of MongoDB */
    "9daeafb9864cf43055ae93beb0afd6c7d144bfa4", /* commit */
    "d41d8cd98f00b204e9800998ecf8427e",         /* MD5 */
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "SKU-88213-BLK-XL",
    "B07XJ8C8F5",             /* ASIN */
    "1Z999AA10123456784",     /* a parcel */
    "DE89370400440532013000", /* IBAN of documentation */
    "ISO-8859-1",
    "2024-03-12T14:00:05.123Z",
    "2024-03-12",
    "some-long-slug-with-many-words-and-2024-in-it",
    "Das_Boot_1981_Directors_Cut_1080p",
    "getUserAccountBalanceById",
    "org.springframework.web.servlet.DispatcherServlet",
    "react@18.2.0",
    "logo@2x.png",
    "@types/node",
    "app.3f9a1c2b7d.chunk.js",
    "main-4f8d7c6b5a493827.css",
    "v1.2.3-rc.4",
    "10.0.0.1:8080",
    "2001:db8::1",
    "52.520008,13.404954", /* a place */
    "0.4111111111111111",
    "-3.141592653589793",
    "#ff00ff",
    "en-US,en;q=0.9",
    "Mozilla/5.0",
    "Asia/Ho_Chi_Minh",
    "bearer of news",
    "basic set",
    "the token ring of 1985",
    "data:image/png",
    "text/html",
    "sk-SK",
    "AKIAS",
    "npm_config_cache",
    "xoxo",
    "SGML",
    "AIzaBella",
    "ghp_short",
    "aGVsbG8gd29ybGQgYWdhaW4", /* base64 of words */
    "QWxsIHlvdXIgYmFzZSBhcmUgYmVsb25nIHRvIHVz",
    "https://shop.example/list",
};
#define VALUES (sizeof values / sizeof *values)

static void add_encoded(struct text *out, const char *value)
{
    for (; *value != '\0'; value++)
        if (strchr(" #&+?%", *value) != NULL)
            text_addf(out, "%%%02X", (unsigned)(unsigned char)*value);
        else
            text_add_char(out, *value);
}

static void assert_stays(struct request *request, const char *why)
{
    struct redactor redactor = {.keep = false};
    char *url = xstrdup(request->url), *body = xstrndup((const char *)request->body, request->body_length);
    char *header = xstrdup(request->headers.items[0].value);
    secret_key_random(&redactor.key);
    redact_request(&redactor, request);
    if (strcmp(url, request->url) != 0)
        fail_msg("%s: %s became %s", why, url, request->url);
    if (strcmp(header, request->headers.items[0].value) != 0)
        fail_msg("%s: header %s became %s", why, header, request->headers.items[0].value);
    if (strlen(body) != request->body_length || memcmp(body, request->body, request->body_length) != 0)
        fail_msg("%s: body %s became %.*s", why, body, (int)request->body_length, (char *)request->body);
    redactor_release(&redactor);
    free(url);
    free(body);
    free(header);
}

static struct request request_of(const char *url, const char *header, const char *body)
{
    struct request request = {.method = xstrdup("POST"), .url = xstrdup(url)};
    headers_add(&request.headers, "X-Value", header);
    request.body = (unsigned char *)xstrdup(body);
    request.body_length = strlen(body);
    return request;
}

static void anywhere(void **state)
{
    (void)state;
    for (size_t i = 0; i < VALUES; i++) {
        struct text url = TEXT_EMPTY, form = TEXT_EMPTY, json = TEXT_EMPTY;
        text_add_string(&url, "/things/");
        add_encoded(&url, values[i]);
        text_add_string(&url, "/parts?value=");
        add_encoded(&url, values[i]);
        text_add_string(&form, "a=1&value=");
        add_encoded(&form, values[i]);
        text_addf(&json, "{\"value\": [\"%s\"], \"id\": 42}", values[i]);
        struct request in_form = request_of(text_string(&url), values[i], text_string(&form)),
                       in_json = request_of(text_string(&url), values[i], text_string(&json));
        assert_stays(&in_form, values[i]);
        assert_stays(&in_json, values[i]);
        request_release(&in_form);
        request_release(&in_json);
        text_release(&url);
        text_release(&form);
        text_release(&json);
    }
}

/* Names that only sound like secrets, and such that are secret where the value looks random. */
static void under_likely_names(void **state)
{
    (void)state;
    static const char *const urls[] = {
        "/a?max_tokens=5&token_type=bearer&next_page_token=CAUQAAoVIhMIqM3nq4GJ8gIVs1",
        "/a?key=uploads/2024/03/12/photo1.jpg",
        "/a?key=7f1bce09-e032-423b-9bfa-b615c343fda0",
        "/a?key=created_at&code=SUMMER2024&state=CA&hash=top",
        "/a?code=DE&state=open&session_count=3&sort_key=price-descending-2024",
        "/a?password_reset=true&token=false",
        "/a?commit=9daeafb9864cf43055ae93beb0afd6c7d144bfa4&etag=33a64df551425fcc55e4d42a148795d9f25f89d4",
        "/repo/commit/9daeafb9864cf43055ae93beb0afd6c7d144bfa4",
        "/verify/my-long-article-about-verification-2024",
        "/reset/7f1bce09-e032-423b-9bfa-b615c343fda0",
        "/secretary/42?author=jo&passenger=2&sidebar=left&pinned=1&keyboard=qwertz",
    };
    for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
        struct request request = request_of(urls[i], "text/html", "{\"id\":1}");
        assert_stays(&request, urls[i]);
        request_release(&request);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(anywhere),
        cmocka_unit_test(under_likely_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

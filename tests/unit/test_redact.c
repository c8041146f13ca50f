#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include <stdlib.h>

#include "base/text.h"
#include "traffic/redact.h"

#define JWT "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"

static struct redactor redactor(void)
{
    struct redactor new = {.keep = false};
    memset(new.key.bytes, 7, sizeof new.key.bytes);
    return new;
}

static char *placeholder(const char *value)
{
    struct redactor with_key = redactor();
    char hash[REDACT_DIGITS + 1];
    secret_hash(&with_key.key, value, strlen(value), hash, REDACT_DIGITS);
    return xasprintf("{{redacted:%s}}", hash);
}

/* A number of JSON, {#NUMBER}. */
static char *bare(const char *value)
{
    char *hidden = placeholder(value), *whole = xasprintf("\"%.*s:bare}}\"", (int)strlen(hidden) - 2, hidden);
    free(hidden);
    return whole;
}

/* `text` with each {VALUE} replaced by the placeholder of VALUE. */
static char *expected(const char *text)
{
    struct text out = TEXT_EMPTY;
    for (; *text != '\0'; text++) {
        if (*text != '{' || text[1] == '"' || strchr(text, '}') == NULL) {
            text_add_char(&out, *text);
            continue;
        }
        char *value = xstrndup(text + 1, (size_t)(strchr(text, '}') - text - 1));
        char *hidden = value[0] == '#' ? bare(value + 1) : placeholder(value);
        text_add_string(&out, hidden);
        text = strchr(text, '}');
        free(value);
        free(hidden);
    }
    return text_take(&out);
}

static struct request request_of(const char *url, const char *type, const char *body)
{
    struct request request = {.method = xstrdup("POST"), .url = xstrdup(url)};
    if (type != NULL)
        headers_add(&request.headers, "Content-Type", type);
    if (body != NULL) {
        request.body = (unsigned char *)xstrdup(body);
        request.body_length = strlen(body);
    }
    return request;
}

/* What stands for a captured value is no secret; what was recorded in it is, as it would be without. */
static void captured_values(void **state)
{
    (void)state;
    static const struct {
        const char *name, *value, *url;
        bool secret;
    } rows[] = {
        {"Authorization", "{{captured:Bearer token|{{redacted:1f}}}}",
         "/a?token={{captured:token|{{redacted:2e}}}}", false},
        {"X-Cart", "{{captured:cart|cart-17}}", "/a?key={{captured:a_long_name_of_it|17}}", false},
        {"X-CSRF-Token", "{{captured:csrf|hunter2}}",
         "/a/{{captured:id|8f14e45f}}?token={{captured:t|hunter2}}&b", true},
    };
    char *hidden = placeholder("hunter2");
    char *value = xasprintf("{{captured:csrf|%s}}", hidden);
    char *url = xasprintf("/a/{{captured:id|8f14e45f}}?token={{captured:t|%s}}&b", hidden);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redactor with_key = redactor();
        struct request request = request_of(rows[i].url, NULL, NULL);
        headers_add(&request.headers, rows[i].name, rows[i].value);
        redact_request(&with_key, &request);
        assert_string_equal(request.headers.items[0].value, rows[i].secret ? value : rows[i].value);
        assert_string_equal(request.url, rows[i].secret ? url : rows[i].url);
        assert_int_equal(with_key.counts[REDACT_HEADER], rows[i].secret);
        assert_int_equal(with_key.counts[REDACT_QUERY], rows[i].secret);
        redactor_release(&with_key);
        request_release(&request);
    }
    free(hidden);
    free(value);
    free(url);
}

static void urls(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"/quote/7?currency=JPY&page=2", "/quote/7?currency=JPY&page=2"},
        {"/a?token=s3cr3t&b=1", "/a?token={s3cr3t}&b=1"},
        {"/a?b=1&api_key=s3cr3t", "/a?b=1&api_key={s3cr3t}"},
        {"/a?%70assword=s3cr3t", "/a?%70assword={s3cr3t}"},
        {"/a?user%5Bpassword%5D=s3cr3t#x", "/a?user%5Bpassword%5D={s3cr3t}#x"},
        {"/a?x=" JWT "&y", "/a?x={" JWT "}&y"},
        {"/verify/" JWT, "/verify/{" JWT "}"},
        {"/a;jsessionid=s3cr3t/b;v=1?c", "/a;jsessionid={s3cr3t}/b;v=1?c"},
        {"/a?next=https%3A%2F%2Fh%2Fp%3Ftoken%3Ds3cr3t%26b%3D1",
         "/a?next=https%3A%2F%2Fh%2Fp%3Ftoken%3D{s3cr3t}%26b%3D1"},
        {"/a?next=https%3A%2F%2Fh%2Fp%3Fb%3D1", "/a?next=https%3A%2F%2Fh%2Fp%3Fb%3D1"},
        {"/a?token=&b", "/a?token=&b"},
        {"/a?token", "/a?token"},
        {"/a?max_tokens=5&token_type=x", "/a?max_tokens=5&token_type=x"},
        {"/a?state=%7B%22password%22%3A%22s3cr3t%22%7D", "/a?state=%7B%22password%22%3A%22{s3cr3t}%22%7D"},
        {"/a?&&=&=1", "/a?&&=&=1"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redactor with = redactor();
        struct request request = request_of(rows[i][0], NULL, NULL);
        redact_request(&with, &request);
        char *wanted = expected(rows[i][1]);
        assert_string_equal(request.url, wanted);
        assert_null(strstr(request.url, "s3cr3t"));
        assert_null(strstr(request.url, JWT));
        free(wanted);
        request_release(&request);
        redactor_release(&with);
    }
}

static void request_headers(void **state)
{
    (void)state;
    static const char *const rows[][3] = {
        {"Authorization", "Bearer s3cr3t", "{Bearer s3cr3t}"},
        {"cookie", "sid=s3cr3t; theme=dark", "{sid=s3cr3t; theme=dark}"},
        {"X-Api-Key", "s3cr3t", "{s3cr3t}"},
        {"X-Custom", "see " JWT ".", "see {" JWT ".}"},
        {"Referer", "https://h.example/a?b=1&token=s3cr3t", "https://h.example/a?b=1&token={s3cr3t}"},
        {"Referer", "https://jo:s3cr3t@h.example/a", "https://{jo:s3cr3t}@h.example/a"},
        {"User-Agent", "Mozilla/5.0 (X11; Linux x86_64; rv:1=2) a+b/1",
         "Mozilla/5.0 (X11; Linux x86_64; rv:1=2) a+b/1"},
        {"Accept", "text/html;q=0.9, */*", "text/html;q=0.9, */*"},
        {"Authorization", "", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redactor with = redactor();
        struct request request = request_of("/", NULL, NULL);
        headers_add(&request.headers, rows[i][0], rows[i][1]);
        redact_request(&with, &request);
        char *wanted = expected(rows[i][2]);
        assert_string_equal(request.headers.items[0].value, wanted);
        assert_int_equal(with.counts[REDACT_HEADER], strcmp(rows[i][1], rows[i][2]) != 0);
        free(wanted);
        request_release(&request);
        redactor_release(&with);
    }
}

static void bodies(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body, *after;
        enum redact_place place;
        uint64_t count;
    } rows[] = {
        {"application/json", "{\"user\":\"jo\",\"password\":\"s3cr3t\",\"n\":1.10}",
         "{\"user\":\"jo\",\"password\":\"{s3cr3t}\",\"n\":1.10}", REDACT_JSON, 1},
        {"application/json", "{\"a\":[{\"api_key\" : \"s3\\\"cr3t\"}, 2]}",
         "{\"a\":[{\"api_key\" : \"{s3\\\"cr3t}\"}, 2]}", REDACT_JSON, 1},
        {"application/json", "{\"pin\":1234,\"id\":1234}", "{\"pin\":{#1234},\"id\":1234}", REDACT_JSON, 1},
        {"application/json", "{\"credentials\":{\"a\":\"s3cr3t\",\"b\":[\"t0p\"]},\"c\":\"d\"}",
         "{\"credentials\":{\"a\":\"{s3cr3t}\",\"b\":[\"{t0p}\"]},\"c\":\"d\"}", REDACT_JSON, 2},
        {"application/json", "{\"\\u0070assword\":\"s3cr3t\"}", "{\"\\u0070assword\":\"{s3cr3t}\"}",
         REDACT_JSON, 1},
        {"application/json", "{\"password\":\"cut s3cr3t", "{\"password\":\"{cut s3cr3t}", REDACT_JSON, 1},
        {"application/json", "{\"x\":\"" JWT "\",\"y\":\"password\"}",
         "{\"x\":\"{" JWT "}\",\"y\":\"password\"}", REDACT_JSON, 1},
        {NULL, " [{\"token\":\"s3cr3t\"}]", " [{\"token\":\"{s3cr3t}\"}]", REDACT_JSON, 1},
        {"application/x-www-form-urlencoded", "user=jo&pass%77ord=s3%2Bcr3t&x=%20y",
         "user=jo&pass%77ord={s3%2Bcr3t}&x=%20y", REDACT_FORM, 1},
        {NULL, "user=jo&password=s3cr3t", "user=jo&password={s3cr3t}", REDACT_FORM, 1},
        {"multipart/form-data; boundary=X",
         "--X\r\nContent-Disposition: form-data; "
         "name=\"password\"\r\n\r\ns3cr3t\r\n--X\r\nContent-Disposition: form-data; "
         "name=\"note\"\r\n\r\nhi\r\n--X--\r\n",
         "--X\r\nContent-Disposition: form-data; "
         "name=\"password\"\r\n\r\n{s3cr3t}\r\n--X\r\nContent-Disposition: form-data; "
         "name=\"note\"\r\n\r\nhi\r\n--X--\r\n",
         REDACT_FORM, 1},
        {"text/plain", "the token is " JWT "\n", "the token is {" JWT "}\n", REDACT_BODY, 1},
        {"text/plain", "nothing here, password or not\n", "nothing here, password or not\n", REDACT_BODY, 0},
        {"application/json", "{\"session_count\":3,\"tokens\":[1]}", "{\"session_count\":3,\"tokens\":[1]}",
         REDACT_JSON, 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redactor with = redactor();
        struct request request = request_of("/", rows[i].type, rows[i].body);
        redact_request(&with, &request);
        char *wanted = expected(rows[i].after);
        assert_string_equal((char *)request.body, wanted);
        assert_int_equal(request.body_length, strlen(wanted));
        assert_int_equal(with.counts[rows[i].place], rows[i].count);
        free(wanted);
        request_release(&request);
        redactor_release(&with);
    }
}

/* Bytes that are no text come out as they went in. */
static void binary_bodies_stay(void **state)
{
    (void)state;
    struct redactor with = redactor();
    struct request request = request_of("/", "application/octet-stream", "");
    unsigned char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (unsigned char)i;
    free(request.body);
    request.body = (unsigned char *)xstrndup((const char *)bytes, sizeof bytes);
    request.body_length = sizeof bytes;
    redact_request(&with, &request);
    assert_int_equal(request.body_length, sizeof bytes);
    assert_memory_equal(request.body, bytes, sizeof bytes);
    request_release(&request);
    redactor_release(&with);
}

static void same_value_same_placeholder(void **state)
{
    (void)state;
    struct redactor with = redactor();
    struct request one = request_of("/a?token=s3cr3t", NULL, NULL),
                   two = request_of("/a?token=s3cr3t", NULL, NULL),
                   other = request_of("/a?token=s3cr3u", NULL, NULL);
    redact_request(&with, &one);
    redact_request(&with, &two);
    redact_request(&with, &other);
    assert_string_equal(one.url, two.url);
    assert_string_not_equal(one.url, other.url);
    assert_int_equal(with.counts[REDACT_QUERY], 3);
    redact_request(&with, &one); /* imported again: a placeholder is no secret */
    assert_string_equal(one.url, two.url);
    assert_int_equal(with.counts[REDACT_QUERY], 3);
    request_release(&one);
    request_release(&two);
    request_release(&other);
    redactor_release(&with);
}

/* What one redaction counted, a later one finds again by its placeholders, place by place. */
static void placeholders_are_counted_where_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *url, *type, *body;
        uint64_t counts[REDACT_PLACES]; /* header, query, path, form, json, body */
    } rows[] = {
        {"/a?token=s3cr3t&x=1&password=b", NULL, NULL, {1, 2}},
        {"/a;jsessionid=s3cr3t/jo@mail.example?x=1", NULL, NULL, {1, 0, 2}},
        {"/a",
         "application/json",
         "{\"pin\":1234,\"password\":\"x\",\"to\":[\"jo@mail.example\"]}",
         {1, 0, 0, 0, 3}},
        {"/a", "application/x-www-form-urlencoded", "password=b&mail=jo%40mail.example", {1, 0, 0, 2}},
        {"/a", "text/plain", "to jo@mail.example and " JWT, {1, 0, 0, 0, 0, 2}},
        {"/a", "text/xml", "<a><password>x</password></a>", {1, 0, 0, 0, 0, 1}},
        {"/a",
         "multipart/form-data; boundary=B",
         "--B\r\nContent-Disposition: form-data; name=\"api_key\"\r\n\r\nx\r\n"
         "--B\r\nContent-Disposition: form-data; name=\"note\"; filename=\"a?token=b.txt\"\r\n\r\n"
         "to jo@mail.example\r\n--B--\r\n",
         {1, 0, 0, 1, 0, 2}},
        {"/a?x=%7B%7Bredacted:&y={{redacted:}}", NULL, NULL, {1}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct redactor with = redactor();
        uint64_t counts[REDACT_PLACES] = {0};
        struct request request = request_of(rows[i].url, rows[i].type, rows[i].body);
        headers_add(&request.headers, "Authorization", "Bearer x");
        redact_count_placeholders(&with, &request, counts);
        for (size_t k = 0; k < REDACT_PLACES; k++)
            assert_int_equal(counts[k], 0);
        redact_request(&with, &request);
        redact_count_placeholders(&with, &request, counts);
        for (size_t k = 0; k < REDACT_PLACES; k++) {
            assert_int_equal(with.counts[k], rows[i].counts[k]);
            assert_int_equal(counts[k], rows[i].counts[k]);
        }
        request_release(&request);
        redactor_release(&with);
    }
}

static void secrets_can_be_kept(void **state)
{
    (void)state;
    struct redactor with = redactor();
    struct request request =
        request_of("/a?token=s3cr3t", "application/json", "{\"pin\":1234,\"password\":\"x\"}");
    with.keep = true;
    headers_add(&request.headers, "Cookie", "sid=1");
    redact_request(&with, &request);
    assert_string_equal(request.url, "/a?token=s3cr3t");
    assert_string_equal((char *)request.body, "{\"pin\":1234,\"password\":\"x\"}");
    assert_string_equal(headers_find(&request.headers, "Cookie"), "sid=1");
    assert_int_equal(with.counts[REDACT_QUERY] + with.counts[REDACT_JSON] + with.counts[REDACT_HEADER], 4);
    request_release(&request);
    redactor_release(&with);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(captured_values),
        cmocka_unit_test(urls),
        cmocka_unit_test(request_headers),
        cmocka_unit_test(bodies),
        cmocka_unit_test(binary_bodies_stay),
        cmocka_unit_test(same_value_same_placeholder),
        cmocka_unit_test(placeholders_are_counted_where_they_stand),
        cmocka_unit_test(secrets_can_be_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

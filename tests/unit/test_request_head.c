/* Requests as a server reads them: what is sound comes out whole, what two readers could read in two ways does not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "net/request_head.h"

static struct request_head request;

static int status_of(const char *text, const char **why)
{
    size_t length = strlen(text), head = head_find_end(text, length, 0);
    assert_int_equal(head, length);
    return request_head_read(&request, text, head, why);
}

static void reads_a_request(void **state)
{
    (void)state;
    const char *why;
    assert_int_equal(
        status_of("POST /a?b=c HTTP/1.1\r\nHost: h\r\nConnection: Keep-Alive, close\r\nContent-Length: 42\r\n"
                  "X-Odd: \ta b \r\n\r\n",
                  &why),
        0);
    assert_true(span_is(request.method, "POST"));
    assert_true(span_is(request.target, "/a?b=c"));
    assert_true(request.has_length && !request.chunked && !request.http10);
    assert_int_equal(request.length, 42);
    assert_true(request.asked_close && request.asked_keep_alive);
    assert_true(span_is(head_find(&request.head, "x-odd")->value, "a b"));
    assert_int_equal(status_of("GET / HTTP/1.0\r\n\r\n", &why), 0);
    assert_true(request.http10);
    assert_int_equal(status_of("OPTIONS * HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n", &why),
                     0);
    assert_true(request.chunked);
}

#define H "Host: h\r\n"
static const struct {
    const char *text;
    int status;
} refused[] = {
    {"GET / HTTP/1.1\r\n" H "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length: 3\r\nContent-Length: 3\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length: 3, 3\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length: +3\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length: 0x3\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length:\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length: 99999999999999999999\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Content-Length : 3\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked, chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Transfer-Encoding: xchunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Transfer-Encoding: \"chunked\"\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Transfer-Encoding: gzip, chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Transfer-Encoding: \vchunked\r\n\r\n", 400},
    {"GET / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "X: a\r\n b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H " X: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\n" H "\r\n", 400},
    {"GET / HTTP/1.1\r\nHost: h\nX: a\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "X: a\rY: b\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "X: a\r\n\n", 400},
    {"GET / HTTP/1.1\r\n" H "no colon\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H ": no name\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "Not(a)token: x\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H "X: \x01\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n\r\n", 400},
    {"GET / HTTP/1.1\r\n" H H "\r\n", 400},
    {"GET  / HTTP/1.1\r\n" H "\r\n", 400},
    {"GET / x HTTP/1.1\r\n" H "\r\n", 400},
    {"GET /\tx HTTP/1.1\r\n" H "\r\n", 400},
    {"GET HTTP/1.1\r\n" H "\r\n", 400},
    {"G@T / HTTP/1.1\r\n" H "\r\n", 400},
    {" GET / HTTP/1.1\r\n" H "\r\n", 400},
    {"GET / HTTP/1.1 \r\n" H "\r\n", 400},
    {"GET / http/1.1\r\n" H "\r\n", 400},
    {"GET /\r\n\r\n", 400},
    {"GET / HTTP/2.0\r\n" H "\r\n", 505},
    {"GET / HTTP/1.2\r\n" H "\r\n", 505},
    {"CONNECT h:443 HTTP/1.1\r\n" H "\r\n", 405},
};

static void refuses_what_is_no_request(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof *refused; i++) {
        const char *why = NULL;
        int status = status_of(refused[i].text, &why);
        if (status != refused[i].status)
            fail_msg("%d instead of %d: %s", status, refused[i].status, refused[i].text);
        assert_non_null(why);
    }
}

static void a_header_has_a_limit(void **state)
{
    (void)state;
    struct text text = TEXT_EMPTY;
    const char *why;
    text_add_string(&text, "GET / HTTP/1.1\r\n" H);
    for (int i = 0; i < HEAD_FIELDS_MOST - 1; i++)
        text_add_string(&text, "X: y\r\n");
    text_add_string(&text, "\r\n");
    assert_int_equal(status_of(text.bytes, &why), 0);
    text.length -= 2;
    text_add_string(&text, "X: y\r\n\r\n");
    assert_int_equal(status_of(text.bytes, &why), 431);
    text_release(&text);
}

/* However it comes, the end is found where it is. */
static void finds_the_end_in_pieces(void **state)
{
    (void)state;
    static const char text[] = "GET / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\n\r\n";
    const size_t end = strlen("GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    for (size_t first = 0; first < end; first++) {
        assert_int_equal(head_find_end(text, first, 0), 0);
        assert_int_equal(head_find_end(text, end, first), end);
        assert_int_equal(head_find_end(text, sizeof text - 1, first), end);
    }
}

static void writes_without_what_is_of_a_connection(void **state)
{
    (void)state;
    struct text out = TEXT_EMPTY;
    const char *why;
    assert_int_equal(
        status_of("GET / HTTP/1.1\r\nHost: h\r\nConnection: keep-alive, X-Hop\r\nx-hop: 1\r\nTE: gzip\r\n"
                  "Proxy-Connection: x\r\nKeep: 1\r\n\r\n",
                  &why),
        0);
    assert_true(request_head_differs(&request, NULL));
    request_head_write(&request, NULL, &out);
    assert_string_equal(out.bytes, "GET / HTTP/1.1\r\nHost: h\r\nKeep: 1\r\nConnection: keep-alive\r\n\r\n");
    text_clear(&out);
    request_head_write(&request, "other", &out);
    assert_non_null(strstr(out.bytes, "\r\nHost: other\r\n"));
    assert_int_equal(
        status_of("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n", &why), 0);
    assert_false(request_head_differs(&request, NULL));
    assert_int_equal(
        status_of("GET / HTTP/1.1\r\nHost: h\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
                  "HTTP2-Settings: AAM\r\n\r\n",
                  &why),
        0);
    text_clear(&out);
    request_head_write(&request, NULL, &out);
    assert_string_equal(out.bytes, "GET / HTTP/1.1\r\nHost: h\r\n\r\n");
    assert_int_equal(status_of("POST / HTTP/1.1\r\nHost: h\r\nConnection: Host, Content-Length\r\n"
                               "Content-Length: 3\r\n\r\n",
                               &why),
                     0);
    text_clear(&out);
    request_head_write(&request, NULL, &out);
    assert_string_equal(out.bytes, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\n");
    text_release(&out);
}

static void gather(void *owner, const char *bytes, size_t length)
{
    text_add(owner, bytes, length);
}

static const struct {
    const char *text, *body, *rest; /* body NULL: bad */
} chunks[] = {
    {"3\r\nabc\r\n0\r\n\r\nGET", "abc", "GET"},
    {"3;x=y\r\nabc\r\nA \r\n0123456789\r\n00\r\nX: y\r\nZ: \r\n\r\n", "abc0123456789", ""},
    {"0\r\n\r\n", "", ""},
    {"3\nabc\r\n0\r\n\r\n", NULL, NULL},
    {"3\r\nabc\n0\r\n\r\n", NULL, NULL},
    {"3\r\nabcd\r\n0\r\n\r\n", NULL, NULL},
    {"3\rX\nabc\r\n0\r\n\r\n", NULL, NULL},
    {"-3\r\nabc\r\n", NULL, NULL},
    {"0x3\r\nabc\r\n", NULL, NULL},
    {"\r\nabc\r\n", NULL, NULL},
    {"1000000000000000\r\n", NULL, NULL},
    {"0\r\nX: y\n\r\n", NULL, NULL},
    {"0\r\nX: y\r\n z\r\n\r\n", NULL, NULL},
};

/* In two pieces, cut at every place. */
static void reads_chunks_however_they_come(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof chunks / sizeof *chunks; i++)
        for (size_t cut = 0, length = strlen(chunks[i].text); cut <= length; cut++) {
            struct request_body body;
            struct text got = TEXT_EMPTY;
            size_t first, second = 0;
            request_body_init(&body, &(struct request_head){.chunked = true});
            enum request_body_state is = request_body_feed(&body, chunks[i].text, cut, &first, gather, &got);
            if (is == REQUEST_BODY_MORE)
                is = request_body_feed(&body, chunks[i].text + first, length - first, &second, gather, &got);
            if (is != (chunks[i].body != NULL ? REQUEST_BODY_DONE : REQUEST_BODY_BAD))
                fail_msg("cut at %zu: %s", cut, chunks[i].text);
            if (chunks[i].body != NULL) {
                assert_string_equal(text_string(&got), chunks[i].body);
                assert_string_equal(chunks[i].text + first + second, chunks[i].rest);
            }
            text_release(&got);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_a_request),
        cmocka_unit_test(refuses_what_is_no_request),
        cmocka_unit_test(a_header_has_a_limit),
        cmocka_unit_test(finds_the_end_in_pieces),
        cmocka_unit_test(writes_without_what_is_of_a_connection),
        cmocka_unit_test(reads_chunks_however_they_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

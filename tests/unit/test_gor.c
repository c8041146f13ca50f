/* GoReplay's files. Debian has no GoReplay: these are written after its sources, v1.3 (protocol.go: payloadHeader and
 * payloadSeparator; output_file.go: a separator behind each payload), and v0.15 for the form without a latency. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <string.h>

#include "collect.h"
#include "traffic/gor.h"
#include "traffic/gor_waiting.h"
#include "traffic/http_message.h"

#define T1 "1710252005123456789"
#define T1_US INT64_C(1710252005123456)
#define CLIENT_A "c7a413887f000001" /* client's port, server's port, address */
#define CLIENT_B "d0a413887f000001"

static const char two_clients[] =
    "1 " CLIENT_A "00000001 1710252005123456789 0\nGET /quote/7?currency=JPY HTTP/1.1\r\nHost: shop\r\n"
    "Accept: */*\r\n\r\n" GOR_MARK "1 " CLIENT_A
    "00000002 1710252005223456789 0\nPOST /cart/3/items HTTP/1.1\r\nHost: shop\r\nContent-Length: 7\r\n"
    "Expect: 100-continue\r\nContent-Type: application/json\r\n\r\n{\"a\":1}" GOR_MARK "2 " CLIENT_A
    "00000002 1710252005323456789 1231\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 201 Created\r\n"
    "Content-Length: 0\r\n\r\n" GOR_MARK "2 " CLIENT_A
    "00000001 1710252005323456789 1231\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi" GOR_MARK "3 " CLIENT_A
    "00000001 1710252009323456789 99\nHTTP/1.1 500 Oops\r\n\r\n" GOR_MARK "2 " CLIENT_B
    "00000003 1710252004000000000 5\nHTTP/1.1 404 Not Found\r\n\r\n" GOR_MARK "1 " CLIENT_B
    "00000003 1710252003999999999 0\nPUT http://other/x HTTP/1.1\r\nHost: shop\r\n"
    "Transfer-Encoding: chunked\r\n\r\n5;x=y\r\nhello\r\n6\r\n world\r\n0\r\nTrailer: 1\r\n\r\n" GOR_MARK;

static void requests_and_their_statuses(void **state)
{
    (void)state;
    struct collected got = collect("x", NULL, two_clients, sizeof two_clients - 1);
    const struct request *items = got.requests.requests;
    assert_int_equal(got.result, 0);
    assert_int_equal(got.requests.count, 3);
    assert_int_equal(got.skipped[SKIP_RESPONSE], 4);
    assert_int_equal(got.skip_count, 4);
    assert_string_equal(items[0].url, "/cart/3/items"); /* its response came first */
    assert_int_equal(items[0].status, 201);
    assert_int_equal(items[0].body_length, 7);
    assert_memory_equal(items[0].body, "{\"a\":1}", 7);
    assert_string_equal(headers_find(&items[0].headers, "Content-Type"), "application/json");
    assert_null(headers_find(&items[0].headers, "Expect"));
    assert_string_equal(items[1].url, "/quote/7?currency=JPY");
    assert_int_equal(items[1].status, 200); /* the replayed one does not count */
    assert_int_equal(items[1].t_us, T1_US);
    assert_string_equal(items[2].method, "PUT");
    assert_int_equal(items[2].status, 404); /* its response stands before it */
    assert_int_equal(items[2].body_length, 11);
    assert_memory_equal(items[2].body, "hello world", 11);
    assert_string_equal(headers_find(&items[2].headers, "Host"), "other");
    assert_string_equal(items[0].session, CLIENT_A);
    assert_string_equal(items[2].session, CLIENT_B);
    assert_int_equal(got.notes.count, 0);
    collected_release(&got);
}

/* Ids of 40 digits, no latency, the last record without an end; nobody recorded responses. */
static void an_old_file(void **state)
{
    (void)state;
    static const char old[] =
        "1 f45590522cd1838b4a0d5c5aab80b77929dea3b3 " T1 "\nGET /a HTTP/1.0\r\n\r\n" GOR_MARK
        "1 932079936fa4306fc308d67588178d17d823647c " T1
        "\nPOST /b HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\n\xf0\x9f";
    struct collected got = collect("x", NULL, old, sizeof old - 1);
    assert_int_equal(got.requests.count, 2);
    assert_string_equal(got.requests.requests[1].url, "/b");
    assert_int_equal(got.requests.requests[1].body_length, 3);
    assert_string_equal(got.requests.requests[0].session, "");
    assert_int_equal(got.notes.count, 1);
    assert_string_equal(got.notes.items[0], "no responses recorded: statuses are not known");
    collected_release(&got);
}

/* In GoReplay 1.2 an id of 24 digits is a sequence number and a time: no two have a client in common. */
static void ids_without_a_connection(void **state)
{
    (void)state;
    static const char text[] = "1 8f3a11c0d51c2b9f9c0bbc17 " T1 " 0\nGET /a HTTP/1.1\r\n\r\n" GOR_MARK
                               "1 8f3a77e1d51c2b9f9c0bbc17 " T1 " 0\nGET /b HTTP/1.1\r\n\r\n" GOR_MARK;
    struct collected got = collect("x", NULL, text, sizeof text - 1);
    assert_int_equal(got.requests.count, 2);
    assert_string_equal(got.requests.requests[1].session, "");
    collected_release(&got);
}

static void records_that_are_none(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        enum skip_reason reason;
    } rows[] = {
        {"GET / HTTP/1.1\r\nA: b\r\n c\r\n\r\n", SKIP_HEADER},
        {"GET / HTTP/1.1\r\nA b\r\n\r\n", SKIP_HEADER},
        {"GET / HTTP/1.1\r\nA : b\r\n\r\n", SKIP_HEADER},
        {"GET / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", SKIP_HEADER},
        {"GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", SKIP_HEADER},
        {"GET / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", SKIP_HEADER},
        {"GET / HTTP/1.1\r\nA: b\001\r\n\r\n", SKIP_UNSAFE},
        {"GET /\tx HTTP/1.1\r\n\r\n", SKIP_UNSAFE},
        {"GET / HTTP/1.1\r\nHost: h\r\n", SKIP_TRUNCATED},
        {"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nshort", SKIP_TRUNCATED},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", SKIP_TRUNCATED},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n", SKIP_TRUNCATED},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n\r\n", SKIP_BODY},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\n\r\n", SKIP_BODY},
        {"POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", SKIP_BODY},
        {"GET / HTTP/1.1\r\nUpgrade: WebSocket\r\n\r\n", SKIP_WEBSOCKET},
        {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", SKIP_NOT_HTTP},
        {"BREW / HTTP/1.1\r\n\r\n", SKIP_METHOD},
        {"GET  HTTP/1.1\r\n\r\n", SKIP_TARGET},
        {"GET /a b HTTP/1.1\r\n\r\n", SKIP_REQUEST_LINE},
        {"OPTIONS * HTTP/1.1\r\n\r\n", SKIP_TARGET},
        {"\x16\x03\x01", SKIP_NOT_HTTP},
        {"", SKIP_TRUNCATED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text =
            xasprintf("1 f45590522cd1838b4a0d5c5aab80b77929dea3b3 " T1 " 0\n%s" GOR_MARK, rows[i].message);
        struct collected got = collect("x", "gor", text, strlen(text));
        if (got.skipped[rows[i].reason] != 1 || got.skip_count != 1 || got.requests.count != 0)
            fail_msg("not '%s': %s", skip_reason_name(rows[i].reason), rows[i].message);
        collected_release(&got);
        free(text);
    }
    static const char heads[] = "garbage" GOR_MARK "4 aa 1 1\nGET / HTTP/1.1\r\n\r\n" GOR_MARK
                                "1 aa x 1\nGET / HTTP/1.1\r\n\r\n" GOR_MARK "\n\n" GOR_MARK "1 aa " T1;
    struct collected got = collect("x", "gor", heads, sizeof heads - 1);
    assert_int_equal(got.skipped[SKIP_GRAMMAR], 3);
    assert_int_equal(got.skipped[SKIP_EMPTY], 1);
    assert_int_equal(got.skipped[SKIP_TRUNCATED], 1);
    assert_int_equal(got.skip_count, 5);
    collected_release(&got);
}

static void what_is_left_out_is_said(void **state)
{
    (void)state;
    static const char text[] =
        "1 aa00000000000000 " T1 " 0\nGET /a HTTP/1.1\r\n\r\nGET /b HTTP/1.1\r\n\r\n" GOR_MARK;
    struct collected got = collect("x", NULL, text, sizeof text - 1);
    assert_int_equal(got.requests.count, 1);
    assert_int_equal(got.notes.count, 2);
    assert_string_equal(got.notes.items[1], "records with more in them than their request, which is left out: 1");
    collected_release(&got);
}

/* More requests than wait at once, and all responses behind them. */
static void waiting_is_bounded(void **state)
{
    (void)state;
    const size_t count = GOR_WAITING_MOST + 100;
    struct text text = TEXT_EMPTY;
    for (size_t i = 0; i < count; i++)
        text_addf(&text, "1 %024zx " T1 " 0\nGET /%zu HTTP/1.1\r\n\r\n" GOR_MARK, i, i);
    for (size_t i = 0; i < count; i++)
        text_addf(&text, "2 %024zx " T1 " 0\nHTTP/1.1 200 OK\r\n\r\n" GOR_MARK, i);
    struct collected got = collect("x", NULL, text.bytes, text.length);
    size_t without = 0;
    assert_int_equal(got.requests.count, count);
    for (size_t i = 0; i < count; i++)
        without += got.requests.requests[i].status == 0;
    assert_int_equal(without, 100);
    assert_string_equal(got.requests.requests[0].url, "/0");
    assert_non_null(strstr(got.notes.items[0], "later: 100 requests, whose status is not known"));
    collected_release(&got);
    text_release(&text);
}

/* An id that comes twice, by its connection's id alone, names two requests. */
static void an_id_twice(void **state)
{
    (void)state;
    static const char text[] = "1 aa00000000000000 " T1 " 0\nGET /a HTTP/1.1\r\n\r\n" GOR_MARK
                               "1 aa00000000000000 " T1 " 0\nGET /b HTTP/1.1\r\n\r\n" GOR_MARK
                               "2 aa00000000000000 " T1 " 0\nHTTP/1.1 204 No Content\r\n\r\n" GOR_MARK;
    struct collected got = collect("x", NULL, text, sizeof text - 1);
    assert_int_equal(got.requests.count, 2);
    assert_int_equal(got.requests.requests[0].status, 0);
    assert_int_equal(got.requests.requests[1].status, 204);
    assert_string_equal(got.requests.requests[1].url, "/b");
    collected_release(&got);
}

static void statuses(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int status;
    } rows[] = {{"HTTP/1.1 200 OK\r\n\r\n", 200},
                {"HTTP/1.1 204\r\n\r\n", 204},
                {"HTTP/1.1 101 Up\r\n\r\n", 101},
                {"HTTP/1.1 100 Continue\r\n\r\n", 0},
                {"HTTP/1.1 100 C\r\nA: b\r\n", 100},
                {"HTTP/1.1 20", 0},
                {"HTTP/1.1 2000 OK\r\n\r\n", 0},
                {"HTTP/2 200\r\n\r\n", 0},
                {"", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (http_message_status(rows[i].text, strlen(rows[i].text)) != rows[i].status)
            fail_msg("%s: not %d", rows[i].text, rows[i].status);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_and_their_statuses),
        cmocka_unit_test(an_old_file),
        cmocka_unit_test(ids_without_a_connection),
        cmocka_unit_test(records_that_are_none),
        cmocka_unit_test(what_is_left_out_is_said),
        cmocka_unit_test(waiting_is_bounded),
        cmocka_unit_test(an_id_twice),
        cmocka_unit_test(statuses),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

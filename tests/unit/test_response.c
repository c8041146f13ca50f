/* The response parser: each case whole, byte by byte, and cut at random places, with the same result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"
#include "net/response.h"

struct expected {
    const char *bytes;
    enum response_state state; /* after the bytes, and after the end of the connection where `closed` */
    int status;
    uint64_t body_bytes;
    bool keep_alive, head, closed;
    size_t rest; /* bytes that do not belong to this response */
};

#define OK "HTTP/1.1 200 OK\r\n"

static const struct expected cases[] = {
    /* whole */
    {OK "Content-Length: 5\r\n\r\nhello", RESPONSE_DONE, 200, 5, true, false, false, 0},
    {OK "Content-Length: 0\r\n\r\n", RESPONSE_DONE, 200, 0, true, false, false, 0},
    {OK "content-length:5  \r\nX: y\r\n\r\nhelloHTTP", RESPONSE_DONE, 200, 5, true, false, false, 4},
    {OK "Content-Length: 5\r\nContent-Length: 5\r\n\r\nhello", RESPONSE_DONE, 200, 5, true, false, false, 0},
    {OK "Content-Length: 5\r\nConnection: close\r\n\r\nhello", RESPONSE_DONE, 200, 5, false, false, false, 0},
    {OK "Content-Length: 5\r\nConnection: foo , CLOSE\r\n\r\nhello", RESPONSE_DONE, 200, 5, false, false,
     false, 0},
    {OK "Content-Length: 1\n\nx", RESPONSE_DONE, 200, 1, true, false, false, 0},
    {"HTTP/1.1 200\r\nContent-Length: 1\r\n\r\nx", RESPONSE_DONE, 200, 1, true, false, false, 0},
    {"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", RESPONSE_DONE, 200, 1, false, false, false, 0},
    {"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 1\r\n\r\nx", RESPONSE_DONE, 200, 1, true,
     false, false, 0},
    {"HTTP/1.1 204 No\r\n\r\n", RESPONSE_DONE, 204, 0, true, false, false, 0},
    {"HTTP/1.1 304 Not\r\nContent-Length: 500\r\n\r\n", RESPONSE_DONE, 304, 0, true, false, false, 0},
    {OK "Content-Length: 500\r\n\r\n", RESPONSE_DONE, 200, 0, true, true, false, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n", RESPONSE_DONE, 200, 0, true, true, false, 0},
    {OK "X: a\r\n folded\r\nContent-Length: 1\r\n\r\nx", RESPONSE_DONE, 200, 1, true, false, false, 0},
    {"HTTP/1.1 101 Switching\r\n\r\n", RESPONSE_DONE, 101, 0, false, false, false, 0},
    {"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n" OK "Content-Length: 1\r\n\r\nx",
     RESPONSE_DONE, 200, 1, true, false, false, 0},
    /* chunked */
    {OK "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n1\r\nb\r\n0\r\n\r\n", RESPONSE_DONE, 200, 2, true, false,
     false, 0},
    {OK "Transfer-Encoding: Chunked\r\n\r\n0A;x=y\r\n0123456789\r\n00\r\nTrailer: 1\r\n\r\nmore",
     RESPONSE_DONE, 200, 10, true, false, false, 4},
    {OK "Transfer-Encoding: gzip, chunked\r\n\r\n2 \r\nab\r\n0\r\n\r\n", RESPONSE_DONE, 200, 2, true, false,
     false, 0},
    {OK "Transfer-Encoding: chunked\r\nContent-Length: 9\r\n\r\n2\r\nab\r\n0\r\n\r\n", RESPONSE_DONE, 200, 2,
     false, false, false, 0},
    {"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
     RESPONSE_DONE, 200, 0, false, false, false, 0},
    /* until the peer closes */
    {OK "\r\nall there is", RESPONSE_DONE, 200, 12, false, false, true, 0},
    {OK "\r\n", RESPONSE_DONE, 200, 0, false, false, true, 0},
    {OK "Transfer-Encoding: gzip\r\n\r\nzip", RESPONSE_DONE, 200, 3, false, false, true, 0},
    {OK "\r\nnot yet", RESPONSE_MORE, 200, 7, false, false, false, 0},
    /* cut short */
    {"", RESPONSE_BAD, 0, 0, false, false, true, 0},
    {"HTTP/1.", RESPONSE_BAD, 0, 0, false, false, true, 0},
    {OK "Content-Le", RESPONSE_BAD, 200, 0, false, false, true, 0},
    {OK "Content-Length: 5\r\n\r\nhell", RESPONSE_BAD, 200, 4, false, false, true, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n5\r\nhe", RESPONSE_BAD, 200, 2, false, false, true, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n2\r\nhe\r\n", RESPONSE_BAD, 200, 2, false, false, true, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", RESPONSE_BAD, 200, 0, false, false, true, 0},
    /* malformed */
    {"garbage\r\n", RESPONSE_BAD, 0, 0, false, false, false, 0},
    {"garbage without an end", RESPONSE_BAD, 0, 0, false, false, false, 0},
    {"\x16\x03\x01", RESPONSE_BAD, 0, 0, false, false, false, 0},
    {"HTTP/2 200\r\n", RESPONSE_BAD, 0, 0, false, false, false, 0},
    {"HTTP/1.1 20\r\n", RESPONSE_BAD, 0, 0, false, false, false, 0},
    {"HTTP/1.1 999 X\r\n", RESPONSE_BAD, 0, 0, false, false, false, 0},
    {"HTTP/1.1 2000\r\n", RESPONSE_BAD, 0, 0, false, false, false, 0},
    {OK "no colon\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK ": no name\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length : 5\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length: five\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length: +5\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length: 5, 5\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length:\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length: 99999999999999999999\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length: 5\r\nContent-Length: 6\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Content-Length: 5\r\n 6\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Transfer-Encoding: chunked, gzip\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\nx\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n5x\r\n", RESPONSE_BAD, 200, 0, false, false, false, 0},
    {OK "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", RESPONSE_BAD, 200, 0, false, false, false,
     0},
    {OK "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", RESPONSE_BAD, 200, 1, false, false, false, 0},
};

static enum response_state feed(struct response *response, const char *bytes, size_t length,
                                struct random *random, size_t *taken)
{
    enum response_state state = RESPONSE_MORE;
    *taken = 0;
    while (*taken < length && state == RESPONSE_MORE) {
        size_t piece = length - *taken, used;
        if (random != NULL)
            piece = random->state == 0 ? 1 : 1 + (size_t)random_below(random, piece);
        char *exact = xmalloc(piece); /* so that the sanitizer sees a read beyond it */
        memcpy(exact, bytes + *taken, piece);
        state = response_feed(response, exact, piece, &used);
        free(exact);
        assert_true(state != RESPONSE_MORE || used == piece);
        *taken += used;
    }
    return state;
}

static void check(const struct expected *expected, struct random *random)
{
    struct response response;
    size_t length = strlen(expected->bytes), taken;
    memset(&response, 0xa5, sizeof response);
    response.line = TEXT_EMPTY; /* all that it has of its own */
    response_init(&response, expected->head);
    enum response_state state = feed(&response, expected->bytes, length, random, &taken);
    if (expected->closed) {
        assert_int_equal(state, RESPONSE_MORE);
        state = response_end(&response);
    }
    if (state != expected->state)
        print_error("in: %s\n", expected->bytes);
    assert_int_equal(state, expected->state);
    assert_int_equal(response.body_bytes, expected->body_bytes);
    assert_int_equal(response.keep_alive, expected->keep_alive);
    assert_int_equal(response.status, expected->status);
    assert_true((response.why != NULL) == (state == RESPONSE_BAD));
    if (state == RESPONSE_DONE)
        assert_int_equal(length - taken, expected->rest);
    response_release(&response);
}

static void test_cases(void **state)
{
    (void)state;
    struct random random;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        check(&cases[i], NULL);
        random_init(&random, 0); /* byte by byte */
        check(&cases[i], &random);
        for (uint64_t seed = 1; seed <= 50; seed++) {
            random_init(&random, seed);
            check(&cases[i], &random);
        }
    }
}

static enum response_state feed_text(const struct text *text, const char **why)
{
    struct response response = {.status = 0}, slowly = {.status = 0};
    size_t taken;
    response_init(&response, false);
    enum response_state state = response_feed(&response, text->bytes, text->length, &taken);
    enum response_state last = RESPONSE_MORE;
    response_init(&slowly, false);
    for (size_t i = 0; i < text->length && last == RESPONSE_MORE; i++)
        last = response_feed(&slowly, text->bytes + i, 1, &taken);
    assert_int_equal(state, last);
    *why = response.why;
    response_release(&response);
    response_release(&slowly);
    return state;
}

static void repeat(struct text *text, const char *what, size_t times)
{
    for (size_t i = 0; i < times; i++)
        text_add_string(text, what);
}

/* One unit repeated so many times is still taken, and once more is not. */
static void check_limit(const char *before, const char *unit, size_t most, const char *after)
{
    for (size_t over = 0; over < 2; over++) {
        struct text text = TEXT_EMPTY;
        const char *why;
        text_add_string(&text, before);
        repeat(&text, unit, most + over);
        text_add_string(&text, after);
        assert_int_equal(feed_text(&text, &why), over ? RESPONSE_BAD : RESPONSE_DONE);
        text_release(&text);
    }
}

static void test_limits(void **state)
{
    (void)state;
    check_limit(OK, "A: b\r\n", 255, "Content-Length: 0\r\n\r\n");
    check_limit("", "HTTP/1.1 102 Processing\r\n\r\n", 32, OK "Content-Length: 0\r\n\r\n");
    check_limit(OK "X: ", "y", 65536 - 17 - 3 - 2 - 19 - 2, "\r\nContent-Length: 0\r\n\r\n");
    check_limit(OK "Transfer-Encoding: chunked\r\n\r\n0;", "x", 1024 - 4, "\r\n\r\n");
    check_limit(OK "Transfer-Encoding: chunked\r\n\r\n0\r\n", "A: b\r\n", 255, "\r\n");
}

/* A long line is taken in pieces as it is whole; 5,000 digits are no length. */
static void test_long_lines(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        enum response_state state;
    } rows[] = {{"Set-Cookie: ", RESPONSE_DONE}, {"Content-Length: ", RESPONSE_BAD}};
    for (size_t i = 0; i < 2; i++) {
        struct text text = TEXT_EMPTY;
        const char *why;
        text_add_string(&text, OK "Content-Length: 0\r\n");
        text_add_string(&text, rows[i].name);
        repeat(&text, "0", 5000);
        text_add_string(&text, "\r\n\r\n");
        assert_int_equal(feed_text(&text, &why), rows[i].state);
        text_release(&text);
    }
}

/* Each header block has the whole of its limit, in whatever pieces they come. */
static void test_an_interim_answer_takes_no_room(void **state)
{
    (void)state;
    struct text text = TEXT_EMPTY;
    const char *why;
    for (int i = 0; i < 2; i++) {
        text_add_string(&text, i == 0 ? "HTTP/1.1 103 Hints\r\nX: " : OK "Content-Length: 0\r\nX: ");
        repeat(&text, "y", 40000);
        text_add_string(&text, "\r\n\r\n");
    }
    assert_int_equal(feed_text(&text, &why), RESPONSE_DONE);
    text_release(&text);
}

static void test_random_bytes_never_hang(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 11);
    for (size_t round = 0; round < 2000; round++) {
        struct response response = {.status = 0};
        char bytes[256];
        size_t taken, head = (size_t)random_below(&random, 60);
        const char *start = OK "Transfer-Encoding: chunked\r\nX: y\r\n\r\n5\r\nabcde\r\n";
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = i < head ? start[i] : (char)random_next(&random);
        response_init(&response, false);
        enum response_state got = response_feed(&response, bytes, sizeof bytes, &taken);
        assert_true(taken <= sizeof bytes);
        assert_true(got != RESPONSE_BAD || response.why != NULL);
        response_release(&response);
    }
}

/* Who waits with a body must hear of it, however it comes. */
static void test_continued(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        bool continued;
    } rows[] = {
        {"HTTP/1.1 100 Continue\r\n\r\n", true},
        {"HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Hints\r\n\r\n", true},
        {"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", true},
        {"HTTP/1.1 100 Continue\r\n", false}, /* its header is not over */
        {"HTTP/1.1 103 Hints\r\n\r\n", false},
        {"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step <= 64; step *= 8) {
            struct response response = {.status = 0};
            size_t length = strlen(rows[i].bytes), taken;
            response_init(&response, false);
            assert_false(response.continued);
            for (size_t at = 0; at < length; at += taken)
                response_feed(&response, rows[i].bytes + at, length - at < step ? length - at : step, &taken);
            assert_int_equal(response.continued, rows[i].continued);
            response_release(&response);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_long_lines),
        cmocka_unit_test(test_an_interim_answer_takes_no_room),
        cmocka_unit_test(test_random_bytes_never_hang),
        cmocka_unit_test(test_continued),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
